"""A scraped page while it is read: its pieces, what the rules say of them, and what was found so far."""

from __future__ import annotations

from collections.abc import Callable

from .body import find_lists
from .byline import Byline
from .line_measures import count_sentences, ends_in_colon, ends_sentence, width
from .lines import Segment
from .rules import RuleMatch

TEXT_WIDTH = 100
"""What is as wide as this is running text even if nothing closes it."""


class LineTable:
    """The pieces of a page, to be given roles.

    The roles: `title`, `p`, `h2`, `li`, `verse`, `meta` (read for author and date), `tag`, `section`, `drop`.

    Attributes:
        pieces: in order; a place is an index into them.
        hits: what the rules say of each.
        hit_of, meta_of: what the rules, and what bylines and dates, say of any line.
        items: places of list items.
        title: the place of the headline; -1 if there is none.
        first, last: the places of the first and the last running text; `last` is -1 if there is none.
        found, tags, section: what was read.
        notes: line and sentence.
        beside: what stood on a byline or date line besides.
    """

    def __init__(
        self,
        segments: list[Segment],
        match: Callable[[str], RuleMatch | None],
        byline: Callable[[str], Byline | None],
    ) -> None:
        self.segments = segments
        self.match_of = match
        self.byline_of = byline
        self.matches = [
            (match(segment.item) if segment.item else None) or match(segment.text) for segment in segments
        ]
        self.list_items: set[int] = set()
        self.headline = -1
        self.tags: list[str] = []
        self.section: str | None = None
        self.found = Byline()
        self.notes: list[tuple[int, str]] = []
        self.beside_byline: list[tuple[int, str]] = []
        self.first_text = len(segments)
        self.last_text = -1
        self._remove_lone_weak_matches()
        self._find_list_items()

    def text(self, index: int) -> str:
        """What the piece says."""
        return self.segments[index].text

    def drop(self, index: int, rule: str) -> None:
        """Leave the piece out, and say why."""
        self.segments[index].role, self.segments[index].rule = "drop", rule

    def is_text(self, index: int) -> bool:
        """Whether this reads as running text: it ends as a sentence does, or is as long as one."""
        segment = self.segments[index]
        if segment.role or self.matches[index]:
            return False
        if index in self.list_items:
            return True
        if not (
            ends_sentence(segment.text) or ends_in_colon(segment.text) or width(segment.text) >= TEXT_WIDTH
        ):
            return False
        return self.byline_of(segment.text) is None

    def is_strong(self, index: int) -> bool:
        """Whether this is so much text that no button or prompt could be it."""
        text = self.text(index)
        return self.is_text(index) and (width(text) >= 60 or count_sentences(text) >= 2)

    def is_short(self, index: int) -> bool:
        """Whether there is a piece here that is undecided and no running text."""
        return 0 <= index < len(self.segments) and not self.segments[index].role and not self.is_text(index)

    def same_block(self, each: int, other: int) -> bool:
        """Whether there is no blank line between the two."""
        return (
            0 <= each < len(self.segments)
            and 0 <= other < len(self.segments)
            and self.segments[each].block == self.segments[other].block
        )

    def _remove_lone_weak_matches(self) -> None:
        """Let go of lines of which only the end was matched, where nothing near is debris for certain."""
        strong = [match is not None and not match.is_weak for match in self.matches]
        for index, match in enumerate(self.matches):
            near = strong[max(0, index - 1) : index] + strong[index + 1 : index + 2]
            if match and match.is_weak and not any(near):
                self.matches[index] = None

    def _find_list_items(self) -> None:
        """Find the items of lists, unless half of a list is debris: then it is a menu."""
        for run in find_lists(self.segments):
            known = sum(self.matches[index] is not None for index in run)
            if known * 2 < len(run):
                self.list_items.update(index for index in run if self.matches[index] is None)
