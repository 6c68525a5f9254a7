"""The tables of `[delivery]` that limit how much is sent, how fast, and through which server."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import idna
from pydantic import AfterValidator, Field, StringConstraints

from ..model import RateField, WarmUpRamp
from ..model.base import Frozen, NonEmptyLine
from ..model.durations import UpToOneYear

ANY_DOMAIN = "*"
ONLY_RELAY = "transport"
"""The name of the relay of `delivery.transport`."""

_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"


def _domain(value: str) -> str:
    try:
        return idna.encode(value.rstrip("."), uts46=True).decode().lower()
    except idna.IDNAError:
        raise ValueError(f"not a domain: {value!r}; write it like example.org, without an @") from None


def _domain_or_any(value: str) -> str:
    return value if value == ANY_DOMAIN else _domain(value)


class RelaySettings(Frozen):
    """`[[delivery.relay]]`: a server that takes mail."""

    name: Annotated[str, StringConstraints(pattern=rf"^{_NAME}$")] = Field(
        description="identifies the relay in reports; letters, digits, dots and hyphens"
    )
    transport: NonEmptyLine = Field(description="as delivery.transport")
    password_env: Annotated[str, StringConstraints(pattern=rf"^{_VARIABLE}$")] = Field(
        default="SYNDICATE_SMTP_PASSWORD", description="the environment variable with its password"
    )
    weight: int = Field(
        default=1,
        ge=0,
        le=1000,
        description="its share of the mail in relation to the other relays; "
        "0: only while no other relay can be reached",
    )
    connections: int | None = Field(
        default=None, ge=1, le=100, description="the greatest number of connections at the same time"
    )
    rate: RateField | None = Field(
        default=None, description="how fast it takes mail, such as 14 per second; spaced evenly"
    )
    quota: tuple[RateField, ...] = Field(
        default=(), description="how much it takes in any hour or day, such as 500 per hour"
    )


class DomainSettings(Frozen):
    """`[[delivery.domain]]`: limits for the mail to one domain."""

    name: Annotated[NonEmptyLine, AfterValidator(_domain_or_any)] = Field(
        description="the domain of subscribers' addresses; * for each domain that has no table of its own"
    )
    rate: RateField | None = Field(default=None, description="such as 100 per minute; spaced evenly")
    connections: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="how many connections of a process send to the domain at the same time",
    )


class WarmUpSettings(WarmUpRamp):
    """`[[delivery.warm_up]]`: a ramp for a new sending domain."""

    domain: Annotated[NonEmptyLine, AfterValidator(_domain)] = Field(
        description="the domain of the newsletters' `from`"
    )


class CanarySettings(Frozen):
    """`[delivery.canary]`: a first part of each edition, whose outcome decides about the rest."""

    share: float = Field(default=0.05, gt=0, lt=1, description="the part of the deliveries that goes first")
    minimum: int = Field(
        default=50, ge=1, description="its least number; an edition with no more is sent at once"
    )
    failures: float = Field(
        default=0.1,
        ge=0,
        lt=1,
        description="if a greater part of it fails or is deferred, the rest waits for you",
    )
    wait: UpToOneYear = Field(
        default=timedelta(minutes=10), description="how long the rest waits for the outcome"
    )
