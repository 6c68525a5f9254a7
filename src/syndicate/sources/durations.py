"""Durations of audio and video in records."""

from __future__ import annotations

import re
from typing import Any

_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,5}):(\d{1,2}(?:[.,]\d{1,9})?)", re.ASCII)
# ISO 8601, without years and months, which have no fixed length.
_ISO = re.compile(
    r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,9}(?:[.,]\d{1,9})?)S)?)?",
    re.ASCII | re.IGNORECASE,
)
_UNITS = re.compile(
    r"(?:(\d{1,4}) ?h(?:ours?|rs?)?)?,? ?(?:(\d{1,5}) ?m(?:in(?:ute)?s?)?)?"
    r",? ?(?:(\d{1,6}) ?s(?:ec(?:ond)?s?)?)?",
    re.ASCII | re.IGNORECASE,
)
_FACTORS = (86400, 3600, 60, 1)


def read_duration(value: Any) -> Any:
    """Return the seconds of `1:02:03`, `62:03`, `PT1H2M3S` or `1h 2m 3s`; anything else as it is.

    A number, also as text, is in seconds already.
    """
    if not isinstance(value, str):
        return value
    text = " ".join(value.split()) if len(value) < 100 else value
    if match := _CLOCK.fullmatch(text):
        hours, minutes, seconds = match.groups()
        return _seconds(None, hours, minutes, seconds)
    for pattern in (_ISO, _UNITS):
        match = pattern.fullmatch(text)
        if match and any(each is not None for each in match.groups()):
            return _seconds(*(None,) * (4 - len(match.groups())), *match.groups())
    return value


def _seconds(*parts: str | None) -> float:
    total = sum(
        factor * float((part or "0").replace(",", ".")) for factor, part in zip(_FACTORS, parts, strict=True)
    )
    return int(total) if total == int(total) else total
