"""Feeds that go further back than one document, and entries that are gone.

Source: RFC 5005 (complete, paged and archived feeds); RFC 6721 (tombstones).
"""

from __future__ import annotations

from lxml import etree

from ...model import MEDIA_TYPES, Format
from ..dates import rfc3339
from .base import FeedExtension, child


class HistoryFeed(FeedExtension):
    """`fh:complete`, `fh:archive`, and the links from document to document."""

    prefixes = ("fh",)

    def extend_rss(self, root: etree._Element) -> etree._Element:
        """Add to a channel."""
        self._add(root[0], "atom:link", "rss")
        return root

    def extend_atom(self, root: etree._Element) -> etree._Element:
        """Add to a feed."""
        self._add(root, "link", "atom")
        return root

    def _add(self, parent: etree._Element, name: str, kind: Format) -> None:
        head, feed = self.head, self.head.feed
        if feed.history == "complete":
            child(parent, "fh:complete")
        if feed.base_url is None:
            # Nobody knows where the other documents are: an archive that leads nowhere is none (RFC 5005, 4).
            return
        if head.page is not None:
            child(parent, "fh:archive")
            child(parent, name, rel="current", href=feed.url(kind), type=MEDIA_TYPES[kind])
        if head.older is not None:
            # Readers of paged feeds follow `next`, those of archived ones `prev-archive`.
            for rel in ("prev-archive", "next"):
                child(parent, name, rel=rel, href=feed.url(kind, head.older), type=MEDIA_TYPES[kind])
        # No next-archive: an archive document does not change because a newer one is made.


class TombstonesFeed(FeedExtension):
    """`at:deleted-entry` for each entry that was there and is withdrawn."""

    prefixes = ("at",)

    def extend_atom(self, root: etree._Element) -> etree._Element:
        """Add to a feed."""
        for gone in self.head.gone:
            child(root, "at:deleted-entry", ref=gone.id, when=rfc3339(gone.when))
        return root
