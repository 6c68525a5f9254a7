"""Articles from scraped plain text: headline, text, authors and dates, without the rest of the page.

Some lines match a rule (`rules`). The others are classified by form and position (`title`, `blocks`,
`classify`): a line that ends as a sentence is text, a short line before it is a subheading, and short lines
before the first and after the last text are dropped.

Every line of the page is in the article or in `ScrapedPage.dropped`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from ...text.illegal_characters import repair_text
from .blocks import drop_boxes, find_end
from .body import render_html
from .byline import Byline, read_byline
from .debris_rules import NO_RULES, DebrisRules, RuleMatch, RuleSet
from .line_classifier import classify_body, classify_footer, classify_header, find_body
from .line_measures import comparison_key, count_sentences, fold
from .line_table import LineTable
from .lines import read_segments
from .page_dates import Order, find_dates
from .sentence_headings import find_sentence_headings
from .title import drop_repeated_headline, find_headline


@dataclass(frozen=True, slots=True)
class DroppedLine:
    """A line or part of a line that is not in the article, and the rule that dropped it.

    `line` counts from 1.
    """

    line: int
    text: str
    rule: str


@dataclass(frozen=True, slots=True)
class ScrapedPage:
    """The article of a scraped page.

    Attributes:
        html: the body, escaped: `p`, `h2`, `ul`, `ol`, `li`, `br`.
        authors: names, as written.
        published, updated: naive if the page names no time zone.
        title_line: the line of the headline, from 1; 0 if there is none.
        dropped: every line that is in none of the other fields.
        notes: line and message: dates that were not used or are uncertain.
    """

    title: str | None
    html: str
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    tags: tuple[str, ...] = ()
    section: str | None = None
    title_line: int = 0
    dropped: tuple[DroppedLine, ...] = ()
    notes: tuple[tuple[int, str], ...] = ()


_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\w+")
_HASHTAGS = re.compile(r"(?:[#＃][^\s#＃,，、]+[\s,，、]*)+")
_PLAYER = re.compile(r"\d{1,2}:\d\d(?:\s*/\s*\d{1,2}:\d\d)?")
_COPYRIGHT = re.compile(r"(?:[©ⓒ]|\(c\)\s?|copyright\b.*(?:\d{4}|©)).*|.{0,60}©.*", re.IGNORECASE)
_ENGLISH = frozenset(("the", "of", "and", "to", "in", "is", "was", "for", "that", "with"))
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})([/-])(\d{1,2})\2\d{4}(?!\d)")


def _match_structure(text: str) -> RuleMatch | None:
    """Return debris that can be recognised in any language."""
    if len(text) > 400:
        return None
    name = comparison_key(text)
    if not name and not any(map(str.isalnum, text)):
        return RuleMatch("no words", "line")
    if not name.strip("# ") and not re.fullmatch(r"\d+[.)]", text):
        return RuleMatch("counter", "number")
    if _PLAYER.fullmatch(text):
        return RuleMatch("counter", "line", edge=True)
    if _ADDRESS.fullmatch(text):
        return RuleMatch("address", "line", edge="@" in text)
    if _COPYRIGHT.fullmatch(text) and (text[0] in "©ⓒ(" or count_sentences(text) < 3):
        return RuleMatch("copyright", "line")
    return RuleMatch("hashtags", "hashtags") if _HASHTAGS.fullmatch(text) else None


def _detect_date_order(lines: Sequence[str]) -> Order:
    """Return the order of day and month in numeric dates of the page, from its language and its other dates.

    Only English uses both orders. In every other language 3/4 means the third of April.
    """
    word_counts: Counter[str] = Counter()
    total = 0
    day_first: dict[str, bool] = {}
    for line in lines:
        for found in _NUMERIC.finditer(line[:200]):
            if (int(found[1]) > 12) != (int(found[3]) > 12):
                day_first.setdefault(found[2], int(found[1]) > 12)
        if total < 2000:
            parts = line.lower().split()
            total += len(parts)
            word_counts.update(word for word in parts if word in _ENGLISH)
    is_not_english = total >= 20 and sum(word_counts.values()) * 100 < total * 8

    def order(first: int, second: int, mark: str) -> tuple[int, int] | None:
        if first > 12 or first == second or mark == ".":
            return first, second
        if second > 12:
            return second, first
        known = day_first.get(mark, True if is_not_english else None)
        return None if known is None else (first, second) if known else (second, first)

    return order


def parse_page(text: str, rules: DebrisRules = NO_RULES) -> ScrapedPage:
    """Return the article of a scraped page. Any text is accepted.

    Args:
        rules: of the user, besides the built-in ones.
    """
    text = repair_text(text)
    rule_set = RuleSet(rules)
    order = _detect_date_order(text.splitlines())

    @lru_cache(maxsize=1 << 14)
    def match(line: str) -> RuleMatch | None:
        if rule_set.keeps(line):
            return None
        found = rule_set.match(line)
        if rules.builtin and (found is None or found.is_weak):
            found = _match_structure(line) or found
        if found and found.kind == "number" and find_dates(fold(line), order):
            return None
        if (
            found
            and found.id == "image credit"
            and (credit := read_byline(line, order, rule_set))
            and credit.authors
        ):
            return None
        return found

    @lru_cache(maxsize=1 << 14)
    def byline(line: str) -> Byline | None:
        return None if rule_set.keeps(line) or match(line) else read_byline(line, order, rule_set)

    def is_special(line: str) -> bool:
        return len(line) <= 160 and (match(line) is not None or byline(line) is not None)

    segments = read_segments(text, is_special)
    table = LineTable(segments, match, byline)
    for step in (
        find_headline,
        drop_repeated_headline,
        find_end,
        drop_boxes,
        find_body,
        classify_header,
        classify_body,
        find_sentence_headings,
        classify_footer,
    ):
        step(table)

    dropped = [DroppedLine(line, part, "beside author and date") for line, part in table.beside_byline]
    for segment in segments:
        if segment.role == "drop":
            dropped += [DroppedLine(line, part, segment.rule) for line, part in segment.lines]
    found = table.found
    title = segments[table.headline] if table.headline >= 0 else None
    return ScrapedPage(
        title=title.text if title else None,
        html=render_html([segment for segment in segments if segment.role in ("p", "h2", "li", "verse")]),
        authors=tuple(found.authors),
        published=found.published,
        updated=found.updated,
        tags=tuple(table.tags),
        section=table.section,
        title_line=title.line if title else 0,
        dropped=tuple(sorted(dropped, key=lambda each: each.line)),
        notes=tuple(sorted(table.notes)),
    )
