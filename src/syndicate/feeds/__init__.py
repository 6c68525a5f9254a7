"""Articles to RSS, Atom, JSON Feed and OPML. Pure: the same arguments give the same bytes."""

from collections.abc import Callable
from typing import NamedTuple

from ..model import FeedMetadata, Format
from .document import Document, Entry, document, entry_of, feed_metadata
from .document_frame import Frame
from .jsonfeed import json_entry, json_frame, serialize_json, to_json_feed
from .opml import to_opml
from .rss_and_atom import (
    atom_entry,
    atom_frame,
    rss_entry,
    rss_frame,
    serialize_atom,
    serialize_rss,
    to_atom,
    to_rss,
)


class Serializer(NamedTuple):
    """The functions of a format: they serialize an entry, a document without its entries, and a document."""

    entry: Callable[[Entry], bytes]
    frame: Callable[[FeedMetadata], Frame]
    document: Callable[[Document], bytes]


SERIALIZERS: dict[Format, Serializer] = {
    "rss": Serializer(rss_entry, rss_frame, serialize_rss),
    "atom": Serializer(atom_entry, atom_frame, serialize_atom),
    "json": Serializer(json_entry, json_frame, serialize_json),
}

__all__ = [
    "SERIALIZERS",
    "Document",
    "Entry",
    "Frame",
    "Serializer",
    "document",
    "entry_of",
    "feed_metadata",
    "to_atom",
    "to_json_feed",
    "to_opml",
    "to_rss",
]
