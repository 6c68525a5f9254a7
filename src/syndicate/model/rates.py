"""Numbers per time in words: `14 per second`, `500 per hour`, `20 per 10 minutes`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from .durations import format_duration, parse_duration

_RATE = re.compile(r"\s*(\d{1,9})\s+per\s+(.+)", re.IGNORECASE)
_LONGEST = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` in any time of the length `period`."""

    count: int
    period: timedelta

    def __str__(self) -> str:
        return f"{self.count} per {format_duration(self.period).removeprefix('1 ')}"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.is_instance_schema(
            cls, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "examples": ["14 per second", "500 per hour"]}


def parse_rate(text: str) -> Rate:
    """Return the rate that a text such as `14 per second` or `20 per 10 minutes` means.

    Raises:
        ValueError: the text is no rate, its number is zero, or its time is longer than 31 days.
    """
    match = _RATE.fullmatch(text)
    if match is None:
        raise ValueError(f"not a number per time: {text!r}; write it like 14 per second or 500 per hour")
    rate = Rate(int(match[1]), parse_duration(match[2]))
    if rate.count == 0:
        raise ValueError("0 would stop all mail; write a number of at least 1")
    if rate.period > _LONGEST:
        raise ValueError("the time must be at most 31 days")
    return rate


def _parse(value: Any) -> Any:
    if isinstance(value, Rate):
        return value
    if not isinstance(value, str):
        raise ValueError("must be text such as 14 per second or 500 per hour")  # noqa: TRY004 - for pydantic
    return parse_rate(value)


RateField = Annotated[Rate, BeforeValidator(_parse)]
"""A rate that is written in words."""
