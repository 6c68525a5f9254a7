"""Where code, links, HTML and formulas are in a Markdown text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pyromark
from pyromark import Options

Range = tuple[int, int]

SYNTAX = (
    Options.ENABLE_TABLES
    | Options.ENABLE_FOOTNOTES
    | Options.ENABLE_STRIKETHROUGH
    | Options.ENABLE_TASKLISTS
    | Options.ENABLE_HEADING_ATTRIBUTES
    | Options.ENABLE_DEFINITION_LIST
)
"""What the native parser reads by itself."""

_PARSER = pyromark.Markdown(options=SYNTAX | Options.ENABLE_MATH)


class Ranges:
    """Ranges of characters: first and end of each, in their order. Ranges within others are left out."""

    def __init__(self, ranges: Iterable[Range]) -> None:
        self._ranges: list[Range] = []
        for start, end in sorted(ranges):
            if not self._ranges or start >= self._ranges[-1][1]:
                self._ranges.append((start, end))
            elif end > self._ranges[-1][1]:
                self._ranges[-1] = (self._ranges[-1][0], end)
        self._starts = [start for start, _ in self._ranges]

    def __contains__(self, position: object) -> bool:
        return isinstance(position, int) and self.end_at(position) is not None

    def end_at(self, position: int) -> int | None:
        """Return the end of the range that holds the position, if there is one."""
        index = bisect_right(self._starts, position) - 1
        if index < 0 or position >= self._ranges[index][1]:
            return None
        return self._ranges[index][1]


@dataclass(frozen=True, slots=True)
class FencedBlock:
    """A fenced block of code, with its fences."""

    start: int
    end: int
    info: str


@dataclass(slots=True)
class SourceMap:
    """Positions in one text, in characters."""

    code_spans: list[Range] = field(default_factory=list)
    indented_code: list[Range] = field(default_factory=list)
    fenced_code: list[FencedBlock] = field(default_factory=list)
    html: list[Range] = field(default_factory=list)
    html_blocks: list[Range] = field(default_factory=list)
    """Those in which Markdown is not read."""
    links: list[Range] = field(default_factory=list)
    inline_math: list[Range] = field(default_factory=list)
    display_math: list[Range] = field(default_factory=list)
    footnotes: list[Range] = field(default_factory=list)
    """The definitions that are in no list or quote."""

    def fences(self) -> list[Range]:
        """Return the ranges of the fenced blocks."""
        return [(each.start, each.end) for each in self.fenced_code]

    def code(self) -> list[Range]:
        """Return the ranges of all code."""
        return [*self.code_spans, *self.indented_code, *self.fences()]

    def math(self) -> list[Range]:
        """Return the ranges of all formulas."""
        return [*self.inline_math, *self.display_math]


@lru_cache(maxsize=2)
def map_source(text: str) -> SourceMap:
    """Return where the parser finds code, links, HTML and formulas, in linear time. Do not change the result.

    The steps that rewrite a text ask one after the other, mostly for the same text.
    """
    found = SourceMap()
    spans = {
        "Code": found.code_spans,
        "InlineHtml": found.html,
        "Html": found.html,
        "InlineMath": found.inline_math,
        "DisplayMath": found.display_math,
    }
    fenced: list[tuple[int, int, str]] = []
    depth = 0
    # Merged, because text between code and links is of no interest here.
    events: Iterator[tuple[Any, Any]] = _PARSER.events_with_range(text, merge_text=True)
    for event, place in events:
        if event.__class__ is str:
            continue
        kind = next(iter(event))
        if kind == "Start":
            depth += 1
            tag = event["Start"]
            if tag.__class__ is dict:
                _add_block(found, fenced, tag, (place["start"], place["end"]), depth)
            elif tag == "HtmlBlock":
                found.html_blocks.append((place["start"], place["end"]))
        elif kind == "End":
            depth -= 1
        elif kind != "Text" and (ranges := spans.get(kind)) is not None:
            ranges.append((place["start"], place["end"]))
    return _in_characters(found, fenced, text)


def _add_block(
    found: SourceMap, fenced: list[tuple[int, int, str]], tag: dict[str, Any], place: Range, depth: int
) -> None:
    if "Link" in tag or "Image" in tag:
        found.links.append(place)
    elif "CodeBlock" in tag:
        kind = tag["CodeBlock"]
        if kind == "Indented":
            found.indented_code.append(place)
        else:
            fenced.append((*place, kind["Fenced"]))
    elif "FootnoteDefinition" in tag and depth == 1:
        found.footnotes.append(place)


def _in_characters(found: SourceMap, fenced: list[tuple[int, int, str]], text: str) -> SourceMap:
    """The parser counts bytes of UTF-8."""
    lists = (
        *(found.code_spans, found.indented_code, found.html, found.html_blocks),
        *(found.links, found.inline_math, found.display_math, found.footnotes),
    )
    if text.isascii():
        found.fenced_code = [FencedBlock(*each) for each in fenced]
        return found
    data = text.encode()
    places = {place for ranges in lists for each in ranges for place in each}
    places |= {place for start, end, _ in fenced for place in (start, end)}
    characters: dict[int, int] = {}
    previous = count = 0
    for place in sorted(places):
        count += len(data[previous:place].decode("utf-8", "replace"))
        characters[place] = count
        previous = place
    for ranges in lists:
        ranges[:] = [(characters[start], characters[end]) for start, end in ranges]
    found.fenced_code = [FencedBlock(characters[start], characters[end], info) for start, end, info in fenced]
    return found
