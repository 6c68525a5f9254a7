"""Reads the pages of a site by the conventions of its generator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ...model import Problem
from ..files import TextFile
from ..source import RawRecord, Source
from .flavour import Conventions, Flavour, Page

Parse = Callable[[TextFile], Iterable[RawRecord | Problem]]


@dataclass(frozen=True, slots=True)
class FlavouredParser:
    """Parses the posts of a generator, and adds what it makes of them.

    Attributes:
        parse: reads the record of one file.
        has_link_template: whether the config makes the links of records that state none.
    """

    flavour: Flavour
    parse: Parse
    has_link_template: bool = False

    def __call__(self, file: TextFile) -> Iterator[RawRecord | Problem]:
        """Yield the record of a file; nothing if the generator does not publish it."""
        text = self.flavour.prepare(file.path, file.text)
        for each in self.parse(file if text is file.text else replace(file, text=text)):
            if isinstance(each, Problem):
                yield each
            elif conventions := self.flavour.conventions(Page(file.path, each.fields)):
                yield self._complete(each, conventions)

    def _complete(self, record: RawRecord, conventions: Conventions) -> RawRecord:
        fields: dict[str, Any] = {**record.fields, **conventions.fields}
        if conventions.link and (conventions.has_own_link or not self.has_link_template):
            fields["link"] = conventions.link
        computed = dict(record.computed)
        if conventions.slug:
            computed["slug"] = conventions.slug
        fallbacks = {**record.fallbacks, **conventions.fallbacks}
        return replace(record, fields=fields, computed=computed, fallbacks=fallbacks)


@dataclass(frozen=True, slots=True)
class FlavouredSource:
    """A source of files that reports at its end what was not understood of the site."""

    source: Source
    flavour: Flavour

    @property
    def name(self) -> str:
        """The name of the source."""
        return self.source.name

    @property
    def complete(self) -> bool:
        """Whether a read returns everything."""
        return self.source.complete

    def read(self) -> Iterator[Any]:
        """Yield what the source yields, then the problems of the site."""
        yield from self.source.read()
        yield from self.flavour.problems
