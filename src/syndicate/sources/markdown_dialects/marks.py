"""The punctuation of a text: what tells in a microsecond that a text does not have a construct."""

from __future__ import annotations

import string

_WORDS = (string.ascii_letters + string.digits + " ,.'\t\r").encode()


def punctuation_marks(text: str) -> bytes:
    """Return the text without letters, digits, spaces, commas and stops, between two line ends.

    If these marks do not have a sequence such as `[[` or `{:`, the text does not have it either. Searching
    the text for each would take longer than rendering it. `www.` stays as `www`.
    """
    data = text.encode("utf-8", "surrogatepass")
    marks = b"\n" + data.translate(None, _WORDS) + b"\n"
    return marks + b"www" if b"www." in data else marks
