"""What ingest needs of a store. The docstrings are the specification that `ArticleStoreSuite` tests."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from ..model import Facet, IncomingArticle, StoredArticle, UpsertResult


class ArticleStore(Protocol):
    """Articles with their revisions, numbered by one sequence of changes."""

    def put(
        self,
        source: str,
        batch: Sequence[IncomingArticle],
        now: datetime,
        *,
        seen: set[str],
        retired: Collection[str] = (),
        former_ids: Mapping[str, str] = MappingProxyType({}),
    ) -> UpsertResult:
        """Store a batch in one transaction.

        A record is matched to an article of the same source by key, then by id, then by link. The article
        keeps the id of its first ingest. An unchanged article is not written. A changed article gets a new
        revision and the next sequence number. A withdrawn article that returns counts as changed.

        Each source has its own articles, even if another source has the same id or link. The article that
        came first keeps the id; the other gets an id made from the source's name and the id. If the later
        one outranks the first (`model.identity`), the first gives the id up. An article is hidden while
        another source has a visible one with the same id or link that outranks it. Becoming hidden and
        becoming visible are changes.

        Args:
            now: UTC; the time of the first ingest of new articles.
            seen: keys that this read of the source has brought so far; the batch's keys are added. If two
                records of one read match the same article, the second is rejected.
            retired: names of sources that the config no longer has. Their articles are taken over with
                their ids, unless the new source has no claim to an id that the old one had.
            former_ids: ids of stored articles, by the new id that their record has. A record that matches no
                article belongs to the one that had its id before.
        """
        ...

    def source_articles(self, source: str) -> Iterator[tuple[str, StoredArticle]]:
        """Yield the articles of a source with their keys, without withdrawn ones, in any order."""
        ...

    def keys(self, source: str) -> set[str]:
        """Return the keys of a source's articles, as `record_key` makes them, without withdrawn ones."""
        ...

    def withdraw_missing(self, source: str, keys: Iterable[str], now: datetime) -> int:
        """Mark every article of the source whose key is not given as withdrawn, and return the count."""
        ...

    def articles(
        self,
        *,
        now: datetime,
        where: Mapping[Facet, Sequence[str]] | None = None,
        without: Mapping[Facet, Sequence[str]] | None = None,
        limit: int | None = None,
        unseen_by: str | None = None,
    ) -> list[StoredArticle]:
        """Return the articles that are visible at `now` (UTC), newest first by date, then by id.

        Undated articles are visible at once and come last, the last ingested first. Articles that are
        withdrawn, hidden, dated in the future or expired are left out. An article expires at its `expires`.

        Args:
            unseen_by: a newsletter; leave out what one of its editions contained, and what its first
                edition counted as seen.
        """
        ...

    def facets(self, facet: Facet, *, now: datetime) -> list[str]:
        """Return the values of a facet among articles visible at `now`, sorted.

        The values of withdrawn and expired articles are included: the feed that people follow becomes
        empty, it does not disappear.
        """
        ...

    def sequence(self) -> int:
        """Return the number of the last change; 0 in an empty store."""
        ...

    def sources(self) -> set[str]:
        """Return the names of all sources that articles came from."""
        ...

    def count(self, *, now: datetime) -> int:
        """Return the number of visible articles."""
        ...

    def ids(self, source: str) -> set[str]:
        """Return the ids of a source's articles, without withdrawn ones."""
        ...

    def recognise(
        self, source: str, batch: Sequence[IncomingArticle], *, retired: Collection[str] = ()
    ) -> list[str | None]:
        """Return the id that `put` would give each article, and None for one that would be hidden.

        Writes nothing.
        """
        ...
