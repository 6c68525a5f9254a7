"""The delivery: one edition for one subscriber. The row is the truth about that mail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from .base import Frozen
from .subscriber import Profile

DeliveryState = Literal["pending", "claimed", "in_doubt", "accepted", "deferred", "failed", "held"]

OPEN_STATES: tuple[DeliveryState, ...] = ("pending", "claimed", "in_doubt", "deferred")
"""States from which a mail may still go out."""


class Delivery(Profile):
    """A claimed delivery, as a worker sees it, with the subscriber's profile when it was enqueued.

    Attributes:
        fence: the number of this claim; a write that carries an older one is refused.
        created_at: when it was put into the ledger (UTC); the Date of its mail at every attempt.
        attempts: how often the server was asked about this recipient before.
        was_in_doubt: an earlier attempt ended without the server's last word.
    """

    id: str
    edition_id: str
    subscriber_id: str
    email: str
    state: DeliveryState
    attempts: int = 0
    created_at: datetime
    fence: int = 0
    was_in_doubt: bool = False


class Outcome(Frozen):
    """What became of one attempt: the new state, and the server's words for it.

    Attributes:
        until: when a deferred delivery is due again (UTC).
        code: the SMTP reply code, or none.
        detail: the reply or the error, one line.
        suppress: the address does not exist (5.1.1); no mail to it again.
        attempted: whether the server was asked about this recipient at all.
    """

    state: DeliveryState
    code: int | None = None
    detail: str = ""
    until: datetime | None = None
    suppress: bool = False
    attempted: bool = True


FIRST_WAIT = timedelta(minutes=5)
"""Greylisting wants at least this much (RFC 6647, section 2.2)."""
LONGEST_WAIT = timedelta(hours=4)
GIVE_UP = timedelta(days=5)
"""How long a mail is tried (RFC 5321, section 4.5.4.1)."""


def next_attempt(attempts: int, created_at: datetime, now: datetime, luck: float = 0.0) -> datetime | None:
    """When a mail is tried again, or none if it has been tried for long enough.

    Args:
        attempts: made before the one that has just failed.
        created_at: when the delivery was made.
        now: UTC, as all times here.
        luck: from 0 to 1, spreads attempts over half as much again.
    """
    wait = min(FIRST_WAIT * 2 ** min(attempts, 10), LONGEST_WAIT) * (1 + luck / 2)
    return now + wait if now + wait <= created_at + GIVE_UP else None
