"""References to characters that XML does not allow, for which parsers refuse the whole document."""

from __future__ import annotations

import re
from typing import Protocol

from ..text.illegal_characters import repair_text

_CDATA = rb"<!\[CDATA\[.*?(?:\]\]>|\Z)"
_REFERENCE = rb"&#(?:[xX][0-9A-Fa-f]+|[0-9]+);?"
_OUTSIDE_CDATA = re.compile(_CDATA + b"|" + _REFERENCE, re.DOTALL)
_ANYWHERE = re.compile(_REFERENCE)
_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\r")
# No real character reference is longer than this, in bytes.
_MAX_REFERENCE = 32


def repair_references(data: bytes, *, cdata: bool) -> bytes:
    """Return the document without references to illegal characters (XML 1.0, section 4.1).

    Args:
        data: in an encoding that includes ASCII; in others nothing is found.
        cdata: whether to look into CDATA sections too, where `&#1;` is text that may be HTML.
    """
    return (_ANYWHERE if cdata else _OUTSIDE_CDATA).sub(_repair, data) if b"&#" in data else data


def _repair(match: re.Match[bytes]) -> bytes:
    if not match[0].startswith(b"&#"):
        return match[0]
    repaired = repair_text(match[0].decode("ascii"))
    return b"&#xFFFD;" if repaired == "\ufffd" else repaired.encode("ascii")


class Readable(Protocol):
    """What can be read piece by piece, such as a file."""

    def read(self, size: int, /) -> bytes:
        """Return up to about `size` bytes; empty at the end."""
        ...


class RepairedFile:
    """A file without illegal characters and references to them (XML 1.0, section 2.2).

    Attributes:
        is_repaired: whether any were removed so far.
    """

    def __init__(self, file: Readable) -> None:
        self._file = file
        self._remainder = b""
        self.is_repaired = False

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes and what was left of the chunk before; empty at the end of the file."""
        # A chunk may consist of illegal characters, and an empty result would mean the end of the file.
        while data := self._file.read(size):
            if repaired := self._repair(self._complete_references(data)):
                return repaired
        remainder, self._remainder = self._remainder, b""
        return self._repair(remainder)

    def _complete_references(self, data: bytes) -> bytes:
        """Return what was read so far, without a reference at its end that the next chunk may complete."""
        data = self._remainder + data
        start = data.rfind(b"&", -_MAX_REFERENCE)
        end = len(data) if start < 0 or b";" in data[start:] else start
        self._remainder = data[end:]
        return data[:end]

    def _repair(self, data: bytes) -> bytes:
        repaired = repair_references(data.translate(None, _CONTROLS), cdata=True)
        self.is_repaired |= repaired != data
        return repaired
