"""Parts of a scraped page that begin with a known phrase: comments, boxes of links, newsletters, tags."""

from __future__ import annotations

import re

from .debris_rules import RuleMatch
from .line_measures import SPACES_BEFORE, count_words, width
from .line_table import LineTable

# Kinds of debris whose phrases can also be subheadings of an article.
_AMBIGUOUS_KINDS = ("read also", "tags", "comments", "cookies", "account", "comment form")
_TAG_SPLIT = re.compile(rf"{SPACES_BEFORE}[,;、，،；|/·•]\s*|{SPACES_BEFORE}[#＃]\s*")


def find_end(table: LineTable) -> None:
    """Drop everything from the phrase at which the article ends: a comment form, or a pattern of the user."""
    widths = [
        width(segment.text) if table.is_strong(index) else 0 for index, segment in enumerate(table.segments)
    ]
    total_width = sum(widths)
    width_before = 0
    replies = sum(match is not None and match.kind == "reply" for match in table.matches)
    for index, match in enumerate(table.matches):
        if match and match.kind == "reply":
            replies -= 1
        width_before += widths[index]
        if match is None or match.kind not in ("end", "cut") or index <= table.headline:
            continue
        width_after = total_width - width_before
        if match.kind == "end":
            if not width_before:
                continue
            neighbours = [
                table.matches[each] for each in (index - 1, index + 1) if 0 <= each < len(table.matches)
            ]
            is_share_bar = any(each is not None and each.id == "share" for each in neighbours)
            has_replies = replies > 0 and width_before * 4 >= width_after
            if (
                width_after
                and not has_replies
                and not (match.is_specific and width_before >= width_after and not is_share_bar)
            ):
                continue
        table.drop(index, match.id)
        for later in range(index + 1, len(table.segments)):
            if not table.segments[later].role:
                own_match = table.matches[later]
                table.drop(later, own_match.id if own_match else f"after: {match.id}")
        return


def drop_boxes(table: LineTable) -> None:
    """Drop boxes with the short lines that belong to them, and read the tags and the section."""
    for index, match in enumerate(table.matches):
        if not match or table.segments[index].role:
            continue
        if not match.rest and not match.is_specific and _is_subheading(table, index):
            table.matches[index] = None
        elif match.kind == "block":
            table.drop(index, match.id)
            if not match.rest:
                for later in _lines_of_box(table, index, match.id):
                    own_match = table.matches[later]
                    table.drop(later, own_match.id if own_match else f"under: {match.id}")
        elif match.kind == "tags":
            _read_tags(table, index, match)
        elif match.kind == "hashtags":
            table.segments[index].role = "tag"
            _add_tags(table, table.text(index))
        elif match.kind == "section":
            table.segments[index].role = "section"
            if table.section is None and width(match.rest) <= 60:
                table.section = match.rest
            else:
                table.drop(index, match.id)


def _is_subheading(table: LineTable, index: int) -> bool:
    """Return whether a one-word phrase stands alone between two paragraphs, like a subheading."""
    match = table.matches[index]
    return (
        match is not None
        and match.id in _AMBIGUOUS_KINDS
        and 0 < index < len(table.segments) - 1
        and table.is_text(index - 1)
        and table.is_strong(index + 1)
    )


def short_lines_from(table: LineTable, begin: int) -> range:
    """Return the short lines from an index on, up to debris or running text."""
    end = begin
    while (
        end < len(table.segments)
        and not table.matches[end]
        and (table.is_short(end) or end in table.list_items)
    ):
        end += 1
    return range(begin, end)


def _lines_of_box(table: LineTable, index: int, rule: str) -> list[int]:
    run = [each for each in short_lines_from(table, index + 1) if not table.byline_of(table.text(each))]
    if not run:
        return []
    text_follows = run[-1] + 1 < len(table.segments) and table.is_text(run[-1] + 1)
    inside = [each for each in run if table.same_block(index, each)]
    touches_text = bool(inside) and text_follows and table.same_block(inside[-1], run[-1] + 1)
    if rule == "newsletter":
        return inside[:-1] if touches_text else inside
    if inside:
        return _without_next_heading(table, inside) if touches_text else inside
    group = [each for each in run if table.same_block(run[0], each)]
    if len(group) > 1:
        return group
    if not text_follows or len(run) == 1:
        return run
    return _without_next_heading(table, run)


def _without_next_heading(table: LineTable, run: list[int]) -> list[int]:
    """Return the run without its last line, if that is so short that it heads the paragraph below."""
    if len(run) < 2:
        return run
    others = sum(width(table.text(each)) for each in run[:-1]) / (len(run) - 1)
    return run[:-1] if others >= 1.6 * width(table.text(run[-1])) else run


def _add_tags(table: LineTable, text: str) -> None:
    parts = re.split(r"[#＃,，、]", text) if "#" in text or "＃" in text else _TAG_SPLIT.split(text)
    for part in parts:
        tag = part.strip(" .,:;。、")
        if tag and tag not in table.tags:
            table.tags.append(tag)


def _read_tags(table: LineTable, index: int, match: RuleMatch) -> None:
    if match.rest:
        table.segments[index].role = "tag"
        _add_tags(table, match.rest)
        return
    taken: list[int] = []
    inside = table.same_block(index, index + 1)
    for later in range(index + 1, len(table.segments)):
        text = table.text(later)
        own_match = table.matches[later]
        can_be_tag = (
            not table.segments[later].role
            and width(text) <= 40
            and count_words(text) <= 5
            and (not table.is_text(later) or later in table.list_items)
        )
        is_debris = own_match is not None and own_match.id not in ("menu", "hashtags")
        is_separated = not table.same_block(later - 1, later) and (
            inside or (taken and table.same_block(taken[0], taken[0] + 1))
        )
        if not can_be_tag or is_debris or is_separated or table.byline_of(text):
            break
        taken.append(later)
    text_follows = taken and taken[-1] + 1 < len(table.segments) and table.is_text(taken[-1] + 1)
    if text_follows and not table.same_block(index, taken[-1]):
        taken.pop()
    table.drop(index, match.id)
    for later in taken:
        table.segments[later].role = "tag"
        _add_tags(table, table.segments[later].item or table.text(later))
