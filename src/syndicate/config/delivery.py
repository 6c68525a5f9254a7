"""`[delivery]`."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from ..model import Duration, RefusalPolicy, RetryPolicy, SmtpTimeouts
from ..model.base import Frozen, NonEmptyLine


class DeliverySettings(Frozen):
    """`[delivery]`: how mail is sent."""

    transport: NonEmptyLine = Field(
        default="maildir:outbox",
        description="maildir:FOLDER, smtp://user@host:587?starttls=required or one of another package; "
        "the password is in SYNDICATE_SMTP_PASSWORD",
    )
    in_doubt: Literal["resend", "hold"] = Field(
        default="resend", description="what to do with a delivery whose final reply was lost"
    )
    lease: Duration = Field(
        default=timedelta(minutes=5),
        description="how long the deliveries of a dead process stay claimed",
    )
    retry: RetryPolicy = Field(default=RetryPolicy(), description="when a deferred mail is tried again")
    refusals: RefusalPolicy = Field(
        default=RefusalPolicy(), description="how many equal permanent refusals stop a send"
    )
    timeouts: SmtpTimeouts = Field(
        default=SmtpTimeouts(), description="how long the mail server may take in each phase"
    )
