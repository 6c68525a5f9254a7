"""The headline of a scraped page, and what stands before it."""

from __future__ import annotations

import re

from .byline import is_label
from .line_measures import closes, fold, key, sentences, width, words
from .line_table import TEXT_WIDTH, Sheet

_CRUMB = re.compile(r"\s*[>→＞❯▸]\s*|\s+(?:/|::|\\|»|›)\s+")
_TRAIL = (">", "›", "»", "/", "|", "→", "❯")
_SUFFIX = re.compile(r"\s*[|–—\-·•«»:]\s*\S.{0,60}")


def _is_tag_like(text: str) -> bool:
    """Whether a line is so short that it may be an entry of a menu rather than a headline."""
    return words(text) <= 2 and width(text) <= 22 and not closes(text)


def find_title(sheet: Sheet) -> None:
    """Find the headline: the first line that is no debris, past a menu or the name of the site."""
    candidates: list[int] = []
    for place, piece in enumerate(sheet.pieces):
        if sheet.hits[place] or place in sheet.items:
            continue
        text = piece.text
        if width(text) > 200 or (sentences(text) >= 2 and width(text) >= TEXT_WIDTH):
            break
        if _crumbs(sheet, place):
            continue
        if is_label(text) or sheet.meta_of(text):
            continue
        candidates.append(place)
        if len(candidates) > 60 or (closes(text) and len(candidates) > 1):
            break
    if not candidates:
        return
    sheet.title = _headline(sheet, candidates)
    piece = sheet.pieces[sheet.title]
    piece.role = "title"


def _headline(sheet: Sheet, candidates: list[int]) -> int:
    names = [key(sheet.text(place)) for place in candidates]
    texts = [sheet.text(place) for place in candidates]
    debris_first = any(sheet.hits[place] or sheet.pieces[place].role for place in range(candidates[0]))
    for at, place in enumerate(candidates):
        rest = range(at + 1, len(candidates))
        longer = [one for one in rest if not _is_tag_like(texts[one]) and words(texts[one]) >= 3]
        kicker = longer and texts[at].isupper() and not texts[longer[0]].isupper()
        menu = bool(longer) and _is_tag_like(texts[at]) and _between_hits(sheet, place)
        site = kicker and debris_first and words(texts[at]) <= 4 and words(texts[longer[0]]) >= 5
        banner = _is_banner(sheet, place) and bool(longer) and not closes(texts[longer[0]])
        if not _is_tag_like(texts[at]) and not site and not banner:
            # A window title: the headline with the name of the site behind it.
            for later, other in enumerate(texts[at + 1 :], at + 1):
                if (
                    texts[at].startswith(other)
                    and width(other) >= 12
                    and _SUFFIX.fullmatch(texts[at][len(other) :])
                ):
                    return candidates[later]
            return place
        if names[at] in names[at + 1 :] and words(texts[at]) > 1:
            return place
        if menu or banner:
            continue
        labels = [one for one in rest if _is_tag_like(texts[one]) and (not longer or one < longer[0])]
        again = [one for one in longer if names[one] in names[one + 1 :]]
        if not longer or not (kicker or again or len(labels) >= 2):
            return place
    return candidates[0]


def _between_hits(sheet: Sheet, place: int) -> bool:
    near = [one for one in (place - 1, place + 1) if 0 <= one < len(sheet.hits)]
    if any(sheet.text(one) in _TRAIL for one in near):
        return True
    return len(near) == 2 and all(sheet.hits[one] for one in near)


def _is_banner(sheet: Sheet, place: int) -> bool:
    """Whether a sentence stands beside debris, as what a page says about itself does."""
    near = [sheet.hits[one] for one in (place - 1, place + 1) if 0 <= one < len(sheet.hits)]
    text = sheet.text(place)
    return width(text) >= 50 and text[-1] in ".。" and any(hit and hit.kind != "number" for hit in near)


def _crumbs(sheet: Sheet, place: int) -> bool:
    text = sheet.text(place)
    parts = [part for part in _CRUMB.split(text) if part]
    if len(parts) < 2 or width(text) > 160 or closes(text) or "«" in text:
        return False
    known = sheet.hit_of(parts[0])
    if not known and (len(parts) < 3 or any(words(part) > 4 for part in parts[:-1])):
        return False
    sheet.drop(place, "breadcrumb")
    middle = [part for part in parts[1:] if words(part) <= 3 and width(part) <= 30]
    if known and known.id in ("navigation", "menu") and middle and sheet.section is None:
        sheet.section = middle[-1]
    return True


def drop_copies(sheet: Sheet) -> None:
    """Leave out what repeats the headline, and what stands before it."""
    if sheet.title < 0:
        return
    title = sheet.text(sheet.title)
    folded = fold(title)
    for place, piece in enumerate(sheet.pieces):
        if piece.role or place == sheet.title:
            continue
        text = piece.text
        same = fold(text) == folded
        if not same and text.startswith(title) and not closes(text):
            same = width(title) >= 12 and bool(_SUFFIX.fullmatch(text[len(title) :]))
        if same:
            sheet.drop(place, "the headline again")
        elif place < sheet.title and not sheet.hits[place] and not sheet.meta_of(text) and not is_label(text):
            sheet.drop(place, "before the headline")
