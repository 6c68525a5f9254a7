"""Bytes that wait in files without names, because there are too many for the memory."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from ..errors import PublishError

_BUFFER = 4_000_000


class Spills:
    """Files of which each process writes one, at its end, and reads all.

    It is written in large pieces: each call into the system lets the threads that write feeds run, and the
    one that makes them waits for its turn again. They are not mapped: that would count as memory.

    Args:
        files: descriptors; whoever opened them closes them.
        own: the number of the one to write.
    """

    def __init__(self, files: Sequence[int], own: int = 0) -> None:
        self.files = files
        self.own = own
        self._buffer = bytearray()
        self._written = 0

    def add(self, data: bytes) -> int:
        """Add bytes to the own file; at which offset they are then.

        Raises:
            PublishError: the disk is full.
        """
        offset = self._written + len(self._buffer)
        self._buffer += data
        if len(self._buffer) >= _BUFFER:
            self.flush()
        return offset

    def flush(self) -> None:
        """Let other processes read what was added.

        Raises:
            PublishError: the disk is full.
        """
        try:
            with memoryview(self._buffer) as rest:
                done = 0
                while done < len(rest):
                    done += os.pwrite(self.files[self.own], rest[done:], self._written + done)
        except OSError as error:
            raise PublishError(
                f"entries cannot be kept until their feeds are written: {error.strerror}",
                hint=f"make room in {tempfile.gettempdir()}, or set TMPDIR to a folder with room",
            ) from error
        self._written += len(self._buffer)
        self._buffer.clear()

    def read(self, number: int, offset: int, size: int) -> bytes:
        """The bytes at an offset of a file."""
        if number == self.own and offset >= self._written:
            start = offset - self._written
            return bytes(self._buffer[start : start + size])
        return os.pread(self.files[number], size, offset)


@contextmanager
def spills(most: int) -> Iterator[Spills]:
    """Files for so many processes; the first is the own one. However this ends, they are gone then."""
    with ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(most)]
        yield Spills([file.fileno() for file in files])
