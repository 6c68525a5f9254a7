"""Profile fields as people type them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from pydantic import TypeAdapter, ValidationError

from ..config import Zone
from ..errors import ConfigError, Where
from ..linters.feeds.value_syntax import language as language_fault
from ..model import PROFILE_FIELDS, Locale, Problem, Profile
from ..model.validation_messages import describe_error


def _require_registered(tag: str) -> None:
    if language_fault(tag):
        raise ValueError(f"the language or region is not registered: {tag!r}; write it like de or pt-BR")


_CHECKS: dict[str, Callable[[str], object]] = {
    "language": _require_registered,
    "timezone": TypeAdapter(Zone).validate_python,
}


def parse_profile(where: Where, row: Mapping[str, str]) -> tuple[Profile, list[Problem]]:
    """Return the profile in a row of text, and a warning for each invalid field, which is left empty."""
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for name in PROFILE_FIELDS:
        if not (text := row.get(name, "")):
            continue
        try:
            value = str(getattr(Profile.model_validate({name: text}), name))
            if check := _CHECKS.get(name):
                check(value)
        except ValueError as error:
            place = replace(where, field=name)
            problems.append(Problem.at(place, message_of(error), severity="warning", hint="left empty"))
        else:
            values[name] = value
    return Profile(**values), problems


def parse_locale(language: str | None, timezone: str | None) -> Locale:
    """Return the locale of a subscriber.

    Args:
        language: BCP 47.
        timezone: an IANA name.

    Raises:
        ConfigError: the language is malformed, or the time zone is unknown.
    """
    profile, problems = parse_profile(Where(), {"language": language or "", "timezone": timezone or ""})
    if problems:
        raise ConfigError(problems[0].message, where=Where(field=f"--{problems[0].field}"))
    return Locale(language=profile.language, timezone=profile.timezone)


def message_of(error: ValueError) -> str:
    """Return what is wrong, without the words that the validation library puts around it."""
    if isinstance(error, ValidationError):
        return describe_error(error.errors()[0])
    return str(error)
