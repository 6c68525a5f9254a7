"""What is kept of feeds: what their documents show, so that a publish does only what a change asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from ..model import Facet
from .stores import Stored


class FeedQuery(NamedTuple):
    """What a feed wants to show.

    Attributes:
        where, without: as its selector has them.
        limit: how many, the newest; none for all.
        unarchived: the name of a feed, for only what none of its archive documents has.
    """

    where: Mapping[Facet, Sequence[str]]
    without: Mapping[Facet, Sequence[str]]
    limit: int | None = None
    unarchived: str | None = None


class Key(NamedTuple):
    """An article of a feed: its id, its revision, and when it appeared (UTC).

    Where an undated article appeared is a moment before every date, by which it is sorted.
    """

    id: str
    revision: int
    visible_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """An article that is new, changed, withdrawn or visible by now.

    Attributes:
        id: of the article.
        filed: where it is filed; nowhere as long as it is not visible.
        former: where every revision is filed that a document may show, from the one at that number on.
    """

    id: str
    filed: frozenset[tuple[Facet, str]]
    former: frozenset[tuple[Facet, str]]


class Shown(NamedTuple):
    """An entry of a published document: the article's id and revision."""

    id: str
    revision: int


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed as it was last published.

    Attributes:
        name: of the feed.
        pattern: the name in the config, which a whole family shares.
        words: what it gathers, in a family.
        definition: a digest of everything that its documents depend on beside the articles.
        shown: its entries, newest first.
        documents: the checksum of each document, by format; `html` for the page.
    """

    name: str
    pattern: str
    words: tuple[str, ...]
    definition: str
    shown: tuple[Shown, ...] = ()
    documents: Mapping[str, str] = field(default_factory=dict)


class FeedStore(Protocol):
    """What feeds show and what has changed since."""

    def newest(self, asks: Sequence[FeedQuery], *, now: datetime) -> list[list[Key]]:
        """What each of some feeds shows at `now` (UTC), in the order of `ArticleStore.articles`."""
        ...

    def load(self, ids: Sequence[str]) -> list[Stored]:
        """Articles by their ids, in any order, withdrawn ones included."""
        ...

    def changes(self, *, after: int, since: datetime, now: datetime, most: int) -> list[Change] | None:
        """Every article changed after a sequence number, or that appeared between two moments.

        None if there are more than `most`: looking at everything is then as good.
        """
        ...

    def gone(self, ask: FeedQuery, *, since: datetime | None) -> list[tuple[str, datetime]]:
        """Withdrawn articles that a feed would show, with when that was, the latest first.

        Those are left out that were withdrawn before they appeared.

        `since`: only what appeared at that moment or later.
        """
        ...

    def feed_states(self, names: Iterable[str]) -> list[FeedState]:
        """What is kept of the feeds of these names."""
        ...

    def keep_feeds(self, states: Sequence[FeedState]) -> None:
        """Keep the states of feeds that were published."""
        ...

    def feed_words(self, pattern: str) -> set[str]:
        """What all the feeds of a family have gathered, by the name in the config."""
        ...

    def feed_documents(self) -> dict[str, tuple[str, ...]]:
        """Every feed that was published, with the kinds of its documents."""
        ...

    def any_withdrawn(self) -> bool:
        """Whether any article is withdrawn."""
        ...

    def archives(self, feed: str) -> int:
        """How many archive documents a feed has."""
        ...

    def archived(self, feed: str) -> dict[int, list[Key]]:
        """The archive documents of a feed by number, each with its articles as they are now, newest first.

        Withdrawn articles are left out.
        """
        ...

    def archive(self, feed: str, page: int, ids: Sequence[str]) -> None:
        """Move articles, newest first, into an archive document of a feed."""
        ...

    def adopt(self, pairs: Sequence[tuple[str, str]]) -> int:
        """Give articles the ids that they had before: the second of each pair lives on under the first's id.

        The second is no more afterwards. What consumed either of them counts for the first. Pairs whose
        articles are not there are passed over; counts the others.
        """
        ...
