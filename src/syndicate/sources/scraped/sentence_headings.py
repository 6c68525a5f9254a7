"""Subheadings that end as a sentence does: questions, and numbered lines."""

from __future__ import annotations

import re

from .body import is_short_sentence
from .line_measures import width
from .line_table import LineTable

_QUESTION_MARKS = ("?", "？", "؟")
# Such a question continues the paragraph above it.
_CONTINUES = re.compile(
    r"(?:and|but|so|or|yet|und|aber|oder|et|mais|ou|y|pero|o|e|ma|mas|en|maar|och|men|и|а|но)\b|[-–—\"'“‘„«»「『(]",
    re.IGNORECASE,
)
_TEXT_WIDTH = 60


def find_sentence_headings(table: LineTable) -> None:
    """Make subheadings of short questions and of numbered lines that stand alone above a paragraph."""
    paragraphs = [
        index
        for index in range(table.first_text, table.last_text)
        if table.segments[index].role == "p" and _stands_above_text(table, index)
    ]
    numbered = [index for index in paragraphs if table.segments[index].mark == "1"]
    if [table.segments[index].number for index in numbered] != list(range(1, len(numbered) + 1)):
        numbered = []
    questions = [index for index in paragraphs if _is_question(table.text(index))]
    if questions == [table.first_text]:
        # It leads into the article.
        questions = []
    for index in {*questions, *(numbered if len(numbered) > 1 else ())}:
        table.segments[index].role = "h2"


def _is_question(text: str) -> bool:
    return text.endswith(_QUESTION_MARKS) and not _CONTINUES.match(text)


def _stands_above_text(table: LineTable, index: int) -> bool:
    """Return whether a line is short, and a longer paragraph follows in a block of its own."""
    following = table.segments[index + 1]
    return (
        is_short_sentence(table.text(index))
        and following.role == "p"
        and width(following.text) >= _TEXT_WIDTH
        and width(following.text) > width(table.text(index))
        and not table.same_block(index - 1, index)
        and not table.same_block(index, index + 1)
    )
