"""Segments: which subscribers of a newsletter get it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import idna
from pydantic import AfterValidator, Field

from .base import Frozen, Language, NonEmptyLine
from .subscriber import Subscriber


def _domain(value: str) -> str:
    name = value.strip().removeprefix("@").casefold()
    try:
        return str(idna.decode(name))
    except (idna.IDNAError, UnicodeError):
        raise ValueError(f"not a domain, such as example.org: {value!r}") from None


class Segment(Frozen):
    """A choice of subscribers. A subscriber has to meet each condition that is given."""

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


SubscriberFilter = Segment | Callable[[Subscriber], bool]
"""A segment, or a function that says whether a subscriber belongs to it."""
