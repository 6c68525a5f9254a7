"""Authors that a site describes in a file of its own, by a short name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NAMES = ("name", "display_name", "title", "fullname", "full_name")
_URLS = ("url", "uri", "web", "website", "site", "homepage", "home", "link")


def find_people(value: Any, known: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the authors in a value: names, keys of known people, mappings, or a list of them."""
    values = value if isinstance(value, list | tuple) else [value]
    return [person for each in values if (person := _read_person(each, known))]


def _read_person(value: Any, known: Mapping[str, Any]) -> dict[str, str] | None:
    if isinstance(value, str) and value.strip():
        key = value.strip()
        found = known.get(key)
        if isinstance(found, Mapping):
            return _describe(found, key)
        return {"name": found.strip() if isinstance(found, str) and found.strip() else key}
    if isinstance(value, Mapping):
        found = known.get(_text(value.get("key")))
        return _describe({**(found if isinstance(found, Mapping) else {}), **value}, "")
    return None


def _describe(given: Mapping[str, Any], key: str) -> dict[str, str] | None:
    names = (_text(given.get(each)) for each in _NAMES)
    full_name = next((each for each in names if each), key)
    person = {"name": full_name} if full_name else {}
    if "@" in (email := _text(given.get("email"))):
        person["email"] = email
    urls = (_text(given.get(each)) for each in _URLS)
    if url := next((each for each in urls if each.startswith("http")), ""):
        person["url"] = url
    return person or None


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
