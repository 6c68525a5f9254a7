"""Tags of HTML from anywhere, found in linear time without building a tree (HTML, section 13.2.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

VOID_ELEMENTS = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source"),
        *("track", "wbr"),
    }
)
"""Elements without an end tag (HTML, section 13.1.2)."""

RAW_TEXT = frozenset({"noembed", "noframes", "plaintext", "script", "style", "textarea", "title", "xmp"})
"""Elements in which there are no tags."""

# Possessive, and with the end of the text in place of what is missing: no position is read twice.
_ATTRIBUTE = r"""[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>"'][^\s>]*+)?+)?+"""
TOKEN = re.compile(
    rf"""<(?:
        (/?)([a-zA-Z][^\s/>]*+) ((?:[\s/]++|{_ATTRIBUTE})*+) (?:>|\Z)
      | !--(?:-?>|[\s\S]*?(?:--!?>|\Z))
      | [!?/][^>]*+(?:>|\Z)
    )""",
    re.VERBOSE,
)
"""A tag (slash, name, attributes), a comment, or something else that a browser takes for a comment."""

_ATTRIBUTES = re.compile(
    r"""([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)(?:"|\Z)|'([^']*+)(?:'|\Z)|([^\s>"'][^\s>]*+))?+)?+"""
)
MAX_ATTRIBUTES = 200
"""The most attributes of a tag that are read. A parser compares each with all before it."""
MAX_REFERENCES = 2_000
"""The most `&` in the attributes of a tag, and in a piece of text."""
LONG_TAG = 1_000
"""A tag with shorter attributes has neither."""
_SPACES = re.compile(r"\s+")
_BLOCK_TAG = re.compile(
    r"</?(?:address|article|aside|blockquote|br|d[dlt]|div|fig|h[1-6]|hr|li|ol|p\b|pre|section|t[dhr]\b|ul)",
    re.IGNORECASE,
)


class Tag(NamedTuple):
    """A tag in a text.

    Attributes:
        name: in lower case.
        start, end: its place. The content of an element without tags, such as `<script>`, counts to its tag.
        attributes: as they are written.
    """

    name: str
    is_end: bool
    start: int
    end: int
    attributes: str


def iterate_tags(html: str) -> Iterator[Tag]:
    """Yield the tags, without those in comments and in scripts."""
    search = TOKEN.search
    position = 0
    while token := search(html, position):
        position = token.end()
        name = token[2]
        if not name:
            continue
        name = name.lower()
        if name in RAW_TEXT and not token[1]:
            position = _end_of_raw_text(html, name, position)
        yield Tag(name, bool(token[1]), token.start(), position, token[3])


def _end_of_raw_text(html: str, name: str, position: int) -> int:
    """Return where the content of an element without tags ends; the end tag itself is not part of it."""
    end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(html, position)
    return end.start() if end else len(html)


def read_attributes(text: str) -> dict[str, str]:
    """Return the attributes of a tag by name in lower case; of two with one name, the first."""
    values: dict[str, str] = {}
    for number, match in enumerate(_ATTRIBUTES.finditer(text)):
        if number == MAX_ATTRIBUTES:
            break
        value = next((each for each in match.groups()[1:] if each is not None), "")
        values.setdefault(match[1].lower(), unescape(value))
    return values


def has_too_many_attributes(text: str) -> bool:
    """Whether a tag would keep a parser busy: by many attributes, or many references in one."""
    if len(text) <= LONG_TAG:
        return False
    return text.count("&") > MAX_REFERENCES or sum(1 for _ in _ATTRIBUTES.finditer(text)) > MAX_ATTRIBUTES


def limit_attributes(written: str, tag: Tag) -> str:
    """Return a start tag without the attributes after the first hundreds, and without endless values."""
    start = len(tag.name) + 1
    kept = []
    for number, match in enumerate(_ATTRIBUTES.finditer(tag.attributes)):
        if number == MAX_ATTRIBUTES:
            break
        if match[0].count("&") <= MAX_REFERENCES:
            kept.append(match[0])
    return f"{written[:start]} {' '.join(kept)}{written[start + len(tag.attributes) :]}"


def text_of(html: str) -> str:
    """Return the words of a fragment on one line; scripts and comments are left out."""
    if "<" not in html:
        return _SPACES.sub(" ", unescape(html)).strip()
    parts = []
    position = 0
    while token := TOKEN.search(html, position):
        parts.append(html[position : token.start()])
        if token[2] and _BLOCK_TAG.match(token[0]):
            parts.append(" ")
        position = token.end()
        if not token[1] and token[2] and token[2].lower() in ("script", "style"):
            position = _end_of_raw_text(html, token[2].lower(), position)
    parts.append(html[position:])
    return _SPACES.sub(" ", unescape("".join(parts))).strip()
