"""Bytes that wait in a file without a name, because there are too many for the memory."""

from __future__ import annotations

import os
import tempfile

_BUFFER = 4_000_000


class Spill:
    """A file that grows at its end and is read anywhere.

    It is written in large pieces: each call into the system lets the threads that write feeds run, and the
    one that makes them waits for its turn again. It is not mapped: that would count as memory.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - open for as long as this is
        self._buffer = bytearray()
        self._written = 0

    def add(self, data: bytes) -> int:
        """Add bytes; at which offset they are then."""
        offset = self._written + len(self._buffer)
        self._buffer += data
        if len(self._buffer) >= _BUFFER:
            self._file.write(self._buffer)
            self._file.flush()
            self._written += len(self._buffer)
            self._buffer.clear()
        return offset

    def read(self, offset: int, size: int) -> bytes:
        """The bytes at an offset."""
        if offset >= self._written:
            start = offset - self._written
            return bytes(self._buffer[start : start + size])
        return os.pread(self._file.fileno(), size, offset)

    def close(self) -> None:
        """Let go of the file, which is no more then."""
        self._file.close()
