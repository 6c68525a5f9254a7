"""The Markdown of an article, as feeds publish it beside the HTML.

A reader program renders it, so it may hold nothing that a body must not hold, and no relative address. HTML
in it cannot be sanitised without a parser for its dialect. Markdown that may be dangerous is therefore left
out: the sanitised body says the same.
"""

from __future__ import annotations

import re
from html import unescape

from .sanitize import ALLOWED_TAGS, absolute_address

_TAG = re.compile(r"<(?:!--|/?([A-Za-z][A-Za-z0-9-]*)(?=[\s/>])|/?[A-Za-z]|[!?/])")
_AUTOLINK = re.compile(r"<(?:[A-Za-z][A-Za-z0-9+.-]{1,31}:|[^\s<>@]{1,64}@)[^\s<>]{0,2000}>")
_EVENT_OR_STYLE = re.compile(r"""(?:[\s"'/]on[a-z]{3,30}|[\s"'/]style)\s{0,20}=""", re.IGNORECASE)
_SCRIPT_SCHEME = re.compile(r"(?:java|vb)script:|data:[a-z]{1,20}/", re.IGNORECASE)
_INVISIBLE = re.compile(r"[\x00-\x20\x7f-\xa0]+")
# The bytes of these characters in UTF-8. Others have some of them too, but no letter of ASCII has.
_INVISIBLE_BYTES = bytes([*range(0x21), 0x7F, 0xC2, *range(0x80, 0xA1)])
# The address of an inline link or image, and of a link reference definition.
_INLINE_ADDRESS = re.compile(r"(\]\(\s{0,10}<?)([^\s<>()\"']{1,2000})")
_ADDRESS = re.compile(
    r"(\]\(\s{0,10}<?|^ {0,3}\[[^\]\n]{1,999}\]:[ \t]{0,10}<?)([^\s<>()\"']{1,2000})", re.MULTILINE
)
_FENCE = re.compile(r"^ {0,3}(```|~~~)", re.MULTILINE)


def publishable_markdown(text: str, base: str | None) -> str:
    """Return Markdown with absolute addresses; empty if a reader program might not render it safely.

    Args:
        base: what relative addresses are relative to.
    """
    if _may_be_dangerous(text):
        return ""
    return _with_absolute_addresses(text, base) if (base and "](" in text) or "]:" in text else text


def _may_be_dangerous(text: str) -> bool:
    # Character references and white space inside a scheme are ignored by browsers.
    plain = unescape(text) if "&" in text else text
    if _may_have_script_scheme(plain) and _SCRIPT_SCHEME.search(_INVISIBLE.sub("", plain)):
        return True
    has_tags = False
    if "<" in text:
        for match in _TAG.finditer(_AUTOLINK.sub("", text)):
            if match[0] != "<!--" and (match[1] or "").lower() not in ALLOWED_TAGS:
                return True
            has_tags = True
    return has_tags and _EVENT_OR_STYLE.search(text) is not None


def _may_have_script_scheme(text: str) -> bool:
    """Return what tells in a few microseconds that nearly no text has such a scheme."""
    visible = text.encode("utf-8", "surrogatepass").translate(None, _INVISIBLE_BYTES).lower()
    return b"pt:" in visible or b"data:" in visible


def _with_absolute_addresses(text: str, base: str | None) -> str:
    """Return the text with absolute addresses, apart from those in fenced code."""

    def change(match: re.Match[str]) -> str:
        return match[1] + (absolute_address(match[2], base) or match[2])

    pattern = _ADDRESS if "]:" in text else _INLINE_ADDRESS
    # Every second part is inside a fence.
    parts = _FENCE.split(text) if "```" in text or "~~~" in text else [text]
    return "".join(
        part if number % 2 or (number // 2) % 2 else pattern.sub(change, part)
        for number, part in enumerate(parts)
    )
