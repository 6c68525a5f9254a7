"""JSON Feed 1.1 (jsonfeed.org/version/1.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from pydantic_core import to_json

from ..model import Article, Attachment, Author, Element, Feed, Problem
from .document import Document, Entry, document
from .frame import Frame
from .metadata import FeedMetadata

ABOUT = "about"
"""The name that says in an extension what it is, so that no element of that name can be in it."""


def to_json_feed(feed: Feed, articles: Iterable[Article], problems: list[Problem] | None = None) -> bytes:
    """The JSON Feed 1.1 document of a feed over the newest of some articles; arguments as for `to_rss`."""
    return serialize_json(document(feed, articles, problems))


def serialize_json(document: Document) -> bytes:
    """A normalised feed as JSON Feed 1.1."""
    return frame_json(document.head).document(map(json_entry, document.entries))


def frame_json(head: FeedMetadata) -> Frame:
    """What stands before, between and after the items: one line an item, so that a diff shows changes."""
    feed = head.feed
    about = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.url("json", head.page),
        "next_url": feed.url("json", head.older) if head.older is not None else None,
        "description": feed.description,
        "user_comment": _comment(feed),
        "icon": feed.image.url if feed.image else None,
        "favicon": feed.icon,
        "language": feed.language,
        "authors": [_author(feed.author)] if feed.author else [],
        "expired": bool(feed.podcast and feed.podcast.complete) or None,
        "hubs": [{"type": "WebSub", "url": hub} for hub in feed.hubs] if head.page is None else [],
        **_own(feed.elements),
    }
    return Frame(to_json(_told(about))[:-1] + b',"items":[\n', b",\n", b"\n]}\n")


def json_entry(entry: Entry) -> bytes:
    """An entry as a JSON Feed item: the same bytes in whatever feed it stands."""
    article, form = entry.article, entry.form
    item: dict[str, Any] = {"id": form.id, "url": form.link, "external_url": form.canonical}
    item["title"] = form.title
    if entry.html:
        item["content_html"] = entry.html
    else:
        item["content_text"] = form.summary or form.title
    item |= {
        "summary": form.summary,
        "image": form.image.url if form.image else None,
        "date_published": form.published,
        "date_modified": form.updated if form.dated else None,
        "authors": [_author(author) for author in article.authors],
        "tags": [tag.term for tag in form.tags],
        "language": form.language,
        "attachments": [_attachment(file) for file in article.attachments],
    }
    if article.elements:
        item |= _own(article.elements)
    return to_json(_told(item))


def _comment(feed: Feed) -> str | None:
    page = feed.url("html") if feed.page else None
    return f"This is a feed: copy its address into a feed reader. As a page: {page}" if page else None


def _author(author: Author) -> dict[str, Any]:
    if author.name or author.url:
        return _told({"name": author.label, "url": author.url})
    return {"url": f"mailto:{quote(author.email or '', safe='@+')}"}


def _attachment(file: Attachment) -> dict[str, Any]:
    seconds = file.duration
    return _told(
        {
            "url": file.url,
            "mime_type": file.media_type,
            "title": file.title,
            "size_in_bytes": file.length,
            "duration_in_seconds": int(seconds) if seconds and seconds.is_integer() else seconds,
        }
    )


def _own(elements: Iterable[Element]) -> dict[str, Any]:
    """Elements of the publisher's own as extensions: `_prefix: {about, name: text or object}`."""
    found: dict[str, Any] = {}
    for each in elements:
        if each.name == ABOUT:
            continue
        value: Any = each.text
        if each.attributes:
            # No attribute can have this name.
            value = each.attributes | ({"#text": each.text} if each.text else {})
        values = found.setdefault(f"_{each.prefix}", {ABOUT: each.namespace})
        if each.name in values:
            former = values[each.name]
            value = [*former, value] if isinstance(former, list) else [former, value]
        values[each.name] = value
    return found


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", [])}
