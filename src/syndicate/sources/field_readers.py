"""The parts of a record that come in many spellings: authors, tags, attachments, images, licenses."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any
from urllib.parse import urljoin, urlsplit

_AND = re.compile(r"\s*;\s*|\s+&\s+|\s+and\s+")
_MAIL_FIRST = re.compile(r"(\S+@\S+)\s+\((.+)\)")


def _many(value: Any) -> list[Any]:
    return [each for each in value if each is not None] if isinstance(value, list | tuple) else [value]


def read_authors(value: Any, _home: str | None = None) -> list[Any]:
    """Authors from names, `Name <mail>`, `mail (Name)`, mappings, or several in one string."""
    return [author for each in _many(value) for author in _authors(each)]


def _authors(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [{name: value[name] for name in ("name", "email", "url") if value.get(name)}]
    if not isinstance(value, str):
        return [{"name": str(value)}]
    return [_author(part) for name in _AND.split(value) for part in _at_commas(name) if part.strip()]


def _at_commas(text: str) -> list[str]:
    """Part `Ann Lee, Bo Ek` but neither `Lee, Ann` nor `Ann Lee, PhD`: each part must be a whole name."""
    parts = text.split(",")
    whole = all(len(part.split()) >= 2 or "@" in part for part in parts)
    return parts if whole else [text]


def _author(text: str) -> dict[str, str]:
    text = text.strip()
    mail_first = _MAIL_FIRST.fullmatch(text)
    if mail_first:
        return {"email": mail_first[1], "name": mail_first[2]}
    if "@" in text and ("<" in text or " " not in text) and not text.startswith("@"):
        name, address = parseaddr(text)
        if "@" in address:
            return {"email": address, **({"name": name} if name else {})}
    return {"name": text}


def read_tags(value: Any, _home: str | None = None) -> list[Any]:
    """Tags from a list, from mappings, or from one string with commas; each once."""
    tags: dict[str, Any] = {}
    for each in value.split(",") if isinstance(value, str) else _many(value):
        if isinstance(each, Mapping):
            term = each.get("term") or each.get("name") or each.get("label")
            kept = {name: each[name] for name in ("label", "scheme") if each.get(name)}
            tags.setdefault(str(term or ""), {"term": str(term or ""), **kept})
        elif str(each).strip():
            tags.setdefault(str(each).strip(), {"term": str(each).strip()})
    return list(tags.values())


def read_attachments(value: Any, home: str | None) -> list[Any]:
    """Attachments from URLs or mappings; a missing media type is guessed from the file's ending."""
    found = []
    for each in _many(value):
        given = each if isinstance(each, Mapping) else {"url": each}
        url = _joined(given.get("url") or given.get("href"), home)
        kind = given.get("media_type") or given.get("mime_type") or given.get("type")
        if not kind and isinstance(url, str):
            kind = mimetypes.guess_type(_path(url))[0] or "application/octet-stream"
        length = next((given[name] for name in ("length", "size_in_bytes", "size") if given.get(name)), None)
        seconds = given.get("duration", given.get("duration_in_seconds"))
        part = {"url": url, "media_type": kind, "length": length, "duration": seconds}
        found.append({**part, "title": given.get("title")})
    return found


def read_image(value: Any, home: str | None) -> Any:
    """An image from a URL or a mapping."""
    given = value if isinstance(value, Mapping) else {"url": value}
    names = ("alt", "credit", "media_type", "width", "height")
    kept = {name: given[name] for name in names if given.get(name)}
    return {"url": _joined(given.get("url") or given.get("src"), home), **kept}


def read_license(value: Any, _home: str | None = None) -> Any:
    """A license from a name, a URL, or a mapping."""
    if isinstance(value, Mapping):
        return {"name": value.get("name") or value.get("url"), "url": value.get("url")}
    text = str(value).strip()
    return {"name": text, "url": text} if text.startswith(("http://", "https://")) else {"name": text}


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _joined(url: Any, home: str | None) -> Any:
    try:
        return urljoin(home, url) if isinstance(url, str) and home else url
    except ValueError:
        # Whoever checks the URL says what is wrong with it.
        return url
