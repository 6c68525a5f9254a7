"""The delivery: one edition for one subscriber, and the outcome of an attempt to send it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from .base import Frozen
from .subscriber import Profile

DeliveryState = Literal["pending", "claimed", "in_doubt", "accepted", "deferred", "failed", "held"]

OPEN_STATES: tuple[DeliveryState, ...] = ("pending", "claimed", "in_doubt", "deferred")
"""The states from which a delivery may still be sent."""


class Delivery(Profile):
    """A delivery as a worker sees it, with the subscriber's profile when it was queued.

    Attributes:
        fence: the number of this claim; a write with an older one is refused.
        created_at: when it was queued (UTC); the Date of its message at every attempt.
        attempts: how many were made before.
        retried_at: when it was made due again by hand, if it was (UTC).
    """

    id: str
    edition_id: str
    subscriber_id: str
    email: str
    state: DeliveryState
    attempts: int = 0
    created_at: datetime
    retried_at: datetime | None = None
    fence: int = 0

    @property
    def tried_since(self) -> datetime:
        """When the time began after which the retry policy gives up (UTC)."""
        return self.retried_at or self.created_at


class Outcome(Frozen):
    """The result of one attempt: the new state, and what the server said.

    Attributes:
        code: the status code of the transport, such as an SMTP reply code or an HTTP status; None if it has
            none.
        status: the enhanced status code of the answer, such as `5.1.1` (RFC 3463); None if it has none.
        about: whom the answer is about. `sender` includes the message. Only an answer about the recipient
            counts against the recipient.
        detail: the reply or the error, one line.
        until: when a deferred delivery is due again at the earliest (UTC), if the server said so; the retry
            policy decides otherwise.
        suppress: the address does not exist (5.1.1) and gets no more mail.
        attempted: whether the server was asked about this recipient.
    """

    state: DeliveryState
    code: int | None = None
    status: str | None = None
    about: Literal["recipient", "sender", "server"] = "recipient"
    detail: str = ""
    until: datetime | None = None
    suppress: bool = False
    attempted: bool = True
