"""Kinds of value in extensions: each name to a check, which gives the rule that a value breaks."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from . import values
from .vocabularies import PODCAST_GROUPS, PODCAST_MEDIUMS, PODCAST_ROLES

Broken = tuple[str, str] | None
Kind = Callable[[str], Broken]

_RULE = "extension-value"
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"
_NUMBERS = re.compile(_NUMBER, re.ASCII)
_COORDINATES = re.compile(rf"{_NUMBER}(?:[\s,]+{_NUMBER})*+", re.ASCII)
_PATTERNS = {
    "decimal": (re.compile(r"\d+(?:\.\d+)?", re.ASCII), "a number such as 4 or 4.5"),
    "number": (re.compile(_NUMBER, re.ASCII), "a number"),
    "count": (re.compile(r"\d+", re.ASCII), "a whole number, 0 or more"),
    "positive": (re.compile(r"0*[1-9]\d*", re.ASCII), "a whole number above 0"),
    "counts": (re.compile(r"\d+(?:,\s*\d+)*", re.ASCII), "whole numbers parted by commas"),
    "geo": (
        re.compile(rf"geo:{_NUMBER},{_NUMBER}(?:,{_NUMBER})?(?:;\S+)?", re.ASCII),
        "geo:latitude,longitude",
    ),
    "osm": (re.compile(r"[NWR]\d+(?:#\d+)?", re.ASCII), "N, W or R and a number, such as R113314"),
    "time": (
        re.compile(r"(?:\d+(?:\.\d+)?s?|(?:\d+:)?\d{1,2}:\d{2}(?:\.\d+)?)", re.ASCII),
        "a time such as 12:05:35",
    ),
    "country": (re.compile(r"[A-Za-z]{2}"), "a country in two letters"),
    "token": (re.compile(r"\S+"), "one word"),
}
_DURATION = re.compile(r"\d+(?:\.\d+)?|\d{1,3}:[0-5]\d(?::[0-5]\d)?", re.ASCII)
_OTHER_ENDING = re.compile(r"(?i)\.(?:gif|webp|svg|avif|bmp|tiff?|heic|ico)(?:[?#]|\Z)")


def _pattern(name: str) -> Kind:
    pattern, wanted = _PATTERNS[name]

    def check(value: str) -> Broken:
        return None if pattern.fullmatch(value) else (_RULE, f"{value!r} is not {wanted}")

    return check


def one_of(*allowed: str) -> Kind:
    """A check for one of some words."""

    def check(value: str) -> Broken:
        if value in allowed:
            return None
        return _RULE, f"{value!r} is not one of {', '.join(allowed)}"

    return check


def _longest(characters: int) -> Kind:
    def check(value: str) -> Broken:
        if not value:
            return "extension-blank", ""
        return (
            ("extension-too-long", f"more than {characters} characters") if len(value) > characters else None
        )

    return check


def _ruled(check: Callable[[str], str | None]) -> Kind:
    def checked(value: str) -> Broken:
        rule = check(value)
        return (rule, value) if rule else None

    return checked


def _url(value: str) -> Broken:
    return None if values.is_web(value) else ("extension-address", value)


def _iri(value: str) -> Broken:
    return None if values.is_iri(value) else ("extension-address", value)


def _mail(value: str) -> Broken:
    return None if values.is_mail(value) else ("mail-invalid", value)


def _filled(value: str) -> Broken:
    return None if value else ("extension-blank", "")


def _empty(value: str) -> Broken:
    return (_RULE, "the element holds nothing by its definition") if value else None


def _any(_value: str) -> Broken:
    return None


def _explicit(value: str) -> Broken:
    return None if value in ("true", "false") else ("itunes-explicit", value)


def _duration(value: str) -> Broken:
    return None if _DURATION.fullmatch(value) else ("itunes-duration", value)


def _picture(value: str) -> Broken:
    if not values.is_web(value):
        return "extension-address", value
    return ("itunes-image-type", value) if _OTHER_ENDING.search(value) else None


def _yes(value: str) -> Broken:
    return None if value in ("Yes", "yes", "No", "no") else ("itunes-yes", value)


def _uuid(value: str) -> Broken:
    try:
        given = UUID(value)
    except ValueError:
        return "podcast-guid", value
    return None if str(given) == value.lower() else ("podcast-guid", value)


def _role(value: str) -> Broken:
    return None if value.lower() in PODCAST_ROLES else ("podcast-taxonomy", f"role {value}")


def _group(value: str) -> Broken:
    return None if value.lower() in PODCAST_GROUPS else ("podcast-taxonomy", f"group {value}")


def _medium(value: str) -> Broken:
    return None if value.removesuffix("L") in PODCAST_MEDIUMS else (_RULE, f"{value!r} is not a medium")


def _points(least: int, most: int | None, closed: bool = False) -> Kind:
    def check(value: str) -> Broken:
        if not _COORDINATES.fullmatch(value):
            return "georss-coordinates", value
        numbers = [float(each) for each in re.split(r"[\s,]+", value)]
        pairs = list(zip(numbers[::2], numbers[1::2], strict=False))
        wrong = (
            len(numbers) % 2 != 0
            or len(pairs) < least
            or (most is not None and len(pairs) > most)
            or any(abs(latitude) > 90 or abs(longitude) > 180 for latitude, longitude in pairs)
            or (closed and pairs[0] != pairs[-1])
        )
        return ("georss-coordinates", value) if wrong else None

    return check


def _degrees(most: int) -> Kind:
    def check(value: str) -> Broken:
        right = _NUMBERS.fullmatch(value) and abs(float(value)) <= most
        return None if right else ("georss-coordinates", value)

    return check


KINDS: dict[str, Kind] = {
    **{name: _pattern(name) for name in _PATTERNS},
    "any": _any,
    "box": _points(2, 2),
    "date": _ruled(values.w3cdtf),
    "duration": _duration,
    "empty": _empty,
    "explicit": _explicit,
    "filled": _filled,
    "group": _group,
    "iri": _iri,
    "language": _ruled(values.language),
    "latitude": _degrees(90),
    "line": _points(2, None),
    "longitude": _degrees(180),
    "mail": _mail,
    "media": values.media_type,
    "medium": _medium,
    "picture": _picture,
    "point": _points(1, 1),
    "polygon": _points(4, None, closed=True),
    "rfc3339": _ruled(values.rfc3339),
    "rfc822": _ruled(values.rfc822),
    "role": _role,
    "upto32": _longest(32),
    "upto128": _longest(128),
    "upto4000": _longest(4000),
    "url": _url,
    "uuid": _uuid,
    "yes": _yes,
}
"""Every kind that a specification may name; words parted by `|` are a choice."""


def own_kind(check: Callable[[str], str | None]) -> Kind:
    """Return the kind of an extension's own check, which says what is wrong with a value."""

    def checked(value: str) -> Broken:
        mistake = check(value)
        return (_RULE, mistake) if mistake else None

    return checked


def kind(name: str) -> Kind:
    """The check for a kind, or for one of the words in `a|b|c`."""
    return one_of(*name.split("|")) if "|" in name else KINDS[name]
