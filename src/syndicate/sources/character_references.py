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
_SECTION = b"<![CDATA["
_SECTION_END = b"]]>"
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

    Args:
        cdata: see `repair_references`.

    Attributes:
        is_repaired: whether any were removed so far.
    """

    def __init__(self, file: Readable, *, cdata: bool = True) -> None:
        self._file = file
        self._cdata = cdata
        self._is_in_section = False
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
        """Return what was read so far, without what the next chunk may complete at its end."""
        data = self._remainder + data
        start = data.rfind(b"&", -_MAX_REFERENCE)
        end = len(data) if start < 0 or b";" in data[start:] else start
        for length in range(1, len(_SECTION)):
            if data.endswith((_SECTION[:length], _SECTION_END[:length])):
                end = min(end, len(data) - length)
        self._remainder = data[end:]
        return data[:end]

    def _repair(self, data: bytes) -> bytes:
        legal = data.translate(None, _CONTROLS)
        repaired = repair_references(legal, cdata=True) if self._cdata else self._repair_outside(legal)
        self.is_repaired |= repaired != data
        return repaired

    def _repair_outside(self, data: bytes) -> bytes:
        """Return the data with its CDATA sections as they are. Sections may begin and end in other chunks."""
        parts = []
        position = 0
        while position < len(data):
            mark = _SECTION_END if self._is_in_section else _SECTION
            found = data.find(mark, position)
            end = len(data) if found < 0 else found + len(mark)
            part = data[position:end]
            parts.append(part if self._is_in_section else repair_references(part, cdata=True))
            if found >= 0:
                self._is_in_section = not self._is_in_section
            position = end
        return b"".join(parts)
