"""The first words of a text: a short line that stands for a longer one."""

from __future__ import annotations

from wcwidth import iter_graphemes

from .illegal_characters import clean_text
from .wrap import display_width, one_line

_SENTENCE_ENDS = frozenset(".!?…؟।。！？｡")
# After these no space is needed, so a sentence may end in the middle of a line.
_WIDE_SENTENCE_ENDS = frozenset("。！？｡")
# Chinese and Japanese have no spaces; a line is cut at the end of a clause.
_CLAUSE_ENDS = frozenset("、，；：､")
_TRAILING = " ,;:—–-、，；：､"


def first_words(text: str, columns: int) -> str:
    """Return one line of at most `columns` columns: the whole text, its first sentences, or its first words.

    A Chinese or Japanese character has two columns. What is cut within a sentence ends with an ellipsis.
    """
    line = one_line(clean_text(text))
    if display_width(line) <= columns:
        return line
    end = _length_within(line, columns - 1)
    head = line[: end + 1]
    least = _length_within(line, columns // 3)
    for position in range(end, least, -1):
        if _ends_sentence(head, position):
            return clean_text(head[:position])
    for position in range(end, end // 2, -1):
        if head[position] == " " or head[position - 1] in _CLAUSE_ENDS:
            end = position
            break
    # The cut may separate a direction override from its end.
    return clean_text(line[:end].rstrip(_TRAILING) + "…")


def _ends_sentence(line: str, position: int) -> bool:
    """Return whether a sentence ends before a position, which is not the end of the line."""
    last = line[position - 1]
    return last in _WIDE_SENTENCE_ENDS or (last in _SENTENCE_ENDS and line[position] == " ")


def _length_within(text: str, columns: int) -> int:
    """Return how many characters of a text that is longer fit into the columns, without half a cluster."""
    if text.isascii():
        return columns
    used = length = 0
    for cluster in iter_graphemes(text):
        used += display_width(cluster)
        if used > columns:
            return length
        length += len(cluster)
    return length - 1
