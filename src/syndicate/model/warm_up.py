"""How many mails a new sending domain may send on each day."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from .base import Frozen

# Above this nobody needs a limit, and `first * factor ** day` stays a finite number.
_NO_LIMIT = 1_000_000_000


class WarmUpRamp(Frozen):
    """The greatest number of mails on each day of the warm-up: counted, or `first * factor ** (day - 1)`."""

    first: int = Field(default=50, ge=1, description="the greatest number of mails on the first day")
    factor: float = Field(
        default=1.5, ge=1, le=10, description="the number of each day is that of the day before times this"
    )
    days: int = Field(
        default=30, ge=1, le=1000, description="how many days of sending the warm-up takes; no limit after it"
    )
    counts: tuple[int, ...] = Field(
        default=(), description="the number of each day instead of first, factor and days"
    )

    @model_validator(mode="after")
    def _check_counts(self) -> Self:
        if any(count < 1 for count in self.counts):
            raise ValueError("counts must be at least 1: a day with 0 would never end")
        if self.counts and self.model_fields_set & {"first", "factor", "days"}:
            raise ValueError("counts says everything; remove first, factor and days, or counts")
        return self

    def limit(self, day: int) -> int | None:
        """Return the greatest number of mails on a day of sending, from 1; None after the warm-up."""
        if self.counts:
            return self.counts[day - 1] if day <= len(self.counts) else None
        if day > self.days:
            return None
        limit = float(self.first)
        for _ in range(day - 1):
            if limit >= _NO_LIMIT or self.factor == 1:
                break
            limit *= self.factor
        return None if limit >= _NO_LIMIT else int(limit)
