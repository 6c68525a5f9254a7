"""Line wrapping: the width of text in a terminal, and where a line may break."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from unicodedata import east_asian_width

from wcwidth import iter_graphemes, wcswidth

from . import bidi
from .bidi import Direction

WIDTH = 72
"""Columns of a line in the text part. Only what cannot be broken is longer."""

FIXED_SPACE = "\x1c"
"""A space at which no line breaks."""

LINK_START, LINK_END = "\x1d", "\x1e"
"""Enclose a link, which is never broken. Clean text has no control characters (`plain_text.clean_text`)."""

_REMOVE_MARKERS = {ord(FIXED_SPACE): " ", ord(LINK_START): None, ord(LINK_END): None}
_ISOLATE_LINKS = {ord(FIXED_SPACE): " ", ord(LINK_START): bidi.LRI, ord(LINK_END): bidi.PDI}

# No scheme is longer. Without a limit a search would take quadratic time.
_SCHEME = "[A-Za-z][A-Za-z0-9+.-]{0,30}://"
# After a space a link ends at the next space; inside Japanese or Chinese text it ends at the first character
# that is not ASCII.
_LINK = re.compile(
    rf"{LINK_START}[^{LINK_START}{LINK_END}]*{LINK_END}"
    rf"|(?:^|(?<=[\s(<（「『【《]))(?:{_SCHEME})[^\s、。，！？）」』】》]+|{_SCHEME}[!-~]+"
)

# Japanese and Chinese lines break between any two characters but these (JIS X 4051).
_NO_LINE_START = frozenset(
    "、。，．・：；？！ー々ゝゞヽヾ…‥）〕］｝〉》」』】〙〗〟’”｠»ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ"
    "‐–—―〜゠～％‰℃°′″｡､･｣ｰﾞﾟｧｨｩｪｫｬｭｮｯ.,:;!?)]}%"
)
_NO_LINE_END = frozenset("（〔［｛〈《「『【〘〖〝‘“｟«｢([{￥＄£＃№")
_NO_BREAK = frozenset("\u00a0\u202f\u2060\ufeff" + FIXED_SPACE)

_SPACES = re.compile(r"[ \t\r\n\f\v]+")
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffc]")


def visible_text(text: str) -> str:
    """Return the text without invisible characters, each run of white space as one space."""
    return re.sub(r"\s+", " ", _INVISIBLE.sub("", text)).strip()


def one_line(text: str) -> str:
    """Replace each run of ASCII white space by one space; no-break and ideographic spaces stay."""
    return _SPACES.sub(" ", text).strip(" ")


def display_width(text: str) -> int:
    """Return the number of terminal columns of the text; control characters have none."""
    if text.isascii():
        return len(text)
    columns = wcswidth(text)
    return columns if columns >= 0 else wcswidth("".join(filter(str.isprintable, text)))


def remove_markers(text: str) -> str:
    """Return the text without the markers for `wrap`."""
    return text.translate(_REMOVE_MARKERS)


def _is_wide(cluster: str) -> bool:
    return east_asian_width(cluster[0]) in "WF"


def _is_hangul(char: str) -> bool:
    return "\uac00" <= char <= "\ud7a3"


def _may_break(before: str, after: str) -> bool:
    """Whether a line may break between two grapheme clusters without a space between them."""
    end, start = before[-1], after[0]
    if end in _NO_BREAK or start in _NO_BREAK:
        return False
    if not (_is_wide(before) or _is_wide(after)) or _is_hangul(before[0]) or _is_hangul(start):
        return False
    return start not in _NO_LINE_START and before[0] not in _NO_LINE_END


def _clusters(word: str) -> Iterator[str]:
    """Yield what is never broken: grapheme clusters (UAX #29) and links."""
    start = 0
    for link in _LINK.finditer(word):
        yield from iter_graphemes(word[start : link.start()])
        yield link[0]
        start = link.end()
    yield from iter_graphemes(word[start:])


def _pieces(word: str) -> Iterator[str]:
    """Split a word where a line may break. Only scripts without spaces are split."""
    if word.isascii() or not any(map(_is_wide, word)):
        yield word
        return
    piece = before = ""
    for cluster in _clusters(word):
        if before and _may_break(before, cluster):
            yield piece
            piece = ""
        piece += cluster
        before = cluster
    yield piece


def wrap(text: str, columns: int = WIDTH, indent: str = "", preferred: Direction | None = None) -> list[str]:
    """Wrap a paragraph; all lines but the first are indented.

    Args:
        preferred: the direction of its language; that of its first letter if absent.
    """
    direction = bidi.paragraph_direction(text, preferred)
    if direction == "rtl":
        text = _LINK.sub(
            lambda link: link[0] if link[0][0] == LINK_START else f"{LINK_START}{link[0]}{LINK_END}", text
        )
    table = _ISOLATE_LINKS if direction == "rtl" else _REMOVE_MARKERS
    lines: list[str] = []
    line = ""
    used = 0
    for word in one_line(text.replace("\xad", "")).split(" "):
        gap = " " if line else ""
        for raw in _pieces(word):
            piece = raw.translate(table)
            needed = display_width(piece)
            if line and used + len(gap) + needed > columns:
                lines.append(line)
                line, used = indent + piece, display_width(indent) + needed
            else:
                line += gap + piece
                used += len(gap) + needed
            gap = ""
    return bidi.mark_direction([*lines, line] if line else lines, direction)


def underline(lines: Sequence[str], char: str) -> list[str]:
    """Return the lines of a title with a rule of that character below, aligned with the title."""
    columns = min(WIDTH, max(map(display_width, lines), default=0))
    mark = bidi.RLM if lines and bidi.first_direction(lines[0]) == "rtl" else ""
    return [*lines, mark + char * columns]
