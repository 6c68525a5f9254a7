"""The lines of values in a TOML text. The parser of the standard library does not report them."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

_TABLE = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")


class TomlLines:
    """Finds the line of a value in a TOML text."""

    def __init__(self, text: str) -> None:
        self._lines: dict[tuple[Any, ...], int] = {}
        table: tuple[Any, ...] = ()
        counts: Counter[tuple[Any, ...]] = Counter()
        for number, line in enumerate(text.split("\n"), 1):
            if header := _TABLE.match(line):
                names = _names(header[2])
                if header[1] == "[[":
                    counts[names] += 1
                    table = (*names, counts[names] - 1)
                else:
                    # [source.debris] belongs to the last [[source]].
                    table = (names[0], counts[names[:1]] - 1, *names[1:]) if counts[names[:1]] else names
                self._lines.setdefault(table, number)
            elif key := _KEY.match(line):
                self._lines.setdefault((*table, *_names(key[1])), number)

    def line(self, path: tuple[Any, ...]) -> int | None:
        """Return the line of the value at a path such as `("feed", 0, "limit")`, or of its table."""
        while path:
            if path in self._lines:
                return self._lines[path]
            path = path[:-1]
        return None


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(text))
