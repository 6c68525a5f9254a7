"""The rarer parts of a record: talk, places, translations, origins, episodes, elements of your own.

What a reader here cannot make sense of it hands on as it is: whoever checks the article says what is wrong.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

_CAPTIONS = {"text/vtt", "application/srt", "application/x-subrip"}

# Names of our own for what stands beside the part that it belongs to.
_BESIDE: dict[str, dict[str, str]] = {
    "discussion": {"comment_count": "count", "comment_feed": "feed"},
    "location": {"latitude": "latitude", "longitude": "longitude"},
    "episode": {
        "episode_type": "kind",
        **{name: name for name in ("season", "explicit", "transcripts", "chapters", "persons")},
    },
}


def read_extras(values: dict[str, Any], home: str | None) -> None:
    """Put these parts into the form that an article has them in, where a record has them.

    Args:
        values: by our names; changed.
        home: what addresses are relative to.
    """
    _gather(values)
    for name, reader in _READERS.items():
        if name in values:
            values[name] = reader(values[name], home)


def _gather(values: dict[str, Any]) -> None:
    """What stands beside a discussion, a location or an episode goes into it, unless it says the same."""
    for part, names in _BESIDE.items():
        beside = {inner: values.pop(name) for name, inner in names.items() if name in values}
        # Gardens have seasons as well, and books have chapters.
        if not beside or (part == "episode" and not {"episode", "attachments"} & set(values)):
            continue
        given = values.get(part)
        if isinstance(given, Mapping):
            values[part] = {**beside, **given}
        else:
            values[part] = {**beside, **_named(part, given)}


def _named(part: str, given: Any) -> dict[str, Any]:
    if given is None or isinstance(given, bool) or str(given).strip().lower() in ("true", "false"):
        return {}
    if part == "discussion":
        return {"count" if isinstance(given, int) or str(given).strip().isdigit() else "url": given}
    return {{"location": "name", "episode": "number"}[part]: given}


def read_discussion(value: Any, home: str | None) -> Any:
    """A discussion from the address of a page, a number, or a mapping; a bare yes or no says nothing."""
    given = value if isinstance(value, Mapping) else _named("discussion", value)
    if not given:
        return None
    found = _picked(given, count=("count", "total"), feed_type=("feed_type",))
    for name, names in (("url", ("url", "link", "href")), ("feed", ("feed", "feed_url"))):
        if (address := _first(given, names)) is not None:
            found[name] = _joined(address, home)
    return found


def read_location(value: Any, _home: str | None) -> Any:
    """A place from a mapping of any of the usual names, from GeoJSON, or from `54.0, -1.5`."""
    if isinstance(value, str) and value.count(",") == 1:
        latitude, longitude = value.split(",")
        return {"latitude": latitude.strip(), "longitude": longitude.strip()}
    if not isinstance(value, Mapping):
        return value
    points = value.get("coordinates")
    if isinstance(points, list | tuple) and len(points) in (2, 3):
        # RFC 7946, section 3.1.1: longitude first.
        value = {"longitude": points[0], "latitude": points[1], **value}
    return _picked(
        value,
        latitude=("latitude", "lat"),
        longitude=("longitude", "lon", "lng", "long"),
        name=("name", "label", "address"),
    )


def read_alternates(value: Any, home: str | None) -> Any:
    """Alternates from mappings, or from one of a language to an address."""
    if isinstance(value, Mapping) and _first(value, _ADDRESS) is None:
        return [{"language": language, "url": _joined(url, home)} for language, url in value.items()]
    found = []
    for each in _many(value):
        given = each if isinstance(each, Mapping) else {"url": each}
        found.append(
            {
                "url": _joined(_first(given, _ADDRESS), home),
                **_picked(
                    given,
                    language=("language", "lang", "hreflang"),
                    media_type=("media_type", "mime_type", "type"),
                    title=("title",),
                ),
            }
        )
    return found


def read_replies(value: Any, _home: str | None) -> Any:
    """What it answers, from ids, addresses or mappings; an address is the id where there is no other."""
    found = []
    for each in _many(value):
        given = each if isinstance(each, Mapping) else {"id": each}
        identifier, url = _first(given, ("id", "ref")), _first(given, _ADDRESS)
        if url is None and str(identifier).startswith(("http://", "https://")):
            url = identifier
        found.append({"id": url if identifier is None else identifier, "url": url})
    return found


def read_origin(value: Any, _home: str | None) -> Any:
    """The feed that it came from, from a mapping."""
    if not isinstance(value, Mapping):
        return value
    return _picked(
        value,
        title=("title", "name"),
        feed=("feed", "feed_url", "href"),
        home=("home", "home_page_url", "link", "url"),
        id=("id",),
        updated=("updated",),
    )


def read_episode(value: Any, home: str | None) -> Any:
    """An episode from its number or a mapping."""
    if not isinstance(value, Mapping):
        return {"number": value}
    found = _picked(
        value,
        number=("number", "episode"),
        season=("season",),
        kind=("kind", "type"),
        explicit=("explicit",),
    )
    if isinstance(found.get("explicit"), str) and found["explicit"].strip().lower() in ("clean", "no"):
        found["explicit"] = False
    if isinstance(found.get("kind"), str):
        found["kind"] = found["kind"].strip().lower()
    if (chapters := value.get("chapters")) is not None:
        address = _first(chapters, _ADDRESS) if isinstance(chapters, Mapping) else chapters
        found["chapters"] = _joined(address, home)
    if (transcripts := _first(value, ("transcripts", "transcript"))) is not None:
        found["transcripts"] = [_transcript(each, home) for each in _many(transcripts)]
    if (persons := _first(value, ("persons", "people", "guests"))) is not None:
        found["persons"] = [_person(each, home) for each in _many(persons)]
    return found


def _transcript(value: Any, home: str | None) -> dict[str, Any]:
    given = value if isinstance(value, Mapping) else {"url": value}
    url = _joined(_first(given, _ADDRESS), home)
    kind = _first(given, ("media_type", "mime_type", "type"))
    if kind is None and isinstance(url, str):
        kind = mimetypes.guess_type(url.partition("?")[0])[0] or "text/plain"
    captions = given.get("captions", given.get("rel") == "captions" or kind in _CAPTIONS)
    language = _picked(given, language=("language", "lang"))
    return {"url": url, "media_type": kind, "captions": captions, **language}


def _person(value: Any, home: str | None) -> Any:
    if not isinstance(value, Mapping):
        return {"name": value}
    found = _picked(value, name=("name",), role=("role",), group=("group",))
    for name, names in (("url", _ADDRESS), ("image", ("image", "img"))):
        if (address := _first(value, names)) is not None:
            found[name] = _joined(address, home)
    return found


_READERS: dict[str, Callable[[Any, str | None], Any]] = {
    "alternates": read_alternates,
    "discussion": read_discussion,
    "replies_to": read_replies,
    "origin": read_origin,
    "location": read_location,
    "episode": read_episode,
}


def read_elements(value: Any, namespaces: Mapping[str, str]) -> Any:
    """Elements from mappings as `Element` has them, or from one of `prefix:name` to text or to several.

    Args:
        value: what the record has. A prefix that no namespace has stands for itself.
        namespaces: the prefixes of the config.
    """
    if not isinstance(value, Mapping):
        return value
    found: list[Any] = []
    for full, said in value.items():
        prefix, _, name = str(full).partition(":")
        for each in _many(said):
            text = _plain(each)
            if text is not None and text != "":
                namespace = namespaces.get(prefix, prefix)
                found.append({"namespace": namespace, "prefix": prefix, "name": name, "text": text})
    return found


def namespace_of(element: Any) -> str:
    """The namespace of an element from `read_elements`, as the config would have it; empty if it has none."""
    return str(element.get("namespace", "")).strip() if isinstance(element, Mapping) else ""


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


_ADDRESS = ("url", "href", "link")


def _many(value: Any) -> list[Any]:
    return [each for each in value if each is not None] if isinstance(value, list | tuple) else [value]


def _first(given: Mapping[Any, Any], names: Iterable[str]) -> Any:
    return next((given[name] for name in names if given.get(name) not in (None, "")), None)


def _picked(given: Mapping[Any, Any], **names: tuple[str, ...]) -> dict[str, Any]:
    found = {name: _first(given, own) for name, own in names.items()}
    return {name: value for name, value in found.items() if value is not None}


def _joined(url: Any, home: str | None) -> Any:
    try:
        return urljoin(home, url) if isinstance(url, str) and home and not urlsplit(url).scheme else url
    except ValueError:
        return url
