"""Fields that records write in many ways: authors, tags, attachments, images, licenses, sections."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable, Iterator, Mapping
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from .durations import read_duration
from .value_conversion import absolute_url, as_list, first_value, pick

# For text in which each run of white space is one space: with more of it, the patterns would be slow.
_SEPARATOR = re.compile(r" ?; ?| & | and ")
# A name and an address; `parseaddr` takes quadratic time.
_MAX_ADDRESS = 1000
_URL_NAMES = ("url", "href", "link", "src")
_FILE_NAMES = ("path", "file", "filename", "image", "relative", "source_url", "public_url", "secure_url")
_PERSON_NAMES = ("name", "display_name", "displayName", "full_name", "fullname", "fullName")
_NAMES = ("name", "title", "label")
_PAGE_NAMES = ("url", "link", "href", "uri", "website", "homepage", "web")
# What APIs put around a value or a list of values.
_WRAPPERS = ("node", "nodes", "edges", "data", "attributes")


def read_fields(values: dict[str, Any], base: str | None) -> None:
    """Convert these fields in place to the form that an article has them in.

    Args:
        values: by our names.
        base: the URL that relative addresses are relative to.
    """
    alt, duration = values.pop("image_alt", None), values.pop("duration", None)
    for name, reader in _READERS.items():
        if name in values:
            values[name] = reader(values[name], base)
    if alt is not None and isinstance(values.get("image"), dict):
        values["image"].setdefault("alt", alt)
    if duration is not None and values.get("attachments") and values["attachments"][0]["duration"] is None:
        values["attachments"][0]["duration"] = read_duration(duration)


def _unwrapped(value: Any) -> Any:
    """Return the value that an API has put into a mapping of its own, such as `{"data": [...]}`."""
    for _ in range(4):
        if isinstance(value, str) or not isinstance(value, Mapping):
            break
        inner = first_value(value, _WRAPPERS)
        if not isinstance(inner, Mapping | list) or not value.keys() <= {*_WRAPPERS, "id", "meta"}:
            break
        value = inner
    return value


def _entries(value: Any) -> list[Any]:
    return [_unwrapped(each) for each in as_list(_unwrapped(value))]


def read_authors(value: Any, base: str | None = None) -> list[Any]:
    """Return authors from names, `Name <address>`, `address (Name)`, mappings, or several in one text.

    A mapping is an author, a mapping of ids to authors, or has a list of names under `name`.
    """
    return [author for each in _entries(value) for author in _read_author(each, base)]


def read_publisher(value: Any, _base: str | None = None) -> Any:
    """Return the name of a publisher from a text or a mapping."""
    return value.get("name") or value.get("title") if isinstance(value, Mapping) else value


def _read_author(value: Any, base: str | None) -> Iterator[Any]:
    if isinstance(value, str):
        text = " ".join(value.split())
        for part in _SEPARATOR.split(text):
            for name in _split_at_commas(part):
                if name.strip():
                    yield _parse_author(name.strip())
    elif isinstance(value, Mapping):
        yield from _read_author_mapping(value, base)
    elif not isinstance(value, bool):
        yield {"name": value}


def _read_author_mapping(value: Mapping[Any, Any], base: str | None) -> Iterator[Any]:
    name = first_value(value, _PERSON_NAMES)
    if name is None:
        parts = (first_value(value, names) for names in (("first_name", "given"), ("last_name", "family")))
        name = " ".join(part for part in parts if isinstance(part, str)) or None
    more = pick(value, email=("email", "mail"), url=_PAGE_NAMES)
    if isinstance(name, list | tuple):
        yield from (author for each in name for author in _read_author(each, base))
    elif name is not None or "email" in more:
        named = {} if name is None else {"name": name}
        if "url" in more:
            more["url"] = absolute_url(more["url"], base)
        yield named | more
    elif value and all(isinstance(each, Mapping) for each in value.values()):
        for key, each in value.items():
            yield from _read_author_mapping({"name": key, **each}, base)
    elif value:
        yield more


def _split_at_commas(text: str) -> list[str]:
    """Split `Ann Lee, Bo Ek` but neither `Lee, Ann` nor `Ann Lee, PhD`: each part must be a full name."""
    parts = text.split(",")
    are_full_names = all(len(part.split(None, 1)) >= 2 or "@" in part for part in parts)
    return parts if are_full_names else [text]


def _parse_author(text: str) -> dict[str, str]:
    # RFC 822 allowed the name in a comment.
    address, space, comment = text.partition(" ")
    if space and "@" in address and comment.startswith("(") and comment.endswith(")") and comment != "()":
        return {"email": address, "name": comment[1:-1]}
    is_short = len(text) <= _MAX_ADDRESS
    if is_short and "@" in text and ("<" in text or " " not in text) and not text.startswith("@"):
        name, address = parseaddr(text)
        if "@" in address:
            return {"email": address, **({"name": name} if name else {})}
    return {"name": text}


def read_tags(value: Any, _base: str | None = None) -> list[Any]:
    """Return distinct tags from a list, from one text with commas, from mappings, or a mapping of tags."""
    if isinstance(value, Mapping):
        value = _unwrapped(value)
        if isinstance(value, Mapping) and first_value(value, ("term", "slug", *_NAMES)) is None:
            # WordPress.com: the tags by their names.
            value = [key for key, each in value.items() if each is not False]
    tags: dict[str, Any] = {}
    for each in value.split(",") if isinstance(value, str) else _entries(value):
        if not isinstance(each, str) and isinstance(each, Mapping):
            term = str(first_value(each, ("term", *_NAMES, "slug")) or "").strip()
            tags.setdefault(term, {"term": term, **pick(each, label=("label",), scheme=("scheme",))})
        elif not isinstance(each, bool) and (term := str(each).strip()):
            tags.setdefault(term, {"term": term})
    return list(tags.values())


def read_attachments(value: Any, base: str | None) -> list[Any]:
    """Return attachments from URLs or mappings. The file name decides a missing media type."""
    attachments = []
    for each in _entries(value):
        if isinstance(each, bool):
            continue
        given = each if isinstance(each, Mapping) else {"url": each}
        url = absolute_url(first_value(given, (*_URL_NAMES, *_FILE_NAMES)), base)
        media_type = first_value(given, ("media_type", "mime_type", "type", "mimetype", "content_type"))
        if isinstance(url, str) and not (isinstance(media_type, str) and "/" in media_type):
            # Such as `audio`, or nothing.
            media_type = mimetypes.guess_type(_path(url))[0] or "application/octet-stream"
        attachments.append(
            {
                "url": url,
                "media_type": media_type,
                "length": first_value(given, ("length", "size_in_bytes", "size", "filesize", "bytes")),
                "duration": read_duration(
                    first_value(given, ("duration", "duration_in_seconds", "itunes_duration"))
                ),
                "title": given.get("title"),
            }
        )
    return attachments


def read_image(value: Any, base: str | None) -> Any:
    """Return an image from a URL, a mapping, or the first of a list; None for a yes or no."""
    value = next(iter(_entries(value)), None)
    if value is None or isinstance(value, bool):
        return None
    given = value if isinstance(value, Mapping) else {"url": value}
    url = first_value(given, (*_URL_NAMES, *_FILE_NAMES))
    if isinstance(url, Mapping):
        # Such as `cover: { image: { src: ... } }`.
        given = {**given, **url}
        url = first_value(url, (*_URL_NAMES, *_FILE_NAMES))
    more = pick(
        given,
        alt=("alt", "alt_text", "altText"),
        credit=("credit",),
        media_type=("media_type",),
        width=("width",),
        height=("height",),
    )
    return {"url": absolute_url(url, base), **more}


def read_license(value: Any, base: str | None = None) -> Any:
    """Return a license from a name, a URL, or a mapping."""
    if isinstance(value, Mapping):
        url = absolute_url(first_value(value, _URL_NAMES), base)
        return {"name": first_value(value, _NAMES) or url, "url": url}
    text = str(value).strip()
    return {"name": text, "url": text} if text.startswith(("http://", "https://")) else {"name": text}


def read_section(value: Any, _base: str | None = None) -> Any:
    """Return a section from a name, a mapping, or the first of a list."""
    value = next(iter(_entries(value)), None)
    return first_value(value, _NAMES) or value if isinstance(value, Mapping) else value


_READERS: dict[str, Callable[[Any, str | None], Any]] = {
    "authors": read_authors,
    "contributors": read_authors,
    "publisher": read_publisher,
    "tags": read_tags,
    "attachments": read_attachments,
    "image": read_image,
    "license": read_license,
    "section": read_section,
}


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
