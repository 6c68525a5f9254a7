"""feedgen by itself: one FeedGenerator a feed, its entries built once and used for both formats."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from feedgen.feed import FeedGenerator

from ..sample import Record
from . import FeedMetadata

VERSIONS = {"feedgen": version("feedgen"), "lxml": version("lxml")}


def prepare(records: Sequence[Record]) -> Sequence[Record]:
    return records


def make(prepared: Sequence[Record], kinds: Sequence[str]) -> list[bytes]:
    built = generator(FeedMetadata(), prepared)
    formats = {"rss": built.rss_str, "atom": built.atom_str}
    return [formats[kind]() for kind in kinds]


def generator(head: FeedMetadata, records: Sequence[Record]) -> FeedGenerator:
    """A feed with its entries, in the order given."""
    feed = FeedGenerator()
    feed.id(head.home)
    feed.title(head.title)
    feed.description(head.description)
    feed.language("en")
    feed.link(href=head.rss, rel="self")
    feed.link(href=head.home, rel="alternate")
    for record in records:
        entry = feed.add_entry(order="append")
        entry.id(record.id)
        entry.title(record.title)
        entry.link(href=record.link)
        entry.summary(record.summary)
        entry.content(record.html, type="html")
        entry.author({"name": record.author, "email": record.email})
        for tag in record.tags:
            entry.category(term=tag)
        entry.published(record.published)
        entry.updated(record.updated)
    return feed
