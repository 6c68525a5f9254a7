"""Values of a record: how they are found, repaired, and removed if they are invalid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

from ..text.illegal_characters import repair_text

# Each field of these is optional, so an invalid field costs only that field.
_PARTLY_VALID = {"episode"}


def without_invalid(values: Mapping[str, Any], errors: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the values without the invalid ones; of a list, without its invalid entries.

    Args:
        errors: from `pydantic.ValidationError.errors()`.
    """
    by_field: dict[Any, list[Mapping[str, Any]]] = {}
    for error in errors:
        name, *rest = error["loc"]
        by_field.setdefault(name, []).append({**error, "loc": rest})
    remaining = dict(values)
    for name, inner in by_field.items():
        value = remaining.pop(name)
        if not all(error["loc"] for error in inner):
            continue
        if name in _PARTLY_VALID and isinstance(value, dict):
            remaining[name] = without_invalid(value, inner)
        elif isinstance(value, list):
            invalid = {error["loc"][0] for error in inner}
            remaining[name] = [each for number, each in enumerate(value) if number not in invalid]
    return remaining


def nested_value(record: Mapping[str, Any], path: str) -> Any:
    """Return the value at a path such as `meta.date`, or under a name that equals the path."""
    if path in record:
        return record[path]
    value: Any = record
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def iterate_texts(value: Any) -> Iterator[str]:
    """Yield all texts in a value, and an empty one per collection, so that empty collections count too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        yield ""
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from iterate_texts(each)


def repair_texts(value: Any) -> tuple[Any, bool]:
    """Return the value without illegal characters in its texts, and whether there were any."""
    if isinstance(value, str):
        repaired = repair_text(value)
        return repaired, repaired != value
    if isinstance(value, Mapping):
        pairs = {name: repair_texts(each) for name, each in value.items()}
        legal = {repair_texts(name)[0]: each for name, (each, _) in pairs.items()}
        return legal, legal.keys() != value.keys() or any(new for _, new in pairs.values())
    if isinstance(value, list | tuple):
        items = [repair_texts(each) for each in value]
        return [each for each, _ in items], any(new for _, new in items)
    return value, False


def as_list(value: Any) -> list[Any]:
    """Return the entries of a list that are not None, or a list with the only value."""
    return [each for each in value if each is not None] if isinstance(value, list | tuple) else [value]


def absolute_url(url: Any, base: str | None) -> Any:
    """Return the absolute form of a relative URL; anything else as it is, to be validated later."""
    try:
        return urljoin(base, url) if isinstance(url, str) and base else url
    except ValueError:
        return url


def first_value(mapping: Mapping[Any, Any], names: Iterable[str]) -> Any:
    """Return the first value under one of the names that is neither None nor empty text."""
    return next((mapping[name] for name in names if mapping.get(name) not in (None, "")), None)


def pick(mapping: Mapping[Any, Any], **names: tuple[str, ...]) -> dict[str, Any]:
    """Return the fields that a mapping has under one of several names each."""
    values = {name: first_value(mapping, aliases) for name, aliases in names.items()}
    return {name: value for name, value in values.items() if value is not None}
