"""Tables in plain text: in columns if they fit, else row by row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from . import bidi
from .bidi import Direction
from .wrap import WIDTH, display_width, remove_markers, wrap

_GAP = 2
_MIN_WRAPPED = 14
"""Columns below which a table column is not narrowed any further."""

_NUMBER = re.compile(r"[^\w\s]{0,2}\d[\d\s.,:/’'%‰°\u00a0\u202f]*[\w%€£$¥]{0,3}|[-–—]?")


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell; its text is one line."""

    text: str
    is_header: bool = False
    colspan: int = 1
    rowspan: int = 1


def format_table(
    rows: Sequence[Sequence[Cell]], columns: int, preferred: Direction | None
) -> list[list[str]]:
    """Return a table as blocks of lines: one block, or one per row if the columns do not fit."""
    grid = _grid(rows)
    if not grid:
        return []
    has_header = len(grid) > 1 and all(cell.is_header or not cell.text for cell in grid[0])
    widths = _column_widths(grid, columns)
    if widths is None:
        return _format_rows(grid, columns, preferred, has_header=has_header)
    direction = bidi.paragraph_direction(" ".join(cell.text for row in grid for cell in row), preferred)
    body = grid[1:] if has_header else grid
    numeric = [
        any(row[at].text for row in body) and all(_NUMBER.fullmatch(row[at].text) for row in body)
        for at in range(len(widths))
    ]
    formatted = [_format_row(row, widths, numeric, direction) for row in grid]
    spaced = any(len(row) > 1 for row in formatted)
    lines: list[str] = []
    for index, row in enumerate(formatted):
        if spaced and index > has_header:
            lines.append("")
        lines += row
        if has_header and index == 0:
            lines.append((" " * _GAP).join("-" * each for each in widths))
    return [bidi.mark_direction(lines, direction)]


def _grid(rows: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    """Return rows of equal length, with empty cells where a cell spans several; empty columns are dropped."""
    grid: list[list[Cell]] = []
    rows_covered: dict[int, int] = {}
    for row in rows:
        line: list[Cell] = []
        for cell in row:
            while rows_covered.get(len(line), 0):
                rows_covered[len(line)] -= 1
                line.append(Cell(""))
            # No line is wide enough for more columns than that.
            colspan = cell.colspan if len(line) < WIDTH else 1
            for step in range(colspan):
                rows_covered[len(line)] = cell.rowspan - 1
                line.append(Cell("") if step else cell)
        if any(cell.text for cell in line):
            grid.append(line)
    length = max(map(len, grid), default=0)
    for line in grid:
        line += [Cell("")] * (length - len(line))
    used = [at for at in range(length) if any(line[at].text for line in grid)]
    return [[line[at] for at in used] for line in grid]


def _column_widths(grid: Sequence[Sequence[Cell]], columns: int) -> list[int] | None:
    """Return the width of each column; None if they do not fit beside each other."""
    widths = [
        max(display_width(remove_markers(line[at].text)) for line in grid) for at in range(len(grid[0]))
    ]
    available = columns - _GAP * (len(widths) - 1)
    while sum(widths) > available:
        widest = max(range(len(widths)), key=widths.__getitem__)
        if widths[widest] <= _MIN_WRAPPED:
            return None
        widths[widest] -= 1
    fits = all(
        display_width(line) <= widths[at]
        for row in grid
        for at, cell in enumerate(row)
        for line in wrap(cell.text, widths[at])
    )
    return widths if fits else None


def _format_row(
    row: Sequence[Cell], widths: Sequence[int], numeric: Sequence[bool], direction: Direction
) -> list[str]:
    cells = [wrap(cell.text, columns) for cell, columns in zip(row, widths, strict=True)]
    lines = []
    for level in range(max(map(len, cells))):
        parts = []
        for cell, columns, is_numeric in zip(cells, widths, numeric, strict=True):
            text = bidi.isolate(cell[level], direction) if level < len(cell) else ""
            space = " " * (columns - display_width(text))
            parts.append(space + text if is_numeric else text + space)
        lines.append((" " * _GAP).join(parts).rstrip(" "))
    return lines


def _format_rows(
    grid: Sequence[Sequence[Cell]], columns: int, preferred: Direction | None, *, has_header: bool
) -> list[list[str]]:
    """Return each row as a block with a line `header: text` per cell."""
    names = [cell.text for cell in grid[0]] if has_header else [""] * len(grid[0])
    return [
        [
            line
            for name, cell in zip(names, row, strict=True)
            if cell.text
            for line in wrap(f"{name}: {cell.text}" if name else cell.text, columns, "  ", preferred)
        ]
        for row in grid[has_header:]
    ]
