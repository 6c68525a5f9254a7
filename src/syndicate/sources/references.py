"""Documents in XML that refer to characters that XML may not hold, for which parsers refuse all of them."""

from __future__ import annotations

import re

from ..text.characters import repair_text

_CDATA = rb"<!\[CDATA\[.*?(?:\]\]>|\Z)"
_REFERENCE = rb"&#(?:[xX][0-9A-Fa-f]+|[0-9]+);?"
_OUTSIDE = re.compile(_CDATA + b"|" + _REFERENCE, re.DOTALL)
_ANYWHERE = re.compile(_REFERENCE)


def repair_references(data: bytes, *, cdata: bool) -> bytes:
    """The document without references to illegal characters (XML 1.0, section 4.1).

    Args:
        data: in any encoding that has ASCII in it; in others nothing is found.
        cdata: whether CDATA sections are looked at as well, where `&#1;` is text and may be HTML.
    """
    return (_ANYWHERE if cdata else _OUTSIDE).sub(_repaired, data) if b"&#" in data else data


def _repaired(match: re.Match[bytes]) -> bytes:
    if not match[0].startswith(b"&#"):
        return match[0]
    repaired = repair_text(match[0].decode("ascii"))
    return b"&#xFFFD;" if repaired == "\ufffd" else repaired.encode("ascii")
