"""Articles from scraped plain text: the headline, the text, who wrote it and when, and nothing else.

The rules (`rules`) say of some lines what they are; the rest is told by shape and place (`title`,
`blocks`, `zones`): what ends as a sentence is text, a short line before it is a subheading,
and short lines before the first text and after the last belong to the page.

Nothing vanishes: what is not in the article is in `Page.dropped`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from ...text.characters import repair_text
from .blocks import find_boxes, find_end
from .body import render
from .byline import Meta, read_meta
from .classify import after, before, between, find_text
from .dates import Order, find_dates
from .line_measures import fold, key, sentences
from .line_table import Sheet
from .lines import read_pieces
from .rules import NO_RULES, Book, DebrisRules, Hit
from .title import drop_copies, find_title


@dataclass(frozen=True, slots=True)
class Dropped:
    """A line, or what is left of one, that is not in the article, and the rule that says so.

    `line` counts from 1.
    """

    line: int
    text: str
    rule: str


@dataclass(frozen=True, slots=True)
class Page:
    """What a scraped page says.

    Attributes:
        title: the headline.
        html: the body, escaped: `p`, `h2`, `ul`, `ol`, `li`, `br`.
        authors: their names, as written.
        published, updated: the moments; naive where the page names no zone.
        tags, section: what the page says of itself.
        title_line: where the headline stands, from 1; 0 if there is none.
        dropped: every line that is in none of these.
        notes: line and sentence: what could not be read for certain.
    """

    title: str | None
    html: str
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    tags: tuple[str, ...] = ()
    section: str | None = None
    title_line: int = 0
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[tuple[int, str], ...] = ()


_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\w+")
_HASHTAGS = re.compile(r"(?:[#＃][^\s#＃,，、]+[\s,，、]*)+")
_PLAYER = re.compile(r"\d{1,2}:\d\d(?:\s*/\s*\d{1,2}:\d\d)?")
_COPYRIGHT = re.compile(r"(?:[©ⓒ]|\(c\)\s?|copyright\b.*(?:\d{4}|©)).*|.{0,60}©.*", re.IGNORECASE)
_ENGLISH = frozenset(("the", "of", "and", "to", "in", "is", "was", "for", "that", "with"))
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})([/-])(\d{1,2})\2\d{4}(?!\d)")


def _structural(text: str) -> Hit | None:
    """Debris that can be told without knowing the language."""
    if len(text) > 400:
        return None
    name = key(text)
    if not name and not any(map(str.isalnum, text)):
        return Hit("no words", "line")
    if not name.strip("# ") and not re.fullmatch(r"\d+[.)]", text):
        return Hit("counter", "number")
    if _PLAYER.fullmatch(text):
        return Hit("counter", "line", edge=True)
    if _ADDRESS.fullmatch(text):
        return Hit("address", "line", edge="@" in text)
    if _COPYRIGHT.fullmatch(text) and (text[0] in "©ⓒ(" or sentences(text) < 3):
        return Hit("copyright", "line")
    return Hit("hashtags", "hashtags") if _HASHTAGS.fullmatch(text) else None


def _habit(lines: Sequence[str]) -> Order:
    """How this page writes dates in numbers, as far as its words and its other dates tell.

    Only English has two habits; every other language that writes 3/4 means the third of April.
    """
    seen: Counter[str] = Counter()
    total = 0
    told: dict[str, bool] = {}
    for line in lines:
        for found in _NUMERIC.finditer(line[:200]):
            if (int(found[1]) > 12) != (int(found[3]) > 12):
                told.setdefault(found[2], int(found[1]) > 12)
        if total < 2000:
            parts = line.lower().split()
            total += len(parts)
            seen.update(word for word in parts if word in _ENGLISH)
    foreign = total >= 20 and sum(seen.values()) * 100 < total * 8

    def order(first: int, second: int, mark: str) -> tuple[int, int] | None:
        if first > 12 or first == second or mark == ".":
            return first, second
        if second > 12:
            return second, first
        known = told.get(mark, True if foreign else None)
        return None if known is None else (first, second) if known else (second, first)

    return order


def parse_page(text: str, rules: DebrisRules = NO_RULES) -> Page:
    """The article that a scraped page carries.

    It takes any text and raises nothing.

    Args:
        text: the page, as a scraper left it.
        rules: what the user adds to the table of debris.
    """
    text = repair_text(text)
    book = Book(rules)
    order = _habit(text.splitlines())

    @lru_cache(maxsize=1 << 14)
    def hit(line: str) -> Hit | None:
        if book.keeps(line):
            return None
        found = book.hit(line)
        if rules.builtin and (found is None or found.weak):
            found = _structural(line) or found
        if found and found.kind == "number" and find_dates(fold(line), order):
            return None
        if found and found.id == "image credit" and (told := read_meta(line, order, book)) and told.authors:
            return None
        return found

    @lru_cache(maxsize=1 << 14)
    def meta(line: str) -> Meta | None:
        return None if book.keeps(line) or hit(line) else read_meta(line, order, book)

    def special(line: str) -> bool:
        return len(line) <= 160 and (hit(line) is not None or meta(line) is not None)

    pieces = read_pieces(text, special)
    sheet = Sheet(pieces, hit, meta)
    for step in (find_title, drop_copies, find_end, find_boxes, find_text, before, between, after):
        step(sheet)

    dropped = [Dropped(line, part, "beside author and date") for line, part in sheet.beside]
    for piece in pieces:
        if piece.role == "drop":
            dropped += [Dropped(line, part, piece.rule) for line, part in piece.lines]
    found = sheet.found
    title = pieces[sheet.title] if sheet.title >= 0 else None
    return Page(
        title=title.text if title else None,
        html=render([piece for piece in pieces if piece.role in ("p", "h2", "li", "verse")]),
        authors=tuple(found.authors),
        published=found.published,
        updated=found.updated,
        tags=tuple(sheet.tags),
        section=sheet.section,
        title_line=title.line if title else 0,
        dropped=tuple(sorted(dropped, key=lambda one: one.line)),
        notes=tuple(sorted(sheet.notes)),
    )
