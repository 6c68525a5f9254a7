"""A scraped page while it is read: its pieces, what the rules say of them, and what was found so far."""

from __future__ import annotations

from collections.abc import Callable

from .body import find_lists
from .byline import Meta
from .line_measures import closes, introduces, sentences, width
from .lines import Piece
from .rules import Hit

TEXT_WIDTH = 100
"""What is as wide as this is running text even if nothing closes it."""


class Sheet:
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
        self, pieces: list[Piece], hit: Callable[[str], Hit | None], meta: Callable[[str], Meta | None]
    ) -> None:
        self.pieces = pieces
        self.hit_of = hit
        self.meta_of = meta
        self.hits = [(hit(piece.item) if piece.item else None) or hit(piece.text) for piece in pieces]
        self.items: set[int] = set()
        self.title = -1
        self.tags: list[str] = []
        self.section: str | None = None
        self.found = Meta()
        self.notes: list[tuple[int, str]] = []
        self.beside: list[tuple[int, str]] = []
        self.first = len(pieces)
        self.last = -1
        self._doubt_weak_hits()
        self._find_items()

    def text(self, place: int) -> str:
        """What the piece says."""
        return self.pieces[place].text

    def drop(self, place: int, rule: str) -> None:
        """Leave the piece out, and say why."""
        self.pieces[place].role, self.pieces[place].rule = "drop", rule

    def is_text(self, place: int) -> bool:
        """Whether this reads as running text: it ends as a sentence does, or is as long as one."""
        piece = self.pieces[place]
        if piece.role or self.hits[place]:
            return False
        if place in self.items:
            return True
        if not (closes(piece.text) or introduces(piece.text) or width(piece.text) >= TEXT_WIDTH):
            return False
        return self.meta_of(piece.text) is None

    def is_strong(self, place: int) -> bool:
        """Whether this is so much text that no button or prompt could be it."""
        text = self.text(place)
        return self.is_text(place) and (width(text) >= 60 or sentences(text) >= 2)

    def is_short(self, place: int) -> bool:
        """Whether there is a piece here that is undecided and no running text."""
        return 0 <= place < len(self.pieces) and not self.pieces[place].role and not self.is_text(place)

    def same_block(self, one: int, two: int) -> bool:
        """Whether there is no blank line between the two."""
        return (
            0 <= one < len(self.pieces)
            and 0 <= two < len(self.pieces)
            and self.pieces[one].block == self.pieces[two].block
        )

    def _doubt_weak_hits(self) -> None:
        """Let go of lines of which only the end was matched, where nothing near is debris for certain."""
        strong = [hit is not None and not hit.weak for hit in self.hits]
        for place, hit in enumerate(self.hits):
            near = strong[max(0, place - 1) : place] + strong[place + 1 : place + 2]
            if hit and hit.weak and not any(near):
                self.hits[place] = None

    def _find_items(self) -> None:
        """Find the items of lists, unless half of a list is debris: then it is a menu."""
        for run in find_lists(self.pieces):
            known = sum(self.hits[place] is not None for place in run)
            if known * 2 < len(run):
                self.items.update(place for place in run if self.hits[place] is None)
