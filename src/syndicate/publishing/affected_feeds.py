"""Which feeds a change affects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..config import FeedSettings
from ..model import ArticleChange
from ..model.feed_families import FamilyMember, member_name, sort_spellings
from ..model.slug import slug
from .feed_store import SiteFeedStore
from .site_feeds import FeedTarget, SiteFeeds


def affected_feeds(
    site_feeds: SiteFeeds,
    tables: Sequence[FeedSettings],
    changes: Sequence[ArticleChange],
    failed_feeds: Iterable[str],
) -> list[FeedTarget]:
    """Return the feeds that contain or contained a changed article, and those that have to be built again.

    Args:
        tables: the feeds of the config to look at.
        failed_feeds: names of feeds that the last publish could not build or write.
    """
    store = site_feeds.store
    targets: list[FeedTarget] = []
    failed = set(failed_feeds)
    for table in tables:
        if table.each:
            targets += site_feeds.members(table, _affected_members(store, table, changes))
        elif table.name in failed or any(_may_contain(table, change) for change in changes):
            targets.append(site_feeds.target(table))
    families = {table.name: table for table in tables if table.each}
    for state in store.feed_states(failed - {target.name for target in targets}):
        if family := families.get(state.pattern):
            member = FamilyMember(slug(state.facet_values[0]), state.facet_values)
            targets += site_feeds.members(family, [member])
    return targets


def _may_contain(table: FeedSettings, change: ArticleChange) -> bool:
    """Whether a feed may contain the article, or may have contained it."""
    facets = change.facets | change.former_facets
    return all(any((facet, value) in facets for value in values) for facet, values in table.where.items())


def _affected_members(
    store: SiteFeedStore, table: FeedSettings, changes: Sequence[ArticleChange]
) -> list[FamilyMember]:
    # Every facet value has a feed, even if `where` leaves it without entries, as in a full publish.
    facet = table.each
    assert facet is not None
    spellings: dict[str, set[str]] = {}
    for change in changes:
        for changed_facet, value in change.facets:
            if changed_facet == facet:
                spellings.setdefault(slug(value), set()).add(value)
        for changed_facet, value in change.former_facets:
            if changed_facet == facet:
                # A former value creates no feed, but an existing feed may still contain the article.
                spellings.setdefault(slug(value), set())
    slugs = {member_name(table.name, facet, each): each for each in spellings}
    for state in store.feed_states(slugs):
        # The feed of another table may have the same name.
        if state.pattern == table.name:
            spellings[slugs[state.name]] |= set(state.facet_values)
    return [
        FamilyMember(each, sort_spellings(values)) for each, values in sorted(spellings.items()) if values
    ]
