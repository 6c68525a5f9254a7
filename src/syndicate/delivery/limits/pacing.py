"""Even spacing: the generic cell rate algorithm (ITU-T I.371) without bursts. All times are microseconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ...model import Rate
from .microseconds import MINUTE, SECOND, to_microseconds

HORIZON = SECOND // 2
"""How far ahead a delivery may be admitted."""

LONGEST_WAIT = 10 * MINUTE
"""How long a delivery is postponed at most: a rate that has become higher is used soon."""


@dataclass(slots=True)
class Pacer:
    """Gives out times that are at least `interval` apart.

    Attributes:
        next_at: the first time that is free.
        queue_end: the first free place after those that wait.
    """

    interval: int
    next_at: int = 0
    queue_end: int = 0

    @classmethod
    def of(cls, rate: Rate, state: list[int] | None) -> Self:
        """Return the pacer of a rate, as it was stored."""
        # Rounded up: in no period there are more than `count`.
        return cls(-(-to_microseconds(rate.period) // rate.count), *(state or ()))

    def state(self, now: int) -> list[int] | None:
        """Return what to store; None if it is as if nothing had been sent."""
        return [self.next_at, self.queue_end] if max(self.next_at, self.queue_end) > now else None

    def slot(self, now: int) -> int:
        """Return the next free time, `now` or later."""
        # A time further ahead is from a clock that was wrong.
        return max(now, min(self.next_at, now + HORIZON + self.interval))

    def take(self, slot: int) -> None:
        """Use a time that `slot` returned, or a later one."""
        self.next_at = slot + self.interval

    def queue(self, now: int) -> int:
        """Return when a delivery that has no slot is due again, after all that wait already."""
        latest = now + LONGEST_WAIT
        place = min(max(self.slot(now), self.queue_end), latest)
        self.queue_end = min(place + self.interval, latest)
        # Due a little early, so that several are admitted together.
        return max(place - HORIZON, now + SECOND // 20)
