"""GeoRSS-Simple: where it happened (OGC 17-002r1)."""

from __future__ import annotations

from lxml import etree

from .base import EntryExtension, FeedExtension, child


class PlacesEntry(EntryExtension):
    """`georss:point` and `georss:featurename`."""

    def extend_rss(self, item: etree._Element) -> etree._Element:
        """Add to an item."""
        place = self.form.place
        if place:
            child(item, "georss:point", place.point)
            if place.name:
                child(item, "georss:featurename", place.name)
        return item

    def extend_atom(self, entry: etree._Element) -> etree._Element:
        """Add to an entry."""
        return self.extend_rss(entry)


class PlacesFeed(FeedExtension):
    """Declares the namespace."""

    prefixes = ("georss",)
