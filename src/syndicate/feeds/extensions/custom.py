"""Elements of the publisher's own namespaces (RFC 4287, section 6; RSS 2.0, "Extending RSS")."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from ...model import Element
from .base import EntryExtension, FeedExtension


class OwnEntry(EntryExtension):
    """Those of an entry."""

    def extend_rss(self, item: etree._Element) -> etree._Element:
        """Add to an item."""
        for each in self.form.elements:
            _add(item, each.namespace, each.prefix, each.name, each.text, each.attributes)
        return item

    def extend_atom(self, entry: etree._Element) -> etree._Element:
        """Add to an entry."""
        return self.extend_rss(entry)


class OwnFeed(FeedExtension):
    """Those of a feed."""

    def extend_rss(self, root: etree._Element) -> etree._Element:
        """Add to a channel."""
        _all(root[0], self.head.feed.elements)
        return root

    def extend_atom(self, root: etree._Element) -> etree._Element:
        """Add to a feed."""
        _all(root, self.head.feed.elements)
        return root


def _all(parent: etree._Element, elements: Iterable[Element]) -> None:
    for each in elements:
        _add(parent, each.namespace, each.prefix, each.name, each.text or None, each.attributes.items())


def _add(
    parent: etree._Element,
    namespace: str,
    prefix: str,
    name: str,
    text: str | None,
    attributes: Iterable[tuple[str, str]],
) -> None:
    element = etree.SubElement(parent, f"{{{namespace}}}{name}", dict(attributes), {prefix: str(namespace)})
    element.text = text
