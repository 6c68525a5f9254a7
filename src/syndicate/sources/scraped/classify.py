"""The three parts of a scraped page: before the text, the text, and after it.

Before and after, short lines belong to the page unless something speaks for them; between, they belong to the
article unless something speaks against them.
"""

from __future__ import annotations

import re

from .blocks import run_from
from .body import is_heading
from .byline import Meta, dateline_authors, is_label, loose_names
from .line_measures import width, words
from .line_table import Sheet

_DECK_WIDTH = 40


def find_text(sheet: Sheet) -> None:
    """Find the first and the last running text."""
    texts = [place for place in range(sheet.title + 1, len(sheet.pieces)) if sheet.is_text(place)]
    # A form that the table does not know asks in short lines, some with an exclamation mark.
    while len(texts) > 1 and _asks(sheet, texts[-1]):
        texts.pop()
    if texts:
        sheet.first, sheet.last = texts[0], texts[-1]
        _loose_items(sheet)


def _asks(sheet: Sheet, place: int) -> bool:
    text = sheet.text(place)
    asks = text[-1] in "!！" and width(text) < 50 and place not in sheet.items
    return asks and (sheet.is_short(place - 1) or sheet.is_short(place + 1))


def _loose_items(sheet: Sheet) -> None:
    """Lists whose marks the scraper lost: short lines under a paragraph that ends in a colon."""
    place = sheet.first
    while place < len(sheet.pieces):
        text = sheet.text(place)
        open_end = text[-1] in ":：" and not sheet.pieces[place].role and not sheet.hits[place]
        run = (
            [one for one in run_from(sheet, place + 1) if not sheet.hits[one]]
            if open_end and width(text) >= 16
            else []
        )
        run = [one for one in run if sheet.same_block(run[0], one)] if run else []
        if len(run) > 2 and sheet.same_block(run[-1], run[-1] + 1) and sheet.is_text(run[-1] + 1):
            kinds = {sheet.text(one)[0].isdigit() * 2 + sheet.text(one)[0].isupper() for one in run[:-1]}
            own = sheet.text(run[-1])[0]
            if len(kinds) == 1 and own.isdigit() * 2 + own.isupper() not in kinds:
                run.pop()
        if (
            len(run) > 1
            and (place <= sheet.last or run[0] <= sheet.last + 2)
            and not any(one in sheet.items for one in run)
        ):
            for one in run:
                sheet.pieces[one].role = "li"
                sheet.pieces[one].mark = "•"
                sheet.pieces[one].item = sheet.text(one)
            sheet.last = max(sheet.last, run[-1])
            if place > sheet.last:
                sheet.last = place
            place = run[-1]
        place += 1


def _take_meta(sheet: Sheet, place: int, meta: Meta) -> None:
    sheet.pieces[place].role = "meta"
    found = sheet.found
    new = not found.authors
    if new:
        found.authors = list(meta.authors) or ([meta.loose] if meta.loose and meta.dated else [])
    found.published = found.published or meta.published
    found.updated = found.updated or meta.updated
    line = sheet.pieces[place].line
    sheet.notes += [(line, doubt) for doubt in meta.doubts]
    rest = list(meta.rest)
    if not new:
        rest += [author for author in meta.authors if author not in found.authors]
    if meta.loose and meta.loose not in found.authors:
        rest.append(meta.loose)
    sheet.beside += [(line, one) for one in rest]


def _meta_at(sheet: Sheet, place: int) -> bool:
    """Read a byline or a date here, also one whose label is on a line of its own."""
    text = sheet.text(place)
    if is_label(text) and sheet.is_short(place + 1) and sheet.same_block(place, place + 1):
        value = sheet.text(place + 1)
        own = sheet.meta_of(value)
        both = None if own and own.labelled else sheet.meta_of(f"{text.rstrip(':：')}: {value}")
        if both and both.labelled:
            _take_meta(sheet, place, Meta())
            _take_meta(sheet, place + 1, both)
            return True
    meta = sheet.meta_of(text)
    if meta:
        _take_meta(sheet, place, meta)
    return meta is not None


def _section_at(sheet: Sheet, place: int) -> bool:
    """Read a label such as `Section` whose value is on the next line."""
    if sheet.section or not sheet.same_block(place, place + 1) or not sheet.is_short(place + 1):
        return False
    text, value = sheet.text(place), sheet.text(place + 1)
    hit = sheet.hit_of(f"{text.rstrip(':：')}: {value}") if len(text) <= 24 and len(value) <= 40 else None
    if hit is None or hit.kind != "section":
        return False
    sheet.section = value
    sheet.pieces[place].role = sheet.pieces[place + 1].role = "section"
    return True


def _header_end(sheet: Sheet) -> int:
    """Up to where bylines may stand: the first paragraph, or the next where it is only a standfirst."""
    following = range(sheet.first + 1, min(sheet.first + 12, len(sheet.pieces)))
    for place in following:
        if sheet.is_text(place):
            break
        meta = None if sheet.hits[place] else sheet.meta_of(sheet.text(place))
        if meta and (meta.labelled or meta.dated):
            end = place + 1
            while end < len(sheet.pieces) and not sheet.is_text(end):
                end += 1
            return end
    return sheet.first


def before(sheet: Sheet) -> None:
    """Judge what stands before the text: bylines and dates are read, a standfirst is kept, the rest goes."""
    if sheet.last < 0:
        return
    end = _header_end(sheet)
    for place in range(end):
        if sheet.pieces[place].role or sheet.is_text(place):
            continue
        hit = sheet.hits[place]
        if hit:
            sheet.drop(place, hit.id)
        elif not _section_at(sheet, place):
            _meta_at(sheet, place)
    for place in range(end):
        if sheet.pieces[place].role or sheet.is_text(place):
            continue
        text = sheet.text(place)
        if not sheet.found.authors and _beside_date(sheet, place) and (names := loose_names(text)):
            sheet.found.authors += names
            sheet.pieces[place].role = "meta"
        elif is_label(text):
            sheet.drop(place, "a label without a value")
        elif place < end - 1 and _comes_again(sheet, place):
            sheet.drop(place, "table of contents")
        elif width(text) >= _DECK_WIDTH or words(text) >= (5 if _under_title(sheet, place) else 8):
            sheet.pieces[place].role = "p"
        elif place == end - 1 and _stands_alone(sheet, place):
            sheet.pieces[place].role = "h2" if is_heading(text) else "p"
        else:
            sheet.drop(place, "before the text")
    if not sheet.found.authors:
        sheet.found.authors += dateline_authors(sheet.text(sheet.first))


def _beside_date(sheet: Sheet, place: int) -> bool:
    """Whether a date is on the next line or the one before; a job title may stand between."""
    for other, between in ((place + 1, ()), (place - 1, ()), (place + 2, (place + 1,))):
        if not 0 <= other < len(sheet.pieces) or sheet.pieces[other].role != "meta":
            continue
        if any(sheet.hits[one] or width(sheet.text(one)) > 40 for one in between):
            continue
        meta = sheet.meta_of(sheet.text(other))
        if meta and meta.dated:
            return True
    return False


def _comes_again(sheet: Sheet, place: int) -> bool:
    text = sheet.text(place)
    later = range(sheet.first, sheet.last)
    return any(sheet.pieces[one].text == text for one in later)


def _under_title(sheet: Sheet, place: int) -> bool:
    between = sheet.pieces[sheet.title + 1 : place]
    return sheet.title < place and all(piece.rule == "the headline again" for piece in between)


def _stands_alone(sheet: Sheet, place: int) -> bool:
    before = place - 1
    return before < 0 or not sheet.same_block(before, place) or sheet.pieces[before].role in ("title", "p")


def between(sheet: Sheet) -> None:
    """Judge what stands in the text: short lines are subheadings unless they are debris."""
    if sheet.last < 0:
        _without_text(sheet)
        return
    place = 0
    while place <= sheet.last:
        if sheet.pieces[place].role:
            place += 1
            continue
        if sheet.is_text(place):
            sheet.pieces[place].role = "li" if place in sheet.items else "p"
            place += 1
            continue
        run = [place]
        while run[-1] < sheet.last and sheet.is_short(run[-1] + 1):
            run.append(run[-1] + 1)
        _short_run(sheet, run)
        place = run[-1] + 1


def _short_run(sheet: Sheet, run: list[int]) -> None:
    """Short lines between two paragraphs."""
    heads = run[-1] < sheet.last
    firm = [one for one in run if (hit := sheet.hits[one]) and not hit.edge and hit.kind != "number"]
    for one in run:
        hit = sheet.hits[one]
        text = sheet.text(one)
        if hit and hit.kind == "number" and one == run[-1] and re.fullmatch(r"1[5-9]\d\d|20\d\d", text):
            hit = None
        near = any(other != one and abs(other - one) < 3 for other in firm)
        if hit and hit.edge and not near and not (sheet.pieces[one].text.isupper() and firm):
            hit = None
        if hit:
            sheet.drop(one, hit.id)
            continue
        meta = sheet.meta_of(text)
        if meta and meta.dated and meta.labelled:
            _take_meta(sheet, one, meta)
    dropped = sum(sheet.pieces[one].role == "drop" for one in run)
    open_ = [one for one in run if not sheet.pieces[one].role]
    for one in open_:
        text = sheet.text(one)
        last = one == run[-1] and heads
        beside = any(
            sheet.same_block(one, other) and sheet.pieces[other].role == "drop"
            for other in (one - 1, one + 1)
        )
        if last and is_heading(text):
            sheet.pieces[one].role = "h2"
        elif not last and beside and dropped > len(open_) and width(text) <= _DECK_WIDTH:
            sheet.drop(one, "among debris")
        elif sheet.same_block(one, one - 1) or sheet.same_block(one, one + 1):
            sheet.pieces[one].role = "verse"
        else:
            sheet.pieces[one].role = "p"


def _without_text(sheet: Sheet) -> None:
    """No sentence anywhere: a poem, a list, or a script that does not mark where sentences end."""
    for place, piece in enumerate(sheet.pieces):
        if piece.role:
            continue
        hit = sheet.hits[place]
        if hit:
            sheet.drop(place, hit.id)
        elif not _meta_at(sheet, place):
            piece.role = "verse"


def after(sheet: Sheet) -> None:
    """Judge what stands after the text: short lines go, unless they say who wrote it or when."""
    rest = [place for place in range(sheet.last + 1, len(sheet.pieces)) if not sheet.pieces[place].role]
    for place in rest:
        piece = sheet.pieces[place]
        if piece.role:
            continue
        hit = sheet.hits[place]
        if hit:
            sheet.drop(place, hit.id)
            continue
        meta = sheet.meta_of(piece.text)
        if meta and meta.labelled:
            _take_meta(sheet, place, meta)
        elif _goes_on(sheet, place):
            piece.role = "p"
        else:
            sheet.drop(place, "after the text")


def _goes_on(sheet: Sheet, place: int) -> bool:
    """Whether this may be a last paragraph that lacks its full stop."""
    text = sheet.text(place)
    between = sheet.pieces[sheet.last + 1 : place]
    if any(piece.rule not in ("advertisement", "counter", "no words") for piece in between):
        return False
    return width(text) >= 60 or ("，" in text and width(text) >= 30)
