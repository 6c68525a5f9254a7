"""Durations in words: `5 minutes`, `1 day`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_DURATION = re.compile(r"(?:(\d{1,6})\s+)?(second|minute|hour|day|week)s?", re.IGNORECASE)


def parse_duration(text: str) -> timedelta:
    """Return the duration that a text such as `90 seconds`, `5 minutes`, `hour` or `1 week` means.

    Raises:
        ValueError: the text is not a duration, or is zero.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a duration: {text!r}; write it like 30 seconds, 5 minutes, 2 hours or 1 day")
    seconds = int(match[1] or 1) * _UNITS[match[2].lower()]
    if seconds == 0:
        raise ValueError("a duration must be longer than zero")
    return timedelta(seconds=seconds)


def format_duration(value: timedelta) -> str:
    """Return a duration of whole seconds in the largest unit: `90 seconds`, `2 hours`."""
    seconds = int(value.total_seconds())
    for unit, size in reversed(_UNITS.items()):
        if seconds % size == 0 and seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{seconds} seconds"


def _parse_text(value: Any) -> Any:
    return parse_duration(value) if isinstance(value, str) else value


Duration = Annotated[
    timedelta,
    BeforeValidator(_parse_text),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["5 minutes", "24 hours"]}),
]
"""A duration that is written in words."""


def _between_zero_and(longest: timedelta) -> AfterValidator:
    def check(value: timedelta) -> timedelta:
        if not timedelta(0) < value <= longest:
            raise ValueError(f"must be longer than zero and at most {format_duration(longest)}")
        return value

    return AfterValidator(check)


UpToOneDay = Annotated[Duration, _between_zero_and(timedelta(days=1))]
"""A duration from more than zero to a day."""

UpToOneYear = Annotated[Duration, _between_zero_and(timedelta(days=365))]
"""A duration from more than zero to a year."""
