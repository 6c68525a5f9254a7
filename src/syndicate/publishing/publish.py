"""Publish: store to feed files, at the cost of what has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from ..context import AppContext, Progress
from ..extensions import fingerprint
from ..model import Frozen, PublishReport
from ..model.base import When
from ..resources import version
from . import websub_outbox as hubs
from .affected_feeds import affected_feeds, all_feeds, claim_names
from .contents import query_of
from .entry_cache import EntryCache
from .feed_target import ARCHIVE, Target
from .files import FilePublisher
from .id_changes import FEW, IdChange, Ids, floods, renamed
from .publish_run import PublishRun

_MEMORY = "published"
# Above so many changes, all feeds are looked at instead of the changes.
_MOST = 2000


def publish_site(
    desk: AppContext, name: str | None, *, full: bool, ids: Ids = "ask", progress: Progress
) -> PublishReport:
    """Write what changed, of all feeds or of the one of a name; then tell the hubs."""
    publisher = FilePublisher(desk.base / desk.settings.site.output, compress=desk.settings.compress)
    with publisher.alone():
        report = _publish(desk, publisher, name, full=full, ids=ids, progress=progress)
    told = hubs.tell(desk, publisher.alone)
    return report.model_copy(update={"problems": (*report.problems, *told)}) if told else report


class _Memory(Frozen):
    """Up to where the last publish went.

    Attributes:
        settings: a digest of what the config says of feeds.
        sequence: of the store.
        at: when that was.
        files: how many documents there are.
        again: names of feeds that could not be made or put, or were stopped.
        guard: the sequence before articles came with new ids, until somebody has said what to do.
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
    desk: AppContext, publisher: FilePublisher, name: str | None, *, full: bool, ids: Ids, progress: Progress
) -> PublishReport:
    store = desk.store
    kept = store.recall(_MEMORY)
    memory = _Memory.model_validate_json(kept) if kept else None
    now = desk.clock.now()
    if ids == "keep" and (before := _former(desk, name, memory, now)) is not None:
        store.merge_ids(renamed(store, now, born_by=before, configured=desk.source_names))
    ahead = _Memory(settings=_settings(desk), sequence=store.sequence(), at=now)
    found = _affected(desk, publisher, name, memory, ahead) if memory and not full else None
    everything = found is None
    if found is None:
        found = [target for each in desk.feeds(name) for target in all_feeds(desk, each, now)]
        publisher.tidy(now.timestamp())
    # Where every feed is looked at, the feeds themselves say which of them owns a name.
    owners = {} if everything and name is None else _owners(desk, found)
    targets, unnamed = claim_names(desk.settings, found, owners)
    noted = memory.told if memory and not full else ()
    stopped = _stopped_sources(desk, targets, memory, ahead) if ids == "ask" else frozenset()
    with EntryCache(store) as cache:
        run = PublishRun(
            desk, publisher, cache, full=full, ids=ids, stopped=stopped, noted=noted, progress=progress
        )
        run.report(unnamed)
        run.publish(targets)
    after = _after(memory, ahead, run, everything=everything, whole=name is None)
    made = len(run.written)
    if name is None and (everything or run.lacks_list):
        listed = [each for table in desk.feeds(None) for each in all_feeds(desk, table, now)]
        run.publish_list([each.feed for each in claim_names(desk.settings, listed, {})[0]])
    if after and (made or memory is None or after != memory.model_copy(update={"at": after.at})):
        store.remember(_MEMORY, after.model_dump_json())
    return PublishReport(
        feeds=run.feeds,
        articles=len(run.shown),
        written=tuple(run.written),
        unchanged=(after.files if after and name is None else run.documents) - made,
        problems=tuple(run.problems),
        outside=run.outside,
    )


def _owners(desk: AppContext, targets: list[Target]) -> dict[str, str]:
    return {state.name: state.pattern for state in desk.store.feed_states([each.name for each in targets])}


def _former(desk: AppContext, name: str | None, memory: _Memory | None, now: datetime) -> int | None:
    """Up to which change sequence an article is one that readers may know."""
    if memory:
        return memory.sequence if memory.guard is None else memory.guard
    feeds = [feed for each in desk.feeds(name) for feed in all_feeds(desk, each, now)]
    return min((each.before for each in _floods(desk, feeds, now)), default=None)


def _stopped_sources(
    desk: AppContext, feeds: list[Target], memory: _Memory | None, ahead: _Memory
) -> frozenset[str]:
    """The sources with many articles under new ids in some feed: then no feed shows even one of these.

    Otherwise small feeds would go on with ids that are taken back later.
    """
    if memory and memory.guard is None and ahead.sequence - memory.sequence <= FEW:
        return frozenset()
    return frozenset(name for each in _floods(desk, feeds, ahead.at) for name in each.sources)


def _floods(desk: AppContext, feeds: list[Target], now: datetime) -> Iterator[IdChange]:
    asks = [(each.name, query_of(each.feed)) for each in feeds]
    return floods(desk.store, asks, now, configured=desk.source_names)


def _settings(desk: AppContext) -> str:
    told = desk.settings.model_dump_json(include={"site", "feed"})
    return hashlib.sha256(f"{version()} {fingerprint()} {desk.settings.compress} {told}".encode()).hexdigest()


def _affected(
    desk: AppContext, publisher: FilePublisher, name: str | None, memory: _Memory, ahead: _Memory
) -> list[Target] | None:
    """The feeds that something has happened to; none where that is not known, or is too much."""
    if memory.settings != ahead.settings or memory.at > ahead.at:
        # A clock that was set back says nothing of what has become visible since.
        return None
    changes = desk.store.changes(after=memory.sequence, since=memory.at, now=ahead.at, most=_MOST)
    if changes is None:
        return None
    again = set(memory.again)
    if not changes:
        # There is time to see whether all files are where they belong.
        again |= {
            feed.partition(ARCHIVE)[0]
            for feed, kinds in desk.store.feed_documents().items()
            if not all(publisher.has(f"{feed}.{kind}") for kind in kinds)
        }
    return affected_feeds(desk, desk.feeds(name), changes, again)


def _after(
    memory: _Memory | None, ahead: _Memory, run: PublishRun, *, everything: bool, whole: bool
) -> _Memory | None:
    """What is to be remembered; nothing where not all feeds have been looked at once."""
    told = tuple(sorted({*(memory.told if memory else ()), *run.notes}))
    if not whole:
        # What other feeds have to do with the changes is still to be seen.
        again = tuple(sorted(set(memory.again) - run.done | run.again)) if memory else ()
        files = memory.files + run.grown if memory else 0
        return memory and memory.model_copy(update={"files": files, "again": again, "told": told})
    return ahead.model_copy(
        update={
            "settings": ahead.settings,
            "files": run.documents if everything or memory is None else memory.files + run.grown,
            "again": tuple(sorted(run.again)),
            "guard": _guard(memory, run),
            "told": told,
        }
    )


def _guard(memory: _Memory | None, run: PublishRun) -> int | None:
    if run.before is None or memory is None:
        return run.before
    # Of articles that no feed shows, some may have come before those that one does.
    return memory.sequence if memory.guard is None else memory.guard


def waiting(desk: AppContext) -> tuple[str, ...]:
    """The names of the feeds that the last publish could not make or put, or has stopped."""
    kept = desk.store.recall(_MEMORY)
    return _Memory.model_validate_json(kept).again if kept else ()
