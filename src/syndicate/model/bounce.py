"""The evidence of a bounce or complaint, and what was decided about refusals that are the same."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from .base import Frozen

BounceKind = Literal["hard", "soft", "refused", "complaint"]
"""`hard`: the address does not exist. `soft`: the mailbox cannot take mail now, such as a full one.
`refused`: the answer is about the sender, the message or a server. `complaint`: the subscriber called the
message unwanted."""

Verdict = Literal["open", "counted", "held", "dismissed"]
"""`open`: not decided yet. `counted`: it is about the address. `held`: so many deliveries of the edition have
the same refusal that it is about the sender or a server; no subscriber changes. `dismissed`: the operator has
reinstated the address."""


class Bounce(Frozen):
    """One bounce or complaint, as it is kept.

    Attributes:
        id: the same whenever the same mail is read again.
        edition_id: of the edition that came back.
        status: the enhanced status code, such as `5.1.1` (RFC 3463).
        diagnostic: what the server said, one line.
        refusal: equal for refusals that differ only in address, server and number.
        excerpt: the first lines of the mail.
        received_at: when it was read (UTC).
    """

    id: str
    delivery_id: str
    edition_id: str
    subscriber_id: str
    kind: BounceKind
    status: str | None = None
    diagnostic: str = ""
    refusal: str = ""
    excerpt: str = ""
    received_at: datetime
    verdict: Verdict = "open"


class Refusal(Frozen):
    """Refusals of one edition that are the same.

    Attributes:
        deliveries: how many deliveries have it.
        edition_deliveries: how many deliveries the edition has.
        first_at: when the first was read (UTC).
        diagnostic: of one of them.
    """

    edition_id: str
    refusal: str
    deliveries: int
    edition_deliveries: int
    first_at: datetime
    diagnostic: str = ""
