"""When a deferred mail is tried again, and when it is given up. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..model import Delivery, Outcome

FIRST = timedelta(minutes=5)
"""Greylisting wants at least this much (RFC 6647, section 2.2)."""
LONGEST = timedelta(hours=4)
GIVE_UP = timedelta(days=5)
"""How long a mail is tried (RFC 5321, section 4.5.4.1)."""


def retry(delivery: Delivery, outcome: Outcome, now: datetime, luck: float) -> Outcome:
    """A deferred outcome with the moment of the next attempt, or a failed one if there is none.

    Args:
        delivery: with the attempts made before this one.
        outcome: what this attempt came to; anything but `deferred` passes unchanged.
        now: UTC.
        luck: from 0 to 1, spreads the next attempts over half as much again.
    """
    if outcome.state != "deferred":
        return outcome
    wait = min(FIRST * 2 ** min(delivery.attempts, 10), LONGEST) * (1 + luck / 2)
    if now + wait > delivery.made_at + GIVE_UP:
        given_up = f"given up after {delivery.attempts + 1} attempts: {outcome.detail}"
        return outcome.model_copy(update={"state": "failed", "detail": given_up})
    return outcome.model_copy(update={"until": now + wait})
