"""Admit claimed deliveries: between claiming and sending, the one step that knows all limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from ...config import NewsletterSettings
from ...errors import ConfigError, MailError
from ...model import Delivery, Outcome
from ...scheduling.system_clock import Clock
from .adaptive_rate import SlowDownEvidence, asks_to_slow_down
from .admission_plan import AdmissionPlan, Admitted, Candidate, plan_admission
from .canary import Canary
from .domains import domain_of, domain_of_address
from .limit_states import (
    DOMAIN,
    LOWERED,
    ConnectionRoom,
    LimitStates,
    Reservation,
    SendLimits,
    canary_name,
    domain_of_value,
    is_idle,
    lowered_name,
    names_of,
)
from .microseconds import SECOND, to_datetime, to_microseconds
from .pacing import Pacer
from .relay_weights import RelayWeights
from .send_limit_store import SendLimitStore

# Deliveries to a domain with few connections must not fill the queue. Those that have no place come again
# after as long as connections of this speed would need for all that wait.
_QUEUED_PER_CONNECTION = 50
_MAILS_PER_SECOND = 100
# Longer than the daemon pauses after an error: the next run is one without the edition.
_HELD_BACK = timedelta(minutes=15)

Tried = tuple[int, int]
"""How many deliveries were tried, and how many of these were not accepted."""


class AdmissionStore(SendLimitStore, Protocol):
    """The parts of a store that admission needs."""

    def release(self, deliveries: Sequence[Delivery]) -> None:
        """Return claims that were not used."""
        ...

    def next_due(self, *, now: datetime) -> datetime | None:
        """Return when the next delivery is due that no pause delays; None if none is open."""
        ...

    def counts(self, edition_id: str) -> Mapping[str, int]:
        """Return the number of an edition's deliveries by state."""
        ...


@dataclass(frozen=True, slots=True)
class NewsletterLimits:
    """What the limits of a delivery depend on besides its address."""

    newsletter: NewsletterSettings
    sending_domain: str


class Admission:
    """Keeps the limits of the config; see `AdmissionStep`.

    Args:
        find_newsletter: returns the newsletter of an edition's id, or raises ConfigError or MailError: then
            only the limits of relays and domains are kept.
    """

    def __init__(
        self,
        store: AdmissionStore,
        limits: SendLimits,
        *,
        find_newsletter: Callable[[str], NewsletterSettings],
        clock: Clock,
    ) -> None:
        self._store = store
        self._limits = limits
        self._find_newsletter = find_newsletter
        self._clock = clock
        self._weights = RelayWeights({each.name: each.weight for each in limits.relays})
        self._newsletters: dict[str, NewsletterLimits | None] = {}
        self._reservations: dict[str, Reservation] = {}
        self._unused: list[Reservation] = []
        self._slower: set[tuple[str, str]] = set()
        self._evidence = SlowDownEvidence()
        # The sessions note outcomes while a thread admits.
        self._lock = Lock()
        self._due_again: list[datetime] = []
        self._in_use: Counter[str] = Counter()
        self._queued: Counter[str] = Counter()
        self._connection_pacers: dict[str, Pacer] = {}
        # Editions whose canary has passed: nothing to read any more.
        self._passed: set[str] = set()
        self._has_forgotten = False

    def admit(
        self, deliveries: Sequence[Delivery], relays: Sequence[str], busy: Sequence[str]
    ) -> list[Admitted]:
        now = self._clock.now()
        self._forget_idle(to_microseconds(now))
        awake = self._postpone_quiet(deliveries, now)
        candidates = [self._candidate(each) for each in awake]
        plan = self._plan(candidates, relays, busy, now) if candidates else AdmissionPlan()
        postponed = [(delivery, to_datetime(until), reason) for delivery, until, reason in plan.postponed]
        if postponed:
            self._store.postpone(postponed)
        for edition_id, pause in plan.pauses.items():
            until = None if pause.until is None else to_datetime(pause.until)
            self._store.pause_edition(
                edition_id, now=now, until=until, reason=pause.reason, allows_retries=pause.allows_retries
            )
        if plan.unused:
            self._store.release(plan.unused)
        with self._lock:
            self._reservations |= plan.reservations
            self._queued.update(each.domain for each in plan.reservations.values() if each.is_counted)
        self._due_again = [until for _, until, _ in postponed]
        return plan.admitted

    def due_soon(self, until: datetime) -> list[datetime]:
        return [each for each in self._due_again if each <= until]

    def enter(self, delivery: Delivery) -> bool:
        domain = domain_of(delivery)
        most = self._limits.connections(domain)
        if most is None:
            return True
        if self._in_use[domain] >= most:
            return False
        self._in_use[domain] += 1
        return True

    def leave(self, delivery: Delivery) -> None:
        domain = domain_of(delivery)
        if self._in_use[domain]:
            self._in_use[domain] -= 1

    def note_outcome(self, relay: str, delivery: Delivery, outcome: Outcome) -> None:
        if not outcome.attempted:
            self.note_unused([delivery])
            return
        domain = domain_of(delivery)
        with self._lock:
            self._forget(delivery)
            if self._evidence.add(relay, domain, is_request=asks_to_slow_down(outcome)):
                self._slower.add((relay, domain))

    def note_unused(self, deliveries: Sequence[Delivery]) -> None:
        with self._lock:
            self._unused += [found for each in deliveries if (found := self._forget(each))]

    def hold_back(self, edition_id: str, reason: str) -> None:
        now = self._clock.now()
        self._store.pause_edition(edition_id, now=now, until=now + _HELD_BACK, reason=reason)
        due = self._store.next_due(now=now)
        if due is None or due > now:
            # Nobody waits behind it.
            self._store.end_timed_pause(edition_id)

    def settle(self) -> None:
        with self._lock:
            unused, slower = self._unused, self._slower
            self._unused, self._slower = [], set()
        if not unused and not slower:
            return
        scope = _Scope(
            domains={domain for _, domain in slower},
            sending_domains={each.warm_up[0] for each in unused if each.warm_up},
            editions={each.canary for each in unused if each.canary},
            lowered={lowered_name(*pair) for pair in slower},
        )

        def change(states: LimitStates) -> None:
            for each in unused:
                states.give_back(each)
            for relay, domain in slower:
                states.slow_down(relay, domain)

        self._change(scope, self._clock.now(), change)

    def _forget_idle(self, now: int) -> None:
        """Delete, once in a run, what was stored for domains and has no effect any more."""
        if self._has_forgotten:
            return
        self._has_forgotten = True
        stored = self._store.find_limits(LOWERED) | self._store.find_limits(DOMAIN)
        idle = [name for name, value in stored.items() if is_idle(self._limits, name, value, now)]
        if idle:
            self._store.change_limits(
                idle,
                lambda values: {
                    name: None for name, value in values.items() if is_idle(self._limits, name, value, now)
                },
            )

    def _forget(self, delivery: Delivery) -> Reservation | None:
        found = self._reservations.pop(delivery.id, None)
        if found and found.is_counted:
            self._queued[found.domain] -= 1
        return found

    def _postpone_quiet(self, deliveries: Sequence[Delivery], now: datetime) -> list[Delivery]:
        awake, quiet = [], []
        for each in deliveries:
            if until := self._quiet_until(each, now):
                quiet.append((each, until, "quiet hours"))
            else:
                awake.append(each)
        if quiet:
            self._store.postpone(quiet)
        return awake

    def _quiet_until(self, delivery: Delivery, now: datetime) -> datetime | None:
        found = self._newsletter(delivery.edition_id)
        if found is None or found.newsletter.quiet_hours is None:
            return None
        zone = delivery.timezone or found.newsletter.timezone or "UTC"
        return found.newsletter.quiet_hours.end_after(now, ZoneInfo(zone))

    def _candidate(self, delivery: Delivery) -> Candidate:
        found = self._newsletter(delivery.edition_id)
        return Candidate(delivery, domain_of(delivery), found.sending_domain if found else "")

    def _newsletter(self, edition_id: str) -> NewsletterLimits | None:
        if edition_id not in self._newsletters:
            self._newsletters[edition_id] = self._load_newsletter(edition_id)
        return self._newsletters[edition_id]

    def _load_newsletter(self, edition_id: str) -> NewsletterLimits | None:
        try:
            newsletter = self._find_newsletter(edition_id)
        except (ConfigError, MailError):
            # Whoever builds the message reports it.
            return None
        return NewsletterLimits(newsletter, domain_of_address(newsletter.sender.email))

    def _plan(
        self, candidates: Sequence[Candidate], relays: Sequence[str], busy: Sequence[str], now: datetime
    ) -> AdmissionPlan:
        domains = {each.domain for each in candidates}
        lowered = set(self._store.find_limits(LOWERED))
        scope = _Scope(
            domains=domains,
            sending_domains={each.sending_domain for each in candidates},
            editions={each.delivery.edition_id for each in candidates} - self._passed,
            lowered={name for name in lowered if domain_of_value(name) in domains},
        )
        plan = AdmissionPlan()
        new, tried = self._read_canaries(scope.editions, now)

        def change(states: LimitStates) -> None:
            nonlocal plan
            if settings := self._limits.canary:
                states.canaries = new | states.canaries
                for edition_id, counts in tried.items():
                    states.canaries[edition_id].decide(settings, *counts)
            for domain in scope.domains:
                self._add_connections(states, domain)
            plan = plan_admission(candidates, states, relays, self._weights, busy)

        self._change(scope, now, change)
        return plan

    def _add_connections(self, states: LimitStates, domain: str) -> None:
        most = self._limits.connections(domain)
        if most is not None:
            pacer = self._connection_pacers.setdefault(domain, Pacer(SECOND // (most * _MAILS_PER_SECOND)))
            room = max(most * _QUEUED_PER_CONNECTION - self._queued[domain], 0)
            states.connections[domain] = ConnectionRoom(most, room, pacer)

    def _change(self, scope: _Scope, now: datetime, change: Callable[[LimitStates], None]) -> None:
        moment = to_microseconds(now)

        def change_values(values: dict[str, Any]) -> dict[str, Any]:
            states = LimitStates.load(
                self._limits,
                values,
                now=moment,
                domains=scope.domains,
                sending_domains=scope.sending_domains,
                editions=scope.editions,
            )
            change(states)
            return states.dump()

        names = names_of(
            self._limits,
            domains=scope.domains,
            sending_domains=scope.sending_domains,
            editions=scope.editions,
            lowered=scope.lowered,
        )
        if names:
            self._store.change_limits(names, change_values)
        else:
            # Nothing is limited, so there is nothing to lock.
            change_values({})

    def _read_canaries(self, editions: set[str], now: datetime) -> tuple[dict[str, Canary], dict[str, Tried]]:
        """Return the canaries of editions that have none yet, and what became of those that are due."""
        new: dict[str, Canary] = {}
        tried: dict[str, Tried] = {}
        if self._limits.canary is None:
            return new, tried
        for edition_id in editions - self._passed:
            name = canary_name(edition_id)
            value = self._store.find_limits(name).get(name)
            if value is None:
                total = sum(self._store.counts(edition_id).values())
                new[edition_id] = Canary.begin(self._limits.canary, total)
            elif Canary.of(value).is_due(to_microseconds(now)):
                tried[edition_id] = self._store.count_tried(edition_id)
            elif Canary.of(value).decision == "passed":
                self._passed.add(edition_id)
        return new, tried


@dataclass(frozen=True, slots=True)
class _Scope:
    """What a change of limits is about."""

    domains: set[str]
    sending_domains: set[str]
    editions: set[str]
    lowered: set[str]
