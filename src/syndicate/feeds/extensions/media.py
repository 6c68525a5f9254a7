"""Media RSS: the picture, and what is to be said of files beyond what an enclosure holds.

Source: Media RSS Specification 1.5.1 (RSS Advisory Board).
"""

from __future__ import annotations

from lxml import etree

from .base import EntryExtension, FeedExtension, child


class MediaEntry(EntryExtension):
    """`media:group` for files, `media:content` and `media:thumbnail` for the picture."""

    def extend_rss(self, item: etree._Element) -> etree._Element:
        """Add to an item, which can carry one enclosure and neither its title nor its length in time."""
        files = self.form.files
        if len(files) > 1 or any(file.title or file.seconds for file in files):
            self._group(item)
        return self._picture(item)

    def extend_atom(self, entry: etree._Element) -> etree._Element:
        """Add to an entry, whose links carry all but the length in time."""
        if any(file.seconds for file in self.form.files):
            self._group(entry)
        return self._picture(entry)

    def _group(self, parent: etree._Element) -> None:
        group = child(parent, "media:group")
        for number, file in enumerate(self.form.files):
            content = child(
                group,
                "media:content",
                url=file.url,
                fileSize=file.length,
                type=file.media_type,
                duration=file.seconds,
                isDefault="true" if number == 0 else None,
            )
            if file.title:
                child(content, "media:title", file.title, type="plain")

    def _picture(self, parent: etree._Element) -> etree._Element:
        image = self.form.image
        if image is None:
            return parent
        content = child(
            parent,
            "media:content",
            url=image.url,
            type=image.media_type,
            medium="image",
            width=image.width,
            height=image.height,
        )
        if image.alt:
            child(content, "media:description", image.alt, type="plain")
        child(content, "media:thumbnail", url=image.url, width=image.width, height=image.height)
        if image.credit:
            child(content, "media:credit", image.credit)
        return parent


class MediaFeed(FeedExtension):
    """Declares the namespace."""

    prefixes = ("media",)
