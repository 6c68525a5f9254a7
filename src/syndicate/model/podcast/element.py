"""The base class of the elements of podcasts, which can have the names of XML attributes and JSON exports."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, StringConstraints, model_validator

from ..base import Frozen

_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])|-")


@cache
def _parse_names(text: str) -> dict[str, str]:
    return dict(each.split("=") for each in text.split())


class PodcastElement(Frozen):
    """An element of a podcast. Its fields can have their XML names too: `startTime` for `start`.

    Attributes:
        other_names: other names of fields, such as those of XML attributes: `name=field`, separated by
            spaces.
        text_field: the field that gets the value of a plain text.
    """

    other_names: ClassVar[str] = ""
    text_field: ClassVar[str] = ""

    @classmethod
    def field_of(cls, name: str) -> str | None:
        """Return the field for the name of an attribute or a JSON member; None if there is none."""
        if name in cls.model_fields:
            return name
        snake_case = _CAPITAL.sub(lambda match: f"_{(match[1] or '').lower()}", name)
        others = _parse_names(cls.other_names)
        field = others.get(name) or others.get(snake_case) or snake_case
        return field if field in cls.model_fields else None

    @model_validator(mode="before")
    @classmethod
    def _use_own_names(cls, value: Any) -> Any:
        if isinstance(value, str) and cls.text_field:
            return {cls.text_field: value}
        if isinstance(value, Mapping):
            return {cls.field_of(str(name)) or name: each for name, each in value.items()}
        return value


def _as_tuple(value: Any) -> Any:
    if value is None:
        return ()
    return (value,) if isinstance(value, str | Mapping | PodcastElement) else value


Several = BeforeValidator(_as_tuple)
"""Makes a single element the same as a list of one, and None the same as none."""


def decimal_text(value: float | Decimal) -> str:
    """Return a number as XML has it: `4`, `4.5`, `0.00000005`, never with an exponent."""
    text = format(Decimal(str(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _amount(value: Any) -> Any:
    return decimal_text(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Amount = Annotated[
    str,
    BeforeValidator(_amount, json_schema_input_type=str | float),
    StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?$", strip_whitespace=True, max_length=40),
]
"""A decimal number, kept as it is written."""
