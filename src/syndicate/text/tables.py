"""Tables in plain text: in columns where they fit, else row by row. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from . import bidi
from .bidi import Way
from .wrap import WIDTH, shown, width, wrap

_GAP = 2
_NARROW = 14
"""How far a column gives way to the others."""

_NUMBER = re.compile(r"[^\w\s]{0,2}\d[\d\s.,:/’'%‰°\u00a0\u202f]*[\w%€£$¥]{0,3}|[-–—]?")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: one line of text, whether it is a heading, and how many columns and rows it takes."""

    text: str
    head: bool = False
    across: int = 1
    down: int = 1


def set_table(rows: Sequence[Sequence[Cell]], columns: int, toward: Way | None) -> list[list[str]]:
    """A table in blocks of lines."""
    grid = _grid(rows)
    if not grid:
        return []
    headed = len(grid) > 1 and all(cell.head or not cell.text for cell in grid[0])
    widths = _widths(grid, columns)
    if widths is None:
        return _records(grid, columns, toward, headed=headed)
    way = bidi.way_of(" ".join(cell.text for row in grid for cell in row), toward)
    body = grid[1:] if headed else grid
    figures = [
        any(row[at].text for row in body) and all(_NUMBER.fullmatch(row[at].text) for row in body)
        for at in range(len(widths))
    ]
    laid = [_row(row, widths, figures, way) for row in grid]
    airy = any(len(row) > 1 for row in laid)
    lines: list[str] = []
    for place, row in enumerate(laid):
        if airy and place > headed:
            lines.append("")
        lines += row
        if headed and place == 0:
            lines.append((" " * _GAP).join("-" * each for each in widths))
    return [bidi.settled(lines, way)]


def _grid(rows: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    """Rows of equal length; what spans several places has empty ones behind it. Empty columns are gone."""
    found: list[list[Cell]] = []
    below: dict[int, int] = {}
    for row in rows:
        line: list[Cell] = []
        for cell in row:
            while below.get(len(line), 0):
                below[len(line)] -= 1
                line.append(Cell(""))
            # No line has room for more columns: what spans them would only be counted.
            across = cell.across if len(line) < WIDTH else 1
            for step in range(across):
                below[len(line)] = cell.down - 1
                line.append(Cell("") if step else cell)
        if any(cell.text for cell in line):
            found.append(line)
    length = max(map(len, found), default=0)
    for line in found:
        line += [Cell("")] * (length - len(line))
    kept = [at for at in range(length) if any(line[at].text for line in found)]
    return [[line[at] for at in kept] for line in found]


def _widths(grid: Sequence[Sequence[Cell]], columns: int) -> list[int] | None:
    """How wide each column is; none if they do not fit beside each other."""
    widths = [max(width(shown(line[at].text)) for line in grid) for at in range(len(grid[0]))]
    room = columns - _GAP * (len(widths) - 1)
    while sum(widths) > room:
        widest = max(range(len(widths)), key=widths.__getitem__)
        if widths[widest] <= _NARROW:
            return None
        widths[widest] -= 1
    fits = all(
        width(line) <= widths[at]
        for row in grid
        for at, cell in enumerate(row)
        for line in wrap(cell.text, widths[at])
    )
    return widths if fits else None


def _row(row: Sequence[Cell], widths: Sequence[int], figures: Sequence[bool], way: Way) -> list[str]:
    cells = [wrap(cell.text, columns) for cell, columns in zip(row, widths, strict=True)]
    lines = []
    for level in range(max(map(len, cells))):
        parts = []
        for cell, columns, figure in zip(cells, widths, figures, strict=True):
            text = bidi.isolated(cell[level], way) if level < len(cell) else ""
            space = " " * (columns - width(text))
            parts.append(space + text if figure else text + space)
        lines.append((" " * _GAP).join(parts).rstrip(" "))
    return lines


def _records(
    grid: Sequence[Sequence[Cell]], columns: int, toward: Way | None, *, headed: bool
) -> list[list[str]]:
    """Each row by itself: what a cell is called, and what stands in it."""
    names = [cell.text for cell in grid[0]] if headed else [""] * len(grid[0])
    return [
        [
            line
            for name, cell in zip(names, row, strict=True)
            if cell.text
            for line in wrap(f"{name}: {cell.text}" if name else cell.text, columns, "  ", toward)
        ]
        for row in grid[headed:]
    ]
