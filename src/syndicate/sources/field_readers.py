"""Fields that records write in many ways: authors, tags, attachments, images, licenses."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from .value_conversion import absolute_url, as_list

_SEPARATOR = re.compile(r"\s*;\s*|\s+&\s+|\s+and\s+")
_ADDRESS_AND_NAME = re.compile(r"(\S+@\S+)\s+\((.+)\)")


def read_authors(value: Any, _base: str | None = None) -> list[Any]:
    """Return authors from names, `Name <address>`, `address (Name)`, mappings, or several in one text."""
    return [author for each in as_list(value) for author in _read_author(each)]


def _read_author(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [{name: value[name] for name in ("name", "email", "url") if value.get(name)}]
    if not isinstance(value, str):
        return [{"name": str(value)}]
    return [
        _parse_author(name)
        for part in _SEPARATOR.split(value)
        for name in _split_at_commas(part)
        if name.strip()
    ]


def _split_at_commas(text: str) -> list[str]:
    """Split `Ann Lee, Bo Ek` but neither `Lee, Ann` nor `Ann Lee, PhD`: each part must be a full name."""
    parts = text.split(",")
    are_full_names = all(len(part.split()) >= 2 or "@" in part for part in parts)
    return parts if are_full_names else [text]


def _parse_author(text: str) -> dict[str, str]:
    text = text.strip()
    match = _ADDRESS_AND_NAME.fullmatch(text)
    if match:
        return {"email": match[1], "name": match[2]}
    if "@" in text and ("<" in text or " " not in text) and not text.startswith("@"):
        name, address = parseaddr(text)
        if "@" in address:
            return {"email": address, **({"name": name} if name else {})}
    return {"name": text}


def read_tags(value: Any, _base: str | None = None) -> list[Any]:
    """Return distinct tags from a list, from mappings, or from one text with commas."""
    tags: dict[str, Any] = {}
    for each in value.split(",") if isinstance(value, str) else as_list(value):
        if isinstance(each, Mapping):
            term = str(each.get("term") or each.get("name") or each.get("label") or "")
            more = {name: each[name] for name in ("label", "scheme") if each.get(name)}
            tags.setdefault(term, {"term": term, **more})
        elif term := str(each).strip():
            tags.setdefault(term, {"term": term})
    return list(tags.values())


def read_attachments(value: Any, base: str | None) -> list[Any]:
    """Return attachments from URLs or mappings. The file name decides a missing media type."""
    attachments = []
    for each in as_list(value):
        given = each if isinstance(each, Mapping) else {"url": each}
        url = absolute_url(given.get("url") or given.get("href"), base)
        media_type = given.get("media_type") or given.get("mime_type") or given.get("type")
        if not media_type and isinstance(url, str):
            media_type = mimetypes.guess_type(_path(url))[0] or "application/octet-stream"
        length = next((given[name] for name in ("length", "size_in_bytes", "size") if given.get(name)), None)
        attachments.append(
            {
                "url": url,
                "media_type": media_type,
                "length": length,
                "duration": given.get("duration", given.get("duration_in_seconds")),
                "title": given.get("title"),
            }
        )
    return attachments


def read_image(value: Any, base: str | None) -> Any:
    """Return an image from a URL or a mapping."""
    given = value if isinstance(value, Mapping) else {"url": value}
    names = ("alt", "credit", "media_type", "width", "height")
    more = {name: given[name] for name in names if given.get(name)}
    return {"url": absolute_url(given.get("url") or given.get("src"), base), **more}


def read_license(value: Any, _base: str | None = None) -> Any:
    """Return a license from a name, a URL, or a mapping."""
    if isinstance(value, Mapping):
        return {"name": value.get("name") or value.get("url"), "url": value.get("url")}
    text = str(value).strip()
    return {"name": text, "url": text} if text.startswith(("http://", "https://")) else {"name": text}


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
