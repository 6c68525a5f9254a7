"""Entries compiled: built once a shape, then only filled in.

feedgen takes some 35 microseconds for an entry, and nearly all entries of a publisher have one of a few
shapes: the same fields, as many authors, as many tags. So a shape is spelt once, with a marker in place of
each string; the bytes between the markers are kept; and an entry of that shape is its strings, escaped,
between those bytes. That the result is what the slow way gives is a property test.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from html import escape
from itertools import count
from operator import itemgetter
from typing import Any

from .entry_fields import EntryFields, Fixed

BODY = "\ue000body\ue001"
"""Stands where the article's HTML will be."""

_MARKER = re.compile("\ue000(\\d+|body)\ue001")
_JOIN = "\x00"
# White space in an attribute would come back as blanks (XML 1.0, section 3.3.3).
_QUOTED = str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})


def flatten(value: tuple[Any, ...], strings: list[str]) -> tuple[Any, ...]:
    """The shape of a form: itself with every string blanked out. The strings are added to the list."""
    shape: list[Any] = []
    for each in value:
        kind = each.__class__
        if kind is str:
            strings.append(each)
            shape.append("")
        elif each and isinstance(each, tuple):
            shape.append(flatten(each, strings))
        else:
            # A Fixed, a truth value, an empty tuple, or nothing: part of the shape as it is.
            shape.append(each)
    return tuple(shape)


def marked(form: EntryFields) -> EntryFields:
    """The form with a marker in place of each string, numbered in the order of `flatten`."""
    numbers = count()

    def mark(value: Any) -> Any:
        if value.__class__ is str:
            return f"\ue000{next(numbers)}\ue001"
        if isinstance(value, tuple):
            values = [mark(each) for each in value]
            return value._make(values) if hasattr(value, "_make") else tuple(values)
        return value

    return mark(form)  # type: ignore[no-any-return]


class EntryTemplate:
    """One shape in one format, ready to be filled in.

    Args:
        spelt: the entry as XML, with markers.
        escape: how this format escapes text.
    """

    def __init__(self, spelt: str, escape: Callable[[str], str]) -> None:
        pieces = _MARKER.split(spelt)
        self._escape = escape
        self._format = "%s".join(piece.replace("%", "%%") for piece in pieces[::2])
        # The body goes behind the strings.
        slots = [-1 if name == "body" else int(name) for name in pieces[1::2]]
        self._pick: Callable[[list[str]], tuple[str, ...]] = itemgetter(*slots, *slots[:1])
        before = [piece.endswith('="') for piece in pieces[:-1:2]]
        self._quoted = [number for number, inside in enumerate(before) if inside]

    def fill(self, strings: list[str], body: str) -> bytes:
        """The entry with its strings, in UTF-8.

        Args:
            strings: as they are, in the order of `flatten`.
            body: the article's HTML as it is to stand in the document.
        """
        text = _JOIN.join(strings)
        escaped = self._escape(text).split(_JOIN)
        escaped.append(body)
        # itemgetter gives a tuple only for two or more; the first is there twice for that.
        values: tuple[str, ...] = self._pick(escaped)[:-1]
        if self._quoted and ('"' in text or "\n" in text or "\t" in text):
            quoted = list(values)
            for number in self._quoted:
                quoted[number] = quoted[number].translate(_QUOTED)
            values = tuple(quoted)
        return (self._format % values).encode()


def escape_atom(text: str) -> str:
    """Text as it stands in XML."""
    if "&" in text or "<" in text or ">" in text or "\r" in text:
        return escape(text, quote=False).replace("\r", "&#13;")
    return text


def escape_rss(text: str) -> str:
    """Text as it stands in RSS, also for readers who take plain text for HTML (RSS profile, 2)."""
    if "&" in text or "<" in text or ">" in text or "\r" in text:
        return text.replace("&", "&#x26;").replace("<", "&#x3C;").replace(">", "&gt;").replace("\r", "&#13;")
    return text


def body_of(html: str) -> str:
    """HTML as it stands in an entry: marked as characters (XML 1.0, 2.4 and 2.7)."""
    # Looking for one character first is ten times as fast, and most bodies have no such bracket.
    if ("]" in html and "]]>" in html) or "\r" in html:
        # These would not come back out of a CDATA section as they went in.
        return escape_atom(html)
    return f"<![CDATA[{html}]]>"


class EntryTemplates:
    """Spells entries of one format, each shape once.

    Args:
        spell: the slow way, for a form with markers; gives XML.
        escape: how this format escapes text.
    """

    # A publisher has a few shapes; one with hundreds of tags an article may have hundreds.
    _MOST = 2000

    def __init__(self, spell: Callable[[EntryFields], str], escape: Callable[[str], str]) -> None:
        self._spell = spell
        self._make = partial(EntryTemplate, escape=escape)
        self._known: dict[tuple[Any, ...], EntryTemplate] = {}

    def entry(self, form: EntryFields, shape: tuple[Any, ...], strings: list[str], body: str) -> bytes:
        """The entry as XML, in UTF-8."""
        compiled = self._known.get(shape)
        if compiled is None:
            if len(self._known) >= self._MOST:
                self._known.clear()
            compiled = self._known[shape] = self._make(self._spell(marked(form)))
        return compiled.fill(strings, body)


__all__ = ["BODY", "EntryTemplates", "Fixed", "body_of", "escape_atom", "escape_rss", "flatten", "marked"]
