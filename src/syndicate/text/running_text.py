"""The beginning of the running text of HTML, read from its tags without building a tree.

What it leaves open, the engine reads that builds one, which is its oracle in tests.
"""

from __future__ import annotations

import re
from html import unescape

from .html_to_text import BLOCKS, HIDDEN, LISTS, SUBSCRIPTS, SUPERSCRIPTS, translate_all
from .html_tokens import TOKEN, VOID_ELEMENTS

_MAX_DEPTH = 12
_MAX_READ = 500_000
_UNUSUAL = re.compile(r"\b(?:reversed|value)\b", re.IGNORECASE)
_START = re.compile(r"""\bstart\s*=\s*["']?(-?[0-9]{1,9})["'\s]?""", re.IGNORECASE)


def begin_running_text(html: str, length: int, skipped: frozenset[str], bullet: str) -> str | None:
    """Return the running text up to a length and some more; None if a tree is needed.

    Args:
        length: of the text without white space, which the result still has as it is written.
        skipped: tags of elements that are left out.
        bullet: stands before each item of an unordered list.
    """
    return _RunningText(skipped | HIDDEN, bullet).read(html, length)


class _RunningText:
    def __init__(self, skipped: frozenset[str], bullet: str) -> None:
        self._skipped = skipped
        self._bullet = bullet
        self._parts: list[str] = []
        self._size = 0
        self._open: list[str] = []
        # The next number of each open list; None if it has bullets.
        self._numbers: list[int | None] = []
        # Markers of items that have no text yet, and how many there were when each open item began.
        self._markers: list[str] = []
        self._items: list[int] = []
        # Where each superscript or subscript that is open began.
        self._scripts: list[int] = []

    def read(self, html: str, length: int) -> str | None:
        search = TOKEN.search
        position = 0
        while token := search(html, position):
            if token.start() > position:
                self._add(html[position : token.start()])
            position = token.end()
            slash, name, attributes = token.groups()
            if not name:
                continue
            name = name.lower()
            if slash:
                self._end(name)
            elif name in self._skipped:
                if name in BLOCKS:
                    if not self._may_begin_block(name):
                        return None
                    self._parts.append(" ")
                position = _end_of(html, name, position)
            elif not self._start(name, attributes):
                return None
            if (self._size > length and not self._scripts) or position > _MAX_READ:
                return "".join(self._parts)
        self._add(html[position:])
        return "".join(self._parts)

    def _add(self, text: str) -> None:
        if "&" in text:
            text = unescape(text)
        if self._markers and not text.isspace():
            # Not into a superscript, which changes as a whole.
            place = self._scripts[0] if self._scripts else len(self._parts)
            self._parts.insert(place, "".join(self._markers))
            self._scripts = [each + 1 for each in self._scripts]
            self._markers.clear()
        self._parts.append(text)
        self._size += len("".join(text.split()))

    def _start(self, name: str, attributes: str) -> bool:
        """Read a start tag; return False if only the tree knows what it means."""
        if name in VOID_ELEMENTS:
            if name in ("br", "hr"):
                self._parts.append(" ")
            return True
        if name in BLOCKS:
            if not self._may_begin_block(name):
                return False
            self._parts.append(" ")
            if name in LISTS:
                if len(self._numbers) == _MAX_DEPTH or _UNUSUAL.search(attributes):
                    return False
                start = _START.search(attributes) if attributes else None
                self._numbers.append((int(start[1]) if start else 1) if name == "ol" else None)
            elif name == "li":
                self._items.append(len(self._markers))
                if attributes and _UNUSUAL.search(attributes):
                    return False
                if self._open and self._open[-1] in LISTS:
                    self._markers.append(self._next_marker())
        elif self._open and self._open[-1] in LISTS:
            return False
        elif name == "q":
            self._add("“")
        elif name in ("sup", "sub"):
            self._scripts.append(len(self._parts))
        self._open.append(name)
        return len(self._open) <= 8 * _MAX_DEPTH

    def _may_begin_block(self, name: str) -> bool:
        """Whether a block is where its parent has blocks, and what a list has is items."""
        parent = self._open[-1] if self._open else "body"
        return parent in BLOCKS and (parent not in LISTS or name == "li")

    def _next_marker(self) -> str:
        number = self._numbers[-1]
        if number is None:
            return self._bullet
        self._numbers[-1] = number + 1
        return f"{number}. "

    def _end(self, name: str) -> None:
        if not self._open or self._open[-1] != name:
            return
        self._open.pop()
        if name in BLOCKS:
            self._parts.append(" ")
            if name in LISTS:
                self._numbers.pop()
            elif name == "li":
                del self._markers[self._items.pop() :]
        elif name == "q":
            self._add("”")
        elif name in ("sup", "sub"):
            first = self._scripts.pop()
            text = "".join(self._parts[first:])
            del self._parts[first:]
            self._parts.append(translate_all(text, SUPERSCRIPTS if name == "sup" else SUBSCRIPTS))


def _end_of(html: str, name: str, position: int) -> int:
    """Return where an element ends that began before a position."""
    if name in VOID_ELEMENTS:
        return position
    depth = 1
    tags = re.compile(rf"<(/?){name}(?=[\s/>])[^>]*>", re.IGNORECASE)
    for tag in tags.finditer(html, position, position + _MAX_READ):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return tag.end()
    return len(html)
