"""Atom's elements in RSS: what RSS has no word of its own for.

Source: RFC 4287; the RSS Advisory Board's profile on `atom:link`; RFC 4946 (license); RFC 6596 (canonical);
WebSub, section 4 (hub and self).
"""

from __future__ import annotations

from lxml import etree

from ...model import MEDIA_TYPES, Format
from .base import XML, EntryExtension, FeedExtension, child


class LinksEntry(EntryExtension):
    """Licence, canonical page, other languages, and when an item last changed."""

    def extend_rss(self, item: etree._Element) -> etree._Element:
        """Add to an item."""
        self._add(item, "atom:link")
        if self.form.revised:
            child(item, "atom:updated", self.form.updated)
        return item

    def extend_atom(self, entry: etree._Element) -> etree._Element:
        """Add to an entry, whose page and files are links as well."""
        if self.form.link:
            child(entry, "link", rel="alternate", href=self.form.link)
        self._add(entry, "link")
        for file in self.form.files:
            child(
                entry,
                "link",
                rel="enclosure",
                href=file.url,
                type=file.media_type,
                length=file.length,
                title=file.title,
            )
        return entry

    def _add(self, parent: etree._Element, name: str) -> None:
        form = self.form
        for each in form.alternates:
            child(
                parent,
                name,
                rel="alternate",
                href=each.url,
                type=each.media_type,
                hreflang=each.language,
                title=each.title,
            )
        if form.license:
            child(parent, name, rel="license", href=form.license.url, title=form.license.title)
        if form.canonical:
            child(parent, name, rel="canonical", href=form.canonical)


class LinksFeed(FeedExtension):
    """The feed's own links: itself, its hubs, its HTML twin."""

    def extend_rss(self, root: etree._Element) -> etree._Element:
        """Add to a channel, in place of the one link that feedgen writes."""
        channel = root[0]
        own = channel.find("{http://www.w3.org/2005/Atom}link")
        if own is not None:
            channel.remove(own)
        self._add(channel, "atom:link", "rss")
        return root

    def extend_atom(self, root: etree._Element) -> etree._Element:
        """Add to a feed."""
        for link in root.findall("link"):
            root.remove(link)
        child(root, "link", rel="alternate", href=self.head.feed.home, type="text/html")
        self._add(root, "link", "atom")
        if self.head.feed.language:
            root.set(f"{XML}lang", self.head.feed.language)
        return root

    def _add(self, parent: etree._Element, name: str, kind: Format) -> None:
        feed, page = self.head.feed, self.head.page
        own = feed.url(kind, page)
        if own:
            child(parent, name, rel="self", href=own, type=MEDIA_TYPES[kind])
        if page is None:
            for hub in feed.hubs:
                child(parent, name, rel="hub", href=hub)
        if feed.page and (twin := feed.url("html")):
            child(parent, name, rel="related", href=twin, type="text/html", title="This feed as a page")
