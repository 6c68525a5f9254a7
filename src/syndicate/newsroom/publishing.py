"""Publish: store to feed files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from ..config import FeedSettings
from ..model import Article, Facet, Feed, Problem, PublishReport
from ..publishing import FilePublisher, family, publish
from .desk import Desk, Progress

_MEMORY = "published"
_WORDS = "words:"


def complete_feeds(desk: Desk, settings: FeedSettings, now: datetime) -> list[Feed]:
    """The feed of a table of the config, or with `each` the family of them."""
    site = desk.settings.site
    if settings.each is None:
        return [settings.resolved(site)]
    words = _words(desk, settings.each, now)
    return [settings.resolved(site, member) for member in family(words)]


def _words(desk: Desk, facet: Facet, now: datetime) -> set[str]:
    """The words of a facet, also those that had a feed and that no article has kept.

    Whoever follows such a feed sees it empty; left as it was, it would show for ever what was filed wrongly.
    """
    former = json.loads(desk.store.recall(_WORDS + facet) or "[]")
    return {*former, *desk.store.facets(facet, now=now)}


def articles_of(desk: Desk, feed: Feed, now: datetime) -> list[Article]:
    """What a feed shows."""
    found = desk.store.articles(now=now, where=feed.where, without=feed.without, limit=feed.limit)
    return [each.article for each in found]


def publish_site(desk: Desk, name: str | None, *, full: bool, progress: Progress) -> PublishReport:
    """Write what changed: all feeds, or the one of a name."""
    publisher = FilePublisher(desk.base / desk.settings.site.output)
    with publisher.alone():
        return _publish(desk, publisher, name, full=full, progress=progress)


def _publish(
    desk: Desk, publisher: FilePublisher, name: str | None, *, full: bool, progress: Progress
) -> PublishReport:
    now = desk.clock.now()
    memory = _Memory(desk, publisher, now)
    if name is None and not full and (count := memory.nothing_new()) is not None:
        return PublishReport(unchanged=count)
    feeds = [feed for each in desk.feeds(name) for feed in complete_feeds(desk, each, now)]
    for facet in {each.each for each in desk.feeds(name) if each.each}:
        desk.store.remember(_WORDS + facet, json.dumps(sorted(_words(desk, facet, now))))
    doubles, feeds = _without_doubles(feeds)
    report = publish(feeds, lambda feed: articles_of(desk, feed, now), publisher, progress)
    if doubles:
        report = report.model_copy(update={"problems": (*report.problems, *doubles)})
    if name is None and report.ok:
        memory.keep([feed.path(kind) for feed in feeds for kind in feed.formats], report.problems)
    return report


def _without_doubles(feeds: Sequence[Feed]) -> tuple[list[Problem], list[Feed]]:
    """One feed a name: two would overwrite each other's files at every publish."""
    by_name: dict[str, Feed] = {}
    problems = []
    for feed in feeds:
        if feed.name in by_name:
            problems.append(
                Problem(
                    message=f"two feeds would be written to {feed.name}; the second was left out",
                    field="feed.name",
                    hint="names are unique, also those that a family makes",
                )
            )
        by_name.setdefault(feed.name, feed)
    return problems, list(by_name.values())


class _Memory:
    """What was published last, so that nothing new costs next to nothing."""

    def __init__(self, desk: Desk, publisher: FilePublisher, now: datetime) -> None:
        self._store = desk.store
        self._publisher = publisher
        self._now = now
        told = desk.settings.model_dump_json(include={"site", "feed"})
        self._settings = hashlib.sha256(told.encode()).hexdigest()
        self._sequence = desk.store.sequence()

    def nothing_new(self) -> int | None:
        """How many files are as they should be, or none if there may be work."""
        kept = self._store.recall(_MEMORY)
        if kept is None:
            return None
        memory = json.loads(kept)
        if (memory["settings"], memory["sequence"]) != (self._settings, self._sequence):
            return None
        then = datetime.fromisoformat(memory["at"])
        if then > self._now or self._store.turned_visible(then, self._now):
            return None
        paths = memory["paths"]
        return len(paths) if all(self._publisher.has(path) for path in paths) else None

    def keep(self, paths: Sequence[str], problems: Sequence[Problem]) -> None:
        """Remember, unless there is something that people should be told again."""
        if any(problem.severity != "note" for problem in problems):
            return
        memory = {
            "settings": self._settings,
            "sequence": self._sequence,
            "at": self._now.isoformat(),
            "paths": list(paths),
        }
        self._store.remember(_MEMORY, json.dumps(memory))
