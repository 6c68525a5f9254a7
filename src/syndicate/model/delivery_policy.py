"""How long an SMTP server may take, and when equal refusals stop a send."""

from __future__ import annotations

from datetime import timedelta
from typing import Self

from pydantic import Field

from .base import Frozen
from .durations import UpToOneDay

_SHORTEST_MARGIN = timedelta(seconds=1)
_DAY = timedelta(days=1)

LONGEST_LEASE = 3 * _DAY
"""No lease lasts longer: neither of a claim nor, with the longest timeouts, of a delivery in doubt."""


class SmtpTimeouts(Frozen):
    """How long the client waits in each phase (RFC 5321, section 4.5.3.2)."""

    connect: UpToOneDay = Field(default=timedelta(seconds=30), description="for the connection")
    greeting: UpToOneDay = Field(default=timedelta(minutes=5), description="for the greeting of the server")
    mail: UpToOneDay = Field(default=timedelta(minutes=5), description="for the reply to MAIL")
    rcpt: UpToOneDay = Field(default=timedelta(minutes=5), description="for the reply to RCPT")
    data: UpToOneDay = Field(default=timedelta(minutes=2), description="for the reply to DATA")
    block: UpToOneDay = Field(default=timedelta(minutes=3), description="for one block of the message")
    final: UpToOneDay = Field(
        default=timedelta(minutes=10), description="for the reply to the end of the message"
    )
    other: UpToOneDay = Field(
        default=timedelta(minutes=5), description="for the reply to EHLO, STARTTLS, AUTH and RSET"
    )

    @classmethod
    def all(cls, seconds: float) -> Self:
        """Return timeouts that are all the same."""
        return cls(**dict.fromkeys(cls.model_fields, timedelta(seconds=seconds)))

    @property
    def total(self) -> timedelta:
        """How long all phases together may take."""
        return sum((getattr(self, phase) for phase in type(self).model_fields), timedelta())

    @property
    def message(self) -> timedelta:
        """How long the end of a message may take: the last block and the reply to it."""
        return self.block + self.final

    @property
    def in_doubt(self) -> timedelta:
        """How long a delivery stays in doubt before another process decides about it."""
        return self.message + max(self.message / 10, _SHORTEST_MARGIN)


class RefusalPolicy(Frozen):
    """How many equal permanent refusals are a problem with the server and not with the recipients."""

    first: int = Field(
        default=10,
        ge=1,
        description="this many equal refusals in a row, with no mail accepted in between, stop the send",
    )
    share: float = Field(
        default=0.2,
        gt=0,
        le=1,
        description="equal refusals of this share of a batch, and of at least `first` mails, stop the send",
    )
