"""`[delivery]`."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from ..model import Duration, RetryPolicy
from ..model.base import Frozen, NonEmptyLine


class DeliverySettings(Frozen):
    """`[delivery]`: how mail is sent."""

    transport: NonEmptyLine = Field(
        default="maildir:outbox",
        description="maildir:FOLDER, or smtp://user@host:587?starttls=required; "
        "the password is in SYNDICATE_SMTP_PASSWORD",
    )
    in_doubt: Literal["resend", "hold"] = Field(
        default="resend", description="what becomes of a mail whose final reply was lost"
    )
    lease: Duration = Field(
        default=timedelta(minutes=5),
        description="how long the mails in hand of a process that died stay untouched",
    )
    retry: RetryPolicy = Field(
        default=RetryPolicy(), description="when a message that was deferred is tried again"
    )
