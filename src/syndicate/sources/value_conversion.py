"""Values of a record: how they are found, repaired, and removed if they are invalid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

from ..text.illegal_characters import repair_text


def without_invalid(values: Mapping[str, Any], errors: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the values without the invalid ones: only the inner values that are wrong are removed.

    What lacks a required value is removed itself.

    Args:
        errors: from `pydantic.ValidationError.errors()`.
    """
    by_field: dict[Any, list[tuple[Any, ...]]] = {}
    for error in errors:
        name, *path = path_in(values, error)
        by_field.setdefault(name, []).append(tuple(path[:1] if name in _INDIVISIBLE else path))
    remaining = dict(values)
    for name, paths in by_field.items():
        remaining[name] = _without(remaining[name], paths)
        if remaining[name] is _REMOVED:
            del remaining[name]
    return remaining


def path_in(values: Mapping[str, Any], error: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the path of the value that is wrong, or that lacks a required value."""
    path: list[Any] = []
    value: Any = values
    # The location also names the type in a union that a value was tried as.
    for part in error["loc"]:
        is_index = isinstance(value, list) and isinstance(part, int) and part < len(value)
        if not is_index and not (isinstance(value, dict) and part in value):
            break
        value = value[part]
        path.append(part)
    return tuple(path)


_REMOVED: Any = object()
# Without one of its parts, an element would say something else.
_INDIVISIBLE = {"elements"}


def _without(value: Any, paths: Iterable[tuple[Any, ...]]) -> Any:
    """Return a value without what is at the paths in it."""
    if not all(paths):
        return _REMOVED
    by_key: dict[Any, list[tuple[Any, ...]]] = {}
    for key, *rest in paths:
        by_key.setdefault(key, []).append(tuple(rest))
    items = value.items() if isinstance(value, dict) else enumerate(value)
    kept = {key: _without(each, by_key[key]) if key in by_key else each for key, each in items}
    kept = {key: each for key, each in kept.items() if each is not _REMOVED}
    return kept if isinstance(value, dict) else list(kept.values())


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


def is_absent(value: Any) -> bool:
    """Return whether a value counts as absent: None, an empty text, an empty list or mapping."""
    return value is None or (isinstance(value, str | list | tuple | dict) and not value)


def iterate_texts(value: Any) -> Iterator[str]:
    """Yield all texts in a value, and an empty one per collection, so that empty collections count too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple | dict | Mapping):
        yield ""
        for each in value if isinstance(value, list | tuple) else value.values():
            yield from iterate_texts(each)


def cut_texts(value: Any, limit: int) -> Any:
    """Return the value with no text in it longer than a limit."""
    if isinstance(value, str):
        return value[:limit]
    if isinstance(value, Mapping):
        return {key: cut_texts(each, limit) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [cut_texts(each, limit) for each in value]
    return value


def repair_texts(value: Any) -> tuple[Any, bool]:
    """Return the value without illegal characters in its texts, and whether there were any."""
    if isinstance(value, str):
        repaired = repair_text(value)
        return repaired, repaired != value
    if isinstance(value, list | tuple):
        items = [repair_texts(each) for each in value]
        return [each for each, _ in items], any(new for _, new in items)
    if isinstance(value, dict | Mapping):
        pairs = {name: repair_texts(each) for name, each in value.items()}
        legal = {
            repair_text(name) if isinstance(name, str) else name: each for name, (each, _) in pairs.items()
        }
        return legal, legal.keys() != value.keys() or any(new for _, new in pairs.values())
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
    """Return the first value under one of the names that is neither None nor empty."""
    return next((value for name in names if not is_absent(value := mapping.get(name))), None)


def pick(mapping: Mapping[Any, Any], **names: tuple[str, ...]) -> dict[str, Any]:
    """Return the fields that a mapping has under one of several names each."""
    values = {name: first_value(mapping, aliases) for name, aliases in names.items()}
    return {name: value for name, value in values.items() if value is not None}
