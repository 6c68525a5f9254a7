"""Which feeds a config defines, which of them a change affects, and who owns which file name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from ..config import FeedSettings, Settings
from ..context import AppContext
from ..model import Article, ArticleChange, Facet, FeedState, Problem
from ..model.families import Member, family, in_order, named
from ..model.selection import slug
from .feed_target import ARCHIVE, Target

_ARCHIVE_DOCUMENT = re.compile(rf".+{ARCHIVE}\d+")


def all_feeds(
    desk: AppContext, settings: FeedSettings, now: datetime, more: Iterable[str] = ()
) -> list[Target]:
    """The feed of a table of the config, or with `each` the family of them.

    A facet value that no article has any more keeps its feed: its subscribers see it empty; left as it was,
    it would show for ever what was filed wrongly.

    Args:
        desk: the newsroom's.
        settings: the table.
        now: the moment, UTC.
        more: facet values beside those of the store.
    """
    if settings.each is None:
        return _targets(desk, settings)
    words = {
        *desk.store.facets(settings.each, now=now),
        *desk.store.feed_words(settings.name),
        *more,
    }
    return _targets(desk, settings, family(words))


def feeds_with(desk: AppContext, articles: Iterable[Article]) -> tuple[list[Target], list[Problem]]:
    """The feeds over the store and some articles that are not in it, and what `claim_names` reports."""
    now = desk.clock.now()
    visible = [each for each in articles if each.dated is None or each.dated <= now]
    targets: list[Target] = []
    for settings in desk.settings.feed:
        each = settings.each
        more = [word for article in visible for word in article.facet(each)] if each else ()
        targets += all_feeds(desk, settings, now, more)
    return claim_names(desk.settings, targets, {})


def affected_feeds(
    desk: AppContext, settings: Sequence[FeedSettings], changes: Iterable[ArticleChange], again: Iterable[str]
) -> list[Target]:
    """The feeds that show or showed an article of some changes, and those that have to be built again.

    Args:
        desk: the newsroom's.
        settings: the feeds to look at.
        changes: what changed.
        again: names of feeds that could not be built or written the last time.
    """
    targets: list[Target] = []
    changes = list(changes)
    left = set(again)
    for each in settings:
        if each.each:
            targets += _targets(desk, each, list(_members(desk, each, changes)))
        elif each.name in left or any(_may_show(each, change) for change in changes):
            targets += _targets(desk, each)
    by_pattern = {each.name: each for each in settings if each.each}
    for state in desk.store.feed_states(left - {each.name for each in targets}):
        if table := by_pattern.get(state.pattern):
            targets += _targets(desk, table, [_member(state)])
    return targets


def claim_names(
    settings: Settings, targets: Sequence[Target], owners: Mapping[str, str]
) -> tuple[list[Target], list[Problem]]:
    """The feeds that own their file names, and a problem for each of the others.

    A feed of the config owns its name whatever tags there are; among families, the first in the config
    does. Names that differ in case only are the same file on some disks.

    Args:
        settings: the config.
        targets: feeds in the order of the config.
        owners: names of feeds that are published, with their names in the config.
    """
    configured = {_folded(each.name) for each in settings.feed if each.each is None}
    opml = _folded(settings.site.opml or "")
    order = {each.name: number for number, each in enumerate(settings.feed)}
    former = {_folded(name): pattern for name, pattern in owners.items()}
    kept: dict[str, Target] = {}
    problems: list[Problem] = []
    for each in targets:
        name = _folded(each.name)
        owner = kept[name].pattern if name in kept else former.get(name, each.pattern)
        if each.words and name in configured:
            reason = f"a feed of the config has the name {each.name}"
        elif opml and opml in map(_folded, map(each.path, each.kinds)):
            reason = f"site.opml has the name {settings.site.opml}"
        elif _ARCHIVE_DOCUMENT.fullmatch(name):
            reason = "its name is that of an archive document"
        elif name in kept or (each.words and order.get(owner, len(order)) < order[each.pattern]):
            reason = f"the feed {owner} has the name {each.name}"
        else:
            kept[name] = each
            continue
        shown = f"the feed for {each.words[0]!r}" if each.words else f"the feed {each.name}"
        problems.append(
            Problem(
                message=f"{shown} was left out: {reason}",
                severity="warning" if each.words else "error",
                field="feed.name",
                id=each.pattern,
                hint='put a family into a folder of its own, such as "tag/{tag}"'
                if each.words
                else "give each feed a name of its own",
            )
        )
    return list(kept.values()), problems


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _may_show(settings: FeedSettings, change: ArticleChange) -> bool:
    """Whether a feed may show the article, or have shown it; the store knows for certain."""
    return all(
        any((facet, word) in change.facets or (facet, word) in change.former_facets for word in words)
        for facet, words in settings.where.items()
    )


def _members(desk: AppContext, settings: FeedSettings, changes: Iterable[ArticleChange]) -> Iterator[Member]:
    # Every facet value has its feed, even where `where` leaves nothing to show, as when everything is
    # published.
    facet: Facet | None = settings.each
    assert facet is not None
    spellings: dict[str, set[str]] = {}
    for change in changes:
        for filed, word in change.facets:
            if filed == facet:
                spellings.setdefault(slug(word), set()).add(word)
        for filed, word in change.former_facets:
            if filed == facet:
                # Creates no feed, but one may exist that still shows the article.
                spellings.setdefault(slug(word), set())
    names = {named(settings.name, facet, Member(each, ())): each for each in spellings}
    for state in desk.store.feed_states(names):
        # Another table's feed may have that name.
        if state.pattern == settings.name:
            spellings[names[state.name]] |= set(state.words)
    for each, words in sorted(spellings.items()):
        if words:
            yield Member(each, in_order(words))


def _member(state: FeedState) -> Member:
    return Member(slug(state.words[0]), state.words)


def _targets(
    desk: AppContext, settings: FeedSettings, members: Sequence[Member] | None = None
) -> list[Target]:
    if members is None:
        return [Target(settings.resolved(desk.settings.site), settings.name)]
    feeds = settings.family(desk.settings.site, members)
    return [Target(feed, settings.name, member.words) for feed, member in zip(feeds, members, strict=True)]
