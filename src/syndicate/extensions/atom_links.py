"""Links of entries and feeds, and Atom's elements in RSS.

Source: RFC 4287; the RSS Advisory Board's profile on `atom:link`; RFC 4946 (license); RFC 6596 (canonical);
WebSub, section 4 (hub and self).
"""

from __future__ import annotations

from collections.abc import Iterable

from ..model import MEDIA_TYPES, Article, FeedMetadata, Format
from ..model.feed_dates import rfc3339, whole_minutes
from .extension import Extension, XmlElement, xml_element


class AtomLinks(Extension):
    """`link` in Atom; `atom:link` and `atom:updated` in RSS."""

    name = "atom_links"

    def entry_elements(self, article: Article, format: Format) -> Iterable[XmlElement]:
        rss = format == "rss"
        name = "atom:link" if rss else "link"
        if article.link and not rss:
            yield xml_element(name, rel="alternate", href=article.link)
        for each in article.alternates:
            yield xml_element(
                name,
                rel="alternate",
                href=each.url,
                type=each.media_type,
                hreflang=each.language,
                title=each.title,
            )
        if article.license and article.license.url:
            yield xml_element(name, rel="license", href=article.license.url, title=article.license.name)
        if article.canonical and article.canonical != article.link:
            yield xml_element(name, rel="canonical", href=article.canonical)
        if rss:
            updated = article.updated
            if updated and article.published and updated != article.published:
                yield xml_element("atom:updated", rfc3339(whole_minutes(updated) or updated))
            return
        for file in article.attachments:
            yield xml_element(
                name,
                rel="enclosure",
                href=file.url,
                type=file.media_type,
                length=None if file.length is None else str(file.length),
                title=file.title,
            )

    def feed_elements(self, metadata: FeedMetadata, format: Format) -> Iterable[XmlElement]:
        feed, page = metadata.feed, metadata.page
        name = "link"
        if format == "rss":
            name = "atom:link"
        else:
            yield xml_element(name, rel="alternate", href=feed.home, type="text/html")
        if address := feed.url(format, page):
            yield xml_element(name, rel="self", href=address, type=MEDIA_TYPES[format])
        if page is None:
            for hub in feed.hubs:
                yield xml_element(name, rel="hub", href=hub)
        if feed.page and (html := feed.url("html")):
            yield xml_element(name, rel="related", href=html, type="text/html", title="This feed as a page")

    def unsupported_fields(self, article: Article, format: Format) -> Iterable[str]:
        if format == "json":
            if article.license and article.license.url:
                yield "license"
            if article.alternates:
                yield "alternates"
