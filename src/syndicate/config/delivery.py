"""`[delivery]`."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address
from typing import Annotated, Literal

import idna
from pydantic import AfterValidator, Field, StringConstraints

from ..model import RefusalPolicy, RetryPolicy, SmtpTimeouts
from ..model.base import Frozen, NonEmptyLine
from ..model.durations import UpToOneDay
from .send_limits import ONLY_RELAY, CanarySettings, DomainSettings, RelaySettings, WarmUpSettings


def _domain(value: str) -> str:
    try:
        return idna.encode(value.strip().removesuffix("."), uts46=True).decode()
    except idna.IDNAError as error:
        raise ValueError(f"not a domain: {error}") from None


# RFC 6376, section 3.1.
_SELECTOR = r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$"


def _key_location(value: str) -> str:
    if "-----BEGIN" in value:
        raise ValueError("the config must not contain the key; write the path of a file, or env:NAME")
    return value


def _ip_address(value: str) -> str:
    try:
        return str(ip_address(value.strip()))
    except ValueError:
        raise ValueError("not an IP address; write one such as 192.0.2.1") from None


IpAddress = Annotated[str, AfterValidator(_ip_address)]


class DkimSettings(Frozen):
    """`[[delivery.dkim]]`: a key that signs messages."""

    domain: Annotated[str, AfterValidator(_domain)] = Field(
        description="the domain that signs: the one of from, or one above it"
    )
    selector: Annotated[str, StringConstraints(pattern=_SELECTOR)] = Field(
        description="names the key in the DNS, such as 2026a; a new key gets a new one"
    )
    key: Annotated[NonEmptyLine, AfterValidator(_key_location)] = Field(
        description="the private key: a PEM file, or env:NAME for a variable of the environment"
    )


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
    lease: UpToOneDay = Field(
        default=timedelta(minutes=5),
        description="how long the deliveries of a dead process stay claimed",
    )
    dkim: tuple[DkimSettings, ...] = Field(default=(), description="the keys that sign messages (DKIM)")
    retry: RetryPolicy = Field(default=RetryPolicy(), description="when a deferred mail is tried again")
    relay: tuple[RelaySettings, ...] = Field(
        default=(), description="several servers instead of transport, with weights and limits"
    )
    domain: tuple[DomainSettings, ...] = Field(default=(), description="limits for the mail to one domain")
    warm_up: tuple[WarmUpSettings, ...] = Field(default=(), description="ramps for new sending domains")
    canary: CanarySettings | None = Field(
        default=None, description="a first part of each edition, whose outcome decides about the rest"
    )

    addresses: tuple[IpAddress, ...] = Field(
        default=(), description="the IP addresses that mail leaves from, for `check --dns`"
    )
    refusals: RefusalPolicy = Field(
        default=RefusalPolicy(), description="how many equal permanent refusals stop a send"
    )
    timeouts: SmtpTimeouts = Field(
        default=SmtpTimeouts(), description="how long the mail server may take in each phase"
    )

    @property
    def relays(self) -> tuple[RelaySettings, ...]:
        """The relays; without `relay` the one of `transport`."""
        return self.relay or self.only_transport

    @property
    def transports(self) -> str:
        """The transports in words, for messages."""
        return ", ".join(each.transport for each in self.relays)

    @property
    def only_transport(self) -> tuple[RelaySettings, ...]:
        """The one relay of `transport`."""
        return (RelaySettings(name=ONLY_RELAY, transport=self.transport),)
