"""Publish: store to feed files, at the cost of what has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from .. import __version__
from ..model import Article, Feed, Frozen, PublishReport
from ..model.base import When
from ..publishing import ARCHIVE, Entries, FilePublisher
from .desk import Desk, Progress
from .guarding import Ids, twins
from .issuing import Issue
from .planning import all_feeds, concerned

_MEMORY = "published"
# More changes than this are not looked at one by one: the feeds are.
_MOST = 2000
# So many feeds are written before what is known of them is kept.
_BATCH = 100


def articles_of(desk: Desk, feed: Feed, now: datetime) -> list[Article]:
    """What a feed shows."""
    keys = desk.store.newest(now=now, where=feed.where, without=feed.without, limit=feed.limit)
    return [each.article for each in desk.store.load([key.id for key in keys])]


def publish_site(
    desk: Desk, name: str | None, *, full: bool, ids: Ids = "ask", progress: Progress
) -> PublishReport:
    """Write what changed: all feeds, or the one of a name."""
    publisher = FilePublisher(desk.base / desk.settings.site.output, compress=desk.settings.compress)
    with publisher.alone():
        return _publish(desk, publisher, name, full=full, ids=ids, progress=progress)


class _Memory(Frozen):
    """Up to where the last publish went.

    Attributes:
        settings: a digest of what the config says of feeds.
        sequence: of the store.
        at: when that was.
        files: how many documents there are.
        again: names of feeds that could not be made or put, or were stopped.
        guard: the sequence from before articles came with new ids, until somebody has said what to do.
        told: what was said once and need not be said again.
    """

    settings: str
    sequence: int
    at: When
    files: int = 0
    again: tuple[str, ...] = ()
    guard: int | None = None
    told: tuple[str, ...] = ()


def _publish(
    desk: Desk, publisher: FilePublisher, name: str | None, *, full: bool, ids: Ids, progress: Progress
) -> PublishReport:
    store, now = desk.store, desk.clock.now()
    kept = store.recall(_MEMORY)
    memory = _Memory.model_validate_json(kept) if kept else None
    told = desk.settings.model_dump_json(include={"site", "feed"})
    settings = hashlib.sha256(f"{__version__} {told}".encode()).hexdigest()
    if memory and ids == "keep":
        store.adopt(twins(store, now, memory.guard or memory.sequence))
    sequence = store.sequence()
    # A clock that was set back says nothing about what has become visible since.
    current = memory if memory and memory.settings == settings and memory.at <= now and not full else None
    changes = None
    if current:
        changes = store.changes(after=current.sequence, since=current.at, now=now, most=_MOST)
    if current and changes is not None:
        again = {*current.again, *(_astray(desk, publisher) if not changes else ())}
        feeds = concerned(desk, desk.feeds(name), changes, again)
    else:
        feeds = [feed for each in desk.feeds(name) for feed in all_feeds(desk, each, now)]
    with Entries(store.load) as entries:
        issue = Issue(desk, publisher, entries, full=full, ids=ids, progress=progress)
        feeds = issue.without_doubles(feeds)
        for start in range(0, len(feeds), _BATCH):
            issue.put(feeds[start : start + _BATCH])
        said = memory.told if memory and not full else ()
        issue.tell(entries.dropped(), said)
    if name is not None:
        # What other feeds have to do with the changes is still to be seen.
        files = issue.documents
        after = memory and memory.model_copy(
            update={"again": _joined(memory.again, issue), "told": _told(memory, issue)}
        )
    else:
        files = issue.documents if current is None or changes is None else current.files + issue.grown
        after = _Memory(
            # Two feeds of one name may take turns; everything is looked at until that is mended.
            settings="" if issue.doubles else settings,
            sequence=sequence,
            at=now,
            files=files,
            again=tuple(sorted(issue.again)),
            guard=(memory.guard or memory.sequence) if memory and issue.stopped else None,
            told=_told(memory, issue),
        )
    if after and after != memory:
        store.remember(_MEMORY, after.model_dump_json())
    return PublishReport(
        feeds=len(feeds),
        articles=len(issue.shown),
        written=tuple(issue.written),
        unchanged=files - len(issue.written),
        problems=tuple(issue.problems),
        outside=issue.outside,
    )


def _astray(desk: Desk, publisher: FilePublisher) -> set[str]:
    """The names of feeds of which a file is not where it belongs."""
    kinds = desk.store.feed_documents()
    return {
        name.partition(ARCHIVE)[0]
        for name, found in kinds.items()
        if not all(publisher.has(f"{name}.{kind}") for kind in found)
    }


def _joined(again: Sequence[str], issue: Issue) -> tuple[str, ...]:
    return tuple(sorted(set(again) - issue.done | issue.again))


def _told(memory: _Memory | None, issue: Issue) -> tuple[str, ...]:
    return tuple(sorted({*(memory.told if memory else ()), *issue.told}))
