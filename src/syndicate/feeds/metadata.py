"""What a document says before its entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..model import Feed


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An article that was there and is withdrawn: its id as feeds write it, and when (RFC 6721)."""

    id: str
    when: datetime


@dataclass(frozen=True, slots=True)
class FeedMetadata:
    """A feed as one of its documents shows it.

    Attributes:
        feed: the definition, its texts legal in XML.
        updated: the last change of an entry, or its first ingest if it has no date (Atom); none without
            entries.
        changed: the last change of an entry that has a date; none if none has.
        page: the number of an archive document, counted from 1, the oldest; none for the feed itself.
        older: the archive document with what came before.
        gone: what was withdrawn lately.
    """

    feed: Feed
    updated: datetime | None = None
    changed: datetime | None = None
    page: int | None = None
    older: int | None = None
    gone: tuple[Tombstone, ...] = ()
