"""Which way text runs (UAX #9) where every line is a paragraph of its own. Pure.

Mail programs and terminals that know of directions take that of the first letter of each line. So a line of
an Arabic paragraph that begins with a Latin name would run the other way; a mark in front of it says that it
does not. Text that runs one way only gets no mark.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Literal
from unicodedata import bidirectional

Way = Literal["ltr", "rtl"]

LRM, RLM = "\u200e", "\u200f"
LRI, FSI, PDI = "\u2066", "\u2068", "\u2069"
_PDF = "\u202c"
_EMBEDDINGS = "\u202a\u202b\u202d\u202e"
_ISOLATES = f"{LRI}\u2067{FSI}"
_CONTROLS = re.compile(f"[{_PDF}{PDI}{_EMBEDDINGS}{_ISOLATES}]")

# The blocks of the scripts that run from right to left, and the mark; `bidirectional` decides.
_MAYBE_RTL = re.compile(
    f"[\u0590-\u08ff{RLM}{_EMBEDDINGS}\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


def closed(text: str) -> str:
    """The text with its direction controls paired (UAX #9, BD9 and X7)."""
    return "".join(carried([text]))


def carried(lines: Iterable[str]) -> list[str]:
    """Lines of one paragraph with their controls paired: what a line leaves open, the next opens again."""
    found = []
    still_open: list[str] = []
    for line in lines:
        if not still_open and not _CONTROLS.search(line):
            found.append(line)
            continue
        kept = list(still_open)
        for char in line:
            if char in _EMBEDDINGS or char in _ISOLATES:
                still_open.append(char)
            elif char == PDI:
                if not any(each in _ISOLATES for each in still_open):
                    continue
                while still_open.pop() not in _ISOLATES:
                    pass
            elif char == _PDF:
                if not still_open or still_open[-1] not in _EMBEDDINGS:
                    continue
                still_open.pop()
            kept.append(char)
        found.append("".join(chain(kept, map(_end, reversed(still_open)))))
    return found


def _end(control: str) -> str:
    return PDI if control in _ISOLATES else _PDF


def _strong(char: str) -> Way | None:
    kind = bidirectional(char)
    if kind == "L":
        return "ltr"
    return "rtl" if kind in ("R", "AL") else None


def _outside(text: str) -> Iterator[str]:
    """The characters that are in no isolate."""
    inside = 0
    for char in text:
        if char in _ISOLATES:
            inside += 1
        elif char == PDI:
            inside = max(0, inside - 1)
        elif not inside:
            yield char


def first(text: str) -> Way | None:
    """The way of the first letter that has one, isolated text aside (UAX #9, P2 and P3)."""
    return next((way for char in _outside(text) if (way := _strong(char))), None)


def holds(text: str, way: Way) -> bool:
    """Whether any letter of the text runs that way, isolated text aside."""
    if way == "rtl" and not _MAYBE_RTL.search(text):
        return False
    return any(_strong(char) == way for char in _outside(text))


def mostly(text: str) -> Way | None:
    """The way that most letters of the text run; none if it has no letters, or as many of both."""
    if not _MAYBE_RTL.search(text):
        return first(text)
    ways = Counter(way for char in _outside(text) if (way := _strong(char)))
    return None if ways["ltr"] == ways["rtl"] else "rtl" if ways["rtl"] > ways["ltr"] else "ltr"


def way_of(text: str, wanted: Way | None = None) -> Way:
    """The way that a paragraph runs: as its language if it has letters of that kind, else as its first."""
    if wanted and holds(text, wanted):
        return wanted
    return (first(text) if _MAYBE_RTL.search(text) else None) or "ltr"


def isolated(text: str, way: Way) -> str:
    """A name, or another value, that may stand in a line of that way without moving what is around it."""
    return f"{FSI}{closed(text)}{PDI}" if holds(text, "ltr" if way == "rtl" else "rtl") else text


def settled(lines: Iterable[str], way: Way) -> list[str]:
    """The lines of a paragraph, each of which runs the way of the whole by itself."""
    return [_marked(line, way) for line in carried(lines)]


def _marked(line: str, way: Way) -> str:
    if way == "rtl":
        return line if not line or first(line) == "rtl" else RLM + line
    return LRM + line if _MAYBE_RTL.search(line) and first(line) == "rtl" else line
