"""What happened in a run, and the store of a simulated process, which writes it down."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from syndicate.errors import StoreError
from syndicate.store import SqlStore
from syndicate.testing.simulation import EventLoop, Process

from .scenario import Scenario


@dataclass(frozen=True)
class Claim:
    """A worker has claimed a delivery."""

    time: float
    process: Process
    email: str
    fence: int


@dataclass(frozen=True)
class Doubt:
    """A worker has marked a delivery as in doubt."""

    time: float
    process: Process
    email: str
    fence: int


@dataclass(frozen=True)
class Record:
    """A worker has recorded an outcome.

    Attributes:
        until: when the delivery is due again, by the worker's clock.
    """

    time: float
    process: Process
    email: str
    fence: int
    state: str
    attempted: bool
    until: datetime | None


@dataclass
class WorkerRun:
    """A worker sends what is due, until `end`."""

    process: Process
    start: float
    end: float = math.inf


@dataclass
class Journal:
    """Everything that was committed, and everything that excuses a repetition.

    Attributes:
        runs: when the dispatcher was called, and returned.
        kills: process -> when it was killed.
        suspensions: process, start and end.
        jumps: when a clock jumped.
        server_kills: when the mail server was killed.
        store_failures: when a store call of a process failed.
        built: address -> the message that was built for it.
        unsubscribed: address -> when its owner unsubscribed.
    """

    claims: list[Claim] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    runs: list[WorkerRun] = field(default_factory=list)
    kills: dict[Process, float] = field(default_factory=dict)
    suspensions: list[tuple[Process, float, float]] = field(default_factory=list)
    jumps: list[float] = field(default_factory=list)
    server_kills: list[float] = field(default_factory=list)
    store_failures: list[tuple[Process, float]] = field(default_factory=list)
    built: dict[str, bytes] = field(default_factory=dict)
    unsubscribed: dict[str, float] = field(default_factory=dict)


class SimulatedStore:
    """The store of one process. Its calls fail as the scenario says, before or after the commit."""

    def __init__(
        self, store: SqlStore, loop: EventLoop, process: Process, scenario: Scenario, journal: Journal
    ) -> None:
        self._store = store
        self._loop = loop
        self._process = process
        self._scenario = scenario
        self._journal = journal
        self._notes: dict[str, Callable[..., None]] = {
            "claim": self._note_claims,
            "mark_in_doubt": self._note_doubts,
            "record_outcomes": self._note_records,
        }

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        if not callable(method):
            return method

        def call(*arguments: Any, **options: Any) -> Any:
            self._process.require_alive()
            fails = self._fails()
            if fails == "before":
                self._fail(name, fails)
            result = method(*arguments, **options)
            if name in self._notes:
                self._notes[name](result, *arguments, **options)
            if fails == "after":
                self._fail(name, fails)
            return result

        return call

    def _fails(self) -> str | None:
        now, scenario = self._loop.time(), self._scenario
        if now > scenario.duration:
            return None
        if any(each.start <= now < each.end for each in scenario.store_outages):
            return "before"
        if self._loop.random.random() >= scenario.store_failures:
            return None
        return self._loop.random.choice(["before", "after"])

    def _fail(self, name: str, when: str) -> None:
        self._loop.note("store fails", self._process.name, name, when)
        self._journal.store_failures.append((self._process, self._loop.time()))
        raise StoreError("the database is locked by another process")

    def _note_claims(self, result: Any, *_: Any, **__: Any) -> None:
        for each in result:
            self._loop.note("claimed", self._process.name, each.id, each.fence)
            self._journal.claims.append(Claim(self._loop.time(), self._process, each.email, each.fence))

    def _note_doubts(self, result: set[str], deliveries: Any, **_: Any) -> None:
        for each in deliveries:
            is_owned = each.id in result
            self._loop.note("in doubt", self._process.name, each.id, is_owned)
            if is_owned:
                self._journal.doubts.append(Doubt(self._loop.time(), self._process, each.email, each.fence))

    def _note_records(self, result: set[str], outcomes: Any, *, in_doubt: Any = (), **_: Any) -> None:
        self._note_doubts(result, in_doubt)
        # A worker that has claimed a delivery again can still have an outcome of its earlier claim.
        last = {each.id: each.fence for each, _ in sorted(outcomes, key=lambda pair: pair[0].fence)}
        for each, outcome in outcomes:
            is_owned = each.id in result and each.fence == last[each.id]
            self._loop.note("recorded", self._process.name, each.id, outcome.state, is_owned)
            if is_owned:
                record = Record(
                    self._loop.time(),
                    self._process,
                    each.email,
                    each.fence,
                    outcome.state,
                    outcome.attempted,
                    outcome.until,
                )
                self._journal.records.append(record)
