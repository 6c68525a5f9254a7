"""The working state of a scraped page: its segments, the rules that match them, and what was read so far."""

from __future__ import annotations

from collections.abc import Callable

from .body import find_lists
from .byline import Byline
from .debris_rules import RuleMatch
from .line_measures import count_sentences, ends_in_colon, ends_sentence, width
from .lines import Segment

TEXT_WIDTH = 100
"""A line of this width is running text even if it does not end as a sentence."""


class LineTable:
    """The segments of a page, which get roles one step after the other.

    The roles: `title`, `p`, `h2`, `li`, `verse`, `byline`, `tag`, `section`, `drop`.

    Attributes:
        segments: in order; an index is one into this list.
        matches: the rule that matches each segment.
        match_of, byline_of: return the matching rule and the byline of any line.
        list_items: indexes of list items.
        headline: its index; -1 if there is none.
        first_text, last_text: indexes of the first and last running text; `last_text` is -1 if there is none.
        found, tags, section: what was read.
        notes: line and message.
        beside_byline: line and other text of byline and date lines.
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
        """Return the text of a segment."""
        return self.segments[index].text

    def drop(self, index: int, rule: str) -> None:
        """Drop a segment because of a rule."""
        self.segments[index].role, self.segments[index].rule = "drop", rule

    def is_text(self, index: int) -> bool:
        """Return whether a segment is running text: it ends as a sentence does, or is as long as one."""
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
        """Return whether a segment is too much text for a button or prompt."""
        text = self.text(index)
        return self.is_text(index) and (width(text) >= 60 or count_sentences(text) >= 2)

    def is_short(self, index: int) -> bool:
        """Return whether there is a segment without a role that is not running text."""
        return 0 <= index < len(self.segments) and not self.segments[index].role and not self.is_text(index)

    def same_block(self, each: int, other: int) -> bool:
        """Return whether there is no blank line between two segments."""
        return (
            0 <= each < len(self.segments)
            and 0 <= other < len(self.segments)
            and self.segments[each].block == self.segments[other].block
        )

    def _remove_lone_weak_matches(self) -> None:
        """Remove matches of a line's end only, unless a neighbour is certainly debris."""
        strong = [match is not None and not match.is_weak for match in self.matches]
        for index, match in enumerate(self.matches):
            near = strong[max(0, index - 1) : index] + strong[index + 1 : index + 2]
            if match and match.is_weak and not any(near):
                self.matches[index] = None

    def _find_list_items(self) -> None:
        """Find the items of lists. A list of which half is debris is a menu."""
        for run in find_lists(self.segments):
            known = sum(self.matches[index] is not None for index in run)
            if known * 2 < len(run):
                self.list_items.update(index for index in run if self.matches[index] is None)
