"""The body of a scraped article: lists, subheadings and paragraphs as HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from .line_measures import count_words, ends_sentence, width
from .lines import Segment

_HEADING_WIDTH = 80
_HEADING_WORDS = 14
# An abbreviation such as `St.` ends no sentence.
_TWO_SENTENCES = re.compile(r"[?!…。！？]\s*[^\W_]|[^\W\d_]{4,}\.\s+\S")


def can_be_heading(text: str) -> bool:
    """Return whether a line can be a subheading: it is short and does not end as a sentence."""
    return is_short_sentence(text) and not ends_sentence(text) and text[-1] not in ":：,，、;；"


def is_short_sentence(text: str) -> bool:
    """Return whether a line is at most one sentence, and as short as a subheading."""
    return (
        width(text) <= _HEADING_WIDTH
        and count_words(text) <= _HEADING_WORDS
        and not _TWO_SENTENCES.search(text)
    )


def _is_dialogue(run: Sequence[Segment]) -> bool:
    """Return whether lines that begin with a dash are dialogue, not a list."""
    if run[0].mark not in ("-", "–", "—"):
        return False
    ended = sum(ends_sentence(segment.item) for segment in run)
    has_inner_dash = any(f" {dash}" in segment.item for segment in run for dash in "-–—")
    has_question = any(segment.item.rstrip("\"'”»")[-1:] in "?!" for segment in run)
    return ended * 2 > len(run) and (has_inner_dash or has_question or run[0].mark != "-")


def find_lists(segments: Sequence[Segment]) -> list[range]:
    """Return the runs of segments that are lists: two items or more, numbered ones in order."""
    found: list[range] = []
    index = 0
    while index < len(segments):
        begin = index
        mark = segments[index].mark
        index += 1
        if not mark:
            continue
        while index < len(segments) and segments[index].mark == mark:
            if mark == "1" and segments[index].number != segments[index - 1].number + 1:
                break
            index += 1
        run = segments[begin:index]
        is_single = (
            len(run) == 1 and mark not in "•‣▪●■・" and not (mark == "*" and not ends_sentence(run[0].item))
        )
        if not is_single and not _is_dialogue(run):
            found.append(range(begin, index))
    return found


def _escape(text: str) -> str:
    return escape(text, quote=False)


def _render_list(run: Sequence[Segment]) -> str:
    tag = "ol" if run[0].mark == "1" else "ul"
    start = f' start="{run[0].number}"' if tag == "ol" and run[0].number != 1 else ""
    items = "\n".join(f"<li>{_escape(segment.item or segment.text)}</li>" for segment in run)
    return f"<{tag}{start}>\n{items}\n</{tag}>"


def render_html(segments: Sequence[Segment]) -> str:
    """Return the HTML of segments whose role is `p`, `h2`, `li` or `verse`, in order.

    Segments of role `verse` in one block are lines of one paragraph. Adjacent segments of role `li` are one
    list.
    """
    html: list[str] = []
    index = 0
    while index < len(segments):
        segment = segments[index]
        end = index + 1
        if segment.role in ("li", "verse"):
            while end < len(segments) and _continues(segments[end - 1], segments[end]):
                end += 1
        run = segments[index:end]
        if segment.role == "li":
            html.append(_render_list(run))
        elif segment.role == "verse":
            html.append("<p>" + "<br>\n".join(_escape(each.text) for each in run) + "</p>")
        else:
            html.append(f"<{segment.role}>{_escape(segment.text)}</{segment.role}>")
        index = end
    return "\n".join(html)


def _continues(previous: Segment, following: Segment) -> bool:
    if previous.role != following.role:
        return False
    if previous.role == "verse":
        return previous.block == following.block
    is_next = previous.mark != "1" or following.number == previous.number + 1
    return previous.mark == following.mark and is_next
