"""The article of a page in microformats: an h-entry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import mf2py

_ENTRY = re.compile(r"\b(?:h-entry|hentry)\b")
_MAX_DEPTH = 10


def read_h_entry(html: str, url: str | None) -> dict[str, Any]:
    """Return the fields of the page's only h-entry. A page with several is a list of articles."""
    if not _ENTRY.search(html):
        return {}
    try:
        found = mf2py.parse(doc=html, url=url)
    except ValueError:
        # mf2py refuses the page if an address in it is invalid.
        return {}
    entries = _entries(found.get("items") or [])
    if len(entries) != 1:
        return {}
    properties = entries[0].get("properties") or {}
    fields = {
        "title": _first(properties, "name"),
        "summary": _first(properties, "summary"),
        "published": _first(properties, "published"),
        "updated": _first(properties, "updated"),
        "authors": [author for each in properties.get("author", ()) if (author := _author(each))],
        "tags": [each for each in properties.get("category", ()) if isinstance(each, str)],
        "image": _image(properties),
    }
    # mf2py makes the whole text of an entry its name if it has none.
    if fields["title"] and len(fields["title"]) > 300:
        fields["title"] = None
    return fields


def _entries(items: Any, depth: int = 0) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for item in items if depth < _MAX_DEPTH else ():
        if isinstance(item, Mapping):
            if "h-entry" in (item.get("type") or ()):
                found.append(item)
            else:
                found += _entries(item.get("children") or (), depth + 1)
    return found


def _first(properties: Mapping[str, Any], name: str) -> str | None:
    for each in properties.get(name) or ():
        text = each.get("value") if isinstance(each, Mapping) else each
        if isinstance(text, str) and text.strip():
            return text.strip()
    return None


def _author(value: Any) -> dict[str, str] | None:
    if isinstance(value, str):
        return {"name": value} if value.strip() else None
    properties = value.get("properties") or {}
    name, url = _first(properties, "name") or value.get("value"), _first(properties, "url")
    return {"name": name, **({"url": url} if url else {})} if name else None


def _image(properties: Mapping[str, Any]) -> dict[str, str] | None:
    for each in (*(properties.get("featured") or ()), *(properties.get("photo") or ())):
        if isinstance(each, Mapping):
            return {"url": each.get("value") or "", "alt": each.get("alt") or ""}
        return {"url": each}
    return None
