"""The warm-up of a sending domain: which day of sending it is, and how much was sent on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from ...model import WarmUpRamp


@dataclass(slots=True)
class WarmUp:
    """How much a domain has sent today, and how many days it has been sending.

    Only days count on which at least half of what was allowed was sent: a weekly newsletter does not reach
    the highest step without ever having sent that much. The days are those of `zone`.

    Attributes:
        day: the number of the day of sending, from 1.
        sent_on: the day on which `count` mails were sent.
    """

    ramp: WarmUpRamp
    zone: ZoneInfo
    day: int = 1
    sent_on: date | None = None
    count: int = 0

    @classmethod
    def of(cls, ramp: WarmUpRamp, zone: ZoneInfo, state: dict[str, Any] | None) -> Self:
        """Return the warm-up as it was stored."""
        if state is None:
            return cls(ramp, zone)
        return cls(ramp, zone, state["day"], date.fromisoformat(state["date"]), state["count"])

    def state(self) -> dict[str, Any] | None:
        """Return what to store."""
        if self.sent_on is None:
            return None
        return {"day": self.day, "date": self.sent_on.isoformat(), "count": self.count}

    def free(self, now: datetime) -> int | None:
        """Return how many mails may go today; None if there is no limit any more."""
        self._begin_day(now)
        limit = self.ramp.limit(self.day)
        return None if limit is None else max(limit - self.count, 0)

    def take(self, now: datetime) -> date:
        """Count one mail and return its day, for `give_back`."""
        self._begin_day(now)
        self.count += 1
        return now.astimezone(self.zone).date()

    def give_back(self, day: date) -> None:
        """Count one mail less: it was not sent."""
        if day == self.sent_on and self.count:
            self.count -= 1

    def next_day(self, now: datetime) -> datetime:
        """Return when the next day begins (UTC)."""
        tomorrow = now.astimezone(self.zone).date() + timedelta(days=1)
        return datetime.combine(tomorrow, time(), self.zone).astimezone(UTC)

    def __str__(self) -> str:
        return f"{self.ramp.limit(self.day)} on day {self.day} of its warm-up"

    def _begin_day(self, now: datetime) -> None:
        today = now.astimezone(self.zone).date()
        if self.sent_on == today:
            return
        if self.sent_on is not None and self.sent_on < today:
            limit = self.ramp.limit(self.day)
            if limit is None or self.count * 2 >= limit:
                self.day += 1
        # A date in the future is from a clock that was wrong.
        self.sent_on, self.count = today, 0
