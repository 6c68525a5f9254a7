"""Titles, names and tags as plain text, without the markup that records put into them."""

from __future__ import annotations

import re
import sys
from html.entities import html5

import nh3

from ..text.illegal_characters import has_illegal_character

# Not `re.split`: a text of many `<` stays linear, because no match goes beyond the next `<`.
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)([ \t\r\n/][^<>]*)?>")
_REFERENCE = re.compile(r"&(?:#([0-9]{1,7})|#[xX]([0-9A-Fa-f]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));", re.ASCII)
_COMMENT = re.compile(r"<!--[^<>]*-->")
_INLINE = frozenset(
    [
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em"),
        *("font", "i", "ins", "kbd", "mark", "q", "rb", "rp", "rt", "ruby", "s", "samp", "small", "span"),
        *("strike", "strong", "sub", "sup", "time", "tt", "u", "var"),
    ]
)
# Without their text.
_HIDDEN = frozenset(["script", "style"])
# Removed without an end tag. An image only if it has attributes: `The <img> tag` is about HTML.
_VOID = frozenset(["br", "wbr", "img", "hr"])
_OTHERS = {"audio", "button", "form", "iframe", "label", "section", "video"}
_KNOWN = nh3.ALLOWED_TAGS | _INLINE | _HIDDEN | _VOID | _OTHERS
# HTML allows these without an end tag.
_UNCLOSED = frozenset(["br", "hr", "img", "li", "p"])
# Windows-1252 for references to C1 controls (HTML, section 13.2.5.80).
_WINDOWS = {code: bytes([code]).decode("cp1252", "replace") for code in range(0x80, 0xA0)}


def plain_text(text: str) -> str:
    """Return a title or a name as plain text: tags of HTML elements are removed, references are decoded once.

    What is no HTML stays: `3 < 4 & 5 > 2`, `Vec<T>`, and a tag without its counterpart, as in `The <b> tag`.
    """
    if "<" in text:
        text = _without_tags(text)
    return _REFERENCE.sub(_decode, text) if "&" in text else text


def has_markup(text: str) -> bool:
    """Return whether a text of several paragraphs is HTML."""
    if "<" not in text:
        return False
    matches = list(_TAG.finditer(text))
    return bool(_removable(matches)) or any(match[2].lower() in _UNCLOSED for match in matches)


def _without_tags(text: str) -> str:
    text = _COMMENT.sub("", text)
    matches = list(_TAG.finditer(text))
    removable = _removable(matches)
    if not removable:
        return text
    parts: list[str] = []
    position = hidden_until = 0
    has_break = False
    for number in sorted(removable):
        match, end = matches[number], removable[number]
        if match.start() < hidden_until:
            continue
        parts.append(text[position : match.start()])
        name = match[2].lower()
        position = match.end()
        if name in _HIDDEN and end is not None:
            position = hidden_until = matches[end].end()
        elif name not in _INLINE and name != "wbr":
            parts.append(" ")
            has_break = True
    parts.append(text[position:])
    joined = "".join(parts)
    return " ".join(joined.split()) if has_break else joined


def _removable(matches: list[re.Match[str]]) -> dict[int, int | None]:
    """Return the numbers of the tags that are markup, each start tag with the number of its end tag."""
    found: dict[int, int | None] = {}
    opened: dict[str, list[int]] = {}
    for number, match in enumerate(matches):
        name = match[2].lower()
        # Names in mixed case, such as `<Button>`, are of components and types.
        if name not in _KNOWN or not (match[2].islower() or match[2].isupper()):
            continue
        if name in _VOID:
            if name != "img" or match[3]:
                found[number] = None
        elif not match[1]:
            opened.setdefault(name, []).append(number)
        elif starts := opened.get(name):
            start = starts.pop()
            found[start], found[number] = number, None
    return found


def _decode(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name:
        return html5.get(f"{name};", match[0])
    code = int(decimal) if decimal else int(hexadecimal, 16)
    if code in _WINDOWS:
        return _WINDOWS[code]
    char = chr(code) if code <= sys.maxunicode else ""
    # What no document may contain stays as it is.
    return match[0] if not char or has_illegal_character(char) else char
