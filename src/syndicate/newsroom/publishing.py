"""Publish: store to feed files, at the cost of what has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime

from ..model import Article, Feed, Frozen, PublishReport
from ..model.base import When
from ..ports import Ask
from ..publishing import ARCHIVE, Entries, FilePublisher, Hand, Wanted, spills
from ..shipped import version
from . import hubs
from .crew import Crew, batched, helpers_here, recipe_of, seldom_collected
from .desk import Desk, Progress
from .guarding import FEW, Ids, first_of, twins
from .issuing import Issue, ask_of
from .planning import all_feeds, concerned

_MEMORY = "published"
# More changes than this are not looked at one by one: the feeds are.
_MOST = 2000
# So many feeds are written before what is known of them is kept.
_BATCH = 250
# With more feeds than this to look at, helpers are worth while if they all have to be made.
_LARGE = 300


def articles_of(desk: Desk, feed: Feed, now: datetime) -> list[Article]:
    """What a feed shows."""
    [keys] = desk.store.newest([Ask(feed.where, feed.without, feed.limit)], now=now)
    return [each.article for each in desk.store.load([key.id for key in keys])]


def publish_site(
    desk: Desk, name: str | None, *, full: bool, ids: Ids = "ask", progress: Progress
) -> PublishReport:
    """Write what changed, of all feeds or of the one of a name; then tell the hubs."""
    publisher = FilePublisher(desk.base / desk.settings.site.output, compress=desk.settings.compress)
    with publisher.alone() as lock:
        report = _publish(desk, publisher, lock, name, full=full, ids=ids, progress=progress)
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
    desk: Desk,
    publisher: FilePublisher,
    lock: int,
    name: str | None,
    *,
    full: bool,
    ids: Ids,
    progress: Progress,
) -> PublishReport:
    store = desk.store
    kept = store.recall(_MEMORY)
    memory = _Memory.model_validate_json(kept) if kept else None
    now = desk.clock.now()
    if ids == "keep" and (before := _former(desk, name, memory, now)) is not None:
        store.adopt(twins(store, now, before))
    ahead = _Memory(settings=_settings(desk), sequence=store.sequence(), at=now)
    feeds = _some(desk, publisher, name, memory, ahead) if memory and not full else None
    everything = feeds is None
    if feeds is None:
        feeds = [feed for each in desk.feeds(name) for feed in all_feeds(desk, each, now)]
        publisher.tidy(now.timestamp())
    entries = Entries()
    said = memory.told if memory and not full else ()
    few = 0 if ids == "ask" and _floods(desk, feeds, memory, ahead) else FEW
    with _crew(desk, publisher, lock, large=len(feeds) > _LARGE) as crew:
        issue = Issue(
            desk, publisher, entries, crew, full=full, ids=ids, few=few, said=said, progress=progress
        )
        for some in batched(issue.without_doubles(feeds), _BATCH):
            issue.put(some)
        issue.finish()
    issue.tell(entries.dropped())
    after = _after(memory, ahead, issue, everything=everything, whole=name is None)
    made = len(issue.written)
    if name is None and (everything or issue.lacks_list):
        issue.put_list([each.feed for table in desk.feeds(None) for each in all_feeds(desk, table, now)])
    if after and (made or memory is None or after != memory.model_copy(update={"at": after.at})):
        store.remember(_MEMORY, after.model_dump_json())
    return PublishReport(
        feeds=issue.feeds,
        articles=len(issue.shown),
        written=tuple(issue.written),
        unchanged=(after.files if after and name is None else issue.documents) - made,
        problems=tuple(issue.problems),
        outside=issue.outside,
    )


@contextmanager
def _crew(desk: Desk, publisher: FilePublisher, lock: int, *, large: bool) -> Iterator[Crew]:
    """The processes for a publish; a large one may take some more, and looks for cycles less often."""
    lint = desk.settings.site.lint != "off"
    recipe = recipe_of(desk.store, publisher, lint=lint) if large else None
    with ExitStack() as stack:
        waiting = stack.enter_context(spills(1 + helpers_here() if recipe else 1))
        if large:
            stack.enter_context(seldom_collected())
        hand = Hand(desk.store.load, publisher, waiting, lint=lint)
        yield stack.enter_context(Crew(hand, waiting, recipe, lock))


def _former(desk: Desk, name: str | None, memory: _Memory | None, now: datetime) -> int | None:
    """Up to which change sequence an article is one that readers may know."""
    if memory:
        return memory.sequence if memory.guard is None else memory.guard
    feeds = [feed for each in desk.feeds(name) for feed in all_feeds(desk, each, now)]
    return first_of(desk.store, [(each.name, ask_of(each)) for each in feeds], now)


def _floods(desk: Desk, feeds: list[Wanted], memory: _Memory | None, ahead: _Memory) -> bool:
    """Whether any feed would show many articles again: then none shows even one of them again.

    Otherwise small feeds would go on with ids that are taken back later.
    """
    if memory and memory.guard is None and ahead.sequence - memory.sequence <= FEW:
        return False
    return first_of(desk.store, [(each.name, ask_of(each)) for each in feeds], ahead.at) is not None


def _settings(desk: Desk) -> str:
    told = desk.settings.model_dump_json(include={"site", "feed"})
    return hashlib.sha256(f"{version()} {desk.settings.compress} {told}".encode()).hexdigest()


def _some(
    desk: Desk, publisher: FilePublisher, name: str | None, memory: _Memory, ahead: _Memory
) -> list[Wanted] | None:
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
    return concerned(desk, desk.feeds(name), changes, again)


def _after(
    memory: _Memory | None, ahead: _Memory, issue: Issue, *, everything: bool, whole: bool
) -> _Memory | None:
    """What is to be remembered; nothing where not all feeds have been looked at once."""
    told = tuple(sorted({*(memory.told if memory else ()), *issue.told}))
    if not whole:
        # What other feeds have to do with the changes is still to be seen.
        again = tuple(sorted(set(memory.again) - issue.done | issue.again)) if memory else ()
        files = memory.files + issue.grown if memory else 0
        return memory and memory.model_copy(update={"files": files, "again": again, "told": told})
    return ahead.model_copy(
        update={
            # Two feeds of one name may take turns; everything is looked at until that is mended.
            "settings": "" if issue.doubles else ahead.settings,
            "files": issue.documents if everything or memory is None else memory.files + issue.grown,
            "again": tuple(sorted(issue.again)),
            "guard": _guard(memory, issue),
            "told": told,
        }
    )


def _guard(memory: _Memory | None, issue: Issue) -> int | None:
    if issue.before is None or memory is None:
        return issue.before
    # Of articles that no feed shows, some may have come before those that one does.
    return memory.sequence if memory.guard is None else memory.guard


def waiting(desk: Desk) -> tuple[str, ...]:
    """The names of the feeds that the last publish could not make or put, or has stopped."""
    kept = desk.store.recall(_MEMORY)
    return _Memory.model_validate_json(kept).again if kept else ()
