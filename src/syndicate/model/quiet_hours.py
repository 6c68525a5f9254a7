"""Hours of the day in which subscribers get no mail."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from .base import Frozen

_HOURS = re.compile(r"\s*(\d{1,2}):(\d{2})\s*(?:-|–|to)\s*(\d{1,2}):(\d{2})\s*")
_EXAMPLE = "write it like 21:00 to 07:00"


class QuietHours(Frozen):
    """A part of each day in local time; over midnight if `end` is before `start`.

    Attributes:
        start: the first quiet minute.
        end: the first minute that is no longer quiet.
    """

    start: time
    end: time

    def __str__(self) -> str:
        return f"{self.start:%H:%M} to {self.end:%H:%M}"

    def end_after(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """Return when the quiet hours that contain `now` end (UTC), or None if `now` is not quiet.

        On a day with a clock change a time that does not exist means the moment of the change, and a time
        that exists twice means the first for the start and the second for the end.

        Args:
            now: an aware time.
            zone: of the subscriber.
        """
        today = now.astimezone(zone).date()
        quiet_until = now
        # They may have begun yesterday, and a clock change can let one night follow the other at once.
        for days in (-1, 0, 1):
            first_day = today + timedelta(days=days)
            last_day = first_day + timedelta(days=int(self.end <= self.start))
            start = _utc(datetime.combine(first_day, self.start, zone))
            end = _utc(datetime.combine(last_day, self.end, zone).replace(fold=1))
            if start <= quiet_until < end:
                quiet_until = end
        return quiet_until if quiet_until > now else None


def _utc(local: datetime) -> datetime:
    """Return a local time in UTC; one that does not exist becomes the moment of the clock change."""
    utc = local.astimezone(UTC)
    if utc.astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None):
        return utc
    # In a gap the two values of `fold` are on both sides of the change (PEP 495).
    low, high = sorted(local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    offset = low.astimezone(local.tzinfo).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(local.tzinfo).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def parse_quiet_hours(text: str) -> QuietHours:
    """Return the hours that a text such as `21:00 to 07:00` means.

    Raises:
        ValueError: the text does not name two different times of the day.
    """
    match = _HOURS.fullmatch(text)
    if match is None:
        raise ValueError(f"not hours of the day: {text!r}; {_EXAMPLE}")
    hours = [int(each) for each in match.groups()]
    if hours[0] > 23 or hours[2] > 23 or hours[1] > 59 or hours[3] > 59:
        raise ValueError(f"no such time of the day: {text!r}; {_EXAMPLE}")
    start, end = time(hours[0], hours[1]), time(hours[2], hours[3])
    if start == end:
        raise ValueError(f"quiet hours of the whole day would stop all mail; {_EXAMPLE}")
    return QuietHours(start=start, end=end)


def _parse(value: Any) -> Any:
    if isinstance(value, QuietHours):
        return value
    if not isinstance(value, str):
        raise ValueError(f"must be text; {_EXAMPLE}")  # noqa: TRY004 - for pydantic
    return parse_quiet_hours(value)


QuietHoursField = Annotated[
    QuietHours,
    BeforeValidator(_parse),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["21:00 to 07:00"]}),
]
"""Quiet hours that are written as text."""
