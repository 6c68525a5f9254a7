"""Kinds of values in extensions: a check for each name, which returns the rule that a value breaks."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from . import value_syntax as values
from .vocabularies import COUNTRIES, PODCAST_GROUPS, PODCAST_MEDIUMS, PODCAST_ROLES, words

Violation = tuple[str, str] | None
"""The id of the broken rule, and a detail; None if the value is valid."""

Kind = Callable[[str], Violation]

_ROBOTS = frozenset(
    words("index noindex follow nofollow all none noarchive nosnippet noimageindex notranslate noodp noydir")
)
_MAX_KEYWORDS = 12
_RULE = "extension-value-invalid"
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"
_NUMBERS = re.compile(_NUMBER, re.ASCII)
_COORDINATES = re.compile(rf"{_NUMBER}(?:[\s,]+{_NUMBER})*+", re.ASCII)
_PATTERNS = {
    "decimal": (re.compile(r"\d+(?:\.\d+)?", re.ASCII), "a number such as 4 or 4.5"),
    "number": (re.compile(_NUMBER, re.ASCII), "a number"),
    "count": (re.compile(r"\d+", re.ASCII), "a whole number, 0 or more"),
    "positive": (re.compile(r"0*[1-9]\d*", re.ASCII), "a whole number above 0"),
    "counts": (re.compile(r"\d+(?:,\s*\d+)*", re.ASCII), "whole numbers separated by commas"),
    "geo": (
        re.compile(rf"geo:{_NUMBER},{_NUMBER}(?:,{_NUMBER})?(?:;\S+)?", re.ASCII),
        "geo:latitude,longitude",
    ),
    "osm": (re.compile(r"[NWR]\d+(?:#\d+)?", re.ASCII), "N, W or R and a number, such as R113314"),
    "time": (
        re.compile(r"now|\d+(?:\.\d+)?s?|(?:\d+:)?[0-5]?\d:[0-5]\d(?:\.\d+)?", re.ASCII),
        "a time such as 12:05:35",
    ),
    "token": (re.compile(r"\S+"), "one word"),
}
_DURATION = re.compile(r"\d+(?:\.\d+)?|\d{1,3}:[0-5]\d(?::[0-5]\d)?", re.ASCII)
_UNSUPPORTED_IMAGE = re.compile(r"(?i)\.(?:gif|webp|svg|avif|bmp|tiff?|heic|ico)(?:[?#]|\Z)")


def _pattern(name: str) -> Kind:
    pattern, description = _PATTERNS[name]

    def check(value: str) -> Violation:
        return None if pattern.fullmatch(value) else (_RULE, f"{value!r} is not {description}")

    return check


def one_of(*allowed: str) -> Kind:
    """Return the kind that allows only these words."""

    def check(value: str) -> Violation:
        if value in allowed:
            return None
        return _RULE, f"{value!r} is not one of {', '.join(allowed)}"

    return check


def _text_up_to(characters: int) -> Kind:
    def check(value: str) -> Violation:
        if not value:
            return "extension-value-empty", ""
        return (
            ("extension-value-too-long", f"more than {characters} characters")
            if len(value) > characters
            else None
        )

    return check


def _kind_of(check: Callable[[str], str | None]) -> Kind:
    def checked(value: str) -> Violation:
        rule = check(value)
        return (rule, value) if rule else None

    return checked


def _url(value: str) -> Violation:
    return None if values.is_http_url(value) else ("extension-url-invalid", value)


def _iri(value: str) -> Violation:
    return None if values.is_iri(value) else ("extension-url-invalid", value)


def _link(value: str) -> Violation:
    """Check an address that RDF writes into an attribute instead."""
    return None if not value or values.is_iri(value) else ("extension-url-invalid", value)


def _mail(value: str) -> Violation:
    return None if values.is_email(value) else ("email-invalid", value)


def _filled(value: str) -> Violation:
    return None if value else ("extension-value-empty", "")


def _empty(value: str) -> Violation:
    return (_RULE, "the element must be empty") if value else None


def _any(_value: str) -> Violation:
    return None


def _explicit(value: str) -> Violation:
    if value.lower() in ("yes", "no", "clean", "explicit"):
        return "itunes-explicit-old", value
    return None if value in ("true", "false") else ("itunes-explicit-invalid", value)


def _duration(value: str) -> Violation:
    return None if _DURATION.fullmatch(value) else ("itunes-duration-invalid", value)


def _itunes_image(value: str) -> Violation:
    if not values.is_http_url(value):
        return "extension-url-invalid", value
    return ("itunes-image-type", value) if _UNSUPPORTED_IMAGE.search(value) else None


def _yes_or_no(value: str) -> Violation:
    return None if value in ("Yes", "yes", "No", "no") else ("itunes-yes-invalid", value)


def _uuid(value: str) -> Violation:
    try:
        parsed = UUID(value)
    except ValueError:
        return "podcast-guid-invalid", value
    return None if str(parsed) == value.lower() else ("podcast-guid-invalid", value)


def _role(value: str) -> Violation:
    return None if value.lower() in PODCAST_ROLES else ("podcast-taxonomy", f"role {value}")


def _group(value: str) -> Violation:
    return None if value.lower() in PODCAST_GROUPS else ("podcast-taxonomy", f"group {value}")


def _medium(value: str) -> Violation:
    return None if value.removesuffix("L") in PODCAST_MEDIUMS else (_RULE, f"{value!r} is not a medium")


def _points(minimum: int, maximum: int | None, closed: bool = False) -> Kind:
    def check(value: str) -> Violation:
        if not _COORDINATES.fullmatch(value):
            return "georss-coordinates-invalid", value
        if "," in value:
            return "georss-comma", value
        numbers = [float(each) for each in re.split(r"[\s,]+", value)]
        pairs = list(zip(numbers[::2], numbers[1::2], strict=False))
        invalid = (
            len(numbers) % 2 != 0
            or len(pairs) < minimum
            or (maximum is not None and len(pairs) > maximum)
            or any(abs(latitude) > 90 or abs(longitude) > 180 for latitude, longitude in pairs)
            or (closed and pairs[0] != pairs[-1])
        )
        return ("georss-coordinates-invalid", value) if invalid else None

    return check


def _degrees(maximum: int) -> Kind:
    def check(value: str) -> Violation:
        valid = _NUMBERS.fullmatch(value) and abs(float(value)) <= maximum
        return None if valid else ("georss-coordinates-invalid", value)

    return check


def _local_date(value: str) -> Violation:
    return (
        None
        if values.is_local_date(value)
        else (_RULE, f"{value!r} is not a date such as 2026-04-03T10:00:00")
    )


def _country(value: str) -> Violation:
    is_country = value.upper() in COUNTRIES
    return None if is_country else (_RULE, f"{value!r} is not a country code of ISO 3166-1")


def _robots(value: str) -> Violation:
    """Check the name or the content of `meta name="robots"`."""
    given = [word.strip().lower() for word in value.split(",")]
    if given == ["robots"] or (set(given) <= _ROBOTS and not _contradicts(given)):
        return None
    return _RULE, f"{value!r} is neither robots nor its directives, such as noindex"


def _contradicts(given: list[str]) -> bool:
    return any(word in given and f"no{word}" in given for word in ("index", "follow"))


def _itunes_text(characters: int) -> Kind:
    def check(value: str) -> Violation:
        too_long = len(value) > characters
        return ("itunes-value-too-long", f"more than {characters} characters") if too_long else None

    return check


def _keywords(value: str) -> Violation:
    if value.count(",") + 1 > _MAX_KEYWORDS:
        return "itunes-value-too-long", f"more than {_MAX_KEYWORDS} keywords"
    return _itunes_text(255)(value)


KINDS: dict[str, Kind] = {
    **{name: _pattern(name) for name in _PATTERNS},
    "any": _any,
    "box": _points(2, 2),
    "country": _country,
    "date": _kind_of(values.w3cdtf),
    "duration": _duration,
    "empty": _empty,
    "explicit": _explicit,
    "filled": _filled,
    "group": _group,
    "iri": _iri,
    "itunes255": _itunes_text(255),
    "itunes4000": _itunes_text(4000),
    "keywords": _keywords,
    "language": _kind_of(values.language),
    "latitude": _degrees(90),
    "link": _link,
    "localdate": _local_date,
    "robots": _robots,
    "line": _points(2, None),
    "longitude": _degrees(180),
    "mail": _mail,
    "media": values.media_type,
    "medium": _medium,
    "picture": _itunes_image,
    "point": _points(1, 1),
    "polygon": _points(4, None, closed=True),
    "rfc3339": _kind_of(values.rfc3339),
    "rfc822": _kind_of(values.rfc822),
    "role": _role,
    "upto32": _text_up_to(32),
    "upto128": _text_up_to(128),
    "upto4000": _text_up_to(4000),
    "url": _url,
    "uuid": _uuid,
    "yes": _yes_or_no,
}
"""The kinds that the tables of extensions can name."""


def own_kind(check: Callable[[str], str | None]) -> Kind:
    """Return the kind of an extension's own check, which says what is wrong with a value."""

    def checked(value: str) -> Violation:
        mistake = check(value)
        return (_RULE, mistake) if mistake else None

    return checked


def kind(name: str) -> Kind:
    """Return the kind with this name, or the choice of words `a|b|c`."""
    return one_of(*name.split("|")) if "|" in name else KINDS[name]
