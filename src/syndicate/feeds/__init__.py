"""Feeds out of articles. Pure: the same arguments give the same bytes."""

from .document import Document, Entry, document
from .jsonfeed import spell_json, to_json_feed
from .opml import to_opml
from .xml import spell_atom, spell_rss, to_atom, to_rss

SPELLERS = {"rss": spell_rss, "atom": spell_atom, "json": spell_json}
"""A speller for each format: a normalised document in, bytes out."""

__all__ = ["SPELLERS", "Document", "Entry", "document", "to_atom", "to_json_feed", "to_opml", "to_rss"]
