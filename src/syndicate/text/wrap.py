"""Lines: how wide text is in a terminal, and where it may be parted. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from unicodedata import east_asian_width

from wcwidth import iter_graphemes, wcswidth

from . import bidi
from .bidi import Way

WIDTH = 72
"""How many columns a line of the text part may fill; only what cannot be broken is longer."""

GLUE = "\x1c"
"""A space at which no line ends."""

OPEN, SHUT = "\x1d", "\x1e"
"""Enclose what is never parted, such as a link. Control characters do not occur in text that was tidied."""

_AS_SHOWN = {ord(GLUE): " ", ord(OPEN): None, ord(SHUT): None}
_AS_SHOWN_RTL = {ord(GLUE): " ", ord(OPEN): bidi.LRI, ord(SHUT): bidi.PDI}

_SCHEME = "[A-Za-z][A-Za-z0-9+.-]*://"
# After a space a link goes on to the next one; amid Japanese or Chinese words it ends where they go on.
_LINK = re.compile(
    rf"{OPEN}[^{SHUT}]*{SHUT}|(?:^|(?<=[\s(<（「『【《]))(?:{_SCHEME})[^\s、。，！？）」』】》]+|{_SCHEME}[!-~]+"
)

# Japanese and Chinese part lines between any two characters but these (JIS X 4051).
_NO_LINE_START = frozenset(
    "、。，．・：；？！ー々ゝゞヽヾ…‥）〕］｝〉》」』】〙〗〟’”｠»ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ"
    "‐–—―〜゠～％‰℃°′″｡､･｣ｰﾞﾟｧｨｩｪｫｬｭｮｯ.,:;!?)]}%"
)
_NO_LINE_END = frozenset("（〔［｛〈《「『【〘〖〝‘“｟«｢([{￥＄£＃№")
_NO_BREAK = frozenset("\u00a0\u202f\u2060\ufeff" + GLUE)


# What is there and not seen: joiners, marks of direction, the filling of preheaders.
_UNSEEN = re.compile("[\u00ad\u034f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffc]")


def seen(text: str) -> str:
    """The words that a reader sees: white space as one space, nothing without an outline."""
    return re.sub(r"\s+", " ", _UNSEEN.sub("", text)).strip()


def one_line(text: str) -> str:
    """The text with every run of white space as one space; no-break and ideographic spaces stay."""
    return re.sub(r"[ \t\r\n\f\v]+", " ", text).strip(" ")


def width(text: str) -> int:
    """How many columns a terminal needs for the text; control characters need none."""
    if text.isascii():
        return len(text)
    columns = wcswidth(text)
    return columns if columns >= 0 else wcswidth("".join(filter(str.isprintable, text)))


def shown(text: str) -> str:
    """The text without what only `wrap` knows."""
    return text.translate(_AS_SHOWN)


def _wide(cluster: str) -> bool:
    return east_asian_width(cluster[0]) in "WF"


def _hangul(char: str) -> bool:
    return "\uac00" <= char <= "\ud7a3"


def _part(before: str, after: str) -> bool:
    """Whether a line may end between two clusters, where there is no space."""
    end, start = before[-1], after[0]
    if end in _NO_BREAK or start in _NO_BREAK:
        return False
    if not (_wide(before) or _wide(after)) or _hangul(before[0]) or _hangul(start):
        return False
    return start not in _NO_LINE_START and before[0] not in _NO_LINE_END


def _clusters(word: str) -> Iterator[str]:
    """What is never parted: characters as people see them (UAX #29), and links."""
    place = 0
    for link in _LINK.finditer(word):
        yield from iter_graphemes(word[place : link.start()])
        yield link[0]
        place = link.end()
    yield from iter_graphemes(word[place:])


def _pieces(word: str) -> Iterator[str]:
    """What a word may be parted into at the end of a line. Scripts with spaces stay whole."""
    if word.isascii() or not any(map(_wide, word)):
        yield word
        return
    piece = before = ""
    for cluster in _clusters(word):
        if before and _part(before, cluster):
            yield piece
            piece = ""
        piece += cluster
        before = cluster
    yield piece


def wrap(text: str, columns: int = WIDTH, indent: str = "", toward: Way | None = None) -> list[str]:
    """A paragraph in lines of so many columns, the second and further ones indented.

    Args:
        toward: the way that its language runs; that of its first letter if absent.
    """
    way = bidi.way_of(text, toward)
    if way == "rtl":
        text = _LINK.sub(lambda link: link[0] if link[0][0] == OPEN else f"{OPEN}{link[0]}{SHUT}", text)
    table = _AS_SHOWN_RTL if way == "rtl" else _AS_SHOWN
    lines: list[str] = []
    line = ""
    filled = 0
    for word in one_line(text.replace("\xad", "")).split(" "):
        gap = " " if line else ""
        for raw in _pieces(word):
            piece = raw.translate(table)
            needs = width(piece)
            if line and filled + len(gap) + needs > columns:
                lines.append(line)
                line, filled = indent + piece, width(indent) + needs
            else:
                line += gap + piece
                filled += len(gap) + needs
            gap = ""
    return bidi.settled([*lines, line] if line else lines, way)


def underlined(lines: Sequence[str], char: str) -> list[str]:
    """A title with a line of that character under it, on the side where the title stands."""
    columns = min(WIDTH, max(map(width, lines), default=0))
    mark = bidi.RLM if lines and bidi.first(lines[0]) == "rtl" else ""
    return [*lines, mark + char * columns]
