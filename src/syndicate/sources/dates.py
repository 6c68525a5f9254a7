"""Dates in records."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any

from dateutil import parser

# Longer than any date with its weekday, time and zone in words.
_MAX_LENGTH = 100
_WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}[.,]? +", re.IGNORECASE)
# JavaScript writes `GMT+0200`, which dateutil takes for a zone west of Greenwich, as in POSIX.
_BEFORE_OFFSET = re.compile(r"(?:GMT|UTC)(?=[+-]\d)")
_ZONE_COMMENT = re.compile(r"(?<! ) *\([^()]*\)$")
_NUMERIC = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?!\d)(.*)", re.DOTALL | re.ASCII)
_EAST_ASIAN = re.compile(r"(\d{4}) ?[年년] ?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일](.*)", re.DOTALL | re.ASCII)
_TIME = re.compile(
    r"(?:[T,]|, | ) ?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?"
    r"(?: ?([ap])\.?m\.?)?(?: ?(z|utc|gmt|[a-z]{3})?(?:([+-]\d{2}):?(\d{2})?)?)?",
    re.IGNORECASE | re.ASCII,
)
_NUMERIC_INSIDE = re.compile(r"(?<!\d)\d{1,2}([/.-])\d{1,2}\1\d{2}")
_DIGITS = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_DOTNET = re.compile(r"/Date\((-?\d{1,16})(?:[+-]\d{4})?\)/", re.ASCII)
# The standard library's parser accepts more than this, and then ignores parts such as PM.
_RFC5322 = re.compile(
    r"(?:[a-z]{3},\s*)?\d{1,2}\s+[a-z]{3}\s+\d{2}(?:\d{2})?\s+\d{1,2}:\d{2}(?::\d{2})?"
    r"(?:\s+(?:[+-]\d{4}|GMT|UTC?|Z|[ECMP][SD]T))?",
    re.IGNORECASE,
)
# The zones of RFC 5322, section 4.3, in hours.
_ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
_ZERO_ZONES = {"Z", "UTC", "GMT"}
# Two dates without a common part. A text that gives another result with each as the default is incomplete.
_DEFAULT = datetime(1904, 2, 29)  # noqa: DTZ001 - dateutil adds the zone of the text
_OTHER_DEFAULT = datetime(2008, 11, 17)  # noqa: DTZ001
_WRITE = "write it as 2026-04-03 or 2026-04-03T08:30:00+02:00"
# As an integer, 20260403 is that day and not a moment in 1970.
_COMPACT_DAYS = range(19_000_101, 21_001_232)
# Below the first, a number is a year, a flag or a counter. Up to the second, it is in seconds; and so on.
_MIN_SECONDS, _MAX_SECONDS, _MAX_MILLISECONDS, _MAX_MICROSECONDS = 10**8, 10**11, 10**14, 10**17
_MAX_YEAR = 2200
# What databases and programs write where there is no date.
_ZERO_DATES = ("0000-00-00", "0000-01-01", "-0001-11-30", "0001-01-01")
# Eleventy: the time of the file, which is not the date of the text.
_FILE_TIMES = frozenset({"last modified", "created", "git last modified", "git created"})


class AmbiguousDateError(ValueError):
    """A date can be read with the day first and with the month first."""


def is_no_date(value: Any) -> bool:
    """Return whether a text stands for no date, such as `0000-00-00 00:00:00`, or `Last Modified`."""
    if not isinstance(value, str) or len(value) > _MAX_LENGTH:
        return False
    text = value.strip().casefold()
    return text.startswith(_ZERO_DATES) or text in _FILE_TIMES


def read_date(value: Any, zone: tzinfo, *, day_first: bool | None = None) -> datetime:
    """Return the moment of a date, of a timestamp, or of text.

    Text may be ISO 8601, RFC 3339, RFC 5322, numbers with `-`, `/` or `.` between them, a date in English
    words, or `2026年4月3日`. Timestamps count seconds, milliseconds or microseconds since 1970. A day
    without a time means midnight. A value without a time zone is in `zone`.

    Args:
        day_first: whether `03/04/2026` is in April; None refuses it.

    Raises:
        AmbiguousDateError: it can be read in two ways.
        ValueError: it is not a date.
    """
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime.combine(value, time())
    elif isinstance(value, int | float) and not isinstance(value, bool):
        moment = _read_number(value)
    elif isinstance(value, str):
        moment = _read_text(value.strip(), day_first)
    else:
        raise ValueError(f"not a date: {value!r:.60}")  # noqa: TRY004 - one error for every wrong date
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _read_number(value: float) -> datetime:
    if value in _COMPACT_DAYS:
        return _read_compact(str(int(value)))
    size = abs(value)
    if not _MIN_SECONDS <= size < _MAX_MICROSECONDS:
        raise _not_a_date(value)
    if size < _MAX_SECONDS:
        seconds = value
    elif size < _MAX_MILLISECONDS:
        seconds = value / 1000
    else:
        seconds = value / 1_000_000
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        raise _not_a_date(value) from None
    if moment.year > _MAX_YEAR:
        raise _not_a_date(value)
    return moment


def _read_compact(digits: str) -> datetime:
    """Return the moment of `20260403`, `202604030830` or `20260403083000`."""
    try:
        return datetime.fromisoformat(f"{digits[:8]}T{digits[8:]}" if len(digits) > 8 else digits)
    except ValueError:
        raise _not_a_date(digits) from None


def _read_text(text: str, day_first: bool | None) -> datetime:
    if len(text) > _MAX_LENGTH:
        raise _not_a_date(text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    if _DIGITS.fullmatch(text):
        if len(text) in (12, 14) and text.startswith(("19", "20")):
            return _read_compact(text)
        return _read_number(float(text))
    if match := _DOTNET.fullmatch(text):
        return _read_number(int(match[1]))
    text = _BEFORE_OFFSET.sub("", _ZONE_COMMENT.sub("", text))
    if _RFC5322.fullmatch(text):
        return _read_rfc5322(text)
    numbers = _WEEKDAY.sub("", text, count=1)
    if match := _EAST_ASIAN.fullmatch(numbers):
        return _with_time(_day(text, *match.group(1, 2, 3)), match[4], text)
    if match := _NUMERIC.fullmatch(numbers):
        first, _, second, third, rest = match.groups()
        day = (
            _day(text, first, second, third)
            if len(first) == 4
            else _ambiguous_day(text, int(first), int(second), third, day_first)
        )
        return _with_time(day, rest, text)
    return _read_words(text)


def _day(text: str, year: str, month: str, day: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise _not_a_date(text) from None


def _ambiguous_day(text: str, first: int, second: int, year: str, day_first: bool | None) -> date:
    if len(year) not in (2, 4):
        raise _not_a_date(text)
    # The pivot of POSIX for years of two digits (strptime, %y).
    number = int(year) + ((2000 if int(year) < 69 else 1900) if len(year) == 2 else 0)
    readings = {}
    for is_day_first, month, day in ((True, second, first), (False, first, second)):
        try:
            readings[is_day_first] = date(number, month, day)
        except ValueError:
            continue
    if day_first is not None:
        readings = {key: value for key, value in readings.items() if key == day_first}
    if not readings:
        raise _not_a_date(text)
    if len(set(readings.values())) > 1:
        raise AmbiguousDateError(
            f"{text!r:.60} can be read as {readings[True]} and as {readings[False]}: "
            "set day_first = true or day_first = false in the config of the source"
        )
    return next(iter(readings.values()))


def _with_time(day: date, rest: str, text: str) -> datetime:
    """Return the moment of a day and of the text after it, such as ` 08:30:00 +0200` or ` 8:30 PM`."""
    if not rest.strip():
        return datetime.combine(day, time())
    match = _TIME.fullmatch(rest.rstrip())
    if match is None:
        raise _not_a_date(text)
    hour, minute, second, fraction, half, name, offset_hours, offset_minutes = match.groups()
    try:
        if half:
            if not 1 <= int(hour) <= 12:
                raise _not_a_date(text)
            hour = str(int(hour) % 12 + (12 if half.lower() == "p" else 0))
        microsecond = int((fraction or "0")[:6].ljust(6, "0"))
        moment = datetime.combine(day, time(int(hour), int(minute), int(second or 0), microsecond))
    except ValueError:
        raise _not_a_date(text) from None
    if offset_hours is not None:
        if name and name.upper() not in _ZERO_ZONES:
            raise ValueError(f"not an unambiguous time zone: {name}")
        offset = timedelta(
            hours=int(offset_hours),
            minutes=int(offset_hours[0] + (offset_minutes or "0")),
        )
        if abs(offset) >= timedelta(days=1):
            raise _not_a_date(text)
        return moment.replace(tzinfo=timezone(offset))
    return moment.replace(tzinfo=_named_zone(name)) if name else moment


def _named_zone(name: str) -> tzinfo:
    upper = name.upper()
    if upper in _ZERO_ZONES:
        return UTC
    if upper in _ZONES:
        return timezone(timedelta(hours=_ZONES[upper]))
    raise ValueError(f"not an unambiguous time zone: {name}")


def _read_rfc5322(text: str) -> datetime:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError):
        raise _not_a_date(text) from None
    # -0000 is UTC from a sender with an unknown zone (RFC 5322, section 3.3).
    return moment.replace(tzinfo=UTC) if "-0000" in text else moment


def _read_words(text: str) -> datetime:
    """Return the moment of a date in English words, such as `3rd of April 2026, 8:30 PM`."""
    # dateutil would read 03/04/2026 with the month first.
    if not re.search(r"\d{4}", text) or _NUMERIC_INSIDE.search(text):
        raise _not_a_date(text)
    try:
        first, second = (
            parser.parse(text, default=default, tzinfos=_time_zone) for default in (_DEFAULT, _OTHER_DEFAULT)
        )
    except (ValueError, OverflowError, parser.ParserError):
        raise _not_a_date(text) from None
    if first != second:
        raise _not_a_date(text)
    return first


def _time_zone(name: str | None, offset: int | None) -> tzinfo | None:
    """Return the zone of a date in words. Without this, dateutil would use the local zone's names."""
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    return _named_zone(name) if name is not None else None


def _not_a_date(value: object) -> ValueError:
    return ValueError(f"not a date: {value!r:.60}; {_WRITE}")
