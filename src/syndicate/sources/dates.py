"""Dates as records have them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any

from dateutil import parser

_AMBIGUOUS = re.compile(r"\s*\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b.*")
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


def _read_text(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError):
        pass
    if _AMBIGUOUS.fullmatch(text):
        raise ValueError(f"{text!r:.60} can be read in two ways; write it as 2026-04-03")
    if not re.search(r"\d{4}", text):
        raise ValueError(f"not a date: {text!r:.60}; write it as 2026-04-03 or 2026-04-03T08:30:00+02:00")
    try:
        early, late = (parser.parse(text, default=filler) for filler in (_EARLY, _LATE))
    except (ValueError, OverflowError, parser.ParserError):
        early, late = _EARLY, _LATE
    if early != late:
        raise ValueError(f"not a date: {text!r:.60}; write it as 2026-04-03 or 2026-04-03T08:30:00+02:00")
    return early
