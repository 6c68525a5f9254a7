"""The entries of one feed as records. XML is parsed by feedparser; JSON Feed needs no parser of its own."""

from __future__ import annotations

import io
import json
from calendar import timegm
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin
from xml.sax import SAXException

import feedparser

from ..errors import Where
from ..model import Problem
from ..model.article_identity import identity, is_uri
from ..text.html_to_text import to_text
from ..text.illegal_characters import needs_repair, repair_text
from ..text.summary import summarize
from .character_references import repair_references
from .dates import read_date
from .record_fields import NAMES
from .source import RawRecord

_TITLE_LENGTH = 80
# Fields of an item that have the same name in a record (JSON Feed 1.1, "Items").
_SAME_NAMES = {
    *("title", "content_html", "content_text", "summary", "date_published", "date_modified", "tags"),
    "attachments",
}
# Its other fields.
_OTHER_NAMES = {
    *("id", "url", "external_url", "author", "authors", "language", "image", "banner_image"),
}
_ALL_FIELD_NAMES = {name for names in NAMES.values() for name in names}
_NO_FEED_HINT = "use the URL of a feed, not of a page"


def read_feed(
    data: bytes,
    *,
    scope: str,
    place: str,
    url: str | None = None,
    media_type: str | None = None,
    is_strict: bool = False,
) -> Iterator[RawRecord | Problem]:
    """Yield the entries of an RSS, Atom or JSON feed, in its order.

    An id that is a URI is kept. Any other id is unique only within its feed; a globally unique one is made
    from it. Entries without an id are identified by their links.

    Args:
        scope: what identifies the feed in ids that are made: its URL, or its file's key.
        place: for messages.
        url: where it was fetched from, after redirects; its relative addresses are relative to it.
        media_type: from the server; may name the encoding.
        is_strict: whether broken XML is an error instead of a warning.
    """
    beginning = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if beginning.startswith((b"{", b"[")):
        yield from _read_json_feed(data, scope, place)
        return
    # feedparser gets no base address, or it would make ids relative to it. It gets a stream of bytes,
    # because it would take text for a URL to fetch.
    repaired = repair_references(data, cdata=False)
    try:
        document = feedparser.parse(
            io.BytesIO(repaired),
            response_headers={"content-type": media_type or "application/xml"},
            sanitize_html=False,
        )
    except Exception as error:  # The document is from outside, and can make the parser raise anything.
        yield Problem.at(Where(file=place), f"the feed cannot be read: {error!r:.200}", hint=_NO_FEED_HINT)
        return
    parse_error = document.get("bozo_exception") if document.get("bozo") else None
    if not document.get("version"):
        reason = f": {parse_error}" if isinstance(parse_error, SAXException) else ""
        yield Problem.at(Where(file=place), f"this is not a feed{reason}", hint=_NO_FEED_HINT)
        return
    if isinstance(parse_error, SAXException):
        line = getattr(parse_error, "getLineNumber", lambda: None)()
        yield Problem.at(
            Where(file=place, line=line),
            f"the feed is broken XML: {getattr(parse_error, 'getMessage', lambda: parse_error)()}",
            severity="error" if is_strict else "warning",
            hint="the entries that could be read were taken",
        )
    if repaired != data:
        yield Problem.at(
            Where(file=place),
            "references to characters that XML does not allow were removed",
            severity="warning",
            hint="tell the publisher of the feed (XML 1.0, section 4.1)",
        )
    feed = _XmlFeed(document, scope, place, url)
    for number, entry in enumerate(document.entries, 1):
        yield feed.record(entry, number)


def _get(element: Any, name: str) -> Any:
    # feedparser's own `get` returns one field for another.
    return dict.get(element, name)


class _XmlFeed:
    """A parsed RSS or Atom feed."""

    def __init__(self, document: Any, scope: str, place: str, url: str | None) -> None:
        self._feed = document.feed
        self._base = url or _get(document.feed, "link") or ""
        self._is_atom = str(document.version).startswith("atom")
        self._scope = scope
        self._place = place
        links = _get(document.feed, "links") or ()
        self._stated_homes = [
            str(each["href"])
            for each in links
            if each.get("rel") in ("self", "alternate") and each.get("href")
        ]
        self._stated_homes.append(str(_get(document.feed, "link") or ""))

    def record(self, entry: Any, number: int) -> RawRecord:
        """Return an entry as a record.

        Args:
            number: its place in the feed, from 1.
        """
        html, summary, text = self._body(entry)
        own_id = _get(entry, "id") or ""
        link = _get(entry, "link") or None
        if link and link == own_id and not link.startswith(("http://", "https://")):
            # feedparser takes the guid for a link where `isPermaLink="false"` is missing.
            link = None
        fields: dict[str, Any] = {
            "title": _title(entry, html or summary or text),
            "link": self._absolute_url(link),
            "content_html": html,
            "content_text": text,
            "summary": summary,
            "authors": _authors(entry) or _authors(self._feed),
            "tags": [_tag(each) for each in _get(entry, "tags") or ()],
            "published": _date(entry, "published"),
            "updated": _date(entry, "updated"),
            "language": self._language(entry),
            "image": _image(entry),
            "attachments": [self._attachment(each) for each in entry.get("enclosures") or ()],
            "rights": _get(entry, "rights") or _get(self._feed, "rights"),
            "license": _get(entry, "license") or _get(self._feed, "license"),
            "feed": {
                "title": to_text(str(_get(self._feed, "title") or "")),
                "link": _get(self._feed, "link"),
                "url": self._scope,
            },
        }
        # The title may be HTML, whose parser would remove illegal characters without a trace.
        is_repaired = needs_repair(str(_get(entry, "title") or ""))
        record = _record(fields, own_id, self._scope, self._place, number)
        return replace(record, is_repaired=is_repaired, stated_homes=self._stated_homes)

    def _body(self, entry: Any) -> tuple[str | None, str | None, str | None]:
        """Return the HTML, the summary and the plain text of an entry."""
        bodies = _get(entry, "content") or ()
        summary = _get(entry, "summary") or None
        for each in bodies:
            if each.get("type") in ("text/html", "application/xhtml+xml") and each.get("value"):
                return each["value"], summary if summary != each["value"] else None, None
        for each in bodies:
            if each.get("type") == "text/plain" and each.get("value"):
                return None, summary if summary != each["value"] else None, each["value"]
        media_type = (_get(entry, "summary_detail") or {}).get("type")
        if self._is_atom or summary is None:
            return None, summary, None
        # RSS without `content:encoded` has the body in the description.
        return (summary, None, None) if media_type != "text/plain" else (None, None, summary)

    def _absolute_url(self, link: str | None) -> str | None:
        try:
            return urljoin(self._base, link) if link else None
        except ValueError:
            return link

    def _attachment(self, enclosure: Any) -> dict[str, Any]:
        length = str(enclosure.get("length") or "")
        return {
            "url": self._absolute_url(enclosure.get("href") or enclosure.get("url")),
            "type": enclosure.get("type"),
            "length": int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None,
        }

    def _language(self, entry: Any) -> Any:
        for detail in (*(_get(entry, "content") or ()), _get(entry, "title_detail") or {}):
            if detail.get("language"):
                return str(detail["language"])
        return _get(self._feed, "language") or None


def _record(fields: dict[str, Any], own_id: str, scope: str, place: str, number: int) -> RawRecord:
    link = fields.get("link")
    if own_id:
        key = own_id if is_uri(own_id) else identity(scope, own_id)
        fields["id"] = key
    else:
        key = link or identity(scope, f"{fields.get('title')}\n{fields.get('published')}")
    where = Where(file=place, id=own_id or f"#{number}")
    return RawRecord({name: value for name, value in fields.items() if value}, where, str(key))


def _title(entry: Any, body: str | None) -> str:
    detail = _get(entry, "title_detail") or {}
    title = str(_get(entry, "title") or "")
    if detail.get("type") != "text/plain":
        title = to_text(repair_text(title))
    return title.strip() or summarize(body or "", _TITLE_LENGTH)


def _authors(element: Any) -> list[dict[str, str]]:
    authors = []
    for each in _get(element, "authors") or ():
        author = {"name": each.get("name"), "email": each.get("email"), "url": each.get("href")}
        if author["name"] or author["email"]:
            authors.append({name: value for name, value in author.items() if value})
    return authors


def _tag(tag: Any) -> dict[str, Any]:
    return {
        "term": tag.get("term") or tag.get("label"),
        "label": tag.get("label"),
        "scheme": tag.get("scheme"),
    }


def _image(entry: Any) -> Any:
    for each in _get(entry, "media_thumbnail") or ():
        if each.get("url"):
            return {"url": each["url"]}
    for each in _get(entry, "media_content") or ():
        if each.get("url") and (each.get("medium") == "image" or str(each.get("type")).startswith("image/")):
            return {"url": each["url"]}
    return (_get(entry, "image") or {}).get("href")


def _date(entry: Any, name: str) -> Any:
    """Return the text of a date; what feedparser made of it, if only feedparser can read it."""
    text = _get(entry, name)
    try:
        read_date(text, UTC)
    except ValueError:
        parsed = _get(entry, f"{name}_parsed")
        if parsed:
            try:
                return datetime.fromtimestamp(timegm(parsed), UTC)
            except (ValueError, OverflowError, OSError):
                return text
    return text


def _read_json_feed(data: bytes, scope: str, place: str) -> Iterator[RawRecord | Problem]:
    where = Where(file=place)
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        yield Problem.at(where, f"this is not a feed: broken JSON: {error!s:.200}", hint=_NO_FEED_HINT)
        return
    items = document.get("items") if isinstance(document, Mapping) else None
    if not isinstance(items, list) or "jsonfeed.org/version/" not in str(document.get("version")):
        yield Problem.at(where, "this is not a feed: JSON, but not a JSON Feed", hint=_NO_FEED_HINT)
        return
    ignored: set[str] = set()
    for number, item in enumerate(items, 1):
        if isinstance(item, Mapping):
            record = _item_record(item, document, scope, place, number)
            ignored |= _ALL_FIELD_NAMES.intersection(record.extra)
            yield record
        else:
            yield Problem.at(
                Where(file=place, id=f"#{number}"), f"this is not an item but {type(item).__name__}"
            )
    if ignored:
        yield Problem.at(
            where,
            f"JSON Feed does not define {', '.join(sorted(ignored))}: ignored unless the config names it",
            severity="note",
            hint="fields or elements of the source say which field to use",
        )


def _item_record(
    item: Mapping[str, Any], feed: Mapping[str, Any], scope: str, place: str, number: int
) -> RawRecord:
    """Return an item of JSON Feed 1.1, or of 1.0 with its one `author`."""
    text = item.get("content_html") or item.get("content_text") or item.get("summary")
    fields = {
        **{name: item[name] for name in _SAME_NAMES if name in item},
        "link": item.get("url") or item.get("external_url"),
        "title": item.get("title") or summarize(str(text or ""), _TITLE_LENGTH),
        "authors": item.get("authors") or item.get("author") or feed.get("authors") or feed.get("author"),
        "language": item.get("language") or feed.get("language"),
        "image": item.get("image") or item.get("banner_image"),
        "feed": {"title": feed.get("title"), "link": feed.get("home_page_url"), "url": scope},
    }
    own_id = item.get("id")
    # Version 1.0 allows numbers as ids.
    record = _record(fields, str(own_id) if own_id is not None else "", scope, place, number)
    extra = {name: value for name, value in item.items() if name not in _SAME_NAMES | _OTHER_NAMES}
    homes = [str(each) for each in (feed.get("home_page_url"), feed.get("feed_url")) if each]
    return replace(record, extra=extra, stated_homes=homes)
