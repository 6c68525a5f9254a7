"""Times as whole numbers, for limits that must be exact: microseconds since 1970 (UTC)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE


def to_microseconds(value: datetime | timedelta) -> int:
    """Return an aware time, or a duration, in microseconds."""
    duration = value - _EPOCH if isinstance(value, datetime) else value
    return duration // _MICROSECOND


def to_datetime(microseconds: int) -> datetime:
    """Return a time (UTC)."""
    return _EPOCH + timedelta(microseconds=microseconds)
