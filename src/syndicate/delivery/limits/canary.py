"""The canary of an edition: its first deliveries, whose outcome decides about the rest."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, Self

from ...config import CanarySettings
from .microseconds import to_microseconds


@dataclass(slots=True)
class Canary:
    """How much of the canary was sent, and what its outcome was.

    Attributes:
        size: the number of its deliveries.
        taken: how many of them were admitted.
        decide_at: when the outcome is looked at (microseconds); None before all were admitted.
        decision: None before that.
    """

    size: int
    taken: int = 0
    decide_at: int | None = None
    decision: Literal["passed", "held"] | None = None

    @classmethod
    def begin(cls, settings: CanarySettings, deliveries: int) -> Self:
        """Return the canary of an edition with a number of deliveries."""
        size = max(math.ceil(settings.share * deliveries), settings.minimum)
        return cls(size, decision="passed" if size >= deliveries else None)

    @classmethod
    def of(cls, state: dict[str, Any]) -> Self:
        """Return the canary as it was stored."""
        return cls(**state)

    def state(self) -> dict[str, Any]:
        """Return what to store."""
        return {name: getattr(self, name) for name in ("size", "taken", "decide_at", "decision")}

    @property
    def free(self) -> int | None:
        """How many deliveries of the edition may go; None if all may."""
        return None if self.decision == "passed" else max(self.size - self.taken, 0)

    def is_due(self, now: int) -> bool:
        """Return whether it is time to decide (microseconds)."""
        return self.decision is None and self.decide_at is not None and self.decide_at <= now

    def take(self, settings: CanarySettings, now: int) -> None:
        """Count a delivery."""
        if self.decision is None:
            self.taken += 1
            if self.taken >= self.size:
                self.decide_at = now + to_microseconds(settings.wait)

    def give_back(self) -> None:
        """Count a delivery less: it was not sent."""
        if self.decision is None and self.taken:
            self.taken -= 1
            self.decide_at = None

    def decide(self, settings: CanarySettings, tried: int, unsuccessful: int) -> None:
        """Decide about the rest.

        Args:
            tried: how many deliveries the server was asked about.
            unsuccessful: how many of them failed, were deferred or are in doubt.
        """
        if self.decision is not None:
            # Another worker has decided.
            return
        if tried == 0:
            # Nothing was sent: the canary has still to go.
            self.taken, self.decide_at = 0, None
        else:
            self.decision = "held" if unsuccessful > settings.failures * tried else "passed"
