"""The metadata of a feed document: everything before its entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .feed import Feed


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A withdrawn article (RFC 6721): its id as feeds write it, and when it was withdrawn."""

    id: str
    when: datetime


@dataclass(frozen=True, slots=True)
class FeedMetadata:
    """The metadata of one document of a feed.

    Attributes:
        feed: the definition; its texts are legal in XML.
        updated: the last change of an entry, or the first ingest of an undated one; None without entries.
        changed: the last change of a dated entry; None without one.
        page: the number of an archive document, 1 for the oldest; None for the feed itself.
        older: the number of the archive document with the entries before these.
        tombstones: articles that were withdrawn lately.
    """

    feed: Feed
    updated: datetime | None = None
    changed: datetime | None = None
    page: int | None = None
    older: int | None = None
    tombstones: tuple[Tombstone, ...] = ()
