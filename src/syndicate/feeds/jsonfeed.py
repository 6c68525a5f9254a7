"""JSON Feed 1.1 (jsonfeed.org/version/1.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from pydantic_core import to_json

from ..extensions import extensions
from ..model import Article, Attachment, Author, Feed, FeedMetadata, Problem
from .document import Document, Entry, document
from .document_frame import Frame
from .entry_fields import extension_errors


def to_json_feed(
    feed: Feed, articles: Iterable[Article | Mapping[str, Any]], problems: list[Problem] | None = None
) -> bytes:
    """Return the JSON Feed 1.1 document of a feed with the newest of some articles; as `to_rss`."""
    return serialize_json(document(feed, articles, problems))


def serialize_json(document: Document) -> bytes:
    """Return a document as JSON Feed 1.1."""
    return json_frame(document.metadata).document(map(json_entry, document.entries))


def json_frame(metadata: FeedMetadata) -> Frame:
    """Return the document without its items. Each item is one line, so that a diff shows changes."""
    feed = metadata.feed
    members: dict[str, Any] = {}
    for extension in extensions():
        with extension_errors(extension):
            _merge(members, extension.feed_json(metadata))
    members = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.url("json", metadata.page),
        "next_url": feed.url("json", metadata.older) if metadata.older is not None else None,
        "description": feed.description,
        "user_comment": _user_comment(feed),
        "icon": feed.image.url if feed.image else None,
        "favicon": feed.icon,
        "language": feed.language,
        "authors": [_author(feed.author)] if feed.author else [],
        "expired": bool(feed.podcast and feed.podcast.complete) or None,
        "hubs": [{"type": "WebSub", "url": hub} for hub in feed.hubs] if metadata.page is None else [],
        **members,
    }
    return Frame(to_json(_without_empty(members))[:-1] + b',"items":[\n', b",\n", b"\n]}\n")


def json_entry(entry: Entry) -> bytes:
    """Return an entry as a JSON Feed item: the same bytes in every feed.

    Raises:
        FeedError: the code of an extension failed.
    """
    article, fields = entry.article, entry.fields
    item: dict[str, Any] = {"id": fields.id, "url": fields.link}
    item["external_url"] = article.canonical if article.canonical != article.link else None
    item["title"] = fields.title if fields.titled else None
    if entry.html:
        item["content_html"] = entry.html
    else:
        item["content_text"] = fields.summary or fields.title
    item |= {
        "summary": fields.summary,
        "image": article.image.url if article.image else None,
        "date_published": fields.published,
        "date_modified": fields.updated if fields.dated else None,
        "authors": [_author(author) for author in article.authors],
        "tags": [tag.term for tag in fields.tags],
        "language": fields.language,
        "attachments": [_attachment(file) for file in article.attachments],
    }
    if entry.has_foreign_elements:
        members: dict[str, Any] = {}
        for extension in extensions():
            with extension_errors(extension, article.id):
                _merge(members, extension.entry_json(article))
        item |= members
    return to_json(_without_empty(item))


def _merge(members: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Add the members of an extension: objects of one name become one object.

    Raises:
        ValueError: a name does not start with an underscore (JSON Feed 1.1, "Extensions").
    """
    for name, value in more.items():
        if not name.startswith("_"):
            raise ValueError(f"the member {name!r} of an extension must start with an underscore")
        former = members.get(name)
        members[name] = {**former, **value} if isinstance(former, dict) and isinstance(value, dict) else value


def _user_comment(feed: Feed) -> str | None:
    page = feed.url("html") if feed.page else None
    return f"This is a feed: copy its address into a feed reader. As a page: {page}" if page else None


def _author(author: Author) -> dict[str, Any]:
    if author.name or author.url:
        return _without_empty({"name": author.label, "url": author.url})
    return {"url": f"mailto:{quote(author.email or '', safe='@+')}"}


def _attachment(file: Attachment) -> dict[str, Any]:
    seconds = file.duration
    return _without_empty(
        {
            "url": file.url,
            "mime_type": file.media_type,
            "title": file.title,
            "size_in_bytes": file.length,
            "duration_in_seconds": int(seconds) if seconds and seconds.is_integer() else seconds,
        }
    )


def _without_empty(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", [])}
