"""The entries of one feed as records: XML through feedparser, JSON Feed as it is."""

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
from ..model.identity import identity, is_uri
from ..text.characters import needs_repair, repair_text
from ..text.html_to_text import to_text
from ..text.summary import summarize
from .dates import read_date
from .records import NAMES
from .references import repair_references
from .source import RawRecord

_TITLE = 80
# The fields of an item (JSON Feed 1.1, "Items"), without those that have another name here.
_DEFINED = {
    *("title", "content_html", "content_text", "summary", "date_published", "date_modified", "tags"),
    "attachments",
}
_RENAMED = {
    *("id", "url", "external_url", "author", "authors", "language", "image", "banner_image"),
}
_KNOWN = {name for names in NAMES.values() for name in names}
_HINT = "is it the address of a feed, and not of a page?"


def read_feed(
    data: bytes,
    *,
    scope: str,
    place: str,
    url: str | None = None,
    media_type: str | None = None,
    strict: bool = False,
) -> Iterator[RawRecord | Problem]:
    """The records of one RSS, Atom or JSON feed, in its order.

    An id that is a URI is kept as it is. Any other is unique only within its feed, and becomes one that is
    unique in the world; so are entries without an id told apart by their links.

    Args:
        data: the document.
        scope: what stands for the feed in ids that are made: its URL, or its file's key.
        place: for messages.
        url: where it was fetched from in the end; its relative addresses are relative to it.
        media_type: as the server has it; may name the encoding.
        strict: whether a feed that breaks off is an error, and not only a warning.
    """
    begin = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if begin.startswith((b"{", b"[")):
        yield from _json(data, scope, place)
        return
    # No address of the feed is given, for ids would be made relative to it; and bytes alone, for a text
    # would be taken for an address to fetch.
    clean = repair_references(data, cdata=False)
    try:
        found = feedparser.parse(
            io.BytesIO(clean),
            response_headers={"content-type": media_type or "application/xml"},
            sanitize_html=False,
        )
    except Exception as error:
        # Whatever it may stumble over in what somebody made to that end.
        yield Problem.at(Where(file=place), f"the feed cannot be read: {error!r:.200}", hint=_HINT)
        return
    reason = found.get("bozo_exception") if found.get("bozo") else None
    if not found.get("version"):
        broken = f": {reason}" if isinstance(reason, SAXException) else ""
        yield Problem.at(Where(file=place), f"not a feed{broken}", hint=_HINT)
        return
    if isinstance(reason, SAXException):
        line = getattr(reason, "getLineNumber", lambda: None)()
        yield Problem.at(
            Where(file=place, line=line),
            f"the feed is broken XML: {getattr(reason, 'getMessage', lambda: reason)()}",
            severity="error" if strict else "warning",
            hint="what could be read of it was taken",
        )
    if clean != data:
        yield Problem.at(
            Where(file=place),
            "references to characters that no XML may hold were taken out",
            severity="warning",
            hint="XML 1.0, section 4.1: tell whoever makes the feed",
        )
    feed = _Feed(found, scope, place, url)
    for number, entry in enumerate(found.entries, 1):
        yield feed.record(entry, number)


def _known(entry: Any, name: str) -> Any:
    # Its own `get` gives one field for another.
    return dict.get(entry, name)


class _Feed:
    """One parsed feed: what its entries have in common."""

    def __init__(self, found: Any, scope: str, place: str, url: str | None) -> None:
        self._feed = found.feed
        self._base = url or _known(found.feed, "link") or ""
        self._atom = str(found.version).startswith("atom")
        self._scope = scope
        self._place = place
        links = _known(found.feed, "links") or ()
        self._stated = [
            str(each["href"])
            for each in links
            if each.get("rel") in ("self", "alternate") and each.get("href")
        ]
        self._stated.append(str(_known(found.feed, "link") or ""))

    def record(self, entry: Any, number: int) -> RawRecord:
        html, summary, text = self._texts(entry)
        given = _known(entry, "id") or ""
        link = _known(entry, "link") or None
        if link and link == given and not link.startswith(("http://", "https://")):
            # Taken for a link for want of `isPermaLink="false"`.
            link = None
        fields: dict[str, Any] = {
            "title": _title(entry, html or summary or text),
            "link": self._joined(link),
            "content_html": html,
            "content_text": text,
            "summary": summary,
            "authors": _authors(entry) or _authors(self._feed),
            "tags": [_tag(each) for each in _known(entry, "tags") or ()],
            "published": _moment(entry, "published"),
            "updated": _moment(entry, "updated"),
            "language": self._language(entry),
            "image": _image(entry),
            "attachments": [self._attachment(each) for each in entry.get("enclosures") or ()],
            "rights": _known(entry, "rights") or _known(self._feed, "rights"),
            "license": _known(entry, "license") or _known(self._feed, "license"),
            "feed": {
                "title": to_text(str(_known(self._feed, "title") or "")),
                "link": _known(self._feed, "link"),
                "url": self._scope,
            },
        }
        # The words of an HTML title are what an HTML parser makes of it: it leaves such characters out.
        repaired = needs_repair(str(_known(entry, "title") or ""))
        record = _record(fields, given, self._scope, self._place, number)
        return replace(record, is_repaired=repaired, stated=self._stated)

    def _texts(self, entry: Any) -> tuple[str | None, str | None, str | None]:
        bodies = _known(entry, "content") or ()
        summary = _known(entry, "summary") or None
        for each in bodies:
            if each.get("type") in ("text/html", "application/xhtml+xml") and each.get("value"):
                return each["value"], summary if summary != each["value"] else None, None
        for each in bodies:
            if each.get("type") == "text/plain" and each.get("value"):
                return None, summary if summary != each["value"] else None, each["value"]
        kind = (_known(entry, "summary_detail") or {}).get("type")
        if self._atom or summary is None:
            return None, summary, None
        # RSS knows no other place for the body.
        return (summary, None, None) if kind != "text/plain" else (None, None, summary)

    def _joined(self, link: str | None) -> str | None:
        try:
            return urljoin(self._base, link) if link else None
        except ValueError:
            return link

    def _attachment(self, enclosure: Any) -> dict[str, Any]:
        length = str(enclosure.get("length") or "")
        return {
            "url": self._joined(enclosure.get("href") or enclosure.get("url")),
            "type": enclosure.get("type"),
            # Zero stands for a length that nobody knows.
            "length": int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None,
        }

    def _language(self, entry: Any) -> Any:
        for detail in (*(_known(entry, "content") or ()), _known(entry, "title_detail") or {}):
            if detail.get("language"):
                return str(detail["language"])
        return _known(self._feed, "language") or None


def _record(fields: dict[str, Any], given: str, scope: str, place: str, number: int) -> RawRecord:
    link = fields.get("link")
    if given:
        key = given if is_uri(given) else identity(scope, given)
        fields["id"] = key
    else:
        key = link or identity(scope, f"{fields.get('title')}\n{fields.get('published')}")
    where = Where(file=place, id=given or f"#{number}")
    return RawRecord({name: value for name, value in fields.items() if value}, where, str(key))


def _title(entry: Any, body: str | None) -> str:
    detail = _known(entry, "title_detail") or {}
    title = str(_known(entry, "title") or "")
    if detail.get("type") != "text/plain":
        title = to_text(repair_text(title))
    return title.strip() or summarize(body or "", _TITLE)


def _authors(entry: Any) -> list[dict[str, str]]:
    found = []
    for each in _known(entry, "authors") or ():
        author = {"name": each.get("name"), "email": each.get("email"), "url": each.get("href")}
        if author["name"] or author["email"]:
            found.append({name: value for name, value in author.items() if value})
    return found


def _tag(tag: Any) -> dict[str, Any]:
    return {
        "term": tag.get("term") or tag.get("label"),
        "label": tag.get("label"),
        "scheme": tag.get("scheme"),
    }


def _image(entry: Any) -> Any:
    for each in _known(entry, "media_thumbnail") or ():
        if each.get("url"):
            return {"url": each["url"]}
    for each in _known(entry, "media_content") or ():
        if each.get("url") and (each.get("medium") == "image" or str(each.get("type")).startswith("image/")):
            return {"url": each["url"]}
    return (_known(entry, "image") or {}).get("href")


def _moment(entry: Any, name: str) -> Any:
    text = _known(entry, name)
    try:
        read_date(text, UTC)
    except ValueError:
        parsed = _known(entry, f"{name}_parsed")
        if parsed:
            try:
                return datetime.fromtimestamp(timegm(parsed), UTC)
            except (ValueError, OverflowError, OSError):
                return text
    return text


def _json(data: bytes, scope: str, place: str) -> Iterator[RawRecord | Problem]:
    where = Where(file=place)
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        yield Problem.at(where, f"not a feed: broken JSON: {error!s:.200}", hint=_HINT)
        return
    items = document.get("items") if isinstance(document, Mapping) else None
    if not isinstance(items, list) or "jsonfeed.org/version/" not in str(document.get("version")):
        yield Problem.at(where, "not a feed: JSON, and no JSON Feed", hint=_HINT)
        return
    ignored: set[str] = set()
    for number, item in enumerate(items, 1):
        if isinstance(item, Mapping):
            record = _item(item, document, scope, place, number)
            ignored |= _KNOWN.intersection(record.extra)
            yield record
        else:
            yield Problem.at(Where(file=place, id=f"#{number}"), f"not an item but {type(item).__name__}")
    if ignored:
        yield Problem.at(
            where,
            f"JSON Feed does not define {', '.join(sorted(ignored))}: ignored unless the config names it",
            severity="note",
            hint="fields or elements of the source say which field to use",
        )


def _item(item: Mapping[str, Any], feed: Mapping[str, Any], scope: str, place: str, number: int) -> RawRecord:
    """An item of JSON Feed 1.1, or of 1.0 with its one `author`."""
    text = item.get("content_html") or item.get("content_text") or item.get("summary")
    fields = {
        **{name: item[name] for name in _DEFINED if name in item},
        "link": item.get("url") or item.get("external_url"),
        "title": item.get("title") or summarize(str(text or ""), _TITLE),
        "authors": item.get("authors") or item.get("author") or feed.get("authors") or feed.get("author"),
        "language": item.get("language") or feed.get("language"),
        "image": item.get("image") or item.get("banner_image"),
        "feed": {"title": feed.get("title"), "link": feed.get("home_page_url"), "url": scope},
    }
    given = item.get("id")
    # Version 1.0 let ids be numbers; a number with a fraction is written as the feed has it.
    record = _record(fields, str(given) if given is not None else "", scope, place, number)
    extra = {name: value for name, value in item.items() if name not in _DEFINED | _RENAMED}
    stated = [str(each) for each in (feed.get("home_page_url"), feed.get("feed_url")) if each]
    return replace(record, extra=extra, stated=stated)
