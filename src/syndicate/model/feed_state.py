"""Queries for the contents of feeds, and the last published state of a feed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from .feed import Facet


class FeedQuery(NamedTuple):
    """The articles that a feed contains.

    Attributes:
        where, without: the feed's selector.
        limit: how many of the newest; None for all.
        unarchived: name of a feed; only articles that are in none of its archive documents.
    """

    where: Mapping[Facet, Sequence[str]]
    without: Mapping[Facet, Sequence[str]]
    limit: int | None = None
    unarchived: str | None = None


class EntryRef(NamedTuple):
    """An article of a feed, without its content.

    Attributes:
        visible_at: when the article appears, UTC. Undated articles sort before every date.
    """

    id: str
    revision: int
    visible_at: datetime


class PublishedEntry(NamedTuple):
    """An entry of a published document: the article's id and revision."""

    id: str
    revision: int


@dataclass(frozen=True, slots=True)
class ArticleChange:
    """An article that was added, changed or withdrawn, became visible, or expired.

    Attributes:
        facets: its facet values now; empty while it is not visible.
        former_facets: the facet values of every revision that a published document may contain.
    """

    id: str
    facets: frozenset[tuple[Facet, str]]
    former_facets: frozenset[tuple[Facet, str]]


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed as it was last published.

    Attributes:
        pattern: the name in the config, which all members of a family share.
        facet_values: the facet values that a member of a family collects.
        definition: digest of everything that its documents depend on, apart from the articles.
        entries: newest first.
        documents: checksum of each document, by format; `html` for the HTML page.
    """

    name: str
    pattern: str
    facet_values: tuple[str, ...]
    definition: str
    entries: tuple[PublishedEntry, ...] = ()
    documents: Mapping[str, str] = field(default_factory=dict)
