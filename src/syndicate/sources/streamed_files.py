"""Sources of files that may be larger than memory: each is read record by record."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..errors import Where
from ..model import Problem
from .file_source import KnownFiles, read_changed
from .files import Files, FoundFile, unreadable
from .source import FileRead, RawRecord, UnchangedFiles


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
        known: what was read before; None reads everything.
    """

    name: str
    files: Files
    parse: Callable[[StreamedFile], Iterable[RawRecord | Problem]]
    complete: bool = True
    known: KnownFiles | None = None

    def read(self) -> Iterator[RawRecord | Problem | FileRead | UnchangedFiles]:
        """Yield the records of all files; see `Source`."""
        return read_streamed_files(self.files, self._read_file, self.known)

    def _read_file(self, file: StreamedFile) -> Iterator[RawRecord | Problem]:
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


def read_streamed_files(
    files: Files, parse: Callable[[StreamedFile], Iterable[RawRecord | Problem]], known: KnownFiles | None
) -> Iterator[RawRecord | Problem | FileRead | UnchangedFiles]:
    """Do as `read_files`, for files of any size. Comparing bytes reads a file once more.

    Args:
        parse: returns the records of one file, and a problem in place of each that cannot be read.
        known: what was read before; None reads every file.
    """

    def open_file(found: FoundFile) -> tuple[StreamedFile | Problem, os.stat_result, str]:
        file = StreamedFile(Path(found.path), found.key)
        if known is None:
            return file, found.status, ""
        try:
            with file.path.open("rb", buffering=0) as data:
                status = os.fstat(data.fileno())
                return file, status, hashlib.file_digest(data, "blake2b").hexdigest()
        except OSError as error:
            return unreadable(found.path, error), found.status, ""

    return read_changed(files.found_files(), open_file, parse, known)
