"""Entry templates: one per shape, filled with the strings of each entry.

feedgen takes some 35 microseconds for an entry, and nearly all entries of a publisher have one of a few
shapes. So a shape is serialized once, with a marker in place of each string. The bytes between the markers
are the template. A property test compares the result with that of feedgen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from itertools import count
from operator import itemgetter
from typing import Any

from ..extensions import Fixed
from .entry_fields import EntryFields

BODY = "\ue000body\ue001"
"""The marker of the article's HTML."""

_MARKER = re.compile("\ue000(\\d+|body)\ue001")
_SEPARATOR = "\x00"
# White space in an attribute would come back as spaces (XML 1.0, section 3.3.3).
_QUOTED = str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})


def flatten(value: tuple[Any, ...], strings: list[str]) -> tuple[Any, ...]:
    """Return the shape of fields: the fields with every string empty. The strings are added to the list."""
    shape: list[Any] = []
    for each in value:
        if each.__class__ is str:
            strings.append(each)
            shape.append("")
        elif not each or each.__class__ is Fixed or each is True:
            # None, an empty tuple and truth values are part of the shape as well.
            shape.append(each)
        else:
            shape.append(flatten(each, strings))
    return tuple(shape)


def with_markers(fields: EntryFields) -> EntryFields:
    """Return the fields with a marker in place of each string, numbered in the order of `flatten`."""
    numbers = count()

    def mark(value: Any) -> Any:
        if value.__class__ is str:
            return f"\ue000{next(numbers)}\ue001"
        if isinstance(value, tuple):
            values = [mark(each) for each in value]
            return value._make(values) if hasattr(value, "_make") else tuple(values)
        return value

    return mark(fields)  # type: ignore[no-any-return]


class EntryTemplate:
    """One shape in one format.

    Args:
        xml: the entry with markers.
        escape_text: escapes text for this format.
    """

    def __init__(self, xml: str, escape_text: Callable[[str], str]) -> None:
        pieces = _MARKER.split(xml)
        self._escape = escape_text
        self._format = "%s".join(piece.replace("%", "%%") for piece in pieces[::2])
        # The body follows the strings.
        slots = [-1 if name == "body" else int(name) for name in pieces[1::2]]
        self._pick: Callable[[list[str]], tuple[str, ...]] = itemgetter(*slots, *slots[:1])
        self._attributes = [number for number, piece in enumerate(pieces[:-1:2]) if piece.endswith('="')]

    def fill(self, strings: list[str], body: str) -> bytes:
        """Return the entry in UTF-8.

        Args:
            strings: unescaped, in the order of `flatten`.
            body: the article's HTML as it stands in the document.
        """
        text = _SEPARATOR.join(strings)
        escaped = self._escape(text).split(_SEPARATOR)
        escaped.append(body)
        # itemgetter returns a tuple only for two or more items, so the first is picked twice.
        values: tuple[str, ...] = self._pick(escaped)[:-1]
        if self._attributes and ('"' in text or "\n" in text or "\t" in text):
            quoted = list(values)
            for number in self._attributes:
                quoted[number] = quoted[number].translate(_QUOTED)
            values = tuple(quoted)
        return (self._format % values).encode()


def escape_atom(text: str) -> str:
    """Return text as it stands in XML."""
    if "&" in text or "<" in text or ">" in text or "\r" in text:
        return escape(text, quote=False).replace("\r", "&#13;")
    return text


def escape_rss(text: str) -> str:
    """Return text as it stands in RSS, also for readers that take plain text for HTML (RSS profile, 2)."""
    if "&" in text or "<" in text or ">" in text or "\r" in text:
        return text.replace("&", "&#x26;").replace("<", "&#x3C;").replace(">", "&gt;").replace("\r", "&#13;")
    return text


def escape_body(html: str) -> str:
    """Return HTML as it stands in an entry: as a CDATA section where possible (XML 1.0, 2.4 and 2.7)."""
    # To search for one character first is ten times as fast, and most bodies have no such bracket.
    if ("]" in html and "]]>" in html) or "\r" in html:
        # A parser would not return these unchanged from a CDATA section.
        return escape_atom(html)
    return f"<![CDATA[{html}]]>"


class EntryTemplates:
    """Serializes entries of one format; each shape gets one template.

    Args:
        serialize: returns the XML of fields with markers.
        escape_text: escapes text for this format.
        limit: how many templates are kept. Most publishers have a few shapes; with hundreds of tags per
            article there may be hundreds.
    """

    def __init__(
        self,
        serialize: Callable[[EntryFields], str],
        escape_text: Callable[[str], str],
        limit: int = 2000,
    ) -> None:
        self._limit = limit
        self._serialize = serialize
        self._escape = escape_text
        self._templates: dict[tuple[Any, ...], EntryTemplate] = {}

    def __len__(self) -> int:
        return len(self._templates)

    def clear(self) -> None:
        """Remove every template."""
        self._templates.clear()

    def entry(self, fields: EntryFields, shape: tuple[Any, ...], strings: list[str], body: str) -> bytes:
        """Return the entry as XML in UTF-8."""
        template = self._templates.get(shape)
        if template is None:
            if len(self._templates) >= self._limit:
                self._templates.clear()
            template = EntryTemplate(self._serialize(with_markers(fields)), self._escape)
            self._templates[shape] = template
        return template.fill(strings, body)
