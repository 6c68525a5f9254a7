"""The character encoding of a feed: declared, mislabelled or wrong."""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

_CHUNK = 1 << 16
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# How `<?` or `<r` begins without a mark (XML 1.0, appendix F).
_BEGINNINGS = (
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
    (b"\x4c\x6f\xa7\x94", "cp037"),
)
_DECLARATION = re.compile(rb"""^\s*<\?xml\b[^>]{0,200}?\bencoding\s{0,20}=\s{0,20}["']([\w.:-]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s{0,20}=\s{0,20}["']?([\w.:-]{1,40})""", re.IGNORECASE)
# What documents with these labels are written in (WHATWG Encoding Standard, section 4.2).
_SUPERSETS = {
    **dict.fromkeys(("iso8859-1", "ascii"), "cp1252"),
    **dict.fromkeys(("gb2312", "gbk"), "gb18030"),
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
}
_UTF16 = {"utf-16", "utf-32", "u16", "u32"}


def choose_encoding(file: BinaryIO, media_type: str | None = None) -> tuple[str, str | None]:
    """Return the encoding that a document can be decoded with, and the declared one if that is wrong.

    The byte order mark counts first, then the server's word, then the declaration (RFC 7303, section 3).
    If none fits, the document is UTF-8 if it can be, else Windows-1252.

    Args:
        file: is read to its end and set back.
        media_type: with the charset that the server named.
    """
    start = file.read(1024)
    file.seek(0)
    for mark, encoding in _BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return (encoding, None) if _can_decode(file, encoding) else ("cp1252", encoding)
    for beginning, encoding in _BEGINNINGS:
        if start.startswith(beginning):
            return encoding, None
    charset = _CHARSET.search(media_type or "")
    declared = _DECLARATION.match(start)
    candidates = [charset[1] if charset else "", declared[1].decode("ascii") if declared else ""]
    first = next((each for each in candidates if each), None)
    for candidate in (*candidates, "utf-8"):
        python_name = _known(candidate)
        if python_name and _can_decode(file, python_name):
            return python_name, first if first and candidate != first else None
    return "cp1252", first or "utf-8"


def byte_order_mark_length(file: BinaryIO, encoding: str) -> int:
    """Return how many bytes of a byte order mark a document begins with."""
    start = file.read(4)
    file.seek(0)
    return next(
        (len(mark) for mark, name in _BYTE_ORDER_MARKS if name == encoding and start.startswith(mark)), 0
    )


class Utf8Stream:
    """A document in UTF-8, whatever its encoding is. What cannot be decoded becomes U+FFFD."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        file.seek(byte_order_mark_length(file, encoding))
        self._file = file
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._is_utf8 = encoding == "utf-8"

    def read(self, size: int) -> bytes:
        """Return about `size` bytes; empty at the end of the document."""
        if self._is_utf8:
            return self._file.read(size)
        while data := self._file.read(size):
            if text := self._decoder.decode(data):
                return text.encode("utf-8", "replace")
        return self._decoder.decode(b"", final=True).encode("utf-8", "replace")


def _known(label: str) -> str | None:
    """Return Python's name of the encoding that a label stands for; None if it is unknown."""
    if not label:
        return None
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return None
    if name in _UTF16:
        # A document in UTF-16 would have begun in another way.
        return None
    name = _SUPERSETS.get(name, name)
    try:
        return name if codecs.lookup(name)._is_text_encoding else None
    except LookupError:
        return None


def _can_decode(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while data := file.read(_CHUNK):
            decoder.decode(data)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    finally:
        file.seek(0)
    return True
