"""Decide which of the claimed deliveries go now, through which relay, and when the others are due again.

Nothing here does I/O: the counts are given, and the time is an argument. Times are microseconds.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ...model import Delivery, format_duration
from .limit_states import LimitStates, Reservation
from .microseconds import SECOND, to_datetime, to_microseconds
from .pacing import HORIZON, Pacer
from .relay_weights import RelayWeights


@dataclass(frozen=True, slots=True)
class Candidate:
    """A claimed delivery, the domain that it goes to, and the domain that it comes from."""

    delivery: Delivery
    domain: str
    sending_domain: str


@dataclass(frozen=True, slots=True)
class Admitted:
    """A delivery that may go: through which relay, and not before a time."""

    delivery: Delivery
    relay: str
    not_before: int


@dataclass(frozen=True, slots=True)
class Pause:
    """Why no delivery of an edition may go, and until when; None until the operator says so.

    Attributes:
        allows_retries: deliveries that were tried before may go.
    """

    until: int | None
    reason: str
    allows_retries: bool = False


@dataclass(slots=True)
class AdmissionPlan:
    """What becomes of claimed deliveries.

    Attributes:
        admitted: by time.
        postponed: each with the time at which it is due again, and the reason.
        unused: whose editions are paused.
        pauses: by edition.
        reservations: what the admitted ones were counted for, by delivery.
    """

    admitted: list[Admitted] = field(default_factory=list)
    postponed: list[tuple[Delivery, int, str]] = field(default_factory=list)
    unused: list[Delivery] = field(default_factory=list)
    pauses: dict[str, Pause] = field(default_factory=dict)
    reservations: dict[str, Reservation] = field(default_factory=dict)


def plan_admission(
    candidates: Sequence[Candidate],
    states: LimitStates,
    relays: Sequence[str],
    weights: RelayWeights,
    busy: Sequence[str] = (),
) -> AdmissionPlan:
    """Return the plan for claimed deliveries, and count the admitted ones in `states`.

    Args:
        candidates: in the order in which they were due.
        relays: the names of those that work, at least one.
        busy: which of them get more only if no other one may take it.
    """
    return _Planner(states, weights.candidates(relays), weights, busy).plan(candidates)


class _Planner:
    def __init__(
        self, states: LimitStates, relays: Sequence[str], weights: RelayWeights, busy: Sequence[str]
    ) -> None:
        self._states = states
        self._now = states.now
        self._relays = relays
        self._weights = weights
        self._busy = busy
        self._plan = AdmissionPlan()

    def plan(self, candidates: Sequence[Candidate]) -> AdmissionPlan:
        queues: dict[str, deque[Candidate]] = {}
        for candidate in candidates:
            queues.setdefault(candidate.domain, deque()).append(candidate)
        # Always the domain that may go first: the times that a relay gives out are then in order.
        order = {domain: number for number, domain in enumerate(queues)}
        ready = [(self._ready(domain), order[domain], domain) for domain in queues]
        heapq.heapify(ready)
        while ready:
            at, number, domain = heapq.heappop(ready)
            queue = queues[domain]
            self._place(queue.popleft(), at)
            if queue:
                heapq.heappush(ready, (self._ready(domain), number, domain))
        return self._plan

    def _ready(self, domain: str) -> int:
        pacer = self._states.domains.get(domain)
        return pacer.slot(self._now) if pacer else self._now

    def _place(self, candidate: Candidate, ready: int) -> None:
        relays = self._usable_relays()
        if pause := self._pause_of_edition(candidate) or (None if relays else self._pause_of_relays()):
            self._plan.pauses[candidate.delivery.edition_id] = pause
            self._plan.unused.append(candidate.delivery)
            return
        connections = self._states.connections.get(candidate.domain)
        if connections and not connections.room:
            until = connections.pacer.queue(self._now)
            reason = f"connections to {candidate.domain}: {connections.connections}"
            self._plan.postponed.append((candidate.delivery, until, reason))
            return
        slots = {name: max([ready, *self._slots(name, candidate.domain)]) for name in relays}
        possible = [name for name, slot in slots.items() if slot <= self._now + HORIZON]
        if possible:
            possible = [name for name in possible if name not in self._busy] or possible
            name = self._weights.choose(possible)
            self._admit(candidate, name, slots[name])
        else:
            self._postpone(candidate, min(slots, key=lambda name: slots[name]))

    def _slots(self, relay: str, domain: str) -> Iterator[int]:
        for _, pacer in self._pacers(relay, domain):
            yield pacer.slot(self._now)

    def _pacers(self, relay: str, domain: str) -> Iterator[tuple[str, Pacer]]:
        """Yield what spaces the mail of a domain through a relay, each with how it is called in reports."""
        states = self._states
        if domain in states.domains:
            yield f"rate of {domain}: {states.limits.domain_rate(domain)}", states.domains[domain]
        if relay in states.relays:
            settings = next(each for each in states.limits.relays if each.name == relay)
            yield f"rate of the relay {relay}: {settings.rate}", states.relays[relay]
        if lowered := states.lowered.get((relay, domain)):
            yield f"{domain} asked the relay {relay} to send more slowly", lowered.pacer

    def _usable_relays(self) -> list[str]:
        return [
            name for name in self._relays if all(each.free(self._now) for each in self._states.quotas[name])
        ]

    def _pause_of_relays(self) -> Pause:
        until, relay, limit = min(self._first_free(name) for name in self._relays)
        return Pause(max(until, self._now + SECOND), f"quota of the relay {relay}: {limit}")

    def _first_free(self, relay: str) -> tuple[int, str, str]:
        """Return when all quotas of a relay have room again, and the quota that takes longest."""
        settings = next(each for each in self._states.limits.relays if each.name == relay)
        windows = zip(settings.quota, self._states.quotas[relay], strict=True)
        until, quota = max((window.next_free(self._now), str(quota)) for quota, window in windows)
        return until, relay, quota

    def _pause_of_edition(self, candidate: Candidate) -> Pause | None:
        now = self._now
        canary = self._states.canaries.get(candidate.delivery.edition_id)
        # The canary consists of first attempts. Its outcome may need a second one, as with greylisting.
        is_retry = canary and canary.decision is None and candidate.delivery.attempts > 0
        if canary and canary.free == 0 and not is_retry:
            if canary.decision == "held":
                return Pause(None, "canary: too many of the first deliveries failed or were deferred")
            settings = self._states.limits.canary
            wait = f", {format_duration(settings.wait)}" if settings else ""
            until = max(canary.decide_at or now, now + SECOND)
            reason = f"canary: the outcome of the first {canary.size} deliveries{wait}"
            return Pause(until, reason, allows_retries=True)
        warm_up = self._states.warm_ups.get(candidate.sending_domain)
        if warm_up and warm_up.free(to_datetime(now)) == 0:
            until = to_microseconds(warm_up.next_day(to_datetime(now)))
            return Pause(until, f"warm-up of {candidate.sending_domain}: {warm_up}")
        return None

    def _admit(self, candidate: Candidate, relay: str, slot: int) -> None:
        states, edition_id = self._states, candidate.delivery.edition_id
        for _, pacer in self._pacers(relay, candidate.domain):
            pacer.take(slot)
        quotas = tuple(window.take(self._now) for window in states.quotas[relay])
        warmed = None
        if warm_up := states.warm_ups.get(candidate.sending_domain):
            warmed = candidate.sending_domain, warm_up.take(to_datetime(self._now))
        is_first = candidate.delivery.attempts == 0
        if is_first and (canary := states.canaries.get(edition_id)) and states.limits.canary:
            canary.take(states.limits.canary, self._now)
        if connections := states.connections.get(candidate.domain):
            connections.room -= 1
        self._plan.reservations[candidate.delivery.id] = Reservation(
            relay, edition_id if is_first else None, candidate.domain, connections is not None, quotas, warmed
        )
        self._plan.admitted.append(Admitted(candidate.delivery, relay, slot))

    def _postpone(self, candidate: Candidate, relay: str) -> None:
        reason, pacer = max(self._pacers(relay, candidate.domain), key=lambda pair: pair[1].slot(self._now))
        self._plan.postponed.append((candidate.delivery, pacer.queue(self._now), reason))
