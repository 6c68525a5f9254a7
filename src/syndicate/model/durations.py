"""Durations as people write them: `5 minutes`, `1 day`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_DURATION = re.compile(r"(?:(\d{1,6})\s+)?(second|minute|hour|day|week)s?", re.IGNORECASE)


def parse_duration(text: str) -> timedelta:
    """Read `90 seconds`, `5 minutes`, `hour`, `2 days`, `1 week`.

    Raises:
        ValueError: if it is something else, or nothing long.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a duration: {text!r}; write it like 30 seconds, 5 minutes, 2 hours or 1 day")
    seconds = int(match[1] or 1) * _UNITS[match[2].lower()]
    if seconds == 0:
        raise ValueError("a duration must be longer than nothing")
    return timedelta(seconds=seconds)


def format_duration(value: timedelta) -> str:
    """The shortest words for whole seconds: `90 seconds`, `2 hours`."""
    seconds = int(value.total_seconds())
    for unit, size in reversed(_UNITS.items()):
        if seconds % size == 0 and seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{seconds} seconds"


def _read(value: Any) -> Any:
    return parse_duration(value) if isinstance(value, str) else value


Duration = Annotated[
    timedelta,
    BeforeValidator(_read),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["5 minutes", "24 hours"]}),
]
"""A span of time in words."""
