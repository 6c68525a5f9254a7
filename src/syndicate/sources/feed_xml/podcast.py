"""Episodes of podcasts: the elements of Apple, of Podcasting 2.0 and of Podlove."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lxml import etree

from .links import resolve
from .names import attribute, children
from .text import plain_text

Elements = Mapping[str, Sequence[etree._Element]]

_YES = {"yes", "true", "explicit", "1"}
_NO = {"no", "false", "clean", "0"}
_NUMBER = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?")
# Records have these elements under their own names, with the names of their attributes; see `read_episode` of
# `sources.episode_fields`.
_PODCASTING = (
    *("transcript", "person", "soundbite", "alternateEnclosure", "image", "location", "funding"),
    *("socialInteract", "value", "chat", "contentLink", "txt"),
)
_ADDRESSES = {"url", "uri", "href", "img", "src", "image", "accountUrl", "embedUrl", "feedUrl"}
# No element of the namespace is nested deeper.
_MAX_DEPTH = 4


def read_episode(elements: Elements, absolute: Callable[[str], str | None]) -> dict[str, Any] | None:
    """Return the data of an episode; None if an entry has none.

    Args:
        absolute: makes an address absolute.
    """

    def nested(element: etree._Element) -> dict[str, Any]:
        return _values(element, absolute, 0)

    values: dict[str, Any] = {
        "number": _number(elements, "itunes:episode", "podcast:episode"),
        "number_text": _attribute_of(elements, "podcast:episode", "display"),
        "season": _number(elements, "itunes:season", "podcast:season"),
        "season_name": _attribute_of(elements, "podcast:season", "name"),
        "title": _text(elements, "itunes:title"),
        "kind": (_text(elements, "itunes:episodetype") or "").lower(),
        "explicit": _flag(elements, "itunes:explicit"),
        "block": _flag(elements, "itunes:block"),
        "chapter_list": [
            nested(each)
            for outer in elements.get("psc:chapters", ())
            for name, each in children(outer)
            if name == "psc:chapter"
        ],
        **{
            name: [nested(each) for each in elements.get(f"podcast:{name.lower()}", ())]
            for name in _PODCASTING
        },
    }
    for name in ("chapters", "license"):
        values[name] = next(map(nested, elements.get(f"podcast:{name}", ())), None)
    if values["license"]:
        values["license"] = {"name": values["license"].get("text"), "url": values["license"].get("url")}
    if values["title"] == _text(elements, "title"):
        del values["title"]
    values = {name: value for name, value in values.items() if value not in (None, "", [], {})}
    return values or None


def read_live(entry: etree._Element) -> dict[str, str] | None:
    """Return what a `podcast:liveItem` says of its stream; None for an ordinary entry."""
    values = {name: attribute(entry, name) for name in ("status", "start", "end")}
    return {name: value for name, value in values.items() if value} if values["status"] else None


def _values(element: etree._Element, absolute: Callable[[str], str | None], depth: int) -> dict[str, Any]:
    """Return the attributes, the text and the inner elements of an element, by their own names."""
    values: dict[str, Any] = {}
    for name, value in element.attrib.items():
        if value.strip() and not str(name).startswith("{"):
            is_address = name in _ADDRESSES
            values[str(name)] = (
                absolute(resolve(element, str(value).strip())) if is_address else value.strip()
            )
    if text := (element.text or "").strip():
        values.setdefault("text", text)
    for name, child in children(element):
        if name.startswith("podcast:") and depth < _MAX_DEPTH:
            values.setdefault(etree.QName(child).localname, []).append(_values(child, absolute, depth + 1))
    if values.get("rel") == "captions":
        values["captions"] = True
    for single in ("remoteItem", "integrity"):
        if single in values:
            values[single] = values[single][0]
    return values


def _flag(elements: Elements, name: str) -> bool | None:
    word = (_text(elements, name) or "").lower()
    return True if word in _YES else False if word in _NO else None


def _text(elements: Elements, name: str) -> str | None:
    return next((text for each in elements.get(name, ()) if (text := plain_text(each))), None)


def _attribute_of(elements: Elements, name: str, attribute_name: str) -> str | None:
    return next(
        (value for each in elements.get(name, ()) if (value := attribute(each, attribute_name))), None
    )


def _number(elements: Elements, *names: str) -> int | float | None:
    """Return the first number above zero. Podcasting 2.0 allows decimals for episodes."""
    for name in names:
        text = _text(elements, name) or ""
        if _NUMBER.fullmatch(text) and (number := float(text)) > 0:
            return int(number) if number == int(number) else number
    return None
