"""Text direction (UAX #9) in plain text, where every line is a paragraph of its own.

Mail programs and terminals take the direction of a line from its first letter, so a line of an Arabic
paragraph that begins with a Latin name would run the wrong way. A direction mark in front of the line
prevents that. Text of one direction gets no marks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Literal
from unicodedata import bidirectional

Direction = Literal["ltr", "rtl"]

LRM, RLM = "\u200e", "\u200f"
LRI, FSI, PDI = "\u2066", "\u2068", "\u2069"
_PDF = "\u202c"
_EMBEDDINGS = "\u202a\u202b\u202d\u202e"
_ISOLATES = f"{LRI}\u2067{FSI}"
_CONTROLS = re.compile(f"[{_PDF}{PDI}{_EMBEDDINGS}{_ISOLATES}]")

# Blocks of right-to-left scripts, and RLM. A quick test only: `bidirectional` decides.
_MAYBE_RTL = re.compile(
    f"[\u0590-\u08ff{RLM}{_EMBEDDINGS}\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)

_RTL_LANGUAGES = frozenset(
    ["ar", "arc", "ckb", "dv", "fa", "he", "iw", "ji", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"]
)
_RTL_SCRIPTS = frozenset(["adlm", "arab", "hebr", "mand", "nkoo", "rohg", "samr", "syrc", "thaa"])


def language_direction(language: str) -> Direction:
    """Return the direction of a language (BCP 47): of its script if the tag has one, else of the language."""
    first, *rest = language.lower().replace("_", "-").split("-")
    scripts = [part for part in rest if len(part) == 4 and part.isalpha()]
    return "rtl" if (scripts[0] in _RTL_SCRIPTS if scripts else first in _RTL_LANGUAGES) else "ltr"


def close_controls(text: str) -> str:
    """Return the text with every direction control paired (UAX #9, BD9 and X7)."""
    return "".join(close_controls_per_line([text]))


def close_controls_per_line(lines: Iterable[str]) -> list[str]:
    """Close the direction controls at the end of each line of a paragraph and reopen them in the next."""
    closed = []
    still_open: list[str] = []
    for line in lines:
        if not still_open and not _CONTROLS.search(line):
            closed.append(line)
            continue
        chars = list(still_open)
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
            chars.append(char)
        ends = (PDI if control in _ISOLATES else _PDF for control in reversed(still_open))
        closed.append("".join(chain(chars, ends)))
    return closed


def _letter_direction(char: str) -> Direction | None:
    kind = bidirectional(char)
    if kind == "L":
        return "ltr"
    return "rtl" if kind in ("R", "AL") else None


def _outside_isolates(text: str) -> Iterator[str]:
    depth = 0
    for char in text:
        if char in _ISOLATES:
            depth += 1
        elif char == PDI:
            depth = max(0, depth - 1)
        elif not depth:
            yield char


def first_direction(text: str) -> Direction | None:
    """Return the direction of the first letter outside of isolates (UAX #9, P2 and P3)."""
    return next((found for char in _outside_isolates(text) if (found := _letter_direction(char))), None)


def contains_direction(text: str, direction: Direction) -> bool:
    """Whether the text has a letter of that direction outside of isolates."""
    if direction == "rtl" and not _MAYBE_RTL.search(text):
        return False
    return any(_letter_direction(char) == direction for char in _outside_isolates(text))


def dominant_direction(text: str) -> Direction | None:
    """Return the direction of most letters; None if there are no letters, or as many of both directions."""
    if not _MAYBE_RTL.search(text):
        return first_direction(text)
    counts = Counter(found for char in _outside_isolates(text) if (found := _letter_direction(char)))
    if counts["ltr"] == counts["rtl"]:
        return None
    return "rtl" if counts["rtl"] > counts["ltr"] else "ltr"


def paragraph_direction(text: str, preferred: Direction | None = None) -> Direction:
    """Return the preferred direction if the text has such letters, else that of the first letter."""
    if preferred and contains_direction(text, preferred):
        return preferred
    return (first_direction(text) if _MAYBE_RTL.search(text) else None) or "ltr"


def isolate(text: str, direction: Direction) -> str:
    """Isolate a value, such as a name, so that it does not reorder the line of that direction around it."""
    other: Direction = "ltr" if direction == "rtl" else "rtl"
    return f"{FSI}{close_controls(text)}{PDI}" if contains_direction(text, other) else text


def mark_direction(lines: Iterable[str], direction: Direction) -> list[str]:
    """Put a direction mark in front of each line of a paragraph that would run the other way by itself."""
    return [_mark_line(line, direction) for line in close_controls_per_line(lines)]


def _mark_line(line: str, direction: Direction) -> str:
    if direction == "rtl":
        return line if not line or first_direction(line) == "rtl" else RLM + line
    return LRM + line if _MAYBE_RTL.search(line) and first_direction(line) == "rtl" else line
