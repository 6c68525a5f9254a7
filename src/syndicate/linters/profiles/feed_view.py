"""The parts of a feed that platforms check, in one form for all formats: channel, entries, images."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from lxml import etree

from ...extensions import NAMESPACES
from ...model.findings import FindingCollector
from ..feeds.jsonfeed import lines_of_items
from ..feeds.markup import has_long_tag
from ..feeds.xml_parsing import parse

_ATOM = f"{{{NAMESPACES['atom']}}}"
_MEDIA = f"{{{NAMESPACES['media']}}}"
_ITUNES = f"{{{NAMESPACES['itunes']}}}"
_DC = f"{{{NAMESPACES['dc']}}}"
_ENCODED = f"{{{NAMESPACES['content']}}}encoded"
_SNF = "{http://www.smartnews.be/snf}"
_HTML_PARSER = etree.HTMLParser(no_network=True, huge_tree=True, encoding="utf-8")


@dataclass(slots=True)
class ImageView:
    """An image of an entry; `width` and `height` are None if the feed does not state them."""

    url: str
    width: int | None = None
    height: int | None = None


@dataclass(slots=True)
class EnclosureView:
    """A file of an entry."""

    url: str
    media_type: str


@dataclass(slots=True)
class EntryView:
    """An entry; what it lacks is empty.

    Attributes:
        number: from 1.
        size: of the entry in the document, in bytes; 0 if unknown.
        body_tags: the names of the elements in the body.
    """

    number: int
    line: int | None
    id: str = ""
    title: str = ""
    link: str = ""
    date: str = ""
    summary: str = ""
    body: str = ""
    author: str = ""
    size: int = 0
    images: list[ImageView] = field(default_factory=list)
    enclosures: list[EnclosureView] = field(default_factory=list)
    body_tags: frozenset[str] = frozenset()


@dataclass(slots=True)
class FeedView:
    """A feed; what it lacks is empty.

    Attributes:
        fields: of the channel: title, link, description, language, date, and elements of extensions such as
            `itunes:image`.
        encoding: the name of the encoding.
        size: of the document, in bytes.
    """

    fields: dict[str, str]
    entries: list[EntryView]
    encoding: str
    size: int


def view_of(document: bytes, format_name: str) -> FeedView | None:
    """Return what platforms look at in a document; None if it is no feed, or cannot be parsed."""
    if format_name.startswith("JSON"):
        return _view_of_json(document)
    if not format_name.startswith(("RSS", "Atom")):
        return None
    parsed = parse(FindingCollector({}), document)
    if parsed is None:
        return None
    root = parsed.root
    channel = root.find("channel") if root.tag == "rss" else root
    if channel is None:
        return None
    tag = "item" if root.tag == "rss" else f"{_ATOM}entry"
    entries = [_entry(element, number) for number, element in enumerate(channel.iterchildren(tag), start=1)]
    fields = {name: value for child in channel.iterchildren(etree.Element) for name, value in _fields(child)}
    return FeedView(fields, entries, parsed.encoding, len(document))


def _text(element: etree._Element | None) -> str:
    return "" if element is None else (element.text or "").strip()


_FIELD_NAMES = {
    f"{_ATOM}title": "title",
    f"{_ATOM}subtitle": "description",
    f"{_ATOM}updated": "date",
    "lastBuildDate": "date",
    "pubDate": "date",
    f"{_DC}language": "language",
}


def _fields(element: etree._Element) -> Iterator[tuple[str, str]]:
    tag = str(element.tag)
    if tag == f"{_ATOM}link":
        if element.get("rel", "alternate") == "alternate":
            yield "link", element.get("href") or ""
        return
    if tag.startswith(_ITUNES):
        name = f"itunes:{tag.removeprefix(_ITUNES)}"
        yield name, _text(element) or element.get("href") or element.get("text") or ""
    elif tag.startswith(_SNF):
        yield f"snf:{tag.removeprefix(_SNF)}", _text(element) or _text(element.find("url"))
    elif not tag.startswith("{") or tag in _FIELD_NAMES:
        yield _FIELD_NAMES.get(tag, tag), _text(element)


def _entry(element: etree._Element, number: int) -> EntryView:
    entry = EntryView(number, cast("int | None", element.sourceline), size=len(etree.tostring(element)))
    for child in element.iterchildren(etree.Element):
        _read_child(entry, child, str(child.tag))
    if entry.body:
        root = _parse_html(entry.body)
        entry.body_tags = (
            frozenset(str(each.tag) for each in root.iter(etree.Element)) if root is not None else frozenset()
        )
        if root is not None:
            entry.images += [_image(each, "src") for each in root.iter("img") if each.get("src")]
    return entry


def _read_child(entry: EntryView, child: etree._Element, tag: str) -> None:
    name = _ENTRY_FIELDS.get(tag)
    if name is not None:
        if not getattr(entry, name):
            setattr(entry, name, _content(child))
    elif tag == f"{_ATOM}link":
        rel, href = child.get("rel", "alternate"), child.get("href") or ""
        if rel == "alternate":
            entry.link = entry.link or href
        elif rel == "enclosure":
            _add_enclosure(entry, href, child.get("type") or "")
    elif tag == "enclosure":
        _add_enclosure(entry, child.get("url") or "", child.get("type") or "")
    elif tag == f"{_ATOM}author":
        entry.author = entry.author or _text(child.find(f"{_ATOM}name"))
    elif tag.startswith(_MEDIA):
        for each in child.iter(f"{_MEDIA}content", f"{_MEDIA}thumbnail"):
            is_image = each.tag == f"{_MEDIA}thumbnail" or each.get("medium") == "image"
            if each.get("url") and (is_image or (each.get("type") or "").startswith("image/")):
                entry.images.append(_image(each, "url"))


_ENTRY_FIELDS = {
    "guid": "id",
    "title": "title",
    "link": "link",
    "pubDate": "date",
    "description": "summary",
    "author": "author",
    _ENCODED: "body",
    f"{_DC}creator": "author",
    f"{_DC}date": "date",
    f"{_ATOM}id": "id",
    f"{_ATOM}title": "title",
    f"{_ATOM}published": "date",
    f"{_ATOM}updated": "date",
    f"{_ATOM}summary": "summary",
    f"{_ATOM}content": "body",
}


def _content(element: etree._Element) -> str:
    if len(element):
        return "".join(etree.tostring(child, encoding="unicode") for child in element).strip()
    return _text(element)


def _add_enclosure(entry: EntryView, url: str, media_type: str) -> None:
    if url:
        entry.enclosures.append(EnclosureView(url, media_type))
        if media_type.startswith("image/"):
            entry.images.append(ImageView(url))


def _image(element: etree._Element, address: str) -> ImageView:
    return ImageView(
        element.get(address) or "", _pixels(element.get("width")), _pixels(element.get("height"))
    )


def _pixels(text: str | None) -> int | None:
    digits = (text or "").removesuffix("px")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 7 else None


def _parse_html(html: str) -> etree._Element | None:
    if has_long_tag(html):
        return None
    try:
        return etree.fromstring(html.encode("utf-8", "replace"), _HTML_PARSER)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _view_of_json(document: bytes) -> FeedView | None:
    try:
        text = document.decode("utf-8-sig")
        feed = json.loads(text)
        items = feed.get("items")
        lines = lines_of_items(text) if isinstance(items, list) else []
    except (ValueError, RecursionError, AttributeError):
        return None
    names = {"title": "title", "home_page_url": "link", "description": "description", "language": "language"}
    fields = {ours: str(feed[theirs]) for theirs, ours in names.items() if feed.get(theirs)}
    entries = [
        _entry_of_json(item, number, lines[number - 1] if number <= len(lines) else None)
        for number, item in enumerate(items if isinstance(items, list) else (), start=1)
        if isinstance(item, dict)
    ]
    return FeedView(fields, entries, "UTF-8", len(document))


def _entry_of_json(item: dict[str, Any], number: int, line: int | None) -> EntryView:
    def member(*names: str) -> str:
        return next((str(item[name]) for name in names if item.get(name)), "")

    entry = EntryView(number, line, id=member("id"), title=member("title"), link=member("url"))
    entry.date = member("date_published", "date_modified")
    entry.summary, entry.body = member("summary"), member("content_html", "content_text")
    entry.size = len(json.dumps(item, ensure_ascii=False).encode("utf-8", "replace"))
    entry.images = [ImageView(str(item[name])) for name in ("image", "banner_image") if item.get(name)]
    authors = item.get("authors")
    if isinstance(authors, list) and authors and isinstance(authors[0], dict):
        entry.author = str(authors[0].get("name") or "")
    root = _parse_html(entry.body) if entry.body else None
    if root is not None:
        entry.body_tags = frozenset(str(each.tag) for each in root.iter(etree.Element))
        entry.images += [_image(each, "src") for each in root.iter("img") if each.get("src")]
    return entry
