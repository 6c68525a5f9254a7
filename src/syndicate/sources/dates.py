"""Dates as records have them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any

from dateutil import parser

_AMBIGUOUS = re.compile(r"\s*\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b.*")
# Its parser takes more than this, and then passes over what it does not know, such as PM.
_RFC5322 = re.compile(
    r"(?:[a-z]{3},\s*)?\d{1,2}\s+[a-z]{3}\s+\d{2}(?:\d{2})?\s+\d{1,2}:\d{2}(?::\d{2})?"
    r"(?:\s+(?:[+-]\d{4}|GMT|UTC?|Z|[ECMP][SD]T))?(?:\s+\([^()]*\))?",
    re.IGNORECASE,
)
# RFC 5322, section 4.3: those that have one meaning.
_ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
_EARLY = datetime(1904, 2, 29)  # noqa: DTZ001 - only fills gaps, so that they show
_LATE = datetime(2008, 11, 17)  # noqa: DTZ001


def read_date(value: Any, zone: tzinfo) -> datetime:
    """A moment from what a record has: a date, a time stamp in seconds, or text.

    Text may be ISO 8601, RFC 3339, RFC 5322, or a date in English words. A day alone is its midnight, and
    what names no zone is taken to be in `zone`.

    Raises:
        ValueError: it is no date, or one that can be read in two ways.
    """
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime.combine(value, time())
    elif isinstance(value, int | float) and not isinstance(value, bool):
        try:
            moment = datetime.fromtimestamp(value, UTC)
        except (OverflowError, OSError, ValueError):
            raise ValueError(f"not a time stamp in seconds: {value}") from None
    elif isinstance(value, str):
        moment = _read_text(value.strip())
    else:
        raise ValueError(f"not a date: {value!r:.60}")  # noqa: TRY004 - one error for every wrong date
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    """The zone of a date in words; left alone, the parser would ask this machine what the name means."""
    if name in _ZONES:
        return timezone(timedelta(hours=_ZONES[name]))
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    if name is not None:
        raise ValueError(f"not a time zone that everybody knows: {name}")
    return None


def _read_text(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    if _RFC5322.fullmatch(text):
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, IndexError, TypeError):
            raise ValueError(f"not a date: {text!r:.60}") from None
        # UTC, though told by somebody elsewhere (RFC 5322, section 3.3).
        return moment.replace(tzinfo=UTC) if "-0000" in text else moment
    if _AMBIGUOUS.fullmatch(text):
        raise ValueError(f"{text!r:.60} can be read in two ways; write it as 2026-04-03")
    if not re.search(r"\d{4}", text):
        raise ValueError(f"not a date: {text!r:.60}; write it as 2026-04-03 or 2026-04-03T08:30:00+02:00")
    try:
        early, late = (parser.parse(text, default=filler, tzinfos=_zone) for filler in (_EARLY, _LATE))
    except (ValueError, OverflowError, parser.ParserError):
        early, late = _EARLY, _LATE
    if early != late:
        raise ValueError(f"not a date: {text!r:.60}; write it as 2026-04-03 or 2026-04-03T08:30:00+02:00")
    return early
