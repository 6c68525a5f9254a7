"""The limits of the config with what was counted for them: read before a plan, written after it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ...config import ANY_DOMAIN, CanarySettings, DomainSettings, RelaySettings, WarmUpSettings
from ...model import Rate
from .adaptive_rate import UNLIMITED_BASE, LoweredRate
from .canary import Canary
from .microseconds import HOUR, to_microseconds
from .pacing import Pacer
from .quota_window import QuotaWindow
from .warm_up import WarmUp

LOWERED = "lowered "
"""How the names of the values of lowered rates begin."""

DOMAIN = "domain "
"""How the names of the values of recipient domains begin."""


@dataclass(frozen=True, slots=True)
class SendLimits:
    """What the config says.

    Attributes:
        zone: the days of a warm-up are days of this time zone.
    """

    relays: tuple[RelaySettings, ...]
    domains: tuple[DomainSettings, ...] = ()
    warm_ups: tuple[WarmUpSettings, ...] = ()
    canary: CanarySettings | None = None
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    def domain(self, name: str) -> DomainSettings | None:
        """Return the limits of a recipient domain."""
        names = (name, ANY_DOMAIN)
        found = [each for each in self.domains if each.name in names]
        return min(found, key=lambda each: names.index(each.name), default=None)

    def domain_rate(self, name: str) -> Rate | None:
        """Return the rate of a recipient domain."""
        found = self.domain(name)
        return found.rate if found else None

    def warm_up(self, sending_domain: str) -> WarmUpSettings | None:
        """Return the ramp of a sending domain."""
        return next((each for each in self.warm_ups if each.domain == sending_domain), None)

    def connections(self, domain: str) -> int | None:
        """Return how many connections may send to a domain at the same time; None if there is no limit."""
        found = self.domain(domain)
        return found.connections if found else None

    def base(self, domain: str) -> float:
        """Return the mails per hour from which the rate of a domain is lowered."""
        rate = self.domain_rate(domain)
        return rate.count * timedelta(hours=1) / rate.period if rate else UNLIMITED_BASE


@dataclass(slots=True)
class LoweredPacer:
    """The pacer of a domain that asked a relay to send more slowly."""

    rate: LoweredRate
    pacer: Pacer


@dataclass(slots=True)
class ConnectionRoom:
    """A domain to which few connections may send.

    Attributes:
        connections: how many.
        room: how many deliveries to it may still be queued.
        pacer: spreads those that may not.
    """

    connections: int
    room: int
    pacer: Pacer


@dataclass(frozen=True, slots=True)
class Reservation:
    """What one delivery was counted for, to give it back.

    Attributes:
        canary: the edition in whose canary it counts; None if it was tried before.
        is_counted: whether it takes the room of a domain with few connections.
        quotas: the part of each quota of the relay.
        warm_up: the sending domain and the day.
    """

    relay: str
    canary: str | None
    domain: str
    is_counted: bool = False
    quotas: tuple[int, ...] = ()
    warm_up: tuple[str, date] | None = None


def names_of(
    limits: SendLimits,
    *,
    domains: Collection[str],
    sending_domains: Collection[str],
    editions: Collection[str],
    lowered: Collection[str],
) -> set[str]:
    """Return the names of the values that a plan for these domains and editions reads."""
    names = set(lowered)
    for relay in limits.relays:
        if relay.rate:
            names.add(f"relay {relay.name}")
        names |= {_quota_name(relay, quota) for quota in relay.quota}
    names |= {f"{DOMAIN}{name}" for name in domains if limits.domain_rate(name)}
    names |= {f"warm-up {name}" for name in sending_domains if limits.warm_up(name)}
    if limits.canary:
        names |= {canary_name(edition_id) for edition_id in editions}
    return names


def canary_name(edition_id: str) -> str:
    """Return the name of the value of an edition's canary."""
    return f"canary {edition_id}"


def lowered_name(relay: str, domain: str) -> str:
    """Return the name of the value of a domain's lowered rate."""
    return f"{LOWERED}{relay} {domain}"


def domain_of_value(name: str) -> str:
    """Return the recipient domain that the value of a name is about."""
    return name.rpartition(" ")[2]


def is_idle(limits: SendLimits, name: str, value: Any, now: int) -> bool:
    """Return whether the value of a domain is as if there were none (microseconds)."""
    if name.startswith(LOWERED):
        rate = LoweredRate(value["per_hour"], value["lowered_at"])
        return rate.current(now, limits.base(domain_of_value(name))) is None
    return bool(max(value) <= now)


@dataclass(slots=True)
class LimitStates:
    """The limits with their counts at one moment (microseconds)."""

    limits: SendLimits
    now: int
    relays: dict[str, Pacer] = field(default_factory=dict)
    quotas: dict[str, list[QuotaWindow]] = field(default_factory=dict)
    domains: dict[str, Pacer] = field(default_factory=dict)
    lowered: dict[tuple[str, str], LoweredPacer] = field(default_factory=dict)
    warm_ups: dict[str, WarmUp] = field(default_factory=dict)
    canaries: dict[str, Canary] = field(default_factory=dict)
    connections: dict[str, ConnectionRoom] = field(default_factory=dict)
    recovered: set[str] = field(default_factory=set)

    @classmethod
    def load(
        cls,
        limits: SendLimits,
        values: Mapping[str, Any],
        *,
        now: int,
        domains: Collection[str],
        sending_domains: Collection[str],
        editions: Collection[str],
    ) -> LimitStates:
        """Return the limits that concern these domains and editions."""
        self = cls(limits, now)
        for relay in limits.relays:
            if relay.rate:
                self.relays[relay.name] = Pacer.of(relay.rate, values.get(f"relay {relay.name}"))
            self.quotas[relay.name] = [
                QuotaWindow.of(quota, values.get(_quota_name(relay, quota))) for quota in relay.quota
            ]
        for name in domains:
            if rate := limits.domain_rate(name):
                self.domains[name] = Pacer.of(rate, values.get(f"{DOMAIN}{name}"))
            for relay in limits.relays:
                if value := values.get(lowered_name(relay.name, name)):
                    self._load_lowered(relay.name, name, value)
        for name in sending_domains:
            if ramp := limits.warm_up(name):
                self.warm_ups[name] = WarmUp.of(ramp, limits.zone, values.get(f"warm-up {name}"))
        for edition_id in editions:
            if value := values.get(canary_name(edition_id)):
                self.canaries[edition_id] = Canary.of(value)
        return self

    def _load_lowered(self, relay: str, domain: str, value: Mapping[str, Any]) -> None:
        rate = LoweredRate(value["per_hour"], value["lowered_at"])
        current = rate.current(self.now, self.limits.base(domain))
        if current is None:
            self.recovered.add(lowered_name(relay, domain))
            return
        pacer = Pacer(int(HOUR / current) + 1, *value["pacer"])
        self.lowered[relay, domain] = LoweredPacer(rate, pacer)

    def dump(self) -> dict[str, Any]:
        """Return the values to store."""
        found: dict[str, Any] = dict.fromkeys(self.recovered)
        for name, pacer in self.relays.items():
            found[f"relay {name}"] = pacer.state(self.now)
        for relay in self.limits.relays:
            for quota, window in zip(relay.quota, self.quotas[relay.name], strict=True):
                found[_quota_name(relay, quota)] = window.state(self.now)
        for name, pacer in self.domains.items():
            found[f"{DOMAIN}{name}"] = pacer.state(self.now)
        for (name, domain), each in self.lowered.items():
            found[lowered_name(name, domain)] = {
                "per_hour": each.rate.per_hour,
                "lowered_at": each.rate.lowered_at,
                "pacer": [each.pacer.next_at, each.pacer.queue_end],
            }
        for name, warm_up in self.warm_ups.items():
            found[f"warm-up {name}"] = warm_up.state()
        for edition_id, canary in self.canaries.items():
            found[canary_name(edition_id)] = canary.state()
        return found

    def give_back(self, reservation: Reservation) -> None:
        """Count a delivery less, which was not sent."""
        for window, part in zip(self.quotas.get(reservation.relay, ()), reservation.quotas, strict=False):
            window.give_back(part)
        if reservation.warm_up and (warm_up := self.warm_ups.get(reservation.warm_up[0])):
            warm_up.give_back(reservation.warm_up[1])
        if canary := self.canaries.get(reservation.canary or ""):
            canary.give_back()

    def slow_down(self, relay: str, domain: str) -> None:
        """Lower the rate of a domain on a relay."""
        before = self.lowered.get((relay, domain))
        base = self.limits.base(domain)
        rate = LoweredRate.lower(before.rate if before else None, self.now, base)
        pacer = before.pacer if before else Pacer(0)
        interval = int(HOUR / rate.per_hour) + 1
        if before is None:
            pacer.next_at = self.now + interval
        pacer.interval = interval
        self.lowered[relay, domain] = LoweredPacer(rate, pacer)


def _quota_name(relay: RelaySettings, quota: Rate) -> str:
    return f"quota {relay.name} {to_microseconds(quota.period) // 1_000_000}"
