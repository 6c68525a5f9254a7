"""Text of HTML: plain for summaries and record fields, laid out in lines for the text part of editions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from . import bidi
from .bidi import Direction, language_direction
from .footnotes import Footnotes
from .illegal_characters import clean_text, repair_characters
from .sanitize import parse_body
from .tables import Cell, format_table
from .wrap import WIDTH, display_width, one_line, remove_markers, underline, visible_text, wrap

Block = list[str]
"""The lines of a paragraph or of another part that has blank lines around it."""

HEADINGS = {"h1": "~", "h2": "~", "h3": "~", "h4": ".", "h5": ".", "h6": "."}
"""Headings, and the character that underlines them."""

_CODE_INDENT = "    "
_INDENT = 2
_MIN_COLUMNS = 24
"""Columns below which nothing is indented any further."""

_MAX_DEPTH = 80
"""Nesting below which only the words are kept, so that time stays linear and no stack overflows."""

LISTS = frozenset(["ul", "ol", "menu", "dir"])
_CONTAINERS = frozenset(
    [
        *("address", "article", "aside", "body", "caption", "center", "dd", "details", "dialog", "div", "dl"),
        *("dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "html", "legend"),
        *("li", "main", "nav", "p", "section", "summary", "tbody", "td", "tfoot", "th", "thead", "tr"),
    ]
)
BLOCKS = frozenset([*HEADINGS, *LISTS, *_CONTAINERS, "blockquote", "hr", "pre", "table"])
_PARAGRAPHS = frozenset(["p", "div", "pre", "blockquote", "table", "figure"])
"""An item with two of these puts blank lines into its list."""

_NOT_IN_TABLE_LINE = ("table", "ul", "ol", "pre", "blockquote", "dl", *HEADINGS)
HIDDEN = frozenset(["head", "math", "noscript", "script", "style", "svg", "template", "title"])

_SPACES = re.compile(r"[ \t\r\n\f]+")
SUPERSCRIPTS = str.maketrans("0123456789+-−()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿ")
SUBSCRIPTS = str.maketrans("0123456789+-−()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₍₎")


def extract_blocks(html: str, *, bullet: str = "- ", skipped: frozenset[str] = frozenset()) -> list[Block]:
    """Return the text of HTML from anywhere, block by block, without links, images and decoration.

    Args:
        html: a fragment.
        bullet: stands before each item of an unordered list.
        skipped: tags of elements that are left out.
    """
    if not html.strip():
        return []
    return _TextExtractor(bullet, skipped).blocks(parse_body(repair_characters(html)), _Frame(WIDTH, None))


def to_text(html: str) -> str:
    """Return the text of HTML from anywhere, with a blank line between paragraphs."""
    return "\n".join(_join(extract_blocks(html)))


def to_lines(
    html: str, footnotes: Footnotes, *, columns: int = WIDTH, preferred: Direction | None = None
) -> list[str]:
    """Return a body adapted for mail as lines: headings, lists, quotations, code and tables.

    Args:
        html: balanced and not nested deeper than the parser reads, see `adapt_html`.
        footnotes: collects the links.
        preferred: the direction of the language.
    """
    html = clean_text(html)
    if not html.strip():
        return []
    return _join(_LayoutExtractor(footnotes).blocks(parse_body(html), _Frame(columns, preferred)))


def _join(blocks: list[Block]) -> Block:
    lines: Block = []
    for block in blocks:
        lines += ["", *block] if lines else block
    return lines


def _tag(element: etree._Element) -> str:
    return element.tag if isinstance(element.tag, str) else ""


class _Frame(NamedTuple):
    """The surroundings of a block: columns available, direction of the language, depth of nesting."""

    columns: int
    direction: Direction | None
    depth: int = 0

    def enter(self, element: etree._Element, indent: int = 0) -> _Frame:
        """Return the frame inside of an element, which may state its direction by `dir` or `lang`."""
        direction = self.direction
        # A comment has attributes by name, and all of them are None.
        stated = (element.get("dir") or "").lower()
        if stated in ("ltr", "rtl"):
            direction = "rtl" if stated == "rtl" else "ltr"
        elif language := element.get("lang"):
            direction = language_direction(language)
        elif stated == "auto":
            direction = None
        return _Frame(self.indented(indent).columns, direction, self.depth + 1)

    def indented(self, indent: int) -> _Frame:
        return self._replace(columns=self.columns - indent) if indent and self.may_indent else self

    @property
    def may_indent(self) -> bool:
        return self.columns > _MIN_COLUMNS


class _TextExtractor:
    """Walks an HTML tree and returns its text in blocks."""

    def __init__(self, bullet: str, skipped: frozenset[str]) -> None:
        self._bullet = bullet
        self._skipped = skipped | HIDDEN

    def blocks(self, element: etree._Element, frame: _Frame) -> list[Block]:
        """Return the blocks in an element."""
        if frame.depth > _MAX_DEPTH:
            words = "".join(str(text) for text in element.itertext(etree.Element))
            return self.paragraphs(self.clean(words), frame)
        blocks: list[Block] = []
        run = self.clean(element.text)
        for child in element:
            tag = _tag(child)
            if tag in BLOCKS or (len(child) and next(child.iter(*BLOCKS), None) is not None):
                blocks += self.paragraphs(run, frame)
                run = ""
                new = self.block(child, frame)
                if tag == "dd" and blocks and new:
                    # In place: a list of thousands would be copied for each.
                    blocks[-1] += new.pop(0)
                blocks += new
            else:
                run += self.inline(child)
            run += self.clean(child.tail)
        return blocks + self.paragraphs(run, frame)

    def block(self, element: etree._Element, frame: _Frame) -> list[Block]:
        """Return one element, which is or has a block, as blocks."""
        tag = _tag(element)
        if tag in self._skipped:
            return []
        if tag in HEADINGS:
            return self.heading(element, frame.enter(element))
        if tag in LISTS:
            return self.list_items(element, frame.enter(element))
        if tag == "pre":
            return self.code(element)
        if tag == "hr":
            return self.rule()
        if tag == "blockquote":
            return self.quotation(element, frame.enter(element))
        if tag == "table":
            return self.table(element, frame.enter(element))
        if tag == "dd":
            blocks = self.blocks(element, frame.enter(element, _INDENT))
            return [_indent(block, " " * _INDENT) for block in blocks] if frame.may_indent else blocks
        blocks = self.blocks(element, frame.enter(element))
        if tag == "a" and (reference := self.link("", element.get("href"))):
            blocks += self.paragraphs(reference, frame)
        return blocks

    def inline(self, element: etree._Element, *, verbatim: bool = False, depth: int = 0) -> str:
        """Return an element as one run of text, with a line end where HTML breaks a line."""
        tag = _tag(element)
        if depth > _MAX_DEPTH:
            words = "".join(str(text) for text in element.itertext(etree.Element))
            return self.clean(words, verbatim=verbatim)
        if tag == "br":
            return "\n"
        if not tag or tag in self._skipped:
            return ""
        if tag == "img":
            return self.image(element)
        text = self.clean(element.text, verbatim=verbatim)
        for child in element:
            text += self.inline(child, verbatim=verbatim, depth=depth + 1)
            text += self.clean(child.tail, verbatim=verbatim)
        if tag == "a":
            return self._linked(text, element.get("href"))
        if tag == "q":
            return f"“{text}”"
        if tag in ("sup", "sub"):
            return translate_all(text, SUPERSCRIPTS if tag == "sup" else SUBSCRIPTS)
        return f"\n{text}\n" if tag in BLOCKS else text

    def _linked(self, text: str, href: str | None) -> str:
        label = text.strip(" \n")
        if not label:
            return text + self.link("", href)
        start = text.index(label)
        return text[:start] + self.link(label, href) + text[start + len(label) :]

    def list_items(self, element: etree._Element, frame: _Frame) -> list[Block]:
        """Return a list; it has blank lines between its items if one of them has several paragraphs."""
        if frame.depth > _MAX_DEPTH:
            return self.blocks(element, frame)
        items = [child for child in element if _tag(child) == "li"]
        markers = dict(zip(items, _markers(element, items, self._bullet), strict=True))
        indent = max(map(display_width, markers.values()), default=_INDENT)
        before = self.paragraphs(self.clean(element.text), frame)
        has_paragraphs = False
        blocks: list[Block] = []
        for child in element:
            inner = frame.enter(child, indent)
            if child in markers:
                item = self.blocks(child, inner)
                has_paragraphs = has_paragraphs or sum(_tag(each) in _PARAGRAPHS for each in child) > 1
            else:
                # Invalid, but common: a list or text beside the items.
                item = self.block(child, frame._replace(columns=inner.columns))
            if item and frame.may_indent:
                marker = markers.get(child, "").rjust(indent)
                lines = _join(item) if has_paragraphs else [line for block in item for line in block]
                item = [[marker + lines[0], *_indent(lines[1:], " " * indent)]]
            blocks += [*item, *self.paragraphs(self.clean(child.tail), inner)]
        if has_paragraphs:
            return before + blocks
        lines = [line for block in blocks for line in block]
        return [*before, lines] if lines else before

    def code(self, element: etree._Element) -> list[Block]:
        """Return preformatted text, indented."""
        text = remove_markers(self.inline(element, verbatim=True)).expandtabs(4)
        lines = bidi.close_controls_per_line(line.rstrip(" ") for line in text.strip("\n").split("\n"))
        while lines and not lines[0]:
            lines.pop(0)
        while lines and not lines[-1]:
            lines.pop()
        return [_indent(lines, _CODE_INDENT)] if lines else []

    # What the layout of editions replaces

    def clean(self, text: str | None, *, verbatim: bool = False) -> str:
        """Return the text of a node; white space collapses unless it is preformatted."""
        if not text:
            return ""
        return text if verbatim else _SPACES.sub(" ", text)

    def paragraphs(self, text: str, frame: _Frame) -> list[Block]:  # noqa: ARG002 - the layout needs it
        """Split a run of text: a `<br>` ends a line, two end a paragraph."""
        if not text or text.isspace():
            return []
        blocks: list[Block] = [[]]
        for line in map(one_line, text.split("\n")):
            if line:
                blocks[-1].append(line)
            elif blocks[-1]:
                blocks.append([])
        return [block for block in blocks if block]

    def heading(self, element: etree._Element, frame: _Frame) -> list[Block]:
        return self.paragraphs(self.inline(element), frame)

    def rule(self) -> list[Block]:
        return []

    def quotation(self, element: etree._Element, frame: _Frame) -> list[Block]:
        return self.blocks(element, frame)

    def table(self, element: etree._Element, frame: _Frame) -> list[Block]:
        """Return each row as a line, or each cell as blocks if the table only arranges other blocks."""
        blocks: list[Block] = []
        for caption in element.iterchildren("caption"):
            blocks += self.blocks(caption, frame)
        rows = [[*row.iterchildren("td", "th")] for row in _rows(element)]
        cells = [cell for row in rows for cell in row]
        arranges = any(next(cell.iter(*_NOT_IN_TABLE_LINE), None) is not None for cell in cells)
        if arranges or max(map(len, rows), default=0) < 2:
            for row in rows:
                for cell in row:
                    blocks += self.blocks(cell, frame.enter(cell))
            return blocks
        return blocks + self.rows(rows, frame)

    def rows(self, rows: list[list[etree._Element]], frame: _Frame) -> list[Block]:  # noqa: ARG002
        lines = [" ".join(filter(None, map(self.cell, row))) for row in rows]
        lines = [line for line in lines if line]
        return [lines] if lines else []

    def cell(self, cell: etree._Element) -> str:
        """Return a cell as one line."""
        return one_line(self.inline(cell).replace("\n", " "))

    def image(self, element: etree._Element) -> str:  # noqa: ARG002
        return ""

    def link(self, label: str, href: str | None) -> str:  # noqa: ARG002
        return label


class _LayoutExtractor(_TextExtractor):
    """Lays the text out in lines for a terminal, with decoration and with links as footnotes."""

    def __init__(self, footnotes: Footnotes) -> None:
        super().__init__("- ", frozenset())
        self.link = footnotes.add  # type: ignore[method-assign]

    def clean(self, text: str | None, *, verbatim: bool = False) -> str:
        # A character reference can stand for a control character, which the HTML itself does not contain.
        text = clean_text(text.replace("\r\n", "\n").replace("\r", "\n")) if text else ""
        return super().clean(text, verbatim=verbatim)

    def paragraphs(self, text: str, frame: _Frame) -> list[Block]:
        blocks: list[Block] = []
        for paragraph in re.split(r"\n(?: *\n)+", text):
            direction = bidi.paragraph_direction(paragraph, frame.direction)
            lines = [
                line
                for part in paragraph.split("\n")
                for line in wrap(part, frame.columns, preferred=direction)
            ]
            if visible_text("".join(lines)):
                blocks.append(lines)
        return blocks

    def heading(self, element: etree._Element, frame: _Frame) -> list[Block]:
        return [underline(lines, HEADINGS[_tag(element)]) for lines in super().heading(element, frame)]

    def rule(self) -> list[Block]:
        return [["* * *"]]

    def quotation(self, element: etree._Element, frame: _Frame) -> list[Block]:
        lines = _join(self.blocks(element, frame.indented(_INDENT)))
        if not frame.may_indent or not lines:
            return [lines] if lines else []
        return [[f"> {line}".rstrip(" ") for line in lines]]

    def rows(self, rows: list[list[etree._Element]], frame: _Frame) -> list[Block]:
        cells = [
            [
                Cell(
                    self.cell(cell),
                    is_header=_tag(cell) == "th",
                    colspan=_span(cell.get("colspan")),
                    rowspan=_span(cell.get("rowspan")),
                )
                for cell in row
            ]
            for row in rows
        ]
        return format_table(cells, frame.columns, frame.direction)

    def image(self, element: etree._Element) -> str:
        alt = one_line(self.clean(element.get("alt")))
        return f"[{alt}]" if alt else ""


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for child in table:
        if _tag(child) == "tr":
            yield child
        elif _tag(child) in ("thead", "tbody", "tfoot"):
            yield from child.iterchildren("tr")


def _span(value: str | None) -> int:
    return min(int(value), 100) or 1 if value and re.fullmatch(r"[0-9]{1,4}", value) else 1


def _markers(element: etree._Element, items: list[etree._Element], bullet: str) -> list[str]:
    """Return what stands before each item: a bullet, or its number (HTML, 4.4.5)."""
    if _tag(element) != "ol":
        return [bullet] * len(items)
    step = -1 if element.get("reversed") is not None else 1
    number = _integer(element.get("start"), len(items) if step < 0 else 1)
    markers = []
    for item in items:
        number = _integer(item.get("value"), number)
        markers.append(f"{number}. ")
        number += step
    return markers


def _integer(value: str | None, default: int) -> int:
    return int(value) if value and re.fullmatch(r"-?[0-9]{1,9}", value.strip()) else default


def _indent(lines: Block, indent: str) -> Block:
    return [indent + line if line else "" for line in lines]


def translate_all(text: str, table: dict[int, int]) -> str:
    """Return the text in superscript or subscript if Unicode has all its characters: 10⁶ is not 106."""
    return text.translate(table) if text and all(ord(char) in table for char in text) else text
