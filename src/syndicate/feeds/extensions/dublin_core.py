"""Dublin Core in RSS: names without an address, the language and the rights of an item.

Source: Dublin Core Metadata Element Set 1.1; RSS Advisory Board's profile on `dc:creator`.
"""

from __future__ import annotations

from lxml import etree

from .base import EntryExtension, FeedExtension, child


class DublinEntry(EntryExtension):
    """`dc:creator`, `dc:language`, `dc:rights`."""

    def extend_rss(self, item: etree._Element) -> etree._Element:
        """Add to an item. One author with an address has an `author` instead, never both."""
        form = self.form
        if not (len(form.authors) == 1 and form.authors[0].email):
            for author in form.authors:
                child(item, "dc:creator", author.label)
        if form.language:
            child(item, "dc:language", form.language)
        if form.rights:
            child(item, "dc:rights", form.rights)
        return item


class DublinFeed(FeedExtension):
    """Declares the namespace."""

    prefixes = ("dc",)
