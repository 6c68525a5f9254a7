"""Parts of a scraped page that announce themselves: comments, boxes of links, newsletters, tags."""

from __future__ import annotations

import re

from .line_measures import width, words
from .line_table import Sheet
from .rules import Hit

# What is also a subject that an article can have a section on.
_SUBJECTS = ("read also", "tags", "comments", "cookies", "account", "comment form")
_TAG_SPLIT = re.compile(r"\s*[,;、，،；|/·•]\s*|\s*[#＃]\s*")
_TAG_ENDS = frozenset(" .,:;。、")


def find_end(sheet: Sheet) -> None:
    """Find where the article ends by name: at a comment form, or where the user says."""
    sizes = [width(piece.text) if sheet.is_strong(place) else 0 for place, piece in enumerate(sheet.pieces)]
    total = sum(sizes)
    before = 0
    replies = sum(hit is not None and hit.kind == "reply" for hit in sheet.hits)
    for place, hit in enumerate(sheet.hits):
        if hit and hit.kind == "reply":
            replies -= 1
        before += sizes[place]
        if hit is None or hit.kind not in ("end", "cut") or place <= sheet.title:
            continue
        after = total - before
        if hit.kind == "end":
            if not before:
                continue
            near = [sheet.hits[one] for one in (place - 1, place + 1) if 0 <= one < len(sheet.hits)]
            bar = any(one is not None and one.id == "share" for one in near)
            talk = replies > 0 and before * 4 >= after
            if after and not talk and not (hit.plain and before >= after and not bar):
                continue
        sheet.drop(place, hit.id)
        for later in range(place + 1, len(sheet.pieces)):
            if not sheet.pieces[later].role:
                own = sheet.hits[later]
                sheet.drop(later, own.id if own else f"after: {hit.id}")
        return


def find_boxes(sheet: Sheet) -> None:
    """Leave out boxes of the page's own, with the short lines that belong to them, and read the tags."""
    for place, hit in enumerate(sheet.hits):
        if not hit or sheet.pieces[place].role:
            continue
        if not hit.rest and not hit.plain and _heads_text(sheet, place):
            sheet.hits[place] = None
        elif hit.kind == "block":
            sheet.drop(place, hit.id)
            if not hit.rest:
                for later in _box(sheet, place, hit.id):
                    own = sheet.hits[later]
                    sheet.drop(later, own.id if own else f"under: {hit.id}")
        elif hit.kind == "tags":
            _take_tags(sheet, place, hit)
        elif hit.kind == "hashtags":
            sheet.pieces[place].role = "tag"
            _add_tags(sheet, sheet.text(place))
        elif hit.kind == "section":
            sheet.pieces[place].role = "section"
            if sheet.section is None and width(hit.rest) <= 60:
                sheet.section = hit.rest
            else:
                sheet.drop(place, hit.id)


def _heads_text(sheet: Sheet, place: int) -> bool:
    """Whether a one-word label stands like a subheading: between two paragraphs, by itself."""
    hit = sheet.hits[place]
    return (
        hit is not None
        and hit.id in _SUBJECTS
        and 0 < place < len(sheet.pieces) - 1
        and sheet.is_text(place - 1)
        and sheet.is_strong(place + 1)
    )


def run_from(sheet: Sheet, begin: int) -> range:
    """The short lines from here on, up to debris or running text."""
    end = begin
    while end < len(sheet.pieces) and not sheet.hits[end] and (sheet.is_short(end) or end in sheet.items):
        end += 1
    return range(begin, end)


def _box(sheet: Sheet, place: int, rule: str) -> list[int]:
    run = [one for one in run_from(sheet, place + 1) if not sheet.meta_of(sheet.text(one))]
    if not run:
        return []
    follows = run[-1] + 1 < len(sheet.pieces) and sheet.is_text(run[-1] + 1)
    inside = [one for one in run if sheet.same_block(place, one)]
    touches = bool(inside) and follows and sheet.same_block(inside[-1], run[-1] + 1)
    if rule == "newsletter":
        return inside[:-1] if touches else inside
    if inside:
        return _without_heading(sheet, inside) if touches else inside
    group = [one for one in run if sheet.same_block(run[0], one)]
    if len(group) > 1:
        return group
    if not follows or len(run) == 1:
        return run
    return _without_heading(sheet, run)


def _without_heading(sheet: Sheet, run: list[int]) -> list[int]:
    """The run without its last line, if that is so much shorter that it heads the paragraph below."""
    if len(run) < 2:
        return run
    others = sum(width(sheet.text(one)) for one in run[:-1]) / (len(run) - 1)
    return run[:-1] if others >= 1.6 * width(sheet.text(run[-1])) else run


def _add_tags(sheet: Sheet, text: str) -> None:
    parts = (
        re.split(r"\s*[#＃]|\s+(?=[#＃])|[,，、]", text)
        if "#" in text or "＃" in text
        else _TAG_SPLIT.split(text)
    )
    for part in parts:
        tag = part.strip(" .,:;。、")
        if tag and tag not in sheet.tags:
            sheet.tags.append(tag)


def _take_tags(sheet: Sheet, place: int, hit: Hit) -> None:
    if hit.rest:
        sheet.pieces[place].role = "tag"
        _add_tags(sheet, hit.rest)
        return
    taken: list[int] = []
    inside = sheet.same_block(place, place + 1)
    for later in range(place + 1, len(sheet.pieces)):
        text = sheet.text(later)
        own = sheet.hits[later]
        fits = (
            not sheet.pieces[later].role
            and width(text) <= 40
            and words(text) <= 5
            and (not sheet.is_text(later) or later in sheet.items)
        )
        known = own is not None and own.id not in ("menu", "hashtags")
        away = not sheet.same_block(later - 1, later) and (
            inside or (taken and sheet.same_block(taken[0], taken[0] + 1))
        )
        if not fits or known or away or sheet.meta_of(text):
            break
        taken.append(later)
    follows = taken and taken[-1] + 1 < len(sheet.pieces) and sheet.is_text(taken[-1] + 1)
    if follows and not sheet.same_block(place, taken[-1]):
        taken.pop()
    sheet.drop(place, hit.id)
    for later in taken:
        sheet.pieces[later].role = "tag"
        _add_tags(sheet, sheet.pieces[later].item or sheet.text(later))
