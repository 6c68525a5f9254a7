"""What publishing needs of a store. The docstrings are the specification that `FeedStoreSuite` tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from ..model import ArticleChange, EntryRef, Facet, FeedQuery, FeedState, StoredArticle


class ArticleView(Protocol):
    """The articles that feeds consist of: those of the store, or as they would be after an ingest."""

    def newest_entries(self, queries: Sequence[FeedQuery], *, now: datetime) -> list[list[EntryRef]]:
        """Return the contents of each feed at `now` (UTC), in the order of `ArticleStore.articles`."""
        ...

    def load(self, ids: Sequence[str]) -> list[StoredArticle]:
        """Return articles by id, in any order, withdrawn ones included."""
        ...

    def archive_count(self, feed: str) -> int:
        """Return the number of archive documents of a feed."""
        ...

    def archive_documents(self, feed: str, *, now: datetime) -> dict[int, list[EntryRef]]:
        """Return the archive documents of a feed by number, each with its entries at `now`, newest first.

        Withdrawn and expired articles are left out.
        """
        ...

    def withdrawals(self, query: FeedQuery, *, since: datetime | None) -> list[tuple[str, datetime]]:
        """Return the withdrawn articles of a feed with the time of withdrawal, the latest first.

        Articles that were withdrawn before they became visible are left out.

        Args:
            since: only articles that became visible at that time or later.
        """
        ...

    def has_withdrawals(self) -> bool:
        """Return whether any article is withdrawn."""
        ...


class SiteFeedStore(Protocol):
    """What it takes to list the feeds of a site."""

    def facets(self, facet: Facet, *, now: datetime) -> list[str]:
        """As `ArticleStore.facets`."""
        ...

    def family_facet_values(self, pattern: str) -> set[str]:
        """Return the facet values of all members of a family, by its name in the config."""
        ...

    def feed_states(self, names: Iterable[str]) -> list[FeedState]:
        """Return the states of the feeds with these names."""
        ...


class FeedStore(ArticleView, SiteFeedStore, Protocol):
    """The contents of feeds, the changes of articles, and the state of published feeds."""

    def sequence(self) -> int:
        """Return the number of the last change; 0 in an empty store."""
        ...

    def article_changes(
        self, *, after: int, since: datetime, now: datetime, limit: int
    ) -> list[ArticleChange] | None:
        """Return every article changed after a sequence number, or that appeared or expired since a time.

        None if there are more than `limit`: then looking at every feed costs no more.
        """
        ...

    def save_feed_states(self, states: Sequence[FeedState]) -> None:
        """Store the states of feeds that were published."""
        ...

    def feed_documents(self) -> dict[str, tuple[str, ...]]:
        """Return every published feed with the formats of its documents."""
        ...

    def add_archive_document(self, feed: str, number: int, ids: Sequence[str]) -> None:
        """Move articles, newest first, into a new archive document of a feed."""
        ...

    def merge_ids(self, pairs: Sequence[tuple[str, str]]) -> int:
        """Give articles their former ids back: for each pair (former, new), the article takes the former id.

        The new id then no longer exists. An edition that consumed either counts as having consumed the
        former. Pairs whose articles are missing are skipped. Return the number of pairs merged.
        """
        ...

    def recall(self, name: str) -> str | None:
        """Return the value that `remember` stored under a name."""
        ...

    def remember(self, name: str, value: str) -> None:
        """Store a value under a name."""
        ...
