"""The header, body and footer of a scraped page.

In the header and the footer a short line is dropped unless there is evidence that it belongs to the article.
In the body it is kept unless there is evidence against it.
"""

from __future__ import annotations

import re

from .blocks import short_lines_from
from .body import can_be_heading
from .byline import Byline, dateline_authors, is_label, names_beside_date
from .line_measures import count_words, width
from .line_table import LineTable

_STANDFIRST_WIDTH = 40


def find_body(table: LineTable) -> None:
    """Find the first and the last segment of running text."""
    texts = [index for index in range(table.headline + 1, len(table.segments)) if table.is_text(index)]
    # Forms that no rule knows prompt in short lines, some with an exclamation mark.
    while len(texts) > 1 and _is_prompt(table, texts[-1]):
        texts.pop()
    if texts:
        table.first_text, table.last_text = texts[0], texts[-1]
        _find_unmarked_lists(table)


def _is_prompt(table: LineTable, index: int) -> bool:
    text = table.text(index)
    is_exclamation = text[-1] in "!！" and width(text) < 50 and index not in table.list_items
    return is_exclamation and (table.is_short(index - 1) or table.is_short(index + 1))


def _find_unmarked_lists(table: LineTable) -> None:
    """Find lists whose marks the scraper lost: short lines below a paragraph that ends in a colon."""
    index = table.first_text
    while index < len(table.segments):
        text = table.text(index)
        ends_in_colon = text[-1] in ":：" and not table.segments[index].role and not table.matches[index]
        run = (
            [each for each in short_lines_from(table, index + 1) if not table.matches[each]]
            if ends_in_colon and width(text) >= 16
            else []
        )
        run = [each for each in run if table.same_block(run[0], each)] if run else []
        if len(run) > 2 and table.same_block(run[-1], run[-1] + 1) and table.is_text(run[-1] + 1):
            initials = {
                table.text(each)[0].isdigit() * 2 + table.text(each)[0].isupper() for each in run[:-1]
            }
            last_initial = table.text(run[-1])[0]
            if len(initials) == 1 and last_initial.isdigit() * 2 + last_initial.isupper() not in initials:
                run.pop()
        if (
            len(run) > 1
            and (index <= table.last_text or run[0] <= table.last_text + 2)
            and not any(each in table.list_items for each in run)
        ):
            for each in run:
                table.segments[each].role = "li"
                table.segments[each].mark = "•"
                table.segments[each].item = table.text(each)
            table.last_text = max(table.last_text, run[-1])
            if index > table.last_text:
                table.last_text = index
            index = run[-1]
        index += 1


def _take_byline(table: LineTable, index: int, byline: Byline) -> None:
    table.segments[index].role = "byline"
    found = table.found
    is_first = not found.authors
    if is_first:
        found.authors = list(byline.authors) or (
            [byline.name_beside_date] if byline.name_beside_date and byline.has_date else []
        )
    found.published = found.published or byline.published
    found.updated = found.updated or byline.updated
    line = table.segments[index].line
    table.notes += [(line, note) for note in byline.date_notes]
    rest = list(byline.rest)
    if not is_first:
        rest += [author for author in byline.authors if author not in found.authors]
    if byline.name_beside_date and byline.name_beside_date not in found.authors:
        rest.append(byline.name_beside_date)
    table.beside_byline += [(line, each) for each in rest]


def _read_byline_at(table: LineTable, index: int) -> bool:
    """Read a byline or date line, also if its label has its own line; return whether there was one."""
    text = table.text(index)
    if is_label(text) and table.is_short(index + 1) and table.same_block(index, index + 1):
        value = table.text(index + 1)
        value_byline = table.byline_of(value)
        combined = (
            None
            if value_byline and value_byline.has_label
            else table.byline_of(f"{text.rstrip(':：')}: {value}")
        )
        if combined and combined.has_label:
            _take_byline(table, index, Byline())
            _take_byline(table, index + 1, combined)
            return True
    byline = table.byline_of(text)
    if byline:
        _take_byline(table, index, byline)
    return byline is not None


def _read_section_at(table: LineTable, index: int) -> bool:
    """Read a label such as `Section` with its value on the next line; return whether there was one."""
    if table.section or not table.same_block(index, index + 1) or not table.is_short(index + 1):
        return False
    text, value = table.text(index), table.text(index + 1)
    match = table.match_of(f"{text.rstrip(':：')}: {value}") if len(text) <= 24 and len(value) <= 40 else None
    if match is None or match.kind != "section":
        return False
    table.section = value
    table.segments[index].role = table.segments[index + 1].role = "section"
    return True


def _header_end(table: LineTable) -> int:
    """Return the end of the header: the first paragraph, or the second if the first is a standfirst."""
    following = range(table.first_text + 1, min(table.first_text + 12, len(table.segments)))
    for index in following:
        if table.is_text(index):
            break
        byline = None if table.matches[index] else table.byline_of(table.text(index))
        if byline and (byline.has_label or byline.has_date):
            end = index + 1
            while end < len(table.segments) and not table.is_text(end):
                end += 1
            return end
    return table.first_text


def classify_header(table: LineTable) -> None:
    """Read bylines and dates of the header, keep a standfirst, and drop the rest."""
    if table.last_text < 0:
        return
    end = _header_end(table)
    for index in range(end):
        if table.segments[index].role or table.is_text(index):
            continue
        match = table.matches[index]
        if match:
            table.drop(index, match.id)
        elif not _read_section_at(table, index):
            _read_byline_at(table, index)
    for index in range(end):
        if table.segments[index].role or table.is_text(index):
            continue
        text = table.text(index)
        if not table.found.authors and _is_beside_date(table, index) and (names := names_beside_date(text)):
            table.found.authors += names
            table.segments[index].role = "byline"
        elif is_label(text):
            table.drop(index, "a label without a value")
        elif index < end - 1 and _is_repeated_in_body(table, index):
            table.drop(index, "table of contents")
        elif width(text) >= _STANDFIRST_WIDTH or count_words(text) >= (
            5 if _is_under_headline(table, index) else 8
        ):
            table.segments[index].role = "p"
        elif index == end - 1 and _is_separate(table, index):
            table.segments[index].role = "h2" if can_be_heading(text) else "p"
        else:
            table.drop(index, "before the text")
    if not table.found.authors:
        table.found.authors += dateline_authors(table.text(table.first_text))


def _is_beside_date(table: LineTable, index: int) -> bool:
    """Return whether a date is on the next or the previous line; a job title may be between."""
    for other, skipped in ((index + 1, ()), (index - 1, ()), (index + 2, (index + 1,))):
        if not 0 <= other < len(table.segments) or table.segments[other].role != "byline":
            continue
        if any(table.matches[each] or width(table.text(each)) > 40 for each in skipped):
            continue
        byline = table.byline_of(table.text(other))
        if byline and byline.has_date:
            return True
    return False


def _is_repeated_in_body(table: LineTable, index: int) -> bool:
    text = table.text(index)
    later = range(table.first_text, table.last_text)
    return any(table.segments[each].text == text for each in later)


def _is_under_headline(table: LineTable, index: int) -> bool:
    skipped = table.segments[table.headline + 1 : index]
    return table.headline < index and all(segment.rule == "the headline again" for segment in skipped)


def _is_separate(table: LineTable, index: int) -> bool:
    above = index - 1
    return above < 0 or not table.same_block(above, index) or table.segments[above].role in ("title", "p")


def classify_body(table: LineTable) -> None:
    """Keep the body. Its short lines are subheadings unless they are debris."""
    if table.last_text < 0:
        _classify_without_sentences(table)
        return
    index = 0
    while index <= table.last_text:
        if table.segments[index].role:
            index += 1
            continue
        if table.is_text(index):
            table.segments[index].role = "li" if index in table.list_items else "p"
            index += 1
            continue
        run = [index]
        while run[-1] < table.last_text and table.is_short(run[-1] + 1):
            run.append(run[-1] + 1)
        _classify_short_lines(table, run)
        index = run[-1] + 1


def _classify_short_lines(table: LineTable, run: list[int]) -> None:
    """Classify the short lines between two paragraphs."""
    text_follows = run[-1] < table.last_text
    certain = [
        each for each in run if (match := table.matches[each]) and not match.edge and match.kind != "number"
    ]
    for each in run:
        match = table.matches[each]
        text = table.text(each)
        if match and match.kind == "number" and each == run[-1] and re.fullmatch(r"1[5-9]\d\d|20\d\d", text):
            match = None
        has_certain_neighbour = any(other != each and abs(other - each) < 3 for other in certain)
        if (
            match
            and match.edge
            and not has_certain_neighbour
            and not (table.segments[each].text.isupper() and certain)
        ):
            match = None
        if match:
            table.drop(each, match.id)
            continue
        byline = table.byline_of(text)
        if byline and byline.has_date and byline.has_label:
            _take_byline(table, each, byline)
    dropped = sum(table.segments[each].role == "drop" for each in run)
    undecided = [each for each in run if not table.segments[each].role]
    for each in undecided:
        text = table.text(each)
        precedes_text = each == run[-1] and text_follows
        touches_debris = any(
            table.same_block(each, other) and table.segments[other].role == "drop"
            for other in (each - 1, each + 1)
        )
        if precedes_text and can_be_heading(text):
            table.segments[each].role = "h2"
        elif (
            not precedes_text
            and touches_debris
            and dropped > len(undecided)
            and width(text) <= _STANDFIRST_WIDTH
        ):
            table.drop(each, "among debris")
        elif table.same_block(each, each - 1) or table.same_block(each, each + 1):
            table.segments[each].role = "verse"
        else:
            table.segments[each].role = "p"


def _classify_without_sentences(table: LineTable) -> None:
    """Keep a page without a sentence: a poem, a list, or a script that does not mark ends of sentences."""
    for index, segment in enumerate(table.segments):
        if segment.role:
            continue
        match = table.matches[index]
        if match:
            table.drop(index, match.id)
        elif not _read_byline_at(table, index):
            segment.role = "verse"


def classify_footer(table: LineTable) -> None:
    """Drop the footer, except bylines and dates, which are read."""
    rest = [
        index for index in range(table.last_text + 1, len(table.segments)) if not table.segments[index].role
    ]
    for index in rest:
        segment = table.segments[index]
        if segment.role:
            continue
        match = table.matches[index]
        if match:
            table.drop(index, match.id)
            continue
        byline = table.byline_of(segment.text)
        if byline and byline.has_label:
            _take_byline(table, index, byline)
        elif _can_be_last_paragraph(table, index):
            segment.role = "p"
        else:
            table.drop(index, "after the text")


def _can_be_last_paragraph(table: LineTable, index: int) -> bool:
    """Return whether a line can be a last paragraph without its full stop."""
    text = table.text(index)
    skipped = table.segments[table.last_text + 1 : index]
    if any(segment.rule not in ("advertisement", "counter", "no words") for segment in skipped):
        return False
    return width(text) >= 60 or ("，" in text and width(text) >= 30)
