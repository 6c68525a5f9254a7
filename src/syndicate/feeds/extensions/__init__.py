"""Extensions for feedgen, of which each knows one namespace or one specification."""

from __future__ import annotations

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from ...model import Format
from ..entry_fields import EntryFields
from ..metadata import FeedMetadata
from .base import NAMESPACES, XML, EntryExtension, FeedExtension, child
from .custom import OwnEntry, OwnFeed
from .dublin_core import DublinEntry, DublinFeed
from .georss import PlacesEntry, PlacesFeed
from .history import HistoryFeed, TombstonesFeed
from .links import LinksEntry, LinksFeed
from .media import MediaEntry, MediaFeed
from .podcast import PodcastEntry, PodcastFeed, podcast_guid
from .threading import ThreadsAtom, ThreadsEntry, ThreadsRss

_ENTRIES: dict[str, type[EntryExtension]] = {
    "dublin": DublinEntry,
    "links": LinksEntry,
    "threads": ThreadsEntry,
    "media": MediaEntry,
    "places": PlacesEntry,
    "podcasting": PodcastEntry,
    "own": OwnEntry,
}


def extend_entry(entry: FeedEntry, form: EntryFields) -> None:
    """Register every extension on an entry and tell it the form."""
    for name, kind in _ENTRIES.items():
        entry.register_extension(name, kind)
        getattr(entry, name).form = form


def extend_feed(generator: FeedGenerator, head: FeedMetadata, kind: Format) -> None:
    """Register the extensions that a feed needs and tell them its head.

    The namespaces of a feed's entries are declared on its root, whether or not an entry of today uses them:
    the bytes of an entry are the same in every feed.
    """
    feed = head.feed
    wanted: dict[str, type[FeedExtension]] = {"links": LinksFeed}
    if kind == "rss":
        wanted |= {"dublin": DublinFeed, "threads": ThreadsRss}
        if feed.podcast:
            wanted["podcasting"] = PodcastFeed
    else:
        wanted["threads"] = ThreadsAtom
        if head.gone:
            wanted["tombstones"] = TombstonesFeed
    wanted |= {"media": MediaFeed, "places": PlacesFeed}
    if feed.history != "none":
        wanted["history"] = HistoryFeed
    wanted["own"] = OwnFeed
    for name, extension in wanted.items():
        generator.register_extension(name, extension, None)
        getattr(generator, name).head = head


__all__ = ["NAMESPACES", "XML", "child", "extend_entry", "extend_feed", "podcast_guid"]
