"""From the lines of a page to its pieces: paragraphs that were wrapped are joined, list items are found."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from .line_measures import closes, tidy, width

_NEWLINE = re.compile(r"\r\n|\r|\n")
_BULLET = re.compile(r"(?P<mark>[-*–—+]|[•‣◦▪▫●○■□▸►➤→✓✔✅◆◇★☆·∙]+)\s+(?=\S)|(?P<tight>[•‣◦▪●■▸►➤◆・])(?=\S)")
_NUMBERED = re.compile(
    r"(?P<n>\d{1,3})(?:[.)．）]\s+|[、．）](?=\S)|\.(?=[^\W\d]))(?=\S)|[(（](?P<p>\d{1,3})[)）]\s*(?=\S)"
)


_WIDEST = 120
"""No page is wrapped wider than this."""


@dataclass(slots=True)
class Piece:
    """A line of the page, or several that were one before they were wrapped.

    Attributes:
        line: where it begins, from 1.
        lines: the lines that it was made from.
        text: what it says.
        block: which group of lines without a blank line between them it is in.
        mark: `*` or `1` for an item of a list.
        number: of a numbered item.
        item: the text of an item without its mark.
        role: what becomes of it; set by the reader.
        rule: why it was dropped.
    """

    line: int
    lines: list[tuple[int, str]]
    text: str
    block: int
    mark: str = ""
    number: int = 0
    item: str = ""
    role: str = ""
    rule: str = ""
    indent: int = field(default=0)


def _split(text: str) -> list[Piece]:
    pieces: list[Piece] = []
    block = 0
    blank = True
    for number, raw in enumerate(_NEWLINE.split(text), 1):
        line = tidy(raw)
        if not line:
            blank = True
            continue
        if blank:
            block += 1
            blank = False
        indent = len(raw) - len(raw.lstrip(" \t\u00a0\u3000"))
        pieces.append(Piece(number, [(number, line)], line, block, indent=indent))
    return pieces


def _marks(pieces: Sequence[Piece]) -> None:
    for piece in pieces:
        found = _BULLET.match(piece.text)
        if found:
            piece.mark = found["mark"] or found["tight"]
            piece.item = piece.text[found.end() :]
            continue
        found = _NUMBERED.match(piece.text)
        if found:
            piece.mark = "1"
            piece.number = int(found["n"] or found["p"])
            piece.item = piece.text[found.end() :]


def _column(pieces: Sequence[Piece]) -> int:
    """The column at which the page was wrapped; 0 if it was not."""
    inner = [
        (width(one.text), closes(one.text))
        for one, two in pairwise(pieces)
        if one.block == two.block and width(one.text) >= 36
    ]
    if len(inner) < 3:
        return 0
    counts = Counter(size for size, done in inner if not done and size <= _WIDEST)
    if not counts:
        return 0
    near = {top: sum(counts[size] for size in range(top - 16, top + 1)) for top in counts}
    column = min(near, key=lambda top: (-near[top], top))
    close = sum(column - 16 <= size <= column + 4 for size, _ in inner)
    cut = sum(not done for _, done in inner)
    if close * 10 < len(inner) * 6 or cut * 2 < len(inner):
        return 0
    # A line that was wrapped had no room for the first word of the next.
    open_ = [
        width(one.text) + 1 + _first_width(two.text) > column - 1
        for one, two in pairwise(pieces)
        if one.block == two.block and column - 16 <= width(one.text) <= column and not closes(one.text)
    ]
    return column if sum(open_) * 10 >= len(open_) * 7 else 0


_FIRST = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\S+")
_WIDE_END = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]$")
_WIDE_START = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")


def _first_width(text: str) -> int:
    found = _FIRST.match(text)
    return width(found[0]) if found else 0


def _joins(last: str, piece: Piece, column: int, special: Callable[[str], bool], item: bool) -> bool:
    text = piece.text
    if piece.mark and not (
        piece.mark == "1" and not item and not closes(last) and width(last) > column - 16 > 0
    ):
        return False
    if special(text) and not closes(text):
        return False
    lower = text[0].islower() or text[0] in ",;.)]”’»、。，"
    open_end = not closes(last) and last[-1] not in ":："
    if column:
        gap = 0 if _WIDE_END.search(last) else 1
        full = width(last) + gap + _first_width(text) > column - 1
        return full or (lower and open_end and width(last) * 2 > column)
    # Without wrapping, a line goes on only where a link or an emphasis had cut it in two.
    return open_end and lower and width(last) >= 30 and not special(last)


def join(one: str, two: str) -> str:
    """Two lines of one paragraph; no space where the script has none."""
    if _WIDE_END.search(one) and _WIDE_START.match(two):
        return one + two
    if two[0] in ",;.)]”»、。，":
        return one + two
    return f"{one} {two}"


def read_pieces(text: str, special: Callable[[str], bool]) -> list[Piece]:
    """The pieces of a page.

    Args:
        text: the page.
        special: whether a line is debris, a byline or a date by itself, so that it is not joined to others.
    """
    lines = _split(text)
    _marks(lines)
    column = _column(lines)
    pieces: list[Piece] = []
    parts: list[list[str]] = []
    for line in lines:
        last = pieces[-1] if pieces else None
        if last and last.block == line.block:
            end = last.lines[-1][1]
            item = bool(last.mark)
            indented = item and not line.mark and line.indent > last.indent + 1
            if indented or ((not special(end) or closes(end)) and _joins(end, line, column, special, item)):
                parts[-1].append(line.text)
                last.lines.extend(line.lines)
                continue
        pieces.append(line)
        parts.append([line.text])
    for piece, texts in zip(pieces, parts, strict=True):
        if len(texts) > 1:
            whole = texts[0]
            # Joined in one pass: what grows line by line is copied as often as it has lines.
            out = [whole]
            for one, two in pairwise(texts):
                out.append(join(one[-1], two)[1:])
            piece.text = "".join(out)
            if piece.mark:
                piece.item = piece.text[len(piece.lines[0][1]) - len(piece.item) :]
    return pieces
