"""Feeds out of articles. Pure: the same arguments give the same bytes."""

from collections.abc import Callable
from typing import NamedTuple

from ..model import Format
from .document import Document, Entry, document, entry_of, head_of
from .frame import Frame
from .jsonfeed import frame_json, json_entry, spell_json, to_json_feed
from .metadata import Gone, Head
from .opml import to_opml
from .xml import (
    atom_entry,
    frame_atom,
    frame_rss,
    rss_entry,
    spell_atom,
    spell_rss,
    to_atom,
    to_rss,
)


class Speller(NamedTuple):
    """A format: how an entry is serialized, the document around the entries, and the whole."""

    entry: Callable[[Entry], bytes]
    frame: Callable[[Head], Frame]
    whole: Callable[[Document], bytes]


SPELLERS: dict[Format, Speller] = {
    "rss": Speller(rss_entry, frame_rss, spell_rss),
    "atom": Speller(atom_entry, frame_atom, spell_atom),
    "json": Speller(json_entry, frame_json, spell_json),
}

__all__ = [
    "SPELLERS",
    "Document",
    "Entry",
    "Frame",
    "Gone",
    "Head",
    "Speller",
    "document",
    "entry_of",
    "head_of",
    "to_atom",
    "to_json_feed",
    "to_opml",
    "to_rss",
]
