"""The delivery: one edition for one subscriber. The row is the truth about that mail."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from .base import Frozen

DeliveryState = Literal["pending", "claimed", "in_doubt", "accepted", "deferred", "failed", "held"]

OPEN_STATES: tuple[DeliveryState, ...] = ("pending", "claimed", "in_doubt", "deferred")
"""States from which a mail may still go out."""


class Delivery(Frozen):
    """A claimed delivery, as a worker sees it.

    Attributes:
        fence: the number of this claim; a write that carries an older one is refused.
        made_at: when it was put into the ledger (UTC); the Date of its mail at every attempt.
        attempts: how often the server was asked about this recipient before.
        doubted: an earlier attempt ended without the server's last word.
    """

    id: str
    edition_id: str
    subscriber_id: str
    email: str
    name: str = ""
    state: DeliveryState
    attempts: int = 0
    made_at: datetime
    fence: int = 0
    doubted: bool = False


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
