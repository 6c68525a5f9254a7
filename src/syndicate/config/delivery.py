"""`[delivery]`."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from ..model import Duration, RetryPolicy
from ..model.base import Frozen, NonEmptyLine
from .send_limits import CanarySettings, DomainSettings, RelaySettings, WarmUpSettings


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
    relay: tuple[RelaySettings, ...] = Field(
        default=(), description="several servers instead of transport, with weights and limits"
    )
    domain: tuple[DomainSettings, ...] = Field(default=(), description="limits for the mail to one domain")
    warm_up: tuple[WarmUpSettings, ...] = Field(default=(), description="ramps for new sending domains")
    canary: CanarySettings | None = Field(
        default=None, description="a first part of each edition, whose outcome decides about the rest"
    )

    @property
    def relays(self) -> tuple[RelaySettings, ...]:
        """The relays; without `relay` the one of `transport`."""
        return self.relay or (RelaySettings(name="transport", transport=self.transport),)
