"""How much of each article a letter shows, so that no mail program cuts it off. Pure."""

from __future__ import annotations

from binascii import b2a_qp
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..model import Article, Shortened
from ..text.plain_text import SUMMARY_COLUMNS

LIMIT = 102_400
"""How many bytes of HTML Gmail shows before it cuts a letter off."""

RESERVE = 2_400
"""How many of them are kept for personal values: markers are short, and links that unsubscribe are not."""

_MARGIN = 1_500

Extent = Literal["whole", "brief", "title"]
_NEXT: dict[Extent, Extent] = {"whole": "brief", "brief": "title"}


def sent(text: str) -> int:
    """How many bytes the text has, decoded or in quoted-printable, whichever is more."""
    data = text.encode("utf-8", "replace")
    return max(len(data), len(b2a_qp(data, quotetabs=False, istext=True)))


@dataclass(slots=True)
class Budget:
    """What is shown of each article: all that the theme would show, its summary, or its title alone.

    Attributes:
        lead: the id of the article that leads, which gives way last.
        bodies: bytes as sent of each body that the theme showed whole, by article id.
    """

    articles: Sequence[Article]
    brief: Callable[[Article], str]
    lead: str = ""
    bodies: Mapping[str, int] = field(default_factory=dict)
    extents: dict[str, Extent] = field(default_factory=dict)
    saved: dict[str, int] = field(default_factory=dict)

    def extent(self, article: Article) -> Extent:
        """How much of an article is shown."""
        return self.extents.get(article.id, "whole")

    def room(self, article: Article) -> int:
        """How many columns its summary may have."""
        return 0 if self.extent(article) == "title" else SUMMARY_COLUMNS

    def shorten(self, html: str) -> bool:
        """Take from the longest articles what the letter has too much; false if it fits, or nothing is left.

        Bodies give way to summaries before any summary gives way.
        """
        over = sent(html) + RESERVE - LIMIT
        if over <= 0:
            return False
        # What stands in place of a body, such as a link to it, takes room as well.
        over += _MARGIN
        for extent in ("whole", "brief"):
            savings = {
                article.id: saving
                for article in self.articles
                if (saving := self._saving(article, extent)) > 0
            }
            # The last of equals first: what stands in front matters most.
            backwards = list(savings)[::-1]
            backwards.sort(key=lambda name: savings[name], reverse=True)
            backwards.sort(key=lambda name: name == self.lead)
            for each in backwards:
                self.extents[each] = _NEXT[extent]
                self.saved[each] = self.saved.get(each, 0) + savings[each]
                over -= savings[each]
                if over <= 0:
                    return True
            if savings:
                return True
        return False

    def _saving(self, article: Article, extent: Extent) -> int:
        now = self.extent(article)
        if extent == "whole":
            body = self.bodies.get(article.id, 0) if now == "whole" else 0
            return body and body - sent(self.brief(article))
        if now == "title" or (now == "whole" and self.bodies.get(article.id)):
            return 0
        return sent(self.brief(article))

    def shortened(self) -> tuple[Shortened, ...]:
        """What gave way, in the order of the letter."""
        return tuple(
            Shortened(id=article.id, title=article.title, saved=self.saved[article.id])
            for article in self.articles
            if article.id in self.saved
        )
