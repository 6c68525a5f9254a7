"""The values of a record: how they are found, repaired, and left out where they are wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..text.characters import repair_text

# All parts of these may be absent: a mistake costs the part.
_LOOSE = {"episode"}


def without_mistakes(values: dict[str, Any], mistakes: Any) -> dict[str, Any]:
    spoiled: dict[str, set[Any]] = {}
    for mistake in mistakes:
        name, *rest = mistake["loc"]
        spoiled.setdefault(name, set()).add(rest[0] if rest else None)
    kept = dict(values)
    for name, places in spoiled.items():
        value = kept.pop(name)
        if name in _LOOSE and isinstance(value, dict) and None not in places:
            inner = [
                {**mistake, "loc": mistake["loc"][1:]} for mistake in mistakes if mistake["loc"][0] == name
            ]
            kept[name] = without_mistakes(value, inner)
        if isinstance(value, list) and None not in places:
            kept[name] = [each for number, each in enumerate(value) if number not in places]
    return kept


def mistake_in_words(mistake: Any) -> str:
    text = str(mistake["msg"]).removeprefix("Value error, ")
    given = mistake.get("input")
    return f"{text}: {given!r:.80}" if isinstance(given, str | int | float) else text


def dig(fields: Mapping[str, Any], path: str) -> Any:
    if path in fields:
        return fields[path]
    value: Any = fields
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def texts_of(value: Any) -> Iterator[str]:
    """Every text, and an empty one for each collection, so that empty ones count too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        yield ""
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from texts_of(each)


def repaired(value: Any) -> tuple[Any, bool]:
    if isinstance(value, str):
        mended = repair_text(value)
        return mended, mended != value
    if isinstance(value, Mapping):
        pairs = {name: repaired(each) for name, each in value.items()}
        legal = {repaired(name)[0]: each for name, (each, _) in pairs.items()}
        return legal, legal.keys() != value.keys() or any(new for _, new in pairs.values())
    if isinstance(value, list | tuple):
        items = [repaired(each) for each in value]
        return [each for each, _ in items], any(new for _, new in items)
    return value, False
