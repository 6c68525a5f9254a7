"""Nesting of HTML from anywhere, limited before a parser reads it.

A parser of HTML searches its stack of open elements at most tags, and opens formatting elements again in each
block until they are closed (HTML, sections 13.2.4.2 and 13.2.4.3). Time and size then grow with the square of
the input. A text that could do this is written anew: balanced, and no deeper than the limit.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from .html_tokens import (
    LONG_TAG,
    RAW_TEXT,
    TOKEN,
    VOID_ELEMENTS,
    Tag,
    has_too_many_attributes,
    iterate_tags,
    limit_attributes,
)

MAX_DEPTH = 256
"""The most elements within each other. Other parsers have the same limit or a higher one."""

_FEW_TAGS = MAX_DEPTH // 2
_SMALL = 50_000
_ALLOWANCE = 100_000

_FORMATTING = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)
_CLOSES_PARAGRAPH = frozenset(
    {
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "center",
            "details",
            "dialog",
            "dir",
            "div",
            "dl",
            "dd",
            "dt",
        ),
        *("fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header"),
        *(
            "hgroup",
            "hr",
            "li",
            "main",
            "menu",
            "nav",
            "ol",
            "p",
            "pre",
            "search",
            "section",
            "summary",
            "table",
            "ul",
        ),
        *("listing", "xmp", "plaintext"),
    }
)
_CLOSED_BY_SIBLINGS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("li",), frozenset({"li"})),
    **dict.fromkeys(("dd", "dt"), frozenset({"dd", "dt"})),
    **dict.fromkeys(("option", "optgroup"), frozenset({"option"})),
    **dict.fromkeys(("td", "th"), frozenset({"td", "th"})),
    "tr": frozenset({"td", "th", "tr"}),
    **dict.fromkeys(("tbody", "thead", "tfoot"), frozenset({"td", "th", "tr", "tbody", "thead", "tfoot"})),
    **dict.fromkeys(("a",), frozenset({"a"})),
}
"""Start tags, and the open elements that they close (HTML, section 13.1.2.4)."""
_SCOPES = frozenset({"table", "td", "th", "caption", "object", "applet", "marquee", "template", "button"})
_BARRIERS = {
    **dict.fromkeys(("td", "th", "tr", "tbody", "thead", "tfoot"), frozenset({"table", "template"})),
    "li": _SCOPES | {"ul", "ol", "menu", "dir"},
    "dd": _SCOPES | {"dl"},
    "dt": _SCOPES | {"dl"},
    "option": _SCOPES | {"select", "datalist"},
    "optgroup": _SCOPES | {"select"},
}
"""Start tags, and the elements out of which they close nothing."""
_IMPLIED_ENDS = frozenset(
    {
        *(
            "dd",
            "dt",
            "li",
            "optgroup",
            "option",
            "p",
            "rp",
            "rt",
            "tbody",
            "td",
            "tfoot",
            "th",
            "thead",
            "tr",
        ),
        "colgroup",
    }
)
"""Elements that end with their parent."""
_ROW_GROUPS = frozenset({"tbody", "thead", "tfoot"})
_TABLE_PARTS = frozenset({"caption", "col", "colgroup", "tbody", "td", "tfoot", "th", "thead", "tr"})


class LimitedHtml(NamedTuple):
    """A text, and the number of elements that lost their tags because they were nested too deep."""

    html: str
    flattened: int


def limit_nesting(html: str) -> LimitedHtml:
    """Return HTML whose nesting is limited; a text that is no danger comes back as it is."""
    if html.count("<") < _FEW_TAGS and len(html) < _SMALL:
        # Even if nothing is closed and each cell gets a row and a table body.
        return LimitedHtml(html, 0)
    return LimitedHtml(html, 0) if _is_harmless(html) else _rewrite(html)


def _is_harmless(html: str) -> bool:
    """Whether the nesting of a text is limited and little of it is opened again; only if that is certain."""
    stack: list[str] = []
    # The length of the formatting tags that are open, which each block may repeat, and of all repetitions.
    formatting: list[int] = []
    repeatable = repeated = 0
    allowed = 4 * len(html) + _ALLOWANCE
    # In lower case, tags have the names that the sets below have.
    for slash, name, attributes in TOKEN.findall(html.lower()):
        if slash:
            depth = len(stack) - 1
            if depth >= 0 and stack[depth] != name:
                while depth >= 0 and stack[depth] != name and stack[depth] in _IMPLIED_ENDS:
                    depth -= 1
                if depth >= 0 and stack[depth] != name:
                    # It may close nothing.
                    continue
            while len(stack) > depth >= 0:
                if stack.pop() in _FORMATTING:
                    repeatable -= formatting.pop()
            continue
        if not name or name in VOID_ELEMENTS:
            continue
        if name in RAW_TEXT or (len(attributes) > LONG_TAG and has_too_many_attributes(attributes)):
            return False
        if stack:
            top = stack[-1]
            if (top == "p" and name in _CLOSES_PARAGRAPH) or (
                top in _CLOSED_BY_SIBLINGS and top in _CLOSED_BY_SIBLINGS.get(name, ())
            ):
                stack.pop()
                if top in _FORMATTING:
                    repeatable -= formatting.pop()
            elif name in _TABLE_PARTS:
                stack += _missing_parts(top, name)
            if len(stack) >= MAX_DEPTH:
                return False
        stack.append(name)
        repeated += repeatable
        if name in _FORMATTING:
            length = len(attributes) + len(name)
            formatting.append(length)
            repeatable += length
        if repeated > allowed:
            return False
    return True


def _missing_parts(parent: str, name: str) -> list[str]:
    """Return the parts of a table that a parser puts between two of them."""
    if name in ("td", "th"):
        return ["tbody", "tr"] if parent == "table" else ["tr"] if parent in _ROW_GROUPS else []
    return ["tbody"] if name == "tr" and parent == "table" else []


def _rewrite(html: str) -> LimitedHtml:
    """Return the text with every element closed where it ends, and without the tags of those too deep."""
    writer = _BalancedWriter(html)
    for tag in iterate_tags(html):
        writer.write(tag)
    return writer.finish()


class _BalancedWriter:
    """Writes tags so that every end tag closes the last element that is open."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._parts: list[str] = []
        self._position = 0
        self._stack: list[str] = []
        self._open: Counter[str] = Counter()
        self._flattened: Counter[str] = Counter()
        self._count = 0

    def write(self, tag: Tag) -> None:
        """Write the text before a tag, and the tag or what it means."""
        self._parts.append(self._html[self._position : tag.start])
        self._position = tag.end
        if tag.is_end:
            self._write_end(tag)
        else:
            self._write_start(tag)

    def finish(self) -> LimitedHtml:
        """Write what is left, and close everything."""
        self._parts.append(self._html[self._position :])
        while self._stack:
            self._close_last()
        return LimitedHtml("".join(self._parts), self._count)

    def _write_end(self, tag: Tag) -> None:
        name = tag.name
        if name in ("p", "br") and not self._open[name]:
            # A parser makes an empty element of these.
            self._parts.append("<br>" if name == "br" else "")
        elif self._flattened[name]:
            self._flattened[name] -= 1
        elif self._open[name] and not self._is_out_of_reach(name):
            while self._close_last() != name:
                pass

    def _is_out_of_reach(self, name: str) -> bool:
        """Whether a cell separates the element from its end tag."""
        if name in _TABLE_PARTS or name == "table" or not self._open["table"]:
            return False
        for each in reversed(self._stack):
            if each == name:
                return False
            if each in _SCOPES:
                return True
        return False

    def _write_start(self, tag: Tag) -> None:
        name = tag.name
        written = self._html[tag.start : tag.end]
        if has_too_many_attributes(tag.attributes):
            written = limit_attributes(written, tag)
        if name in VOID_ELEMENTS or name in RAW_TEXT:
            self._parts.append(written)
            return
        if name in _TABLE_PARTS:
            if not self._open["table"]:
                return
            # A parser takes what is open between the parts of a table out of it, and opens it again later.
            while self._stack[-1] not in _TABLE_PARTS and self._stack[-1] != "table":
                self._close_last()
        if name in _CLOSES_PARAGRAPH and self._open["p"] and not self._is_out_of_reach("p"):
            while self._close_last() != "p":
                pass
        self._close_siblings(name)
        if name in _TABLE_PARTS and len(self._stack) < MAX_DEPTH - 2:
            for part in _missing_parts(self._stack[-1], name):
                self._open_element(part, f"<{part}>")
        if len(self._stack) >= MAX_DEPTH:
            self._flattened[name] += 1
            self._count += 1
            return
        self._open_element(name, written)

    def _open_element(self, name: str, written: str) -> None:
        self._parts.append(written)
        self._stack.append(name)
        self._open[name] += 1

    def _close_siblings(self, name: str) -> None:
        """Close what the start of an element closes: an item the one before it, a row the cells."""
        siblings = _CLOSED_BY_SIBLINGS.get(name)
        if not siblings or not any(self._open[each] for each in siblings):
            return
        barriers = _BARRIERS.get(name, _SCOPES)
        last = None
        for depth in range(len(self._stack) - 1, -1, -1):
            each = self._stack[depth]
            if each in siblings:
                last = depth
            elif each in barriers:
                break
        if last is not None:
            while len(self._stack) > last:
                self._close_last()

    def _close_last(self) -> str:
        name = self._stack.pop()
        self._open[name] -= 1
        self._parts.append(f"</{name}>")
        return name
