"""What a flavour is: the conventions of one site generator, applied to one site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ...model import Problem


@dataclass(frozen=True, slots=True)
class Page:
    """A file of the site.

    Attributes:
        path: of the file.
        fields: its front matter.
    """

    path: Path
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Conventions:
    """What a generator makes of a page, beyond what its fields say by themselves.

    Attributes:
        link: its address; None if the files of the site do not tell it.
        has_own_link: whether the page itself states the address, so that a link template must not change it.
        slug: for link templates; None for the usual one.
        fields: values by the record's names that replace or complete its own.
        fallbacks: values by our names, for fields that the record does not have.
    """

    link: str | None = None
    has_own_link: bool = False
    slug: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    fallbacks: Mapping[str, Any] = field(default_factory=dict)


class Flavour(Protocol):
    """The conventions of one generator, applied to one site. It reads files of the site and executes none."""

    @property
    def configuration_files(self) -> Sequence[Path]:
        """The files besides the pages that decide what becomes of the pages."""
        ...

    @property
    def problems(self) -> Sequence[Problem]:
        """What could not be understood of the site, as notes and warnings; complete after the last page."""
        ...

    def is_post(self, path: Path) -> bool:
        """Return whether the generator makes a page of its own from a file, judging by its path."""
        ...

    def prepare(self, path: Path, text: str) -> str:
        """Return the text of a file with the generator's own marks replaced. It has the same lines."""
        ...

    def conventions(self, page: Page) -> Conventions | None:
        """Return what the generator makes of a page; None if it does not publish it.

        A value of the wrong type is treated like a missing one: the record's own fields are reported later.
        """
        ...
