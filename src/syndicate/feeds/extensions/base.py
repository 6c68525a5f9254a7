"""What feedgen's extension mechanism is given by ours: namespaces, and the form or the head to speak of."""

from __future__ import annotations

from typing import ClassVar

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from ..entry_fields import EntryFields
from ..metadata import FeedMetadata

NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
    "georss": "http://www.georss.org/georss",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "thr": "http://purl.org/syndication/thread/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "fh": "http://purl.org/syndication/history/1.0",
    "at": "http://purl.org/atompub/tombstones/1.0",
}
XML = "{http://www.w3.org/XML/1998/namespace}"

for _prefix, _namespace in NAMESPACES.items():
    etree.register_namespace(_prefix, _namespace)


class EntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """Adds to an entry what its form has and feedgen has no word for."""

    form: EntryFields


class FeedExtension(BaseExtension):  # type: ignore[misc]
    """Adds to a feed what its head has and feedgen has no word for.

    `rss` and `atom` name the prefixes that documents of these formats declare on their root, so that an
    entry, which is spelt by itself, need not.
    """

    head: FeedMetadata
    prefixes: ClassVar[tuple[str, ...]] = ()

    def extend_ns(self) -> dict[str, str]:
        """The namespaces that this extension uses."""
        return {prefix: NAMESPACES[prefix] for prefix in self.prefixes}


def child(
    parent: etree._Element, name: str, text: str | None = None, **attributes: str | None
) -> etree._Element:
    """Add an element: `prefix:name`, or a name in no namespace. Attributes that are none are left out."""
    prefix, _, local = name.rpartition(":")
    tag = f"{{{NAMESPACES[prefix]}}}{local}" if prefix else name
    given = {key: value for key, value in attributes.items() if value is not None}
    element = etree.SubElement(parent, tag, given)
    element.text = text
    return element
