"""Dates as feeds write them.

`email.utils.format_datetime` gives the same result and takes three times as long. feedgen's own function
calls `setlocale`, which changes the locale of the whole process.
"""

from __future__ import annotations

from datetime import UTC, datetime

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def rfc822(moment: datetime) -> str:
    """Return a date as RSS writes it: RFC 822 with a four-digit year (RFC 2822)."""
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month]
    zone = "+0000" if moment.tzinfo is UTC else f"{moment:%z}"
    return (
        f"{day}, {moment.day:02} {month} {moment.year:04} "
        f"{moment.hour:02}:{moment.minute:02}:{moment.second:02} {zone}"
    )


def rfc3339(moment: datetime) -> str:
    """Return a date as Atom and JSON Feed write it (RFC 3339)."""
    return moment.isoformat()


def whole_minutes(moment: datetime | None) -> datetime | None:
    """Return the same moment with an offset of whole minutes: before 1900 offsets had seconds."""
    if moment is None or moment.tzinfo is UTC:
        return moment
    offset = moment.utcoffset()
    return moment.astimezone(UTC) if offset and offset.total_seconds() % 60 else moment
