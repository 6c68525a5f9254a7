"""Segments: which subscribers of a newsletter get it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Self

import idna
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from .base import Frozen, Language, NonEmptyLine
from .subscriber import Subscriber

_FUNCTION = r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$"


def _domain(value: str) -> str:
    name = value.strip().removeprefix("@").casefold()
    try:
        return str(idna.decode(name))
    except (idna.IDNAError, UnicodeError):
        raise ValueError(f"not a domain, such as example.org: {value!r}") from None


class Segment(Frozen):
    """A choice of subscribers: who meets each condition that is given, or whom a function chooses."""

    tags: tuple[NonEmptyLine, ...] = Field(
        default=(), description="subscribers with at least one of these tags"
    )
    language: Language | None = Field(
        default=None,
        description="subscribers with this language: de includes de-AT, de-AT does not include de",
    )
    domain: Annotated[NonEmptyLine, AfterValidator(_domain)] | None = Field(
        default=None, description="subscribers whose address ends with @ and this domain"
    )

    function: Annotated[str, StringConstraints(pattern=_FUNCTION)] | None = Field(
        default=None, description="a Python function module:function; it gets a Subscriber"
    )

    @model_validator(mode="after")
    def _either(self) -> Self:
        if self.function and (self.tags or self.language or self.domain):
            raise ValueError("a segment has either a function or conditions")
        return self


def _parse_segment(value: Any) -> Any:
    return {"function": value} if isinstance(value, str) else value


SegmentField = Annotated[Segment, BeforeValidator(_parse_segment)]
"""A segment, or the name of a function as text."""

SubscriberFilter = Segment | Callable[[Subscriber], bool]
"""A segment, or a function that says whether a subscriber belongs to it."""
