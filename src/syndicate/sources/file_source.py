"""Sources of files: a file that has not changed since the last read is not read again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from ..model import FileState, Problem
from .files import DataFile, Files, TextFile, decode
from .source import FileRead, RawRecord, Unchanged, UnchangedFiles

# FAT has the coarsest clock: a file that changes twice in two seconds may keep its time.
_CLOCK_STEP_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class KnownFiles:
    """The files of a source that were read before.

    Attributes:
        states: by name.
        now: the time of this read, UTC.
    """

    states: Mapping[str, FileState]
    now: datetime


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

    A file is not opened if size, times and inode are the same, and no change could have kept them. Otherwise
    its bytes are compared.

    Args:
        parse: returns the records of one file, and a problem in place of each that cannot be read.
        known: what was read before; None reads every file.
    """
    if known is None:
        for file in files.read_bytes():
            if isinstance(file, Problem):
                yield file
            else:
                yield from parse(file)
        return
    states = known.states
    settled_before_ns = int(known.now.timestamp() * 1e9) - _CLOCK_STEP_NS
    unchanged: list[FileState] = []
    for found in files.found_files():
        if isinstance(found, Problem):
            yield found
            continue
        state = states.get(found.name)
        if state is not None and state.status == _describe(found.status):
            unchanged.append(state)
            continue
        file, status = files.open(found)
        if isinstance(file, Problem):
            yield file
            continue
        digest = hashlib.blake2b(file.data, digest_size=16).hexdigest()
        is_settled = max(status.st_mtime_ns, status.st_ctime_ns) < settled_before_ns
        current = FileState(found.name, _describe(status) if is_settled else "", digest)
        if state is not None and state.digest == digest:
            unchanged.append(current._replace(keys=state.keys))
            continue
        if unchanged:
            yield UnchangedFiles(unchanged)
            unchanged = []
        yield from parse(file)
        yield FileRead(current)
    if unchanged:
        yield UnchangedFiles(unchanged)


def _describe(status: os.stat_result) -> str:
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"
