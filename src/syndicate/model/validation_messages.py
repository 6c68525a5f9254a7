"""What a validation error says, in the words of a person who writes a config or a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic_core.core_schema import ErrorType

_WHOLE_NUMBER = "must be a whole number"
_NUMBER = "must be a number"
_TRUE_OR_FALSE = "must be true or false"
_LIST = "must be a list"
_TABLE = "must be a table of names and values"
_TEXT = "must be text"
_DATE = "must be a date and time"

# With the limits that the error carries, such as `ge`.
_MESSAGES = {
    "missing": "missing",
    "extra_forbidden": "unknown name",
    **dict.fromkeys(("string_type", "string_sub_type"), _TEXT),
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "string_unicode": "must be valid Unicode text",
    "string_pattern_mismatch": "does not have the required form",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), _WHOLE_NUMBER),
    "int_parsing_size": "is too large a number",
    **dict.fromkeys(("float_type", "float_parsing"), _NUMBER),
    "finite_number": "must be a finite number",
    **dict.fromkeys(("bool_type", "bool_parsing"), _TRUE_OR_FALSE),
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    **dict.fromkeys(("tuple_type", "list_type", "iterable_type", "set_type"), _LIST),
    "too_short": "must not be empty",
    "too_long": "must have at most {max_length} entries",
    **dict.fromkeys(("dict_type", "mapping_type", "model_type", "model_attributes_type"), _TABLE),
    "literal_error": "is none of {expected}",
    **dict.fromkeys(
        ("datetime_type", "datetime_parsing", "datetime_from_date_parsing", "datetime_object_invalid"), _DATE
    ),
    "timezone_aware": "must have a time zone",
    **dict.fromkeys(
        ("time_delta_type", "time_delta_parsing"), "must be a duration, such as 5 minutes or 2 hours"
    ),
}
_KNOWN_TO_PYDANTIC = frozenset(get_args(ErrorType))


def describe_error(error: Mapping[str, Any]) -> str:
    """Return what is wrong with a value.

    Args:
        error: one of `pydantic.ValidationError.errors()`.
    """
    kind, context = error["type"], error.get("ctx", {})
    if kind in ("value_error", "assertion_error"):
        return str(context["error"])
    if kind in _MESSAGES:
        return _MESSAGES[kind].format_map(context)
    # Errors that our validators raise have types and messages of their own.
    return "is not a valid value" if kind in _KNOWN_TO_PYDANTIC else str(error["msg"])


def field_path(location: tuple[int | str, ...]) -> str | None:
    """Return the path of a field such as `feed.2.limit`; entries of lists are counted from 1."""
    parts = (str(part + 1) if isinstance(part, int) else part for part in location)
    return ".".join(part for part in parts if part != "[key]") or None
