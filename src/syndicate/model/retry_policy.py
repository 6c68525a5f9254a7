"""When a deferred delivery is tried again, and when it is given up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from pydantic import Field, model_validator

from .base import Frozen
from .durations import UpToOneYear

_DAY = timedelta(days=1)

LONGEST_WAIT = 2 * _DAY
"""A delivery never waits longer than this for a limit, or for a retry of the default policy."""


class RetryPolicy(Frozen):
    """Exponential back-off: `first`, `first * factor`, `first * factor ** 2` and so on, at most `longest`."""

    # Greylisting needs five minutes (RFC 6647, section 2.2).
    first: UpToOneYear = Field(default=timedelta(minutes=5), description="the wait after the first attempt")
    factor: float = Field(default=2, ge=1, le=100, description="each wait is the one before times this")
    longest: UpToOneYear = Field(default=timedelta(hours=4), description="the longest wait")
    # RFC 5321, section 4.5.4.1.
    give_up: UpToOneYear = Field(
        default=timedelta(days=5), description="how long after it was queued a mail is tried"
    )
    attempts: int | None = Field(
        default=None, ge=1, description="the maximum number of attempts; no limit if absent"
    )
    jitter: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="the largest random addition, as a share of the wait",
    )

    @model_validator(mode="after")
    def _check_longest(self) -> Self:
        if self.longest < self.first:
            raise ValueError("longest is shorter than first; write a longest of at least first")
        return self

    @property
    def longest_wait(self) -> timedelta:
        """How long a delivery ever waits, with a day for clocks that differ."""
        return max(self.longest * (1 + self.jitter) + _DAY, LONGEST_WAIT)

    def next_attempt(
        self, attempts: int, created_at: datetime, now: datetime, randomness: float = 0.0
    ) -> datetime | None:
        """Return when the next attempt is due (UTC), or None if the delivery is given up.

        Args:
            attempts: how many were made, at least 1.
            created_at: when the delivery was queued.
            randomness: from 0 to 1; the share of the jitter to add.
        """
        if self.attempts is not None and attempts >= self.attempts:
            return None
        wait = self.first
        for _ in range(attempts - 1):
            if wait >= self.longest or self.factor == 1:
                break
            wait = min(wait * self.factor, self.longest)
        wait *= 1 + self.jitter * randomness
        return now + wait if now - created_at + wait <= self.give_up else None
