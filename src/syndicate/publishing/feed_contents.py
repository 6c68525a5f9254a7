"""What a feed shows. Publish, check and preview ask the same function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from ..model import EntryRef, Feed, FeedQuery, Tombstone
from .feed_store import ArticleView
from .site_feeds import FeedTarget


class TargetContents(NamedTuple):
    """What a feed or one of its archive documents shows.

    Attributes:
        entries: newest first.
        is_new: whether the store does not have this archive document yet.
    """

    target: FeedTarget
    entries: Sequence[EntryRef]
    is_new: bool = False


def feed_query(feed: Feed) -> FeedQuery:
    """Return the articles that the feed itself may show; with an archive, all that are not archived."""
    if feed.history == "archive":
        return FeedQuery(feed.where, feed.without, unarchived=feed.name)
    return FeedQuery(feed.where, feed.without, feed.limit)


def feed_contents(
    view: ArticleView, targets: Sequence[FeedTarget], *, now: datetime
) -> Iterator[list[TargetContents]]:
    """Return what each feed shows at `now` (UTC): its archive documents, oldest first, then the feed itself.

    Raises:
        StoreError: the database failed.
    """
    has_withdrawals = view.has_withdrawals()
    queries = [feed_query(target.feed) for target in targets]
    for target, entries in zip(targets, view.newest_entries(queries, now=now), strict=True):
        feed = target.feed
        documents: list[TargetContents] = []
        if feed.history == "archive":
            documents, entries = _split_archive(view, target, entries, now)
        show_tombstones = has_withdrawals and "atom" in feed.formats
        current = replace(
            target,
            previous_archive=documents[-1].target.archive_number if documents else None,
            tombstones=_tombstones(view, feed, entries) if show_tombstones else (),
        )
        yield [*documents, TargetContents(current, entries)]


def _split_archive(
    view: ArticleView, target: FeedTarget, entries: list[EntryRef], now: datetime
) -> tuple[list[TargetContents], list[EntryRef]]:
    """Move the oldest entries into new archive documents. Return all archive documents and what stays.

    The feed keeps between one and two times its limit, so that an archive document, once written, is full and
    final (RFC 5005, section 4).
    """
    archive: dict[int, Sequence[EntryRef]] = dict(view.archive_documents(target.feed.name, now=now))
    stored = number = view.archive_count(target.feed.name)
    size = target.feed.limit
    while len(entries) >= 2 * size:
        number += 1
        archive[number] = entries[-size:]
        entries = entries[:-size]
    documents = [
        TargetContents(
            replace(target, archive_number=number, previous_archive=number - 1 or None),
            archive[number],
            is_new=number > stored,
        )
        for number in archive
    ]
    return documents, entries


def _tombstones(view: ArticleView, feed: Feed, entries: Sequence[EntryRef]) -> tuple[Tombstone, ...]:
    # An article older than the oldest entry left the feed before it was withdrawn.
    since = entries[-1].visible_at if len(entries) >= feed.limit else None
    withdrawals = view.withdrawals(FeedQuery(feed.where, feed.without, feed.limit), since=since)
    return tuple(Tombstone(article_id, when) for article_id, when in islice(withdrawals, feed.limit))
