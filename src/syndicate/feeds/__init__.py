"""Feeds out of articles. Pure: the same arguments give the same bytes."""

from collections.abc import Callable
from typing import NamedTuple

from ..model import Format
from .document import Document, Entry, document, entry_of, feed_metadata
from .frame import Frame
from .jsonfeed import frame_json, json_entry, serialize_json, to_json_feed
from .metadata import FeedMetadata, Tombstone
from .opml import to_opml
from .xml import (
    atom_entry,
    frame_atom,
    frame_rss,
    rss_entry,
    serialize_atom,
    serialize_rss,
    to_atom,
    to_rss,
)


class Serializer(NamedTuple):
    """A format: how an entry is serialized, the document around the entries, and the whole."""

    entry: Callable[[Entry], bytes]
    frame: Callable[[FeedMetadata], Frame]
    whole: Callable[[Document], bytes]


SERIALIZERS: dict[Format, Serializer] = {
    "rss": Serializer(rss_entry, frame_rss, serialize_rss),
    "atom": Serializer(atom_entry, frame_atom, serialize_atom),
    "json": Serializer(json_entry, frame_json, serialize_json),
}

__all__ = [
    "SERIALIZERS",
    "Document",
    "Entry",
    "FeedMetadata",
    "Frame",
    "Serializer",
    "Tombstone",
    "document",
    "entry_of",
    "feed_metadata",
    "to_atom",
    "to_json_feed",
    "to_opml",
    "to_rss",
]
