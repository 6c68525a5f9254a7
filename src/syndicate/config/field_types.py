"""Types of settings that several tables use."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator

from ..errors import ConfigError
from ..model.base import NonEmptyLine
from ..scheduling import parse


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"no such time zone: {name!r}; write an IANA name such as Europe/London") from None
    return name


def _valid_schedule(text: str) -> str:
    try:
        parse(text)
    except ConfigError as error:
        raise ValueError(f"{error.message}; {error.hint}") from None
    return text


def _none_for_never(text: object) -> object:
    return None if text == "never" else text


Zone = Annotated[NonEmptyLine, AfterValidator(_known_zone)]
"""The IANA name of a time zone that this machine knows."""

ScheduleText = Annotated[NonEmptyLine, AfterValidator(_valid_schedule)]
"""A schedule as `scheduling` parses it."""

OptionalSchedule = Annotated[ScheduleText | None, BeforeValidator(_none_for_never)]
"""A schedule, or `never`."""
