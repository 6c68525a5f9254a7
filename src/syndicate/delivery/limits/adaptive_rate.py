"""The rate to a domain that asked to send more slowly: halved, then raised by steps (AIMD)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from ...model import Outcome
from .microseconds import HOUR, MINUTE, SECOND

UNLIMITED_BASE = 10 * 3600.0
"""Mails per hour from which the rate of a domain without a configured rate is lowered."""

_LOWEST = 60.0
_STEPS = 20
# Servers answer the messages that are already on their way in the same words: that is one request, not many.
_ONE_REQUEST = 30 * SECOND

# Greylisting asks each new sender and recipient to come again; that is no limit (RFC 6647).
_GREYLISTED = re.compile(r"gr[ae]y\s?-?list", re.IGNORECASE)
# Gmail: "unusual rate", "rate limited". Outlook.com: "exceeded the rate limit", "temporarily rate limited",
# "Server busy" (4.7.500). Yahoo: "temporarily deferred due to unexpected volume", [TSS04], [TS01]. Others.
_PHRASES = re.compile(
    r"unusual rate|unexpected volume|rate[- ]?limit|throttl|too (?:fast|quickly)|slow down|server busy"
    r"|too many (?:mails?|messages?|connections?|sessions?|recipients?|requests?)"
    r"|(?:message|connection|sending|hourly|daily) (?:limit|quota) (?:exceeded|reached)"
    r"|\[TSS?\d+\]|\bRP-00[1-3]\b",
    re.IGNORECASE,
)


def asks_to_slow_down(outcome: Outcome) -> bool:
    """Return whether an answer asks the sender to send more slowly: 421, 4.7.x or what providers write."""
    if outcome.state != "deferred" or not outcome.code or _GREYLISTED.search(outcome.detail):
        return False
    is_policy = (outcome.status or outcome.detail).startswith("4.7.")
    return outcome.code == 421 or is_policy or bool(_PHRASES.search(outcome.detail))


class SlowDownEvidence:
    """Tells a domain that asks for less mail from one recipient whose mail server is busy.

    A domain asks for less if three answers in a row do, or more than a quarter of many.
    """

    _FOR, _AGAINST, _ENOUGH = 3, 1, 9

    def __init__(self) -> None:
        self._scores: dict[tuple[str, str], int] = {}

    def add(self, relay: str, domain: str, *, is_request: bool) -> bool:
        """Count an answer. Return whether the domain asks for less on this relay.

        Args:
            is_request: whether the answer asks for less; see `asks_to_slow_down`.
        """
        score = self._scores.pop((relay, domain), 0)
        score = score + self._FOR if is_request else max(score - self._AGAINST, 0)
        if score:
            self._scores[relay, domain] = min(score, self._ENOUGH)
        return is_request and score >= self._ENOUGH


@dataclass(frozen=True, slots=True)
class LoweredRate:
    """A rate in mails per hour, and when it was lowered to it (microseconds)."""

    per_hour: float
    lowered_at: int

    def current(self, now: int, base: float) -> float | None:
        """Return the rate at `now`, raised by a twentieth of `base` a minute; None if it is `base` again."""
        if self.lowered_at > now + HOUR:
            # From a clock that was wrong.
            return None
        rate = self.per_hour + max(now - self.lowered_at, 0) / MINUTE * base / _STEPS
        return rate if rate < base else None

    @classmethod
    def lower(cls, before: Self | None, now: int, base: float) -> Self:
        """Return half of the rate before; `base` if it was not lowered."""
        current = before.current(now, base) if before else None
        if before and current is not None and now - before.lowered_at < _ONE_REQUEST:
            return before
        return cls(max((current or base) / 2, min(_LOWEST, base / 2)), now)
