"""The addresses and ids of feeds and entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from lxml import etree

from .names import attribute
from .text import absolute_base, plain_text

_HTML_TYPES = {"text/html", "application/xhtml+xml", "html", "xhtml"}


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a feed or an entry.

    Attributes:
        url: resolved against `xml:base` only.
        rel: in lower case; `alternate` without the attribute.
        media_type: in lower case; of a page without the attribute.
    """

    url: str
    rel: str = "alternate"
    media_type: str = "text/html"
    language: str | None = None
    title: str | None = None
    length: str | None = None
    count: str | None = None

    @property
    def is_html(self) -> bool:
        """Whether it leads to a web page."""
        return self.media_type in _HTML_TYPES

    @property
    def is_page(self) -> bool:
        """Whether it is the link to the page of the feed or the entry."""
        return self.rel == "alternate" and self.is_html


def read_links(elements: Iterable[etree._Element]) -> list[Link]:
    """Return the links of `link` elements: of Atom in attributes, of RSS in the text."""
    links = []
    for each in elements:
        url = attribute(each, "href") or attribute(each, "url") or attribute(each, "uri") or plain_text(each)
        if not url:
            continue
        rel = (attribute(each, "rel") or "alternate").lower()
        default_type = "application/atom+xml" if rel == "self" else "text/html"
        links.append(
            Link(
                resolve(each, url),
                rel.removeprefix("http://www.iana.org/assignments/relation/"),
                (attribute(each, "type") or default_type).lower().partition(";")[0].strip(),
                attribute(each, "hreflang"),
                attribute(each, "title"),
                attribute(each, "length"),
                each.get("{http://purl.org/syndication/thread/1.0}count"),
            )
        )
    return links


def page_link(links: Sequence[Link]) -> str | None:
    """Return the address of the page. The last one counts."""
    return next((each.url for each in reversed(links) if each.is_page), None)


def first_link(links: Iterable[Link], rel: str) -> str | None:
    """Return the first address with a relation."""
    return next((each.url for each in links if each.rel == rel), None)


def resolve(element: etree._Element, url: str) -> str:
    """Return an address resolved against the `xml:base` of its element, if it has one."""
    base = absolute_base(element)
    if base is None or not url:
        return url
    try:
        return urljoin(base, url)
    except ValueError:
        return url


def read_id(elements: Mapping[str, Sequence[etree._Element]], entry: etree._Element) -> tuple[str, bool]:
    """Return the id of an entry, empty if it has none, and whether it is the address of the page too."""
    for name in ("guid", "id"):
        for each in reversed(elements.get(name, ())):
            is_link = (attribute(each, "ispermalink") or "true") == "true"
            value = plain_text(each)
            if value:
                return resolve(each, value) if is_link else value, is_link
    about = entry.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about") or ""
    return about, False
