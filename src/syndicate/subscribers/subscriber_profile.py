"""Profile fields as people type them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from pydantic import TypeAdapter, ValidationError

from ..config import Zone
from ..errors import ConfigError, Where
from ..linters.feeds.value_syntax import language as language_fault
from ..model import Locale, Profile
from ..model.base import SingleLine
from ..model.validation_messages import describe_error


def _require_registered(tag: str) -> None:
    if language_fault(tag):
        raise ValueError(f"the language or region is not registered: {tag!r}; write it like de or pt-BR")


def _check_language(tag: str) -> str:
    value = str(Profile.model_validate({"language": tag}).language)
    _require_registered(value)
    return value


def _check_timezone(name: str) -> str:
    value = str(Profile.model_validate({"timezone": name}).timezone)
    _ZONE.validate_python(value)
    return value


_ZONE: TypeAdapter[str] = TypeAdapter(Zone)
_LINE: TypeAdapter[str] = TypeAdapter(SingleLine)
_MAX_LINE = 1000


def check_line(text: str) -> str:
    """Return the text on one line.

    Raises:
        ValueError: it is too long, or a database cannot store it.
    """
    value = _LINE.validate_python(text)
    if len(value) > _MAX_LINE:
        raise ValueError(f"longer than {_MAX_LINE} characters")
    if "\0" in value or (not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value)):
        raise ValueError("contains a character that cannot be stored")
    return value


# Many subscribers have the same language and time zone.
_CHECKS: dict[str, Callable[[str], str]] = {
    "name": check_line,
    "language": lru_cache(maxsize=4096)(_check_language),
    "timezone": lru_cache(maxsize=4096)(_check_timezone),
}


def parse_profile(row: Mapping[str, str]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return the fields of a profile in a row of text that are not empty.

    The second value has the name of each invalid field, which is left out, and what is wrong with it.
    """
    values: dict[str, str] = {}
    faults: list[tuple[str, str]] = []
    for name, check in _CHECKS.items():
        if text := row.get(name):
            try:
                values[name] = check(text)
            except ValueError as error:
                faults.append((name, message_of(error)))
    return values, faults


def parse_locale(language: str | None, timezone: str | None) -> Locale:
    """Return the locale of a subscriber.

    Args:
        language: BCP 47.
        timezone: an IANA name.

    Raises:
        ConfigError: the language is malformed, or the time zone is unknown.
    """
    values, faults = parse_profile({"language": language or "", "timezone": timezone or ""})
    for field, message in faults:
        raise ConfigError(message, where=Where(field=f"--{field}"))
    return Locale(language=values.get("language"), timezone=values.get("timezone"))


def message_of(error: ValueError) -> str:
    """Return what is wrong, without the words that the validation library puts around it."""
    if isinstance(error, ValidationError):
        return describe_error(error.errors()[0])
    return str(error)
