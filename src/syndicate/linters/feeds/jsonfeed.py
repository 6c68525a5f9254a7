"""JSON Feed 1.1 and 1.0 (jsonfeed.org)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any

from ...model.findings import FindingCollector
from . import values
from .markup import check_body, markup_in
from .values import SPACE

_VERSIONS = {"https://jsonfeed.org/version/1.1": True, "https://jsonfeed.org/version/1": False}
_SURROGATE = re.compile("[\ud800-\udfff]")
# A lone one can only come from an escape, in small or capital letters.
_ESCAPED = re.compile(rb"\\u[dD][89a-fA-F]")


class _Repeated(dict[str, Any]):
    """An object in which a name comes more than once."""

    name = ""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    repeated = _Repeated(found)
    names = [name for name, _ in pairs]
    repeated.name = next(name for name in names if names.count(name) > 1)
    return repeated


def _constant(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON")


def check_json(findings: FindingCollector, document: bytes, url: str | None) -> None:
    """Look at a JSON document that should be a feed.

    Args:
        findings: gets what is wrong.
        document: the bytes.
        url: where it is served, if that is known.
    """
    if document.startswith(b"\xef\xbb\xbf"):
        findings.add("json-byte-order-mark", at=1)
        document = document[3:]
    try:
        text = document.decode()
    except UnicodeDecodeError as error:
        findings.add("json-encoding", "", f"byte {error.start}", document[: error.start].count(b"\n") + 1)
        return
    try:
        feed = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except json.JSONDecodeError as error:
        findings.add("json-malformed", "", f"{error.msg}, column {error.colno}", error.lineno)
        return
    except ValueError as error:
        findings.add("json-malformed", "", str(error))
        return
    except RecursionError:
        findings.add("json-malformed", "", "nested too deeply")
        return
    if not isinstance(feed, dict):
        findings.add("feed-unknown", "", "JSON, but not an object")
        return
    checker = _Checker(findings, text, _ESCAPED.search(document) is not None)
    checker.feed(feed, url)


_Check = Callable[["_Checker", str, Any], None]


class _Checker:
    """Walks one feed."""

    def __init__(self, findings: FindingCollector, text: str, escaped: bool) -> None:
        self.findings = findings
        self.text = text
        self.escaped = escaped
        self.new = True
        self._ids: dict[str, int] = {}
        self._starts: list[int] | None = None

    def feed(self, feed: dict[str, Any], url: str | None) -> None:
        findings = self.findings
        findings.path = ""
        version = feed.get("version")
        if version is None:
            findings.add("json-version-missing", "version", at=1)
        elif not isinstance(version, str) or version not in _VERSIONS:
            findings.add("json-version-unknown", "version", str(version), 1)
        elif not _VERSIONS[version]:
            self.new = False
            findings.add("json-version-old", "version", version, 1)
        start = len(findings)
        self.values(feed, _FEED)
        if not isinstance(feed.get("title"), str) and "title" not in feed:
            findings.add("json-title-missing", "title")
        if "home_page_url" not in feed:
            findings.add("json-home-page-missing", "home_page_url")
        own = feed.get("feed_url")
        if own is None:
            findings.add("self-link-missing", "feed_url")
        elif url is not None and own != url:
            findings.add("self-link-mismatch", "feed_url", f"{own}, served at {url}")
        following = feed.get("next_url")
        if following is not None and following == own:
            findings.add("json-next-loop", "next_url", str(following))
        findings.set_entry(start, None, 1)
        items = feed.get("items")
        if "items" not in feed:
            findings.add("json-items-missing", "items", at=1)
        elif not isinstance(items, list):
            findings.add("json-wrong-type", "items", "not an array", 1)
        else:
            for number, item in enumerate(items):
                self.item(number, item)

    def item(self, number: int, item: Any) -> None:
        findings = self.findings
        findings.path = f"item {number + 1}"
        start = len(findings)
        key: str | None = None
        if not isinstance(item, dict):
            findings.add("json-wrong-type", "", "not an object")
        else:
            self.values(item, _ITEM)
            given = item.get("id")
            if given is None or given == "":
                findings.add("json-id-missing", "id")
            elif isinstance(given, str):
                key = given
                if key in self._ids:
                    findings.add("json-id-duplicate", "id", key)
                self._ids[key] = number
            elif isinstance(given, int | float) and not isinstance(given, bool):
                key = str(given)
                findings.add("json-id-number", "id", key)
            else:
                findings.add("json-wrong-type", "id", "not a string")
            if "content_html" not in item and "content_text" not in item:
                findings.add("json-content-missing")
        if len(findings) != start:
            findings.set_entry(start, key, self.line(number))

    def line(self, number: int) -> int | None:
        """The line that an item starts on; looked for only when something is wrong with it."""
        if self._starts is None:
            try:
                self._starts = _starts(self.text)
            except RecursionError:  # just not deep enough for the first reading to fail
                self._starts = []
        return self._starts[number] if number < len(self._starts) else None

    def values(self, given: dict[str, Any], known: dict[str, _Check], path: str = "") -> None:
        """Look at what an object holds."""
        prefix = f"{path} / " if path else ""
        if isinstance(given, _Repeated):
            self.findings.add("json-member-repeated", f"{prefix}{given.name}")
        for name, value in given.items():
            check = known.get(name)
            if check is not None:
                check(self, prefix + name, value)
                if self.escaped and isinstance(value, str) and _SURROGATE.search(value):
                    self.findings.add("json-lone-surrogate", prefix + name)
            elif not name.startswith("_"):
                self.findings.add("json-member-unknown", prefix + name)


def _starts(text: str) -> list[int]:
    """The line of each item: the document is known to be an object with an array called items."""
    decoder = json.JSONDecoder()
    space = re.compile(r"[ \t\r\n]*")

    def skip(place: int) -> int:
        found = space.match(text, place)
        return found.end() if found else place

    place = skip(0) + 1
    lines: list[int] = []
    while text[place := skip(place)] != "}":
        name, place = decoder.raw_decode(text, place)
        place = skip(skip(place) + 1)
        if name != "items" or text[place] != "[":
            _, place = decoder.raw_decode(text, place)
        else:
            lines = []
            line, counted = 1, 0
            place = skip(place + 1)
            while text[place] != "]":
                line, counted = line + text.count("\n", counted, place), place
                lines.append(line)
                _, place = decoder.raw_decode(text, place)
                place = skip(place)
                place = skip(place + 1) if text[place] == "," else place
            place += 1
        place = skip(place)
        place = place + 1 if text[place] == "," else place
    return lines


def _string(self: _Checker, path: str, value: Any) -> None:
    if not isinstance(value, str):
        self.findings.add("json-wrong-type", path, "not a string")


def _plain(self: _Checker, path: str, value: Any) -> None:
    if not isinstance(value, str):
        self.findings.add("json-wrong-type", path, "not a string")
    elif ("<" in value or "&" in value) and (markup := markup_in(value)):
        self.findings.add("plain-text-html", path, markup)


def _title(self: _Checker, path: str, value: Any) -> None:
    _plain(self, path, value)
    if isinstance(value, str) and not value.strip(SPACE):
        self.findings.add("value-empty", path)


def _html(self: _Checker, path: str, value: Any) -> None:
    if not isinstance(value, str):
        self.findings.add("json-wrong-type", path, "not a string")
    else:
        check_body(self.findings, value, path)


def _url(self: _Checker, path: str, value: Any) -> None:
    if not isinstance(value, str):
        self.findings.add("json-wrong-type", path, "not a string")
    elif not values.is_iri(value):
        self.findings.add("json-url-invalid", path, value)


def _date(self: _Checker, path: str, value: Any) -> None:
    if not isinstance(value, str):
        self.findings.add("json-wrong-type", path, "not a string")
    elif rule := values.rfc3339(value):
        self.findings.add(rule, path, value)


def _language(self: _Checker, path: str, value: Any) -> None:
    if not isinstance(value, str):
        self.findings.add("json-wrong-type", path, "not a string")
    elif rule := values.language(value):
        self.findings.add(rule, path, value)


def _media_type(self: _Checker, path: str, value: Any) -> None:
    if not isinstance(value, str):
        self.findings.add("json-wrong-type", path, "not a string")
    elif broken := values.media_type(value):
        self.findings.add(broken[0], path, broken[1])


def _amount(self: _Checker, path: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        self.findings.add("json-wrong-type", path, "not a number")
    elif value < 0 or not math.isfinite(value):
        self.findings.add("json-number-invalid", path, str(value))


def _truth(self: _Checker, path: str, value: Any) -> None:
    if not isinstance(value, bool):
        self.findings.add("json-wrong-type", path, "not true or false")


def _each(self: _Checker, path: str, value: Any, known: dict[str, _Check]) -> list[dict[str, Any]]:
    """The objects of an array, looked through."""
    if not isinstance(value, list):
        self.findings.add("json-wrong-type", path, "not an array")
        return []
    found = []
    for number, each in enumerate(value, start=1):
        where = f"{path} {number}"
        if isinstance(each, dict):
            self.values(each, known, where)
            found.append(each)
        else:
            self.findings.add("json-wrong-type", where, "not an object")
            found.append({})
    return found


def _authors(self: _Checker, path: str, value: Any) -> None:
    if not self.new:
        self.findings.add("json-author-version", path, "authors came with version 1.1")
    for number, author in enumerate(_each(self, path, value, _AUTHOR), start=1):
        if (author and not author.keys() & {"name", "url", "avatar"}) or (
            not author and isinstance(value[number - 1], dict)
        ):
            self.findings.add("json-author-empty", f"{path} {number}")


def _author(self: _Checker, path: str, value: Any) -> None:
    if self.new:
        self.findings.add("json-author-version", path, "author is of version 1")
    if not isinstance(value, dict):
        self.findings.add("json-wrong-type", path, "not an object")
        return
    self.values(value, _AUTHOR, path)
    if not value.keys() & {"name", "url", "avatar"}:
        self.findings.add("json-author-empty", path)


def _attachments(self: _Checker, path: str, value: Any) -> None:
    for number, file in enumerate(_each(self, path, value, _ATTACHMENT), start=1):
        for name in ("url", "mime_type"):
            if name not in file and isinstance(value[number - 1], dict):
                self.findings.add("json-member-missing", f"{path} {number} / {name}")


def _hubs(self: _Checker, path: str, value: Any) -> None:
    for number, hub in enumerate(_each(self, path, value, _HUB), start=1):
        for name in ("type", "url"):
            if name not in hub and isinstance(value[number - 1], dict):
                self.findings.add("json-member-missing", f"{path} {number} / {name}")


def _tags(self: _Checker, path: str, value: Any) -> None:
    if not isinstance(value, list):
        self.findings.add("json-wrong-type", path, "not an array")
        return
    for number, tag in enumerate(value, start=1):
        if not isinstance(tag, str):
            self.findings.add("json-wrong-type", f"{path} {number}", "not a string")
        elif not tag.strip(SPACE):
            self.findings.add("value-empty", f"{path} {number}")
        elif ("<" in tag or "&" in tag) and (markup := markup_in(tag)):
            self.findings.add("plain-text-html", f"{path} {number}", markup)


def _anything(_self: _Checker, _path: str, _value: Any) -> None:
    """Looked at elsewhere."""


_AUTHOR: dict[str, _Check] = {"name": _string, "url": _url, "avatar": _url}
_HUB: dict[str, _Check] = {"type": _string, "url": _url}
_ATTACHMENT: dict[str, _Check] = {
    "url": _url,
    "mime_type": _media_type,
    "title": _string,
    "size_in_bytes": _amount,
    "duration_in_seconds": _amount,
}
_ITEM: dict[str, _Check] = {
    "id": _anything,
    "url": _url,
    "external_url": _url,
    "title": _plain,
    "content_html": _html,
    "content_text": _string,
    "summary": _plain,
    "image": _url,
    "banner_image": _url,
    "date_published": _date,
    "date_modified": _date,
    "author": _author,
    "authors": _authors,
    "tags": _tags,
    "language": _language,
    "attachments": _attachments,
}
_FEED: dict[str, _Check] = {
    "version": _anything,
    "title": _title,
    "home_page_url": _url,
    "feed_url": _url,
    "description": _plain,
    "user_comment": _string,
    "next_url": _url,
    "icon": _url,
    "favicon": _url,
    "author": _author,
    "authors": _authors,
    "language": _language,
    "expired": _truth,
    "hubs": _hubs,
    "items": _anything,
}
