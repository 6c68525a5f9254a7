"""How many mails went in the last hour or day. All times are microseconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from ...model import Rate
from .microseconds import to_microseconds

_PARTS = 60


@dataclass(slots=True)
class QuotaWindow:
    """Counts mails in parts of its period. In no period of time there are more than the limit.

    A part counts until even its last mail, sent one part late, is older than the period.

    Attributes:
        counts: the number of mails by part, counted from 1970.
    """

    limit: int
    period: int
    counts: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, rate: Rate, state: dict[str, int] | None) -> Self:
        """Return the window of a quota, as it was stored."""
        counts = {int(part): count for part, count in (state or {}).items()}
        return cls(rate.count, to_microseconds(rate.period), counts)

    def state(self, now: int) -> dict[str, int] | None:
        """Return what to store; None if nothing counts any more."""
        self._forget(now)
        return {str(part): count for part, count in self.counts.items()} or None

    @property
    def _part_length(self) -> int:
        return max(-(-self.period // _PARTS), 1)

    def part(self, now: int) -> int:
        """Return the number of the part that contains a time."""
        return now // self._part_length

    def _counts_until(self, part: int) -> int:
        return (part + 2) * self._part_length + self.period

    def _forget(self, now: int) -> None:
        current, counts = self.part(now), self.counts
        self.counts = {}
        for part, count in counts.items():
            # What a clock that was ahead has counted counts from now on.
            counted = min(part, current)
            if count > 0 and self._counts_until(counted) > now:
                self.counts[counted] = self.counts.get(counted, 0) + count

    def free(self, now: int) -> int:
        """Return how many mails may go now."""
        self._forget(now)
        return max(self.limit - sum(self.counts.values()), 0)

    def take(self, now: int) -> int:
        """Count one mail and return its part, for `give_back`."""
        part = self.part(now)
        self.counts[part] = self.counts.get(part, 0) + 1
        return part

    def give_back(self, part: int) -> None:
        """Count one mail less: it was not sent."""
        if self.counts.get(part):
            self.counts[part] -= 1

    def next_free(self, now: int) -> int:
        """Return when a mail may go, `now` or later."""
        self._forget(now)
        excess = sum(self.counts.values()) - self.limit
        if excess < 0:
            return now
        for part in sorted(self.counts):
            excess -= self.counts[part]
            if excess < 0:
                return self._counts_until(part)
        return now + self.period
