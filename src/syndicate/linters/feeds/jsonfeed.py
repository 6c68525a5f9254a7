"""JSON Feed 1.1 and 1.0 (jsonfeed.org)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any

from ...model.findings import FindingCollector
from . import value_syntax as values
from .markup import check_body, markup_in
from .value_syntax import SPACE

_VERSIONS = {"https://jsonfeed.org/version/1.1": True, "https://jsonfeed.org/version/1": False}
_VERSION_NAMES = {
    "https://jsonfeed.org/version/1.1": "JSON Feed 1.1",
    "https://jsonfeed.org/version/1": "JSON Feed 1",
}
_SURROGATE = re.compile("[\ud800-\udfff]")
# Only an escape can make a lone surrogate.
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class _RepeatedMember(dict[str, Any]):
    """An object that has several members of one name."""

    name = ""


def _make_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    repeated = _RepeatedMember(found)
    names = [name for name, _ in pairs]
    repeated.name = next(name for name in names if names.count(name) > 1)
    return repeated


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number in JSON")


def check_json(findings: FindingCollector, document: bytes, url: str | None) -> str:
    """Check a JSON Feed; return the name of its format, or an empty text if it is another JSON document.

    Args:
        findings: receives the findings.
        document: the JSON.
        url: where it is served; None if unknown.
    """
    if document.startswith(b"\xef\xbb\xbf"):
        findings.add("json-byte-order-mark", at=1)
        document = document[3:]
    try:
        text = document.decode()
    except UnicodeDecodeError as error:
        findings.add("json-encoding", "", f"byte {error.start}", document[: error.start].count(b"\n") + 1)
        return "JSON Feed"
    try:
        feed = json.loads(text, object_pairs_hook=_make_object, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        findings.add("json-malformed", "", f"{error.msg}, column {error.colno}", error.lineno)
        return "JSON Feed"
    except ValueError as error:
        findings.add("json-malformed", "", str(error))
        return "JSON Feed"
    except RecursionError:
        findings.add("json-malformed", "", "nested too deeply")
        return "JSON Feed"
    if not isinstance(feed, dict):
        findings.add("feed-unknown", "", "JSON, but not an object")
        return ""
    if "jsonfeed.org" not in str(feed.get("version")) and "items" not in feed:
        findings.add("feed-unknown", "", "a JSON object without the version and items of a feed", 1)
        return ""
    has_surrogates = _ESCAPED_SURROGATE.search(document) is not None
    _Checker(findings, text, has_surrogates).check_feed(feed, url)
    return _VERSION_NAMES.get(str(feed.get("version")), "JSON Feed")


_Check = Callable[["_Checker", str, Any], None]


class _Checker:
    """Checks one feed.

    Args:
        findings: receives the findings.
        text: the document.
        has_surrogates: whether it contains escaped surrogates.
    """

    def __init__(self, findings: FindingCollector, text: str, has_surrogates: bool) -> None:
        self.findings = findings
        self.text = text
        self.has_surrogates = has_surrogates
        self.is_version_1_1 = True
        self._ids: dict[str, int] = {}
        self._item_lines: list[int] | None = None

    def check_feed(self, feed: dict[str, Any], url: str | None) -> None:
        findings = self.findings
        findings.path = ""
        version = feed.get("version")
        if version is None:
            findings.add("json-version-missing", "version", at=1)
        elif not isinstance(version, str) or version not in _VERSIONS:
            findings.add("json-version-unknown", "version", str(version), 1)
        elif not _VERSIONS[version]:
            self.is_version_1_1 = False
            findings.add("json-version-old", "version", version, 1)
        start = len(findings)
        self.check_members(feed, _FEED)
        if "title" not in feed:
            findings.add("json-title-missing", "title")
        if "home_page_url" not in feed:
            findings.add("json-home-page-missing", "home_page_url")
        feed_url = feed.get("feed_url")
        if feed_url is None:
            findings.add("self-link-missing", "feed_url")
        elif url is not None and feed_url != url:
            findings.add("self-link-mismatch", "feed_url", f"{feed_url}, served at {url}")
        next_url = feed.get("next_url")
        if next_url is not None and next_url == feed_url:
            findings.add("json-next-loop", "next_url", str(next_url))
        findings.set_entry(start, None, 1)
        items = feed.get("items")
        if "items" not in feed:
            findings.add("json-items-missing", "items", at=1)
        elif not isinstance(items, list):
            findings.add("json-wrong-type", "items", "not an array", 1)
        else:
            for number, item in enumerate(items):
                self.check_item(number, item)

    def check_item(self, number: int, item: Any) -> None:
        findings = self.findings
        findings.path = f"item {number + 1}"
        start = len(findings)
        key: str | None = None
        if not isinstance(item, dict):
            findings.add("json-wrong-type", "", "not an object")
        else:
            self.check_members(item, _ITEM)
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
            findings.set_entry(start, key, self.line_of(number))

    def line_of(self, number: int) -> int | None:
        """Return the line on which an item starts; computed only for items with findings."""
        if self._item_lines is None:
            try:
                self._item_lines = lines_of_items(self.text)
            except RecursionError:  # the first parse was just below the limit
                self._item_lines = []
        return self._item_lines[number] if number < len(self._item_lines) else None

    def check_members(self, members: dict[str, Any], known: dict[str, _Check], path: str = "") -> None:
        """Check the members of an object."""
        prefix = f"{path} / " if path else ""
        if isinstance(members, _RepeatedMember):
            self.findings.add("json-member-repeated", f"{prefix}{members.name}")
        for name, value in members.items():
            check = known.get(name)
            if check is not None:
                check(self, prefix + name, value)
                if self.has_surrogates and isinstance(value, str) and _SURROGATE.search(value):
                    self.findings.add("json-lone-surrogate", prefix + name)
            elif not name.startswith("_"):
                self.findings.add("json-member-unknown", prefix + name)


def lines_of_items(text: str) -> list[int]:
    """Return the line of each item. The document is an object with an array `items`."""
    decoder = json.JSONDecoder()
    space = re.compile(r"[ \t\r\n]*")

    def skip_space(place: int) -> int:
        found = space.match(text, place)
        return found.end() if found else place

    place = skip_space(0) + 1
    lines: list[int] = []
    while text[place := skip_space(place)] != "}":
        name, place = decoder.raw_decode(text, place)
        place = skip_space(skip_space(place) + 1)
        if name != "items" or text[place] != "[":
            _, place = decoder.raw_decode(text, place)
        else:
            lines = []
            line, counted_to = 1, 0
            place = skip_space(place + 1)
            while text[place] != "]":
                line += text.count("\n", counted_to, place)
                counted_to = place
                lines.append(line)
                _, place = decoder.raw_decode(text, place)
                place = skip_space(place)
                place = skip_space(place + 1) if text[place] == "," else place
            place += 1
        place = skip_space(place)
        place = place + 1 if text[place] == "," else place
    return lines


def _text(check: Callable[[str], tuple[str, str] | None] = lambda _: None) -> _Check:
    """Return the check of a string: `check` returns the rule that it breaks, and a detail."""

    def checked(self: _Checker, path: str, value: Any) -> None:
        if not isinstance(value, str):
            self.findings.add("json-wrong-type", path, "not a string")
        elif violation := check(value):
            self.findings.add(violation[0], path, violation[1])

    return checked


def _has_markup(value: str) -> tuple[str, str] | None:
    return ("plain-text-html", markup) if (markup := markup_in(value)) else None


def _rule(check: Callable[[str], str | None]) -> Callable[[str], tuple[str, str] | None]:
    """Return a check with the value as the detail."""
    return lambda value: (rule, value) if (rule := check(value)) else None


_string = _text()
_plain_text = _text(_has_markup)
_url = _text(lambda value: None if values.is_iri(value) else ("json-url-invalid", value))
_date = _text(_rule(values.rfc3339))
_language = _text(_rule(values.language))
_media_type = _text(values.media_type)


def _title(self: _Checker, path: str, value: Any) -> None:
    _plain_text(self, path, value)
    if isinstance(value, str) and not value.strip(SPACE):
        self.findings.add("value-empty", path)


def _html(self: _Checker, path: str, value: Any) -> None:
    _string(self, path, value)
    if isinstance(value, str):
        check_body(self.findings, value, path)


def _quantity(self: _Checker, path: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        self.findings.add("json-wrong-type", path, "not a number")
    elif value < 0 or not math.isfinite(value):
        self.findings.add("json-number-invalid", path, str(value))


def _boolean(self: _Checker, path: str, value: Any) -> None:
    if not isinstance(value, bool):
        self.findings.add("json-wrong-type", path, "not true or false")


def _check_objects(
    self: _Checker, path: str, value: Any, known: dict[str, _Check]
) -> dict[int, dict[str, Any]]:
    """Check the objects of an array; return them by their number, from 1."""
    if not isinstance(value, list):
        self.findings.add("json-wrong-type", path, "not an array")
        return {}
    objects: dict[int, dict[str, Any]] = {}
    for number, each in enumerate(value, start=1):
        if isinstance(each, dict):
            self.check_members(each, known, f"{path} {number}")
            objects[number] = each
        else:
            self.findings.add("json-wrong-type", f"{path} {number}", "not an object")
    return objects


def _authors(self: _Checker, path: str, value: Any) -> None:
    if not self.is_version_1_1:
        self.findings.add("json-author-version", path, "authors is a member of version 1.1")
    for number, author in _check_objects(self, path, value, _AUTHOR).items():
        if not author.keys() & _AUTHOR.keys():
            self.findings.add("json-author-empty", f"{path} {number}")


def _author(self: _Checker, path: str, value: Any) -> None:
    if self.is_version_1_1:
        self.findings.add("json-author-version", path, "author is a member of version 1")
    if not isinstance(value, dict):
        self.findings.add("json-wrong-type", path, "not an object")
        return
    self.check_members(value, _AUTHOR, path)
    if not value.keys() & _AUTHOR.keys():
        self.findings.add("json-author-empty", path)


def _attachments(self: _Checker, path: str, value: Any) -> None:
    _require_members(self, path, _check_objects(self, path, value, _ATTACHMENT), "url", "mime_type")


def _hubs(self: _Checker, path: str, value: Any) -> None:
    _require_members(self, path, _check_objects(self, path, value, _HUB), "type", "url")


def _require_members(self: _Checker, path: str, objects: dict[int, dict[str, Any]], *names: str) -> None:
    for number, each in objects.items():
        for name in names:
            if name not in each:
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
        else:
            _plain_text(self, f"{path} {number}", tag)


def _anything(_self: _Checker, _path: str, _value: Any) -> None:
    """Checked elsewhere."""


_AUTHOR: dict[str, _Check] = {"name": _string, "url": _url, "avatar": _url}
_HUB: dict[str, _Check] = {"type": _string, "url": _url}
_ATTACHMENT: dict[str, _Check] = {
    "url": _url,
    "mime_type": _media_type,
    "title": _string,
    "size_in_bytes": _quantity,
    "duration_in_seconds": _quantity,
}
_ITEM: dict[str, _Check] = {
    "id": _anything,
    "url": _url,
    "external_url": _url,
    "title": _plain_text,
    "content_html": _html,
    "content_text": _string,
    "summary": _plain_text,
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
    "description": _plain_text,
    "user_comment": _string,
    "next_url": _url,
    "icon": _url,
    "favicon": _url,
    "author": _author,
    "authors": _authors,
    "language": _language,
    "expired": _boolean,
    "hubs": _hubs,
    "items": _anything,
}
