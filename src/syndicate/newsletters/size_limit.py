"""How much of each article an edition shows, so that no mail program clips it."""

from __future__ import annotations

from binascii import b2a_qp
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..linters.mail.message_checks import CLIP_LIMIT
from ..model import Article, Shortened
from ..text.plain_text import SUMMARY_COLUMNS

RESERVE = 2_400
"""Bytes reserved for personal values: an unsubscribe link is longer than its marker."""

_MARGIN = 1_500

Extent = Literal["full", "summary", "title"]
_SHORTER: dict[Extent, Extent] = {"full": "summary", "summary": "title"}


def encoded_size(text: str) -> int:
    """Return the bytes of the text, decoded or in quoted-printable, whichever is more."""
    data = text.encode("utf-8", "replace")
    return max(len(data), len(b2a_qp(data, quotetabs=False, istext=True)))


@dataclass(slots=True)
class SizeBudget:
    """Decides what is shown of each article: everything the theme shows, its summary, or only its title.

    Attributes:
        summarize: returns the summary of an article as the theme shows it.
        lead: the id of the lead article, which is shortened last.
        bodies: the encoded size of each body that the theme showed in full, by article id.
        saved: bytes saved, by article id.
    """

    articles: Sequence[Article]
    summarize: Callable[[Article], str]
    lead: str = ""
    bodies: Mapping[str, int] = field(default_factory=dict)
    extents: dict[str, Extent] = field(default_factory=dict)
    saved: dict[str, int] = field(default_factory=dict)

    def extent(self, article: Article) -> Extent:
        """Return how much of an article is shown."""
        return self.extents.get(article.id, "full")

    def summary_columns(self, article: Article) -> int:
        """Return how many columns the summary of an article may have."""
        return 0 if self.extent(article) == "title" else SUMMARY_COLUMNS

    def shorten(self, html: str) -> bool:
        """Shorten the longest articles until the edition fits; return False if nothing had to change or can.

        All bodies are shortened to summaries before a summary is dropped.
        """
        over = encoded_size(html) + RESERVE - CLIP_LIMIT
        if over <= 0:
            return False
        # What replaces a body, such as a link to it, has a size as well.
        over += _MARGIN
        extents: tuple[Extent, ...] = ("full", "summary")
        for extent in extents:
            savings = {
                article.id: saving
                for article in self.articles
                if (saving := self._saving(article, extent)) > 0
            }
            # Of equal ones the last first: what comes first matters most.
            candidates = list(savings)[::-1]
            candidates.sort(key=lambda name: (name == self.lead, -savings[name]))
            for each in candidates:
                self.extents[each] = _SHORTER[extent]
                self.saved[each] = self.saved.get(each, 0) + savings[each]
                over -= savings[each]
                if over <= 0:
                    return True
            if savings:
                return True
        return False

    def _saving(self, article: Article, extent: Extent) -> int:
        current = self.extent(article)
        if extent == "full":
            body = self.bodies.get(article.id, 0) if current == "full" else 0
            return body and body - encoded_size(self.summarize(article))
        if current == "title" or (current == "full" and self.bodies.get(article.id)):
            return 0
        return encoded_size(self.summarize(article))

    def shortened(self) -> tuple[Shortened, ...]:
        """Return what was shortened, in the order of the edition."""
        return tuple(
            Shortened(id=article.id, title=article.title, saved=self.saved[article.id])
            for article in self.articles
            if article.id in self.saved
        )
