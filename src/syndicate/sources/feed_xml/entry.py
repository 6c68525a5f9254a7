"""The entries of RSS and Atom documents as fields of records."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from html import unescape
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from ...text.html_to_text import to_text
from ...text.illegal_characters import repair_text
from ..dates import AmbiguousDateError, read_date
from .document import Outline
from .links import Link, first_link, page_link, read_id, read_links
from .media import media_text, read_attachments, read_image
from .names import attribute, children
from .people import read_authors, read_tags
from .podcast import read_episode, read_live
from .text import Text, TextKind, absolute_base, language_of, plain_text, read_text, with_base

Elements = dict[str, list[etree._Element]]

# The dates of an entry: of RSS, Atom, Atom 0.3, Dublin Core.
_PUBLISHED = ("published", "pubdate", "issued", "dcterms:issued")
_UPDATED = ("updated", "modified", "lastbuilddate", "dc:date", "dcterms:modified")
_BODIES = ("content:encoded", "content", "fullitem", "body", "xhtml:body")
_SUMMARIES = ("description", "summary", "abstract", "dc:description", "dcterms:abstract")
_COORDINATE = re.compile(r"[+-]?\d{1,3}(?:\.\d{1,20})?")
_HOMES = ("self", "alternate")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry.

    Attributes:
        fields: of its record, without an id.
        own_id: as the document has it; empty if it has none.
        title: as the document has it, with its kind. In `fields`, one that is HTML has become text.
        body: its text or HTML.
        date: of publication, as the document has it.
        is_readable_date: whether that is a date; true without one.
    """

    fields: dict[str, Any]
    own_id: str
    title: Text
    body: str
    date: str | None
    is_readable_date: bool


class FeedMetadata:
    """What all entries of a document have in common.

    Attributes:
        stated_homes: the addresses that the document states as its home.
        feed: the title and the addresses of the feed.

    Args:
        scope: what identifies the feed.
        url: where the document was fetched from; relative addresses are relative to it.
    """

    def __init__(self, outline: Outline, scope: str, url: str | None) -> None:
        metadata = outline.metadata
        elements = _by_name(metadata) if metadata is not None else {}
        links = read_links(elements.get("link", ()))
        self._is_atom = outline.is_atom
        own_id, is_link = read_id(elements, metadata) if metadata is not None else ("", False)
        self._link = page_link(links) or (own_id if is_link and own_id.startswith("http") else None)
        self._base = url or self._link or ""
        self.stated_homes = [each.url for each in links if each.rel in _HOMES] + [self._link or ""]
        self._authors = read_authors(elements, "managingeditor", "itunes:author", "itunes:owner")
        self._language = _text(elements, "language", "dc:language")
        self._root_language = language_of(metadata) if metadata is not None else None
        self._rights = _text(elements, "rights", "copyright", "dc:rights")
        self._license = _license(elements, links)
        self.feed = {
            "title": _plain_title(_first_text(elements, ("title", "dc:title"))),
            "link": self._link,
            "url": scope,
        }

    def entry(self, element: etree._Element) -> Entry:
        """Return an entry of the document."""
        elements = _by_name(element)
        links = read_links(elements.get("link", ()))
        own_id, is_link = read_id(elements, element)
        names = ("title", "dc:title", "itunes:title")
        title = _first_text(elements, names, "text" if self._is_atom else "unknown") or Text("", "text")
        if not title.value and (named := media_text(elements, "media:title")) is not None:
            title = read_text(named, "unknown")
        html, summary, text = self._body(elements)
        image = read_image(elements)
        published, updated = _first_date(elements, _PUBLISHED), _first_date(elements, _UPDATED)
        stated = _text(elements, *_PUBLISHED)
        fields: dict[str, Any] = {
            "title": _plain_title(title),
            "link": self._page(links, own_id if is_link else "", own_id),
            "canonical": first_link(links, "canonical") or _text(elements, "feedburner:origlink"),
            "content_html": html,
            "content_text": text,
            "summary": summary,
            "authors": self._entry_authors(elements),
            "tags": read_tags(elements),
            "section": _text(elements, "slash:section"),
            "published": published if published or self._is_atom else _first_date(elements, ("dc:date",)),
            "updated": updated,
            "expires": _first_date(elements, ("expirationdate",)),
            "language": self._entry_language(elements),
            "image": self._absolute(image, "url"),
            "attachments": [self._absolute(each, "url") for each in read_attachments(elements, links, image)],
            "rights": _text(elements, "rights", "copyright", "dc:rights", "media:copyright") or self._rights,
            "license": _license(elements, links) or self._license,
            "alternates": _alternates(links),
            "replies_to": _replies(elements),
            "origin": _origin(elements),
            "location": _location(elements),
            "episode": self._episode(element, elements),
            **self._discussion(elements, links),
        }
        present = {name: value for name, value in fields.items() if value}
        return Entry(
            present,
            own_id,
            title,
            html or summary or text or "",
            stated,
            is_readable_date=stated is None or "published" in present,
        )

    def _body(self, elements: Elements) -> tuple[str | None, str | None, str | None]:
        """Return the HTML, the summary and the plain text of an entry.

        The full text comes before the description, and that before the text about its media.
        """
        body = _first_text(elements, _BODIES, "text")
        if body is not None and "content:encoded" in elements and body.kind == "text":
            body = Text(body.value, "html")
        description = _first_text(elements, _SUMMARIES)
        if body is None and not self._is_atom:
            # RSS without a full text has the body in the description.
            body, description = description, None
        if body is None and description is None:
            body = _media_body(elements)
        summary = None
        if description is not None and (body is None or description.value != body.value):
            is_html = description.kind == "html" and "<" not in description.value
            summary = unescape(description.value) if is_html else description.value
        if body is None:
            return None, summary, None
        if summary is None:
            # Apple's short texts are summaries where the description is the text.
            summary = _text(elements, "itunes:subtitle", "itunes:summary")
            summary = summary if summary != body.value else None
        return (None, summary, body.value) if body.kind == "text" else (body.value, summary, None)

    def _page(self, links: Sequence[Link], guid: str, own_id: str) -> str | None:
        link = page_link(links) or guid or None
        if link and link == own_id and not link.startswith(("http://", "https://")):
            # A guid is an address only if it looks like one, whatever `isPermaLink` says.
            return None
        return self._absolute_url(link)

    def _absolute_url(self, url: str | None) -> str | None:
        try:
            return urljoin(self._base, url) if url else None
        except ValueError:
            return url

    def _absolute(self, values: dict[str, Any] | None, *names: str) -> dict[str, Any] | None:
        """Return a mapping with these addresses in it made absolute."""
        return values and {
            name: self._absolute_url(value) if name in names else value for name, value in values.items()
        }

    def _episode(self, element: etree._Element, elements: Elements) -> dict[str, Any] | None:
        episode = read_episode(elements, self._absolute_url)
        live = read_live(element)
        return {**(episode or {}), "live": live} if live else episode

    def _entry_authors(self, elements: Elements) -> list[dict[str, Any] | None]:
        authors = read_authors(elements, "itunes:author")
        if not authors:
            sources = [_by_name(each) for each in elements.get("source", ())]
            authors = next((found for each in sources if (found := read_authors(each))), self._authors)
        return [self._absolute(each, "url") for each in authors]

    def _entry_language(self, elements: Elements) -> str | None:
        own = _text(elements, "dc:language", "language")
        for name in (*_BODIES, *_SUMMARIES, "title", "id", "guid", "link"):
            if own is None and (found := elements.get(name)):
                own = language_of(found[0])
        return own or self._language or self._root_language

    def _discussion(self, elements: Elements, links: Sequence[Link]) -> dict[str, Any]:
        replies = [each for each in links if each.rel == "replies"]
        page = next((each for each in replies if each.is_html), None)
        feed = next((each for each in replies if not each.is_html), None)
        count = (
            _text(elements, "slash:comments", "thr:total") or (feed and feed.count) or (page and page.count)
        )
        values: dict[str, Any] = {
            "url": _text(elements, "comments") or (page and page.url),
            "feed": _text(elements, "wfw:commentrss") or (feed and feed.url),
            "count": int(count)
            if count and count.isascii() and count.isdigit() and len(count) < 10
            else None,
        }
        if feed is None and values["feed"]:
            values["feed_type"] = "application/rss+xml"
        discussion = self._absolute(
            {name: each for name, each in values.items() if each is not None}, "url", "feed"
        )
        return {"discussion": discussion} if discussion else {}


def _by_name(element: etree._Element) -> Elements:
    elements: Elements = {}
    for name, child in children(element):
        elements.setdefault(name, []).append(child)
    return elements


def _text(elements: Elements, *names: str) -> str | None:
    """Return the first text of elements with these names that is not empty."""
    for name in names:
        for each in elements.get(name, ()):
            if text := plain_text(each):
                return text
    return None


def _first_text(elements: Elements, names: Sequence[str], default: TextKind = "unknown") -> Text | None:
    """Return the first text that is not empty, with addresses that `xml:base` makes absolute."""
    for name in names:
        for each in elements.get(name, ()):
            text = read_text(each, default)
            if text.value:
                return (
                    replace(text, value=with_base(text.value, absolute_base(each)))
                    if text.kind != "text"
                    else text
                )
    return None


def _media_body(elements: Elements) -> Text | None:
    for name in ("itunes:summary", "itunes:subtitle"):
        if text := _text(elements, name):
            return Text(text, "html" if "</" in text else "text")
    description = media_text(elements, "media:description")
    if description is None:
        return None
    described = read_text(description, "text")
    return described if described.value else None


def _plain_title(text: Text | None) -> str:
    """Return a title as plain text if the format says what it is; else as it is."""
    if text is None:
        return ""
    return to_text(repair_text(text.value)).strip() if text.kind == "html" else text.value


def _first_date(elements: Elements, names: Sequence[str]) -> str | None:
    """Return the first date that can be read; without one, the first that is ambiguous."""
    ambiguous = None
    for name in names:
        if (text := _text(elements, name)) is not None:
            try:
                read_date(text, UTC)
            except AmbiguousDateError:
                ambiguous = ambiguous or text
            except ValueError:
                continue
            else:
                return text
    return ambiguous


def _license(elements: Elements, links: Sequence[Link]) -> str | None:
    for each in elements.get("cc:license", ()):
        url = each.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource") or plain_text(each)
        if url:
            return url
    return first_link(links, "license")


def _alternates(links: Sequence[Link]) -> list[dict[str, str]]:
    """Return the other versions of an entry, one of each language and type (RFC 4287, section 4.1.2)."""
    page = page_link(links)
    found: dict[tuple[str, str], dict[str, str]] = {}
    for each in links:
        if each.rel == "alternate" and each.url != page and (each.language or not each.is_page):
            values = {
                "url": each.url,
                "language": each.language or "",
                "media_type": "" if each.is_page else each.media_type,
                "title": each.title or "",
            }
            key = (values["language"].lower(), values["media_type"])
            found.setdefault(key, {name: value for name, value in values.items() if value})
    return list(found.values())


def _replies(elements: Elements) -> list[dict[str, str]]:
    replies = []
    for each in elements.get("thr:in-reply-to", ()):
        values = {"id": attribute(each, "ref"), "url": attribute(each, "href")}
        if values["id"] or values["url"]:
            replies.append({name: value for name, value in values.items() if value})
    return replies


def _origin(elements: Elements) -> dict[str, str] | None:
    """Return the feed that an entry was taken from, if the entry says its title and address."""
    for each in elements.get("source", ()):
        parts = _by_name(each)
        links = read_links(parts.get("link", ()))
        values = {
            "title": _plain_title(_first_text(parts, ("title",))) if parts else plain_text(each),
            "feed": attribute(each, "url") or first_link(links, "self"),
            "home": page_link(links),
            "id": _text(parts, "id"),
        }
        if values["title"] and values["feed"]:
            return {name: value for name, value in values.items() if value}
    return None


def _location(elements: Elements) -> dict[str, str] | None:
    """Return the place of an entry (GeoRSS-Simple, GML, W3C Basic Geo)."""
    points = [plain_text(each) for each in elements.get("georss:point", ())]
    for outer in elements.get("georss:where", ()):
        points += [plain_text(each) for each in outer.iter("{*}pos")]
    inner = [_by_name(each) for each in elements.get("geo:point", ())]
    for each in (elements, *inner):
        points.append(f"{_text(each, 'geo:lat') or ''} {_text(each, 'geo:long', 'geo:lon') or ''}")
    for point in points:
        numbers = point.replace(",", " ").split()
        if len(numbers) == 2 and all(map(_COORDINATE.fullmatch, numbers)):
            name = _text(elements, "georss:featurename")
            return {"latitude": numbers[0], "longitude": numbers[1], **({"name": name} if name else {})}
    return None
