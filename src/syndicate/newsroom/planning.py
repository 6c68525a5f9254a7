"""Which feeds a change concerns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from ..config import FeedSettings
from ..model import Facet
from ..ports import Change, FeedState
from ..publishing import Member, Wanted, family, named
from ..selection import slug
from .desk import Desk


def all_feeds(desk: Desk, settings: FeedSettings, now: datetime) -> list[Wanted]:
    """The feed of a table of the config, or with `each` the family of them.

    A word that no article has kept still has its feed: whoever follows it sees it empty; left as it was, it
    would show for ever what was filed wrongly.
    """
    if settings.each is None:
        return _wanted(desk, settings)
    words = {*desk.store.facets(settings.each, now=now), *desk.store.feed_words(settings.name)}
    return _wanted(desk, settings, family(words))


def concerned(
    desk: Desk, settings: Sequence[FeedSettings], changes: Iterable[Change], again: Iterable[str]
) -> list[Wanted]:
    """The feeds that show or showed an article of some changes, and those that have to be made again.

    Args:
        desk: the newsroom's.
        settings: the feeds to look at.
        changes: what changed.
        again: names of feeds that could not be made, or put, the last time.
    """
    wanted: list[Wanted] = []
    changes = list(changes)
    left = set(again)
    for each in settings:
        if each.each:
            wanted += _wanted(desk, each, list(_members(desk, each, changes)))
        elif each.name in left or any(_may_show(each, change) for change in changes):
            wanted += _wanted(desk, each)
    by_pattern = {each.name: each for each in settings if each.each}
    for state in desk.store.feed_states(left - {each.name for each in wanted}):
        if table := by_pattern.get(state.pattern):
            wanted += _wanted(desk, table, [_member(state)])
    return wanted


def _may_show(settings: FeedSettings, change: Change) -> bool:
    """Whether a feed may show the article, or have shown it; the store knows for certain."""
    return all(
        any((facet, word) in change.filed or (facet, word) in change.former for word in words)
        for facet, words in settings.where.items()
    )


def _members(desk: Desk, settings: FeedSettings, changes: Iterable[Change]) -> Iterator[Member]:
    # Every word has its feed, also where `where` leaves nothing to show: as when everything is published.
    facet: Facet | None = settings.each
    assert facet is not None
    spellings: dict[str, set[str]] = {}
    for change in changes:
        for filed, word in change.filed:
            if filed == facet:
                spellings.setdefault(slug(word), set()).add(word)
        for filed, word in change.former:
            if filed == facet:
                # Makes no feed, but there may be one that shows the article still.
                spellings.setdefault(slug(word), set())
    names = {named(settings.name, facet, Member(each, ())): each for each in spellings}
    for state in desk.store.feed_states(names):
        # Another table's feed may have that name.
        if state.pattern == settings.name:
            spellings[names[state.name]] |= set(state.words)
    for each, words in sorted(spellings.items()):
        if words:
            yield Member(each, tuple(sorted(words)))


def _member(state: FeedState) -> Member:
    return Member(slug(state.words[0]), state.words)


def _wanted(desk: Desk, settings: FeedSettings, members: Sequence[Member] | None = None) -> list[Wanted]:
    if members is None:
        return [Wanted(settings.resolved(desk.settings.site), settings.name)]
    feeds = settings.family(desk.settings.site, members)
    return [Wanted(feed, settings.name, member.words) for feed, member in zip(feeds, members, strict=True)]
