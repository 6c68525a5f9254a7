"""Dates in records."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any

from dateutil import parser

_AMBIGUOUS = re.compile(r"\s*\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b.*")
# The standard library's parser accepts more than this, and then ignores parts such as PM.
_RFC5322 = re.compile(
    r"(?:[a-z]{3},\s*)?\d{1,2}\s+[a-z]{3}\s+\d{2}(?:\d{2})?\s+\d{1,2}:\d{2}(?::\d{2})?"
    r"(?:\s+(?:[+-]\d{4}|GMT|UTC?|Z|[ECMP][SD]T))?(?:\s+\([^()]*\))?",
    re.IGNORECASE,
)
# The zones of RFC 5322, section 4.3, in hours.
_ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
# Two dates without a common part. A text that gives another result with each as the default is incomplete.
_DEFAULT = datetime(1904, 2, 29)  # noqa: DTZ001 - dateutil adds the zone of the text
_OTHER_DEFAULT = datetime(2008, 11, 17)  # noqa: DTZ001
_WRITE = "write it as 2026-04-03 or 2026-04-03T08:30:00+02:00"


def read_date(value: Any, zone: tzinfo) -> datetime:
    """Return the moment of a date, of a timestamp in seconds, or of text.

    Text may be ISO 8601, RFC 3339, RFC 5322, or a date in English words. A day without a time means
    midnight. A value without a time zone is in `zone`.

    Raises:
        ValueError: it is not a date, or it is ambiguous.
    """
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime.combine(value, time())
    elif isinstance(value, int | float) and not isinstance(value, bool):
        try:
            moment = datetime.fromtimestamp(value, UTC)
        except (OverflowError, OSError, ValueError):
            raise ValueError(f"not a timestamp in seconds: {value}") from None
    elif isinstance(value, str):
        moment = _read_text(value.strip())
    else:
        raise ValueError(f"not a date: {value!r:.60}")  # noqa: TRY004 - one error for every wrong date
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _time_zone(name: str | None, offset: int | None) -> tzinfo | None:
    """Return the zone of a date in words. Without this, dateutil would use the local zone's names."""
    if name in _ZONES:
        return timezone(timedelta(hours=_ZONES[name]))
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    if name is not None:
        raise ValueError(f"not an unambiguous time zone: {name}")
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
        # -0000 is UTC from a sender with an unknown zone (RFC 5322, section 3.3).
        return moment.replace(tzinfo=UTC) if "-0000" in text else moment
    if _AMBIGUOUS.fullmatch(text):
        raise ValueError(f"{text!r:.60} can be read in two ways; write it as 2026-04-03")
    if not re.search(r"\d{4}", text):
        raise ValueError(f"not a date: {text!r:.60}; {_WRITE}")
    try:
        first, second = (
            parser.parse(text, default=default, tzinfos=_time_zone) for default in (_DEFAULT, _OTHER_DEFAULT)
        )
    except (ValueError, OverflowError, parser.ParserError):
        raise ValueError(f"not a date: {text!r:.60}; {_WRITE}") from None
    if first != second:
        raise ValueError(f"not a date: {text!r:.60}; {_WRITE}")
    return first
