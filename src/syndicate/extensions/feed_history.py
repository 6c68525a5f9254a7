"""Archives, complete feeds and withdrawn entries.

Source: RFC 5005 (complete, paged and archived feeds); RFC 6721 (tombstones).
"""

from __future__ import annotations

from collections.abc import Iterable

from ..model import MEDIA_TYPES, FeedMetadata, Format
from ..model.feed_dates import rfc3339
from .extension import Extension, XmlElement, xml_element


class History(Extension):
    """`fh:complete`, `fh:archive`, and the links between the documents of a feed."""

    name = "history"
    namespaces = {"fh": "http://purl.org/syndication/history/1.0"}
    lint_elements = {
        "fh": """
            archive c 1 text=empty
            complete c 1 text=empty
        """,
    }

    def root_prefixes(self, metadata: FeedMetadata, format: Format) -> Iterable[str]:
        return ("fh",) if metadata.feed.history != "none" else ()

    def feed_elements(self, metadata: FeedMetadata, format: Format) -> Iterable[XmlElement]:
        feed = metadata.feed
        if feed.history == "complete":
            yield xml_element("fh:complete")
        if feed.history == "none" or feed.base_url is None:
            # Without base_url the addresses of the other documents are unknown (RFC 5005, section 4).
            return
        link, media_type = "atom:link" if format == "rss" else "link", MEDIA_TYPES[format]
        if metadata.page is not None:
            yield xml_element("fh:archive")
            yield xml_element(link, rel="current", href=feed.url(format), type=media_type)
        if metadata.older is not None:
            # Readers of paged feeds follow `next`, readers of archived feeds `prev-archive`.
            for rel in ("prev-archive", "next"):
                yield xml_element(link, rel=rel, href=feed.url(format, metadata.older), type=media_type)
        # No next-archive: an archive document does not change when a newer one is added.


class Tombstones(Extension):
    """`at:deleted-entry` for each withdrawn entry, in Atom."""

    name = "tombstones"
    namespaces = {"at": "http://purl.org/atompub/tombstones/1.0"}
    lint_elements = {
        "at": """
            deleted-entry c * ref!=iri when!=rfc3339
            by @deleted-entry 1
            comment @deleted-entry 1
        """,
    }

    def root_prefixes(self, metadata: FeedMetadata, format: Format) -> Iterable[str]:
        return ("at",) if format == "atom" and metadata.tombstones else ()

    def feed_elements(self, metadata: FeedMetadata, format: Format) -> Iterable[XmlElement]:
        if format == "atom":
            for tombstone in metadata.tombstones:
                yield xml_element("at:deleted-entry", ref=tombstone.id, when=rfc3339(tombstone.when))
