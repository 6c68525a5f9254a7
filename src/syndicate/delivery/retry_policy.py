"""What becomes of a deferred mail. Pure."""

from __future__ import annotations

from datetime import datetime

from ..model import Delivery, Outcome, next_attempt


def retry(delivery: Delivery, outcome: Outcome, now: datetime, luck: float) -> Outcome:
    """A deferred outcome with the moment of the next attempt, or a failed one if there is none.

    Args:
        delivery: with the attempts made before this one.
        outcome: what this attempt came to; anything but `deferred`, or with a moment, passes unchanged.
        now: UTC.
        luck: from 0 to 1, spreads the next attempts over half as much again.
    """
    if outcome.state != "deferred" or outcome.until is not None:
        return outcome
    until = next_attempt(delivery.attempts, delivery.created_at, now, luck)
    if until is None:
        given_up = f"given up after {delivery.attempts + 1} attempts: {outcome.detail}"
        return outcome.model_copy(update={"state": "failed", "detail": given_up})
    return outcome.model_copy(update={"until": until})
