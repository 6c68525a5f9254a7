"""Sources of files: a file that has not changed since the last read is not read again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from ..model import FileState, Problem
from .files import DataFile, Files, FoundFile, TextFile, decode
from .source import FileRead, RawRecord, Unchanged, UnchangedFiles

_File = TypeVar("_File")

# FAT has the coarsest clock: a file that changes twice in two seconds may keep its time.
_CLOCK_STEP_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class KnownFiles:
    """The files of a source that were read before.

    Attributes:
        states: by name.
        now: the time of this read, UTC.
        opened: the names of files whose records are read; each is added before its records are yielded.
    """

    states: Mapping[str, FileState]
    now: datetime
    opened: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FileSource:
    """Records from text files.

    Attributes:
        parse: returns the records of one file, and a problem in place of each that cannot be read.
        complete: whether a read gives every record, so that missing ones were withdrawn.
        known: what was read before; None reads everything and does not yield `FileRead`.
    """

    name: str
    files: Files
    parse: Callable[[TextFile], Iterable[RawRecord | Problem]]
    complete: bool = True
    known: KnownFiles | None = None

    def read(self) -> Iterator[RawRecord | Unchanged | Problem | FileRead | UnchangedFiles]:
        """Yield the records of all files; see `Source`."""

        def parse(file: DataFile) -> Iterable[RawRecord | Problem]:
            text = decode(file)
            return (text,) if isinstance(text, Problem) else self.parse(text)

        return read_files(self.files, parse, self.known)


def read_files(
    files: Files, parse: Callable[[DataFile], Iterable[RawRecord | Problem]], known: KnownFiles | None
) -> Iterator[RawRecord | Problem | FileRead | UnchangedFiles]:
    """Yield the records of the files that have changed since they were read.

    Args:
        parse: returns the records of one file, and a problem in place of each that cannot be read.
        known: what was read before; None reads every file.
    """

    def open_file(found: FoundFile) -> tuple[DataFile | Problem, os.stat_result, str]:
        file, status = files.open(found)
        if isinstance(file, Problem):
            return file, status, ""
        return file, status, hashlib.blake2b(file.data).hexdigest()

    return read_changed(files.found_files(), open_file, parse, known)


def read_changed(
    found_files: Iterable[FoundFile | Problem],
    open_file: Callable[[FoundFile], tuple[_File | Problem, os.stat_result, str]],
    parse: Callable[[_File], Iterable[RawRecord | Problem]],
    known: KnownFiles | None,
) -> Iterator[RawRecord | Problem | FileRead | UnchangedFiles]:
    """Yield the records of the files that have changed since they were read.

    A file is not opened if size, times and inode are the same, and no change could have kept them. Otherwise
    its bytes are compared.

    Args:
        open_file: returns a file, its status from before it was read, and the digest of its bytes.
        parse: returns the records of one file, and a problem in place of each that cannot be read.
        known: what was read before; None reads every file and yields no `FileRead`.
    """
    states: Mapping[str, FileState] = known.states if known else {}
    settled_before_ns = int(known.now.timestamp() * 1e9) - _CLOCK_STEP_NS if known else 0
    unchanged: list[FileState] = []
    for found in found_files:
        if isinstance(found, Problem):
            yield found
            continue
        state = states.get(found.name)
        if state is not None and state.status == _describe(found.status):
            unchanged.append(state)
            continue
        file, status, digest = open_file(found)
        if isinstance(file, Problem):
            yield file
            continue
        is_settled = max(status.st_mtime_ns, status.st_ctime_ns) < settled_before_ns
        current = FileState(found.name, _describe(status) if is_settled else "", digest)
        if state is not None and state.digest == digest:
            unchanged.append(current._replace(keys=state.keys, records=state.records))
            continue
        if unchanged:
            yield UnchangedFiles(unchanged)
            unchanged = []
        if known is None:
            yield from parse(file)
            continue
        known.opened.append(found.name)
        yield from parse(file)
        yield FileRead(current)
    if unchanged:
        yield UnchangedFiles(unchanged)


def _describe(status: os.stat_result) -> str:
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"
