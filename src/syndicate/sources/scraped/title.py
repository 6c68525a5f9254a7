"""The headline of a scraped page, and the lines before it."""

from __future__ import annotations

import re

from .byline import is_label
from .line_measures import (
    SPACES_BEFORE,
    comparison_key,
    count_sentences,
    count_words,
    ends_sentence,
    fold,
    width,
)
from .line_table import TEXT_WIDTH, LineTable

_BREADCRUMB = re.compile(rf"{SPACES_BEFORE}[>→＞❯▸]\s*|(?<!\s)\s+(?:/|::|\\|»|›)\s+")
_TRAIL_MARKS = (">", "›", "»", "/", "|", "→", "❯")
_SUFFIX = re.compile(r"\s*[|–—\-·•«»:]\s*\S.{0,60}")


def _is_tag_like(text: str) -> bool:
    """Return whether a line is so short that it may be an entry of a menu, not a headline."""
    return count_words(text) <= 2 and width(text) <= 22 and not ends_sentence(text)


def find_headline(table: LineTable) -> None:
    """Find the headline: the first line that is not debris, an entry of a menu or the name of the site."""
    candidates: list[int] = []
    for index, segment in enumerate(table.segments):
        if table.matches[index] or index in table.list_items:
            continue
        text = segment.text
        if width(text) > 200 or (count_sentences(text) >= 2 and width(text) >= TEXT_WIDTH):
            break
        if _is_breadcrumb(table, index):
            continue
        if is_label(text) or table.byline_of(text):
            continue
        candidates.append(index)
        if len(candidates) > 60 or (ends_sentence(text) and len(candidates) > 1):
            break
    if not candidates:
        return
    table.headline = _choose_headline(table, candidates)
    segment = table.segments[table.headline]
    segment.role = "title"


def _choose_headline(table: LineTable, candidates: list[int]) -> int:
    names = [comparison_key(table.text(index)) for index in candidates]
    texts = [table.text(index) for index in candidates]
    has_debris_first = any(
        table.matches[index] or table.segments[index].role for index in range(candidates[0])
    )
    for position, index in enumerate(candidates):
        rest = range(position + 1, len(candidates))
        longer = [each for each in rest if not _is_tag_like(texts[each]) and count_words(texts[each]) >= 3]
        is_kicker = longer and texts[position].isupper() and not texts[longer[0]].isupper()
        is_menu_entry = bool(longer) and _is_tag_like(texts[position]) and _is_in_menu(table, index)
        is_site_name = (
            is_kicker
            and has_debris_first
            and count_words(texts[position]) <= 4
            and count_words(texts[longer[0]]) >= 5
        )
        is_banner = _is_banner(table, index) and bool(longer) and not ends_sentence(texts[longer[0]])
        if not _is_tag_like(texts[position]) and not is_site_name and not is_banner:
            # A window title: the headline, followed by the name of the site.
            for later, other in enumerate(texts[position + 1 :], position + 1):
                if (
                    texts[position].startswith(other)
                    and width(other) >= 12
                    and _SUFFIX.fullmatch(texts[position][len(other) :])
                ):
                    return candidates[later]
            return index
        if names[position] in names[position + 1 :] and count_words(texts[position]) > 1:
            return index
        if is_menu_entry or is_banner:
            continue
        labels = [each for each in rest if _is_tag_like(texts[each]) and (not longer or each < longer[0])]
        repeated = [each for each in longer if names[each] in names[each + 1 :]]
        if not longer or not (is_kicker or repeated or len(labels) >= 2):
            return index
    return candidates[0]


def _is_in_menu(table: LineTable, index: int) -> bool:
    neighbours = [each for each in (index - 1, index + 1) if 0 <= each < len(table.matches)]
    if any(table.text(each) in _TRAIL_MARKS for each in neighbours):
        return True
    return len(neighbours) == 2 and all(table.matches[each] for each in neighbours)


def _is_banner(table: LineTable, index: int) -> bool:
    """Return whether a sentence is next to debris, like the slogan of a site."""
    neighbours = [table.matches[each] for each in (index - 1, index + 1) if 0 <= each < len(table.matches)]
    text = table.text(index)
    return (
        width(text) >= 50
        and text[-1] in ".。"
        and any(match and match.kind != "number" for match in neighbours)
    )


def _is_breadcrumb(table: LineTable, index: int) -> bool:
    text = table.text(index)
    parts = [part for part in _BREADCRUMB.split(text) if part]
    if len(parts) < 2 or width(text) > 160 or ends_sentence(text) or "«" in text:
        return False
    known = table.match_of(parts[0])
    if not known and (len(parts) < 3 or any(count_words(part) > 4 for part in parts[:-1])):
        return False
    table.drop(index, "breadcrumb")
    middle = [part for part in parts[1:] if count_words(part) <= 3 and width(part) <= 30]
    if known and known.id in ("navigation", "menu") and middle and table.section is None:
        table.section = middle[-1]
    return True


def drop_repeated_headline(table: LineTable) -> None:
    """Drop the lines that repeat the headline, and the lines before it."""
    if table.headline < 0:
        return
    headline = table.text(table.headline)
    folded = fold(headline)
    for index, segment in enumerate(table.segments):
        if segment.role or index == table.headline:
            continue
        text = segment.text
        is_same = fold(text) == folded
        if not is_same and text.startswith(headline) and not ends_sentence(text):
            is_same = width(headline) >= 12 and bool(_SUFFIX.fullmatch(text[len(headline) :]))
        if is_same:
            table.drop(index, "the headline again")
        elif (
            index < table.headline
            and not table.matches[index]
            and not table.byline_of(text)
            and not is_label(text)
        ):
            table.drop(index, "before the headline")
