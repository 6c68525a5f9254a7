"""Rarer fields of records: comments, places, translations, source feeds, episodes, custom elements.

A value that a reader here does not understand is returned as it is. The validation of the article reports it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .episode_fields import read_episode
from .value_conversion import absolute_url, as_list, first_value, pick

_COORDINATES = re.compile(r"([-+]?[\d.]+)\s*,\s*([-+]?[\d.]+)", re.ASCII)
_URL_NAMES = ("url", "href", "link")

# Record fields that belong into another field: our name of each, to its name in there.
_MEMBERS: dict[str, dict[str, str]] = {
    "discussion": {"comment_count": "count", "comment_feed": "feed"},
    "location": {"latitude": "latitude", "longitude": "longitude"},
    "episode": {
        "episode_type": "kind",
        **{name: name for name in ("season", "season_name", "explicit", "transcripts", "chapters")},
        **{name: name for name in ("persons", "soundbites", "alternate_enclosures", "live")},
    },
}


def read_extra_fields(values: dict[str, Any], base: str | None) -> None:
    """Convert these fields in place to the form that an article has them in.

    Args:
        values: by our names.
        base: the URL that relative addresses are relative to.
    """
    _gather_members(values)
    for name, reader in _READERS.items():
        if name in values:
            values[name] = reader(values[name], base)


def _gather_members(values: dict[str, Any]) -> None:
    """Move fields such as `comment_count` into the field that they belong to, unless it has its own."""
    for name, members in _MEMBERS.items():
        moved = {inner: values.pop(member) for member, inner in members.items() if member in values}
        # An article can have a season or chapters without being an episode.
        if not moved or (name == "episode" and not {"episode", "attachments"} & set(values)):
            continue
        own = values.get(name)
        values[name] = {**moved, **(own if isinstance(own, Mapping) else _from_scalar(name, own))}


def _from_scalar(name: str, value: Any) -> dict[str, Any]:
    if value is None or isinstance(value, bool) or str(value).strip().lower() in ("true", "false"):
        return {}
    if name == "discussion":
        return {"count" if isinstance(value, int) or str(value).strip().isdigit() else "url": value}
    return {{"location": "name", "episode": "number"}[name]: value}


def read_discussion(value: Any, base: str | None) -> Any:
    """Return a discussion from a page's URL, a number of comments, or a mapping; None for a bare yes."""
    given = value if isinstance(value, Mapping) else _from_scalar("discussion", value)
    if not given:
        return None
    found = pick(given, count=("count", "total"), feed_type=("feed_type",))
    return found | _urls(given, base, url=("url", "link", "href"), feed=("feed", "feed_url"))


def read_location(value: Any, _base: str | None) -> Any:
    """Return a location from a mapping with any of the usual names, from GeoJSON, or from `54.0, -1.5`."""
    if isinstance(value, str) and (match := _COORDINATES.fullmatch(value.strip())):
        latitude, longitude = match.groups()
        return {"latitude": latitude.strip(), "longitude": longitude.strip()}
    if not isinstance(value, Mapping):
        return value
    points = value.get("coordinates")
    if isinstance(points, list | tuple) and len(points) in (2, 3):
        # RFC 7946, section 3.1.1: longitude first.
        value = {"longitude": points[0], "latitude": points[1], **value}
    return pick(
        value,
        latitude=("latitude", "lat"),
        longitude=("longitude", "lon", "lng", "long"),
        name=("name", "label", "address"),
    )


def read_alternates(value: Any, base: str | None) -> Any:
    """Return alternates from mappings, or from a mapping of languages to URLs."""
    if isinstance(value, Mapping) and first_value(value, _URL_NAMES) is None:
        return [{"language": language, "url": absolute_url(url, base)} for language, url in value.items()]
    alternates = []
    for each in as_list(value):
        given = each if isinstance(each, Mapping) else {"url": each}
        more = pick(
            given,
            language=("language", "lang", "hreflang"),
            media_type=("media_type", "mime_type", "type"),
            title=("title",),
        )
        alternates.append({"url": absolute_url(first_value(given, _URL_NAMES), base), **more})
    return alternates


def read_replies(value: Any, base: str | None) -> Any:
    """Return what the article replies to, from ids, URLs or mappings. Without an id, the URL is the id."""
    replies = []
    for each in as_list(value):
        given = each if isinstance(each, Mapping) else {"id": each}
        identifier, url = first_value(given, ("id", "ref")), first_value(given, _URL_NAMES)
        if url is None and str(identifier).startswith(("http://", "https://")):
            url = identifier
        url = absolute_url(url, base)
        replies.append({"id": url if identifier is None else identifier, "url": url})
    return replies


def read_origin(value: Any, base: str | None) -> Any:
    """Return the feed that the article came from, from a mapping."""
    if not isinstance(value, Mapping):
        return value
    origin = pick(value, title=("title", "name"), id=("id",), updated=("updated",))
    return origin | _urls(
        value,
        base,
        feed=("feed", "feed_url", "href"),
        home=("home", "home_page_url", "link", "url"),
    )


def _urls(given: Mapping[Any, Any], base: str | None, **names: tuple[str, ...]) -> dict[str, Any]:
    return {name: absolute_url(url, base) for name, url in pick(given, **names).items()}


_READERS: dict[str, Callable[[Any, str | None], Any]] = {
    "alternates": read_alternates,
    "discussion": read_discussion,
    "replies_to": read_replies,
    "origin": read_origin,
    "location": read_location,
    "episode": read_episode,
}


def read_elements(value: Any, namespaces: Mapping[str, str]) -> Any:
    """Return elements from mappings as `Element` has them, or from one of `prefix:name` to text or texts.

    Args:
        namespaces: by prefix, from the config. An unknown prefix stands for itself.
    """
    if not isinstance(value, Mapping):
        return value
    elements: list[Any] = []
    for qualified_name, content in value.items():
        prefix, _, name = str(qualified_name).partition(":")
        namespace = namespaces.get(prefix, prefix)
        elements += [
            {"namespace": namespace, "prefix": prefix, "name": name, "text": text}
            for each in as_list(content)
            if (text := _as_text(each)) not in (None, "")
        ]
    return elements


def namespace_of(element: Any) -> str:
    """Return the namespace of an element from `read_elements`, or empty text if it has none."""
    return str(element.get("namespace", "")).strip() if isinstance(element, Mapping) else ""


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value
