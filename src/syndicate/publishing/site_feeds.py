"""The feeds of a config, families member by member, and which feed owns which file name."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ..config import FeedSettings, SiteSettings
from ..extensions import fingerprint
from ..model import Article, Feed, Format, Problem, Tombstone
from ..model.feed_families import FamilyMember, family_members, member_name
from ..model.slug import slug
from ..resources import version
from .feed_store import SiteFeedStore

ARCHIVE_FOLDER = "/archive/"
"""Separates the name of a feed from the number of an archive document."""

_ARCHIVE_DOCUMENT = re.compile(rf".+{ARCHIVE_FOLDER}\d+")

DocumentFormat = Format | Literal["html"]


@dataclass(frozen=True, slots=True)
class FeedTarget:
    """A feed to publish, or one of its archive documents (RFC 5005, section 4), in all its formats.

    Attributes:
        pattern: the feed's name in the config, which all members of a family share.
        facet_values: the facet values that a member of a family collects.
        archive_number: the number of the archive document, 1 the oldest; None for the feed itself.
        previous_archive: the number of the archive document with the next older entries.
        tombstones: articles that were withdrawn lately (RFC 6721).
    """

    feed: Feed
    pattern: str
    facet_values: tuple[str, ...] = ()
    archive_number: int | None = None
    previous_archive: int | None = None
    tombstones: tuple[Tombstone, ...] = ()

    @property
    def name(self) -> str:
        """The path without the file extension. The state is stored under this name."""
        if self.archive_number is None:
            return self.feed.name
        return f"{self.feed.name}{ARCHIVE_FOLDER}{self.archive_number}"

    @property
    def state_pattern(self) -> str:
        """The pattern in the stored state. Archive documents have their own: they are no family members."""
        return self.pattern if self.archive_number is None else f"{self.pattern}{ARCHIVE_FOLDER}"

    @property
    def formats(self) -> tuple[DocumentFormat, ...]:
        """The formats of the feed, and `html` if the feed has an HTML page."""
        has_page = self.feed.page and self.archive_number is None
        return (*self.feed.formats, "html") if has_page else self.feed.formats

    @property
    def definition(self) -> str:
        """A digest of everything that the documents depend on, apart from the articles."""
        parts = (
            f"{version()} {fingerprint()} {self.archive_number} {self.previous_archive} {self.tombstones} "
            f"{self.feed.model_dump_json()}"
        )
        return hashlib.sha256(parts.encode()).hexdigest()

    def path(self, document_format: DocumentFormat) -> str:
        """Return the path of a document, relative to the output folder."""
        return self.feed.path(document_format, self.archive_number)

    def url(self, document_format: DocumentFormat) -> str | None:
        """Return the address of a document; None if the site has no `base_url`."""
        return self.feed.url(document_format, self.archive_number)


class SiteFeeds:
    """The feeds of a config.

    Args:
        store: knows the facet values, and which members of families are published.
        site: `[site]`.
        feeds: all `[[feed]]` tables.
    """

    def __init__(self, store: SiteFeedStore, site: SiteSettings, feeds: Sequence[FeedSettings]) -> None:
        self.store = store
        self._site = site
        self._feeds = feeds

    def all_targets(
        self, *, now: datetime, only: FeedSettings | None = None, unsaved: Iterable[Article] = ()
    ) -> list[FeedTarget]:
        """Return all feeds, in the order of the config.

        A facet value that no article has any more keeps its feed, so that its subscribers see the entries
        disappear.

        Args:
            now: UTC.
            only: the one table to look at.
            unsaved: articles that are not in the store, whose facet values count as well.
        """
        visible = [article for article in unsaved if article.dated is None or article.dated <= now]
        targets: list[FeedTarget] = []
        for table in self._feeds if only is None else (only,):
            if table.each is None:
                targets.append(self.target(table))
                continue
            values = {
                *self.store.facets(table.each, now=now),
                *self.store.family_facet_values(table.name),
                *(value for article in visible for value in article.facet(table.each)),
            }
            targets += self.members(table, family_members(values))
        return targets

    def target(self, table: FeedSettings) -> FeedTarget:
        """Return the feed of a table without `each`."""
        return FeedTarget(table.resolved(self._site), table.name)

    def members(self, table: FeedSettings, members: Sequence[FamilyMember]) -> list[FeedTarget]:
        """Return the feeds of some members of a family."""
        feeds = table.family(self._site, members)
        return [
            FeedTarget(feed, table.name, member.facet_values)
            for feed, member in zip(feeds, members, strict=True)
        ]

    def choose_targets(
        self, targets: Sequence[FeedTarget], published: Mapping[str, str] | None = None
    ) -> tuple[list[FeedTarget], list[Problem]]:
        """Return the feeds to publish, and the problems of the others: a name that is taken, a full family.

        Args:
            targets: feeds in the order of the config.
            published: the names of published feeds with their patterns, to find owners that are not among
                the targets.
        """
        owners, conflicts = self._claim_names(targets, published or {})
        chosen, full_families = self._limit_families(owners)
        return chosen, conflicts + full_families

    def _limit_families(self, targets: Sequence[FeedTarget]) -> tuple[list[FeedTarget], list[Problem]]:
        """Return the feeds without those that exceed the limit of their family. Published feeds stay."""
        excess: set[str] = set()
        problems: list[Problem] = []
        for table in self._feeds:
            members = [each for each in targets if each.pattern == table.name]
            if table.each is None or not members:
                continue
            published = {
                member_name(table.name, table.each, slug(value))
                for value in self.store.family_facet_values(table.name)
            }
            new = [each for each in members if each.name not in published]
            left_out = new[max(table.max_feeds - len(published), 0) :]
            if left_out:
                excess.update(each.name for each in left_out)
                problems.append(_full_family(table, left_out))
        return [each for each in targets if each.name not in excess], problems

    def _claim_names(
        self, targets: Sequence[FeedTarget], published: Mapping[str, str]
    ) -> tuple[list[FeedTarget], list[Problem]]:
        """Return the feeds that own their file names, and a problem for each of the others.

        A feed without `each` owns its name even if a tag has the same. Among families, the first in the
        config owns it. Names that differ only in case are the same file on some disks.
        """
        single_feeds = {_folded(table.name) for table in self._feeds if table.each is None}
        opml = _folded(self._site.opml or "")
        order = {table.name: position for position, table in enumerate(self._feeds)}
        published_patterns = {_folded(name): pattern for name, pattern in published.items()}
        owners: dict[str, FeedTarget] = {}
        problems: list[Problem] = []
        for target in targets:
            name = _folded(target.name)
            is_member = bool(target.facet_values)
            owner = owners[name].pattern if name in owners else published_patterns.get(name, target.pattern)
            if is_member and name in single_feeds:
                reason = f"a feed of the config has the name {target.name}"
            elif opml and opml in map(_folded, map(target.path, target.formats)):
                reason = f"site.opml has the name {self._site.opml}"
            elif _ARCHIVE_DOCUMENT.fullmatch(name):
                reason = "its name is that of an archive document"
            elif name in owners or (is_member and order.get(owner, len(order)) < order[target.pattern]):
                reason = f"the feed {owner} has the name {target.name}"
            else:
                owners[name] = target
                continue
            problems.append(_name_conflict(target, reason))
        return list(owners.values()), problems


def _name_conflict(target: FeedTarget, reason: str) -> Problem:
    if target.facet_values:
        return Problem(
            message=f"the feed for {target.facet_values[0]!r} was left out: {reason}",
            severity="warning",
            field="feed.name",
            id=target.pattern,
            hint='put the family into its own folder, such as "tag/{tag}"',
        )
    return Problem(
        message=f"the feed {target.name} was left out: {reason}",
        severity="error",
        field="feed.name",
        id=target.pattern,
        hint="give each feed its own name",
    )


def _full_family(table: FeedSettings, left_out: Sequence[FeedTarget]) -> Problem:
    first = left_out[0].facet_values[0]
    more = f" and {len(left_out) - 1} more" if len(left_out) > 1 else ""
    return Problem(
        message=f"no feed for {first!r}{more}: "
        f"the family {table.name} has {table.max_feeds} feeds, its limit",
        severity="warning",
        field="feed.max_feeds",
        id=table.name,
        hint=f"raise max_feeds if each {table.each} needs a feed",
    )


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
