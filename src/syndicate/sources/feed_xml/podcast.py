"""Episodes of podcasts: the elements of Apple, of Podcasting 2.0 and of Podlove."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree

from .links import resolve
from .names import attribute
from .text import plain_text

Elements = Mapping[str, Sequence[etree._Element]]

_YES = {"yes", "true", "explicit", "1"}
_NO = {"no", "false", "clean", "0"}
_JSON_CHAPTERS = {"application/json+chapters", "application/json"}


def read_episode(elements: Elements) -> dict[str, Any] | None:
    """Return the data of an episode; None if an entry has none."""
    values: dict[str, Any] = {
        "number": _number(elements, "itunes:episode", "podcast:episode"),
        "season": _number(elements, "itunes:season", "podcast:season"),
        "kind": (_text(elements, "itunes:episodetype") or "").lower(),
        "explicit": read_explicit(elements),
        "transcripts": [each for each in map(_transcript, elements.get("podcast:transcript", ())) if each],
        "chapters": _chapters(elements),
        "persons": [each for each in map(_person, elements.get("podcast:person", ())) if each],
    }
    values = {name: value for name, value in values.items() if value not in (None, "", [])}
    return values or None


def read_explicit(elements: Elements) -> bool | None:
    """Return whether an episode or a podcast is unsuitable for children; None if that is not said."""
    word = (_text(elements, "itunes:explicit") or "").lower()
    return True if word in _YES else False if word in _NO else None


def _text(elements: Elements, name: str) -> str | None:
    return next((text for each in elements.get(name, ()) if (text := plain_text(each))), None)


def _number(elements: Elements, *names: str) -> int | None:
    for name in names:
        text = _text(elements, name) or ""
        # Podcasting 2.0 allows decimals for episodes, which Apple and this model do not know.
        if text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0:
            return int(text)
    return None


def _transcript(element: etree._Element) -> dict[str, Any]:
    url = attribute(element, "url")
    if not url:
        return {}
    values: dict[str, Any] = {
        "url": resolve(element, url),
        "media_type": attribute(element, "type"),
        "language": attribute(element, "language"),
    }
    if attribute(element, "rel") == "captions":
        values["captions"] = True
    return {name: value for name, value in values.items() if value}


def _chapters(elements: Elements) -> str | None:
    for each in elements.get("podcast:chapters", ()):
        url, media_type = attribute(each, "url"), attribute(each, "type")
        if url and (media_type or "application/json") in _JSON_CHAPTERS:
            return resolve(each, url)
    return None


def _person(element: etree._Element) -> dict[str, str]:
    values = {
        "name": plain_text(element),
        "role": attribute(element, "role"),
        "group": attribute(element, "group"),
        "url": attribute(element, "href"),
        "image": attribute(element, "img"),
    }
    return {name: value for name, value in values.items() if value} if values["name"] else {}
