"""What a feed shows: the one answer that publish, check and preview share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Protocol

from ..model import EntryRef, Feed, FeedQuery, StoredArticle, Tombstone


class ArticleView(Protocol):
    """The articles that feeds are made of: those of the store, or what they would be after an ingest.

    The methods are those of `FeedStore`, which specifies them.
    """

    def newest(self, asks: Sequence[FeedQuery], *, now: datetime) -> list[list[EntryRef]]:
        """The newest articles for each of some feeds."""
        ...

    def load(self, ids: Sequence[str]) -> list[StoredArticle]:
        """Articles by their ids, in any order."""
        ...

    def archive_count(self, feed: str) -> int:
        """How many archive documents a feed has."""
        ...

    def archived(self, feed: str) -> dict[int, list[EntryRef]]:
        """The archive documents of a feed."""
        ...

    def withdrawals(self, query: FeedQuery, *, since: datetime | None) -> list[tuple[str, datetime]]:
        """Withdrawn articles that a feed would show."""
        ...

    def any_withdrawn(self) -> bool:
        """Whether any article is withdrawn."""
        ...


@dataclass(frozen=True, slots=True)
class Contents:
    """What a feed and its archive documents show.

    Attributes:
        entries: those of the feed itself, newest first.
        older: the number of the newest archive document; none if there is no archive.
        gone: articles that were withdrawn lately (RFC 6721).
        archive: the archive documents by number, 1 the oldest, each newest first.
        added: the numbers of the archive documents that the store does not have yet.
    """

    entries: Sequence[EntryRef]
    older: int | None = None
    gone: tuple[Tombstone, ...] = ()
    archive: Mapping[int, Sequence[EntryRef]] = field(default_factory=dict)
    added: tuple[int, ...] = ()


def query_of(feed: Feed) -> FeedQuery:
    """The articles that a feed itself may show; with an archive, all that no archive document has."""
    if feed.history == "archive":
        return FeedQuery(feed.where, feed.without, unarchived=feed.name)
    return FeedQuery(feed.where, feed.without, feed.limit)


def contents_of(view: ArticleView, feeds: Sequence[Feed], *, now: datetime) -> Iterator[Contents]:
    """What each of some feeds shows at `now` (UTC), in the order of the feeds.

    Raises:
        StoreError: the database failed.
    """
    withdrawn = view.any_withdrawn()
    for feed, entries in zip(feeds, view.newest(list(map(query_of, feeds)), now=now), strict=True):
        archive: dict[int, Sequence[EntryRef]] = {}
        stored = 0
        if feed.history == "archive":
            stored = view.archive_count(feed.name)
            archive = dict(view.archived(feed.name))
            entries = _fill_archive(archive, stored, entries, feed.limit)
        yield Contents(
            entries=entries,
            older=max(archive, default=None),
            gone=_gone(view, feed, entries) if withdrawn and "atom" in feed.formats else (),
            archive=archive,
            added=tuple(number for number in archive if number > stored),
        )


def _fill_archive(
    archive: dict[int, Sequence[EntryRef]], stored: int, entries: list[EntryRef], size: int
) -> list[EntryRef]:
    """Move the oldest entries into new archive documents; returns the entries that stay in the feed.

    The feed keeps between one and two times its limit, so that an archive document, once written, is full and
    final (RFC 5005, section 4).
    """
    number = stored
    while len(entries) >= 2 * size:
        number += 1
        archive[number] = entries[-size:]
        entries = entries[:-size]
    return entries


def _gone(view: ArticleView, feed: Feed, entries: Sequence[EntryRef]) -> tuple[Tombstone, ...]:
    # An article older than everything that the feed shows has left it already.
    since = entries[-1].visible_at if len(entries) >= feed.limit else None
    found = view.withdrawals(FeedQuery(feed.where, feed.without, feed.limit), since=since)
    return tuple(Tombstone(article_id, when) for article_id, when in islice(found, feed.limit))
