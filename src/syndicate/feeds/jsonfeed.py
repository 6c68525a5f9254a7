"""JSON Feed 1.1 (jsonfeed.org/version/1.1)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from ..model import Article, Attachment, Author, Feed, Problem
from .document import Document, Entry, document


def to_json_feed(feed: Feed, articles: Iterable[Article], problems: list[Problem] | None = None) -> bytes:
    """The JSON Feed 1.1 document of a feed over the newest of some articles; arguments as for `to_rss`."""
    return spell_json(document(feed, articles, problems))


def spell_json(document: Document) -> bytes:
    """A normalised feed as JSON Feed 1.1."""
    feed = document.feed
    head = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.url("json"),
        "description": feed.description,
        "language": feed.language,
        "authors": [_author(feed.author)] if feed.author else [],
    }
    # One line an item: a person can read it, and a diff shows what changed.
    items = b",\n".join(_dump(_item(entry)) for entry in document.entries)
    start = _dump(_told(head))[:-1]
    return start + b', "items": [\n' + items + b"\n]}\n" if items else start + b', "items": []}\n'


def _item(entry: Entry) -> dict[str, Any]:
    article = entry.article
    item = _told(
        {
            "id": entry.id,
            "url": article.link,
            "title": entry.title,
            "content_html": entry.html,
            "summary": entry.summary,
            "image": article.image.url if article.image else None,
            "date_published": entry.published.isoformat() if entry.published else None,
            "date_modified": entry.updated.isoformat() if entry.updated else None,
            "authors": [_author(author) for author in entry.authors],
            "tags": [tag.term for tag in entry.tags],
            "language": article.language,
            "attachments": [_attachment(file) for file in article.attachments],
        }
    )
    if "content_html" not in item:
        item["content_text"] = entry.summary or entry.title
    return item


def _author(author: Author) -> dict[str, Any]:
    mail = f"mailto:{quote(author.email, safe='@+')}" if author.email and not author.name else None
    url = author.url or mail
    return _told({"name": author.name, "url": url})


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


def _told(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def _dump(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
