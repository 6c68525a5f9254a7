"""Sources of files that may be larger than memory: each is read record by record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..errors import Where
from ..model import Problem
from .files import Files
from .source import RawRecord


@dataclass(frozen=True, slots=True)
class StreamedFile:
    """A file that was found. `key` is its path below the folder that the pattern begins with."""

    path: Path
    key: str

    @property
    def where(self) -> Where:
        """The place for messages."""
        return Where(file=str(self.path))

    def is_binary(self) -> bool:
        """Whether the file cannot be text in UTF-8.

        Raises:
            OSError: it cannot be read.
        """
        with self.open() as file:
            return b"\0" in file.read(8000)

    def open(self) -> BinaryIO:
        """Open the file.

        Raises:
            OSError: it cannot be read.
        """
        return self.path.open("rb")


@dataclass(frozen=True, slots=True)
class StreamedFileSource:
    """Records from files of any size.

    Attributes:
        parse: yields the records of one file, and a problem in place of each that cannot be read.
        complete: whether a read gives every record, so that missing ones were withdrawn.
    """

    name: str
    files: Files
    parse: Callable[[StreamedFile], Iterable[RawRecord | Problem]]
    complete: bool = True

    def read(self) -> Iterator[RawRecord | Problem]:
        """Yield the records of all files; see `Source`."""
        for found in self.files.paths():
            if isinstance(found, Problem):
                yield found
                continue
            file = StreamedFile(*found)
            try:
                if file.is_binary():
                    yield Problem.at(
                        file.where,
                        "the file is binary, not text",
                        hint="move it away, or narrow source.path",
                    )
                else:
                    yield from self.parse(file)
            except OSError as error:
                yield Problem.at(
                    file.where, f"the file cannot be read: {error.strerror}", hint="let this user read it"
                )
