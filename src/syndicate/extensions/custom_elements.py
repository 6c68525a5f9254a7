"""Elements of namespaces that syndicate does not know (RFC 4287, section 6; RSS 2.0, "Extending RSS")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..model import Article, Element, FeedMetadata, Format
from .extension import Extension, Fixed, XmlElement

_ABOUT = "about"
"""The member of a JSON Feed extension that describes it: no element of this name can be in it."""


class CustomElements(Extension):
    """`elements` of an article or feed. In JSON Feed: `_prefix: {about, name: text or object}`."""

    name = "custom_elements"
    article_fields = ("elements",)

    def entry_elements(self, article: Article, format: Format) -> Iterable[XmlElement]:
        return map(_element, article.elements)

    def feed_elements(self, metadata: FeedMetadata, format: Format) -> Iterable[XmlElement]:
        return map(_element, metadata.feed.elements)

    def entry_json(self, article: Article) -> Mapping[str, Any]:
        return _json(article.elements)

    def feed_json(self, metadata: FeedMetadata) -> Mapping[str, Any]:
        return _json(metadata.feed.elements)

    def unsupported_fields(self, article: Article, format: Format) -> Iterable[str]:
        if format == "json" and any(each.name == _ABOUT for each in article.elements):
            yield f"elements.{_ABOUT}"


def _element(given: Element) -> XmlElement:
    attributes = tuple([each for name, value in given.attributes.items() for each in (Fixed(name), value)])
    tag = Fixed(f"{{{given.namespace}}}{given.name}")
    return XmlElement(tag, given.text or None, attributes, prefix=Fixed(given.prefix))


def _json(elements: Iterable[Element]) -> Mapping[str, Any]:
    members: dict[str, Any] = {}
    for each in elements:
        if each.name == _ABOUT:
            continue
        value: Any = each.text
        if each.attributes:
            # An attribute cannot have the name "#text".
            value = each.attributes | ({"#text": each.text} if each.text else {})
        values = members.setdefault(f"_{each.prefix}", {_ABOUT: each.namespace})
        if each.name in values:
            former = values[each.name]
            value = [*former, value] if isinstance(former, list) else [former, value]
        values[each.name] = value
    return members
