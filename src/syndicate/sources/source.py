"""What a source of article records is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..errors import Where
from ..model import FileState, Problem


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record as its source has it, before validation.

    Attributes:
        fields: values by the source's own field names.
        where: for messages.
        key: identifies the record in its source on the next read, such as its path. None if the source has
            no such thing.
        computed: values that the source itself computed, such as a path for link templates.
        lines: the line of each field, if known.
        extra: what the record has beyond the fields of its format; used only if the config names it.
        fetched_from: the address in the config that it was fetched from, if it was fetched.
        stated_homes: the addresses that its document states as its own home.
        is_repaired: whether illegal characters, or references to them, were removed.
        plain_fields: fields whose texts are plain already, so that no markup is removed from them.
        fallbacks: values by our names of fields, for fields that the record does not have itself, such as the
            date in the name of its file.
    """

    fields: Mapping[str, Any]
    where: Where
    key: str | None = None
    computed: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    fetched_from: str | None = None
    stated_homes: Sequence[str] = ()
    is_repaired: bool = False
    plain_fields: Collection[str] = ()
    fallbacks: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A record that has not changed since the last read, and was not read again.

    Attributes:
        key: the record's key.
    """

    key: str


@dataclass(frozen=True, slots=True)
class UnchangedFiles:
    """Files that give the same records as at the last read, and were not read again.

    Attributes:
        states: with the keys of their articles.
    """

    states: Sequence[FileState]


@dataclass(frozen=True, slots=True)
class FileRead:
    """The end of a file: what was yielded since the end of the file before it came from this file.

    Attributes:
        state: without keys and the number of records.
    """

    state: FileState


class SourceState(Protocol):
    """What a source keeps from one read to the next, such as the ETag of a feed.

    A value becomes valid when the records of the read are committed to the store. It may be lost at any time.
    """

    def recall(self, name: str) -> str | None:
        """Return the value last stored under a name."""
        ...

    def remember(self, name: str, value: str) -> None:
        """Store a value under a name."""
        ...


class Source(Protocol):
    """Where article records come from."""

    @property
    def name(self) -> str:
        """Identifies the source in reports and in the store."""
        ...

    @property
    def complete(self) -> bool:
        """Whether a read returns everything, so that missing records have been withdrawn."""
        ...

    def read(self) -> Iterator[RawRecord | Unchanged | Problem | FileRead | UnchangedFiles]:
        """Return the records, with a problem in place of each record that cannot be read.

        One bad record never ends the iteration. A problem of severity `error` means that something that may
        exist could not be read. Notes and warnings concern the record that follows.

        A source that passes on what it knows of its files yields a `FileRead` after the records of each. If
        every record became an article or was left out on purpose, the file is known at the next read.

        Raises:
            ExternalError: the source as a whole cannot be reached.
        """
        ...
