"""The body of a scraped article: lists, subheadings and paragraphs as HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from .line_measures import closes, width, words
from .lines import Piece

_HEADING_WIDTH = 80
_HEADING_WORDS = 14
# Two sentences; an abbreviation such as `St.` ends none.
_TWO = re.compile(r"[?!…。！？]\s*[^\W_]|[^\W\d_]{4,}\.\s+\S")


def is_heading(text: str) -> bool:
    """Whether a line is short and open enough to head what follows."""
    return (
        width(text) <= _HEADING_WIDTH
        and words(text) <= _HEADING_WORDS
        and not closes(text)
        and not _TWO.search(text)
        and text[-1] not in ":：,，、;；"
    )


def _speech(run: Sequence[Piece]) -> bool:
    """Whether lines that begin with a dash are talk, not a list."""
    if run[0].mark not in ("-", "–", "—"):
        return False
    spoken = sum(closes(piece.item) for piece in run)
    inner = any(f" {dash}" in piece.item for piece in run for dash in "-–—")
    asks = any(piece.item.rstrip("\"'”»")[-1:] in "?!" for piece in run)
    return spoken * 2 > len(run) and (inner or asks or run[0].mark != "-")


def find_lists(pieces: Sequence[Piece]) -> list[range]:
    """The runs of pieces that are lists: two items or more, numbered ones in order."""
    found: list[range] = []
    place = 0
    while place < len(pieces):
        begin = place
        mark = pieces[place].mark
        place += 1
        if not mark:
            continue
        while place < len(pieces) and pieces[place].mark == mark:
            if mark == "1" and pieces[place].number != pieces[place - 1].number + 1:
                break
            place += 1
        run = pieces[begin:place]
        alone = len(run) == 1 and mark not in "•‣▪●■・" and not (mark == "*" and not closes(run[0].item))
        if not alone and not _speech(run):
            found.append(range(begin, place))
    return found


def _inline(text: str) -> str:
    return escape(text, quote=False)


def _list(run: Sequence[Piece]) -> str:
    tag = "ol" if run[0].mark == "1" else "ul"
    start = f' start="{run[0].number}"' if tag == "ol" and run[0].number != 1 else ""
    items = "\n".join(f"<li>{_inline(piece.item or piece.text)}</li>" for piece in run)
    return f"<{tag}{start}>\n{items}\n</{tag}>"


def render(pieces: Sequence[Piece]) -> str:
    """HTML of the pieces whose role is `p`, `h2`, `li` or `verse`, in order.

    Pieces of role `verse` that stand in one block are lines of one paragraph; pieces of role `li` next to
    each other are one list.
    """
    out: list[str] = []
    place = 0
    while place < len(pieces):
        piece = pieces[place]
        end = place + 1
        if piece.role in ("li", "verse"):
            while end < len(pieces) and _goes_on(pieces[end - 1], pieces[end]):
                end += 1
        run = pieces[place:end]
        if piece.role == "li":
            out.append(_list(run))
        elif piece.role == "verse":
            out.append("<p>" + "<br>\n".join(_inline(one.text) for one in run) + "</p>")
        else:
            out.append(f"<{piece.role}>{_inline(piece.text)}</{piece.role}>")
        place = end
    return "\n".join(out)


def _goes_on(one: Piece, two: Piece) -> bool:
    if one.role != two.role:
        return False
    if one.role == "verse":
        return one.block == two.block
    return one.mark == two.mark and (one.mark != "1" or two.number == one.number + 1)
