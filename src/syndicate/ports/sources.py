"""Where article records come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..errors import Where
from ..model import Problem


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record as its source has it, before anything is believed.

    Attributes:
        fields: names and values, still under the source's own names.
        key: what finds this record again in its source on the next read, such as its path; none if
            the source has nothing of the kind.
        where: for messages.
        trusted: values that the source itself worked out, such as a path for link templates.
        lines: the line of each field, where the source knows it.
        extra: what the record has beyond the fields of its format: used only where the config names it.
        fetched: the address in the config that it was fetched from; none for what came otherwise.
        stated: the addresses that its document gives as its own home.
        repaired: whether illegal characters, or references to them, were taken out while it was read.
    """

    fields: Mapping[str, Any]
    where: Where
    key: str | None = None
    trusted: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    fetched: str | None = None
    stated: Sequence[str] = ()
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A record that is there as it was at the last read, and was not read again.

    `key` is the one that the record had, or would have been given for want of one.
    """

    key: str


class Memory(Protocol):
    """What a source keeps from one read to the next, such as the ETag of a feed.

    What is remembered counts from the moment at which the records of the read are safe in the store, and
    may be forgotten at any time.
    """

    def recall(self, name: str) -> str | None:
        """What was last remembered under a name."""
        ...

    def remember(self, name: str, value: str) -> None:
        """Keep a word under a name."""
        ...


class Source(Protocol):
    """Where article records come from."""

    @property
    def name(self) -> str:
        """What reports and the store call this source."""
        ...

    @property
    def complete(self) -> bool:
        """Whether a read gives everything there is, so that what is missing has been withdrawn."""
        ...

    def read(self) -> Iterator[RawRecord | Unchanged | Problem]:
        """Give every record in turn, and a problem in place of each that cannot be read.

        One bad record never ends the iteration. A problem of severity `error` says that something that
        may be there could not be read; notes and warnings go with the record that follows.

        Raises:
            WorldError: the source as a whole is out of reach.
        """
        ...
