"""From the lines of a page to its segments: wrapped lines are joined, list items are found."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from .line_measures import ends_sentence, normalize_spaces, width

_NEWLINE = re.compile(r"\r\n|\r|\n")
_BULLET = re.compile(r"(?P<mark>[-*–—+]|[•‣◦▪▫●○■□▸►➤→✓✔✅◆◇★☆·∙]+)\s+(?=\S)|(?P<tight>[•‣◦▪●■▸►➤◆・])(?=\S)")
_NUMBERED = re.compile(
    r"(?P<n>\d{1,3})(?:[.)．）]\s+|[、．）](?=\S)|\.(?=[^\W\d]))(?=\S)|[(（](?P<p>\d{1,3})[)）]\s*(?=\S)"
)


_MAX_COLUMN = 120
"""No page is wrapped at more columns."""


@dataclass(slots=True)
class Segment:
    """A line of the page, or several that were one before the page was wrapped.

    Attributes:
        line: the number of its first line, from 1.
        lines: number and text of its lines.
        block: the number of its block; blank lines separate blocks.
        mark: of a list item, such as `*`, or `1` for any number.
        number: of a numbered item.
        item: the text of a list item without its mark.
        role: see `LineTable`.
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


def _split(text: str) -> list[Segment]:
    segments: list[Segment] = []
    block = 0
    blank = True
    for number, raw in enumerate(_NEWLINE.split(text), 1):
        line = normalize_spaces(raw)
        if not line:
            blank = True
            continue
        if blank:
            block += 1
            blank = False
        indent = len(raw) - len(raw.lstrip(" \t\u00a0\u3000"))
        segments.append(Segment(number, [(number, line)], line, block, indent=indent))
    return segments


def _find_list_marks(segments: Sequence[Segment]) -> None:
    for segment in segments:
        found = _BULLET.match(segment.text)
        if found:
            segment.mark = found["mark"] or found["tight"]
            segment.item = segment.text[found.end() :]
            continue
        found = _NUMBERED.match(segment.text)
        if found:
            segment.mark = "1"
            segment.number = int(found["n"] or found["p"])
            segment.item = segment.text[found.end() :]


def _wrap_column(segments: Sequence[Segment]) -> int:
    """Return the column at which the page was wrapped; 0 if it was not."""
    inner = [
        (width(current.text), ends_sentence(current.text))
        for current, following in pairwise(segments)
        if current.block == following.block and width(current.text) >= 36
    ]
    if len(inner) < 3:
        return 0
    counts = Counter(size for size, is_closed in inner if not is_closed and size <= _MAX_COLUMN)
    if not counts:
        return 0
    width_counts = {top: sum(counts[size] for size in range(top - 16, top + 1)) for top in counts}
    column = min(width_counts, key=lambda top: (-width_counts[top], top))
    close = sum(column - 16 <= size <= column + 4 for size, _ in inner)
    cut = sum(not is_closed for _, is_closed in inner)
    if close * 10 < len(inner) * 6 or cut * 2 < len(inner):
        return 0
    # A wrapped line has no room for the first word of the next line.
    are_wrapped = [
        width(current.text) + 1 + _first_width(following.text) > column - 1
        for current, following in pairwise(segments)
        if current.block == following.block
        and column - 16 <= width(current.text) <= column
        and not ends_sentence(current.text)
    ]
    return column if sum(are_wrapped) * 10 >= len(are_wrapped) * 7 else 0


_FIRST_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\S+")
_WIDE_END = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]$")
_WIDE_START = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")


def _first_width(text: str) -> int:
    found = _FIRST_WORD.match(text)
    return width(found[0]) if found else 0


def _continues(
    last: str, segment: Segment, column: int, is_special: Callable[[str], bool], item: bool
) -> bool:
    text = segment.text
    if segment.mark and not (
        segment.mark == "1" and not item and not ends_sentence(last) and width(last) > column - 16 > 0
    ):
        return False
    if is_special(text) and not ends_sentence(text):
        return False
    is_lower_case = text[0].islower() or text[0] in ",;.)]”’»、。，"
    is_open = not ends_sentence(last) and last[-1] not in ":："
    if column:
        space = 0 if _WIDE_END.search(last) else 1
        fills_line = width(last) + space + _first_width(text) > column - 1
        return fills_line or (is_lower_case and is_open and width(last) * 2 > column)
    # On a page without wrapping, a line is broken only by a link or an emphasis.
    return is_open and is_lower_case and width(last) >= 30 and not is_special(last)


def join(current: str, following: str) -> str:
    """Return two lines as one, without a space in scripts without spaces."""
    if _WIDE_END.search(current) and _WIDE_START.match(following):
        return current + following
    if following[0] in ",;.)]”»、。，":
        return current + following
    return current + " " + following


def read_segments(text: str, is_special: Callable[[str], bool]) -> list[Segment]:
    """Return the segments of a page.

    Args:
        is_special: returns whether a line is debris, a byline or a date, and is not joined to others.
    """
    lines = _split(text)
    _find_list_marks(lines)
    column = _wrap_column(lines)
    segments: list[Segment] = []
    parts: list[list[str]] = []
    for line in lines:
        last = segments[-1] if segments else None
        if last and last.block == line.block:
            end = last.lines[-1][1]
            item = bool(last.mark)
            indented = item and not line.mark and line.indent > last.indent + 1
            if indented or (
                (not is_special(end) or ends_sentence(end))
                and _continues(end, line, column, is_special, item)
            ):
                parts[-1].append(line.text)
                last.lines.extend(line.lines)
                continue
        segments.append(line)
        parts.append([line.text])
    for segment, texts in zip(segments, parts, strict=True):
        if len(texts) > 1:
            whole = texts[0]
            # Joined in one pass: text that grows line by line is copied with every line.
            joined = [whole]
            for current, following in pairwise(texts):
                joined.append(join(current[-1], following)[1:])
            segment.text = "".join(joined)
            if segment.mark:
                segment.item = segment.text[len(segment.lines[0][1]) - len(segment.item) :]
    return segments
