"""The body of an article as plain text: paragraphs, lists, quotations, code, tables. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from . import bidi
from .bidi import Way
from .email_html import parsed
from .footnotes import Notes
from .html import direction
from .plain_text import tidy
from .tables import Cell, set_table
from .wrap import WIDTH, one_line, seen, shown, underlined, width, wrap

Block = list[str]
"""The lines of a paragraph, or of what stands between two blank lines as well."""

_CODE = "    "
_QUOTED = "> "
_HANGING = 2
_NARROWEST = 24
"""Columns below which nothing is indented any further."""

_DEEPEST = 80

_HEADINGS = {"h1": "~", "h2": "~", "h3": "~", "h4": ".", "h5": ".", "h6": "."}
_LISTS = frozenset(["ul", "ol", "menu", "dir"])
_CONTAINERS = frozenset(
    [
        *("address", "article", "aside", "body", "caption", "center", "dd", "details", "dialog", "div", "dl"),
        *("dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "html", "legend"),
        *("li", "main", "nav", "p", "section", "summary", "tbody", "td", "tfoot", "th", "thead", "tr"),
    ]
)
_BLOCKS = frozenset([*_HEADINGS, *_LISTS, *_CONTAINERS, "blockquote", "hr", "pre", "table"])
_APART = frozenset(["p", "div", "pre", "blockquote", "table", "figure"])
"""What makes a list one with blank lines, where an item has two of them."""

_SILENT = frozenset(["head", "math", "noscript", "script", "style", "svg", "template", "title"])

_RAISED = str.maketrans("0123456789+-−()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿ")
_LOWERED = str.maketrans("0123456789+-−()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₍₎")


def prose(html: str, notes: Notes, *, columns: int = WIDTH, toward: Way | None = None) -> list[str]:
    """The text of a piece of HTML in lines.

    Args:
        html: made fit for mail.
        notes: takes its links.
        toward: the way that its language runs.
    """
    html = tidy(html)
    if not html.strip():
        return []
    return _joined(_Setter(notes).blocks(parsed(html), columns, toward))


def _joined(blocks: list[Block]) -> Block:
    """Blocks with a blank line between each two."""
    lines: Block = []
    for block in blocks:
        lines += ["", *block] if lines else block
    return lines


def _tag(element: etree._Element) -> str:
    return element.tag if isinstance(element.tag, str) else ""


def _words(element: etree._Element) -> str:
    return "".join(str(text) for text in element.itertext(etree.Element))


def _said(text: str | None, *, verbatim: bool = False) -> str:
    # A character reference can bring in what the HTML itself does not hold.
    clean = tidy((text or "").replace("\r\n", "\n").replace("\r", "\n")) if text else ""
    return clean if verbatim else re.sub(r"[ \t\n\f]+", " ", clean)


def _toward(element: etree._Element, outer: Way | None) -> Way | None:
    """The way that the text of an element runs, if it says so by `dir` or `lang`."""
    # A comment has attributes by name, and none of them a value.
    said = (element.get("dir") or "").lower()
    if said == "rtl":
        return "rtl"
    if said == "ltr":
        return "ltr"
    language = element.get("lang")
    if language:
        return "rtl" if direction(language) == "rtl" else "ltr"
    return None if said == "auto" else outer


class _Setter:
    """Sets HTML as text, block by block."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes

    def blocks(
        self, element: etree._Element, columns: int, toward: Way | None, depth: int = 0
    ) -> list[Block]:
        """What stands in an element, in blocks."""
        if depth > _DEEPEST:
            return self._paragraphs(_said(_words(element)), columns, toward)
        found: list[Block] = []
        run = _said(element.text)
        for child in element:
            tag = _tag(child)
            if tag in _BLOCKS or next(child.iter(*_BLOCKS), None) is not None:
                found += self._paragraphs(run, columns, toward)
                run = ""
                new = self._block(child, columns, _toward(child, toward), depth + 1)
                if tag == "dd" and found and new:
                    found[-1] = found[-1] + new.pop(0)
                found += new
            else:
                run += self.inline(child)
            run += _said(child.tail)
        return found + self._paragraphs(run, columns, toward)

    def _block(self, element: etree._Element, columns: int, toward: Way | None, depth: int) -> list[Block]:
        tag = _tag(element)
        if tag in _SILENT:
            return []
        if tag in _HEADINGS:
            text = self.inline(element)
            return [underlined(lines, _HEADINGS[tag]) for lines in self._paragraphs(text, columns, toward)]
        if tag in _LISTS:
            return self._list(element, columns, toward, depth)
        if tag == "pre":
            return self._code(element)
        if tag == "hr":
            return [["* * *"]]
        if tag == "blockquote":
            return self._quotation(element, columns, toward, depth)
        if tag == "table":
            return self._table(element, columns, toward, depth)
        found = self.blocks(element, self._within(columns) if tag == "dd" else columns, toward, depth)
        if tag == "dd":
            found = [_indented(block, " " * _HANGING) for block in found] if columns > _NARROWEST else found
        elif tag == "a" and (mark := self.notes.mark("", element.get("href"))):
            found += self._paragraphs(mark, columns, toward)
        return found

    @staticmethod
    def _within(columns: int, indent: int = _HANGING) -> int:
        return columns - indent if columns > _NARROWEST else columns

    @staticmethod
    def _paragraphs(text: str, columns: int, toward: Way | None) -> list[Block]:
        """A run of text; a `<br>` ends a line, two end a paragraph."""
        found: list[Block] = []
        for paragraph in re.split(r"\n(?: *\n)+", text):
            way = bidi.way_of(paragraph, toward)
            lines = [line for part in paragraph.split("\n") for line in wrap(part, columns, toward=way)]
            # Nobody sees what has no outline, and a heading's line under it would be empty.
            if seen("".join(lines)):
                found.append(lines)
        return found

    def _code(self, element: etree._Element) -> list[Block]:
        text = shown(self.inline(element, verbatim=True)).expandtabs(4)
        lines = bidi.carried(line.rstrip(" ") for line in text.split("\n"))
        while lines and not lines[0]:
            lines.pop(0)
        while lines and not lines[-1]:
            lines.pop()
        return [_indented(lines, _CODE)] if lines else []

    def _quotation(
        self, element: etree._Element, columns: int, toward: Way | None, depth: int
    ) -> list[Block]:
        inner = _joined(self.blocks(element, self._within(columns), toward, depth))
        if columns <= _NARROWEST or not inner:
            return [inner] if inner else []
        return [[(_QUOTED + line).rstrip(" ") for line in inner]]

    def _list(self, element: etree._Element, columns: int, toward: Way | None, depth: int) -> list[Block]:
        items = [child for child in element if _tag(child) == "li"]
        markers = dict(zip(items, _markers(element, items), strict=True))
        indent = max(map(width, markers.values()), default=_HANGING)
        found = self._paragraphs(_said(element.text), columns, toward)
        loose = False
        laid: list[Block] = []
        for child in element:
            way = _toward(child, toward)
            if child not in markers:
                # Lists in lists that stand beside the items, and text where none belongs.
                blocks = self._block(child, self._within(columns, indent), way, depth + 1)
            else:
                blocks = self.blocks(child, self._within(columns, indent), way, depth + 1)
                loose = loose or sum(_tag(each) in _APART for each in child) > 1
            tail = self._paragraphs(_said(child.tail), self._within(columns, indent), toward)
            if blocks and columns > _NARROWEST:
                marker = markers.get(child, "").rjust(indent)
                lines = _joined(blocks) if loose else [line for block in blocks for line in block]
                blocks = [[marker + lines[0], *_indented(lines[1:], " " * indent)]]
            laid += [*blocks, *tail]
        if loose:
            return found + laid
        lines = [line for item in laid for line in item]
        return [*found, lines] if lines else found

    def _table(self, element: etree._Element, columns: int, toward: Way | None, depth: int) -> list[Block]:
        found: list[Block] = []
        for caption in element.iterchildren("caption"):
            found += self.blocks(caption, columns, toward, depth)
        rows = [[*row.iterchildren("td", "th")] for row in _rows(element)]
        deep = any(cell.find(f".//{tag}") is not None for row in rows for cell in row for tag in _UNFLAT)
        if deep or max(map(len, rows), default=0) < 2:
            for row in rows:
                for cell in row:
                    found += self.blocks(cell, columns, _toward(cell, toward), depth)
            return found
        cells = [
            [
                Cell(
                    one_line(self.inline(cell).replace("\n", " ")),
                    head=_tag(cell) == "th",
                    across=_count(cell.get("colspan")),
                    down=_count(cell.get("rowspan")),
                )
                for cell in row
            ]
            for row in rows
        ]
        return found + set_table(cells, columns, toward)

    def inline(self, element: etree._Element, *, verbatim: bool = False, depth: int = 0) -> str:
        """What stands in an element, as one run of text; a line end is where HTML breaks a line."""
        tag = _tag(element)
        if depth > _DEEPEST:
            return _said(_words(element), verbatim=verbatim)
        if tag == "br":
            return "\n"
        if not tag or tag in _SILENT:
            return ""
        if tag == "img":
            alt = one_line(_said(element.get("alt")))
            return f"[{alt}]" if alt else ""
        text = _said(element.text, verbatim=verbatim) + "".join(
            self.inline(child, verbatim=verbatim, depth=depth + 1) + _said(child.tail, verbatim=verbatim)
            for child in element
        )
        if tag == "a":
            return self._linked(text, element.get("href"))
        if tag == "q":
            return f"“{text}”"
        if tag in ("sup", "sub"):
            return _moved(text, _RAISED if tag == "sup" else _LOWERED)
        return f"\n{text}\n" if tag in _BLOCKS else text

    def _linked(self, text: str, href: str | None) -> str:
        label = text.strip(" \n")
        if not label:
            return text + self.notes.mark("", href)
        before, after = text[: text.index(label)], text[text.index(label) + len(label) :]
        return before + self.notes.mark(label, href) + after


_UNFLAT = ("table", "ul", "ol", "pre", "blockquote", "dl", *_HEADINGS)
"""What does not fit into a line of a table."""


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for child in table:
        if _tag(child) == "tr":
            yield child
        elif _tag(child) in ("thead", "tbody", "tfoot"):
            yield from child.iterchildren("tr")


def _count(value: str | None) -> int:
    return min(int(value), 100) or 1 if value and re.fullmatch(r"[0-9]{1,4}", value) else 1


def _markers(element: etree._Element, items: list[etree._Element]) -> list[str]:
    if _tag(element) != "ol":
        return ["- "] * len(items)
    step = -1 if element.get("reversed") is not None else 1
    number = _number(element.get("start"), len(items) if step < 0 else 1)
    found = []
    for item in items:
        number = _number(item.get("value"), number)
        found.append(f"{number}. ")
        number += step
    return found


def _number(value: str | None, otherwise: int) -> int:
    return int(value) if value and re.fullmatch(r"-?[0-9]{1,9}", value.strip()) else otherwise


def _indented(lines: Block, indent: str) -> Block:
    return [indent + line if line else "" for line in lines]


def _moved(text: str, table: dict[int, int]) -> str:
    """Raised or lowered digits, where Unicode has them: 10⁶ is not 106."""
    return text.translate(table) if text and all(ord(char) in table for char in text) else text
