"""Runs a scenario: workers that are killed, suspended and restarted, a mail server, and the time after."""

from __future__ import annotations

import asyncio
import atexit
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from unittest import mock

from syndicate.config import ONLY_RELAY, NewsletterSettings
from syndicate.config.delivery import DeliverySettings
from syndicate.config.send_limits import RelaySettings
from syndicate.delivery import Dispatcher, delivery_queue
from syndicate.delivery.limits.admission import Admission
from syndicate.delivery.limits.limit_states import SendLimits
from syndicate.delivery.subscriber_messages import DeliveryMessages, EditionMessages
from syndicate.delivery.transports.registry import open_transport
from syndicate.errors import ConfigError, StoreError
from syndicate.mail import SLOTS, Tokens, compile_message, make_markers
from syndicate.model import Delivery, Digest, Edition, NewEdition, RefusalPolicy, RetryPolicy, Subscriber
from syndicate.store import SqlStore
from syndicate.store.database import Database
from syndicate.testing.simulation import AcceptedMessage, EventLoop, Process, SmtpFaults, SmtpServer

from .journal import Journal, SimulatedStore, WorkerRun
from .scenario import Scenario, WorkerFault

_POLL = 900.0
_LONG_WAIT = 7200.0
_PATIENCE = 12 * 3600.0
# Five days in production. Less saves time: recipients who are always refused are tried until then.
_GIVE_UP = timedelta(hours=6)
NOW = datetime(2026, 9, 14, 6, 30, tzinfo=UTC)
EDITION = "letter-1"
SETTINGS = DeliverySettings(transport="smtp://mx:25?starttls=never", retry=RetryPolicy(give_up=_GIVE_UP))
NEWSLETTER = NewsletterSettings.model_validate(
    {"name": "letter", "title": "Letter", "from": "Letter <letter@harbour.example>"}
)
_OPEN = ("pending", "claimed", "in_doubt", "deferred")


@dataclass
class Run:
    """A run that has ended.

    Attributes:
        states: address -> state of its delivery.
        suppressed: the addresses on the suppression list.
        is_settled: whether no delivery was left to be sent.
    """

    scenario: Scenario
    journal: Journal
    server: SmtpServer
    trace: list[tuple[Any, ...]]
    states: dict[str, str]
    suppressed: set[str]
    is_settled: bool

    @property
    def retry(self) -> RetryPolicy:
        """How the workers retry."""
        return SETTINGS.retry

    @property
    def lease(self) -> float:
        """How many seconds a claim is kept."""
        return SETTINGS.lease.total_seconds()

    @property
    def accepted(self) -> list[AcceptedMessage]:
        """What the server has accepted."""
        return self.server.accepted


class Clock:
    """The clock of one computer. It may be wrong."""

    def __init__(self, loop: EventLoop) -> None:
        self._loop = loop
        self.offset = 0.0

    def now(self) -> datetime:
        """Return what the clock shows, UTC."""
        return NOW + timedelta(seconds=self._loop.time() + self.offset)


@lru_cache(maxsize=1)
def _scratch() -> Path:
    """A folder for databases, in memory if there is such a folder."""
    memory = Path("/dev/shm")
    folder = tempfile.mkdtemp(prefix="simulation", dir=memory if os.access(memory, os.W_OK) else None)
    atexit.register(shutil.rmtree, folder)
    return Path(folder)


@lru_cache(maxsize=1)
def _migrated() -> Path:
    """A database with an edition."""
    path = _scratch() / "migrated.db"
    store = SqlStore(f"sqlite:///{path}")
    slots = make_markers(SLOTS, ["simulation"])
    text = f"Hello {slots['name']}\n.a dot\n..\nunsubscribe: {slots['unsubscribe_url']}\n"
    digest = Digest(subject="A letter", html=f"<p>{text}</p>", text=text)
    message = compile_message(NEWSLETTER, digest, slots=slots).dumps()
    edition = Edition(
        id=EDITION, newsletter="letter", number=1, composed_at=NOW, digest=digest, message=message
    )
    store.add_edition(NewEdition(edition, ()), now=NOW)
    store.close()
    return path


@cache
def _template(subscribers: int) -> Path:
    """A database with an edition and its deliveries, made once for all runs of this process."""
    path = _scratch() / f"template{subscribers}.db"
    shutil.copy(_migrated(), path)
    store = SqlStore(f"sqlite:///{path}")
    for number in range(subscribers):
        subscriber = Subscriber(id=f"s{number}", email=f"s{number}@example.org", newsletters=("letter",))
        store.add_subscriber(subscriber)
    store.enqueue(EDITION, "letter", now=NOW)
    store.close()
    return path


class Stores:
    """Opens the database of a run as often as there are processes.

    A `Database` is used again in the next run, because it has compiled its statements.
    """

    def __init__(self) -> None:
        self._file = _scratch() / "run.db"
        self._databases: list[Database] = []
        self._is_used = 0

    def begin(self, subscribers: int) -> None:
        """Replace the database by a new one."""
        self.end()
        shutil.copy(_template(subscribers), self._file)

    def end(self) -> None:
        """Close and delete the database."""
        self._is_used = 0
        for database in self._databases:
            database.close()
        for suffix in ("", "-wal", "-shm"):
            self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)

    def open(self) -> SqlStore:
        """Open a store."""
        with mock.patch("syndicate.store.Database", self._database):
            return SqlStore(f"sqlite:///{self._file}")

    def _database(self, url: str, **options: Any) -> Database:
        if self._is_used == len(self._databases):
            self._databases.append(Database(url, **options))
        self._is_used += 1
        return self._databases[self._is_used - 1]

    def select(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query, read behind the back of all stores."""
        with closing(sqlite3.connect(self._file)) as connection:
            return connection.execute(query).fetchall()


@lru_cache(maxsize=1)
def _stores() -> Stores:
    return Stores()


class World:
    """One run of a scenario."""

    def __init__(self, scenario: Scenario, stores: Stores) -> None:
        self._scenario = scenario
        self._stores = stores
        self.loop = EventLoop(scenario.seed)
        self.loop.thread_delay = lambda: self.loop.random.expovariate(1 / scenario.thread_delay)
        self.loop.network.split_share = scenario.split_share
        self.journal = Journal()
        self.server = SmtpServer(
            self.loop,
            extensions=scenario.extensions,
            faults=scenario.faults,
            refused=scenario.refused,
            poisonous=dict(scenario.poisonous),
            refusals=scenario.refusals,
            messages_per_connection=scenario.messages_per_connection,
        )
        self._clocks = [Clock(self.loop) for _ in range(scenario.workers)]
        self._faults = [iter(each) for each in scenario.worker_faults]
        self._mx: Process | None = None

    def run(self) -> Run:
        """Run the scenario, and let everything settle after its end."""
        is_settled = self.loop.run(self._main())
        return Run(
            self._scenario,
            self.journal,
            self.server,
            self.loop.trace,
            states=dict(self._stores.select("SELECT email, state FROM delivery")),
            suppressed={
                email
                for (email,) in self._stores.select("SELECT email FROM subscriber WHERE state = 'suppressed'")
            },
            is_settled=is_settled,
        )

    async def _main(self) -> bool:
        scenario = self._scenario
        self._start_server()
        for time, seconds in scenario.restarts:
            self._at(time, self._restart_server, seconds)
        for time, worker, seconds in scenario.clock_jumps:
            self._at(time, self._jump, worker, seconds)
        for time, address in scenario.leaving:
            self._at(time, self._unsubscribe, address)
        for worker in range(scenario.workers):
            self._at(self.loop.random.uniform(0, 5), self._start_worker, worker)
        self._at(scenario.duration, self._heal)
        while self.loop.time() < scenario.duration + _PATIENCE:
            await asyncio.sleep(_POLL)
            if not self._stores.select(f"SELECT 1 FROM delivery WHERE state IN {_OPEN} LIMIT 1"):
                return True
        return False

    def _at(self, time: float, action: Callable[..., None], *arguments: object) -> None:
        self.loop.call_at(time, action, *arguments)

    def _heal(self) -> None:
        """End all faults."""
        self.loop.note("healed")
        self.server.faults = SmtpFaults()
        self.server.refusals = []
        self.server.poisonous = {}
        self._faults = [iter(()) for _ in self._faults]
        for clock in self._clocks:
            clock.offset = 0.0

    # The server

    def _start_server(self) -> None:
        self._mx = self.loop.start_process("mx", self.server.serve)

    def _restart_server(self, seconds: float) -> None:
        self.journal.server_kills.append(self.loop.time())
        if self._mx:
            self._mx.kill()
        self.loop.call_later(seconds, self._start_server)

    def _jump(self, worker: int, seconds: float) -> None:
        self.loop.note("clock jumps", worker, seconds)
        self.journal.jumps.append(self.loop.time())
        self._clocks[worker].offset += seconds

    def _unsubscribe(self, address: str) -> None:
        self.loop.note("unsubscribed", address)
        self._stores.open().unsubscribe(address.partition("@")[0], None, now=NOW)
        self.journal.unsubscribed[address] = self.loop.time()

    # The workers

    def _start_worker(self, worker: int) -> None:
        state = _WorkerState()
        process = self.loop.start_process(f"worker{worker}", lambda: self._work(worker, state))
        fault = next(self._faults[worker], None)
        if fault is not None:
            process.before_step = lambda process: self._inflict(fault, worker, process, state)

    def _inflict(self, fault: WorkerFault, worker: int, process: Process, state: _WorkerState) -> None:
        if process.steps < fault.steps:
            return
        process.before_step = None
        if self.loop.time() > self._scenario.duration:
            return
        if fault.kind == "suspend":
            now = self.loop.time()
            self.journal.suspensions.append((process, now, now + fault.seconds))
            process.suspend(fault.seconds)
            return
        if fault.kind == "kill":
            process.kill()
            self.journal.kills[process] = self.loop.time()
        else:
            self.loop.note("stopped", process.name)
            state.is_stopping = True
        self.loop.call_later(fault.seconds, self._start_worker, worker)

    async def _work(self, worker: int, state: _WorkerState) -> None:
        """Send what is due until the process is stopped, as the daemon does."""
        process = self.loop.current_process()
        clock = self._clocks[worker]
        store = SimulatedStore(self._stores.open(), self.loop, process, self._scenario, self.journal)
        messages = DeliveryMessages(
            EditionMessages(store), find_newsletter=_find_newsletter, tokens=Tokens("key"), web_url=None
        )
        failures = 0
        while not state.is_stopping:
            if (wait := self._wait(store, clock)) <= 0:
                run = WorkerRun(process, self.loop.time())
                self.journal.runs.append(run)
                try:
                    dispatcher = self._dispatcher(store, messages, clock, process.name)
                    report = await dispatcher.drain(stop=lambda: state.is_stopping)
                    error: Exception | None = report.error
                except StoreError as failure:
                    error = failure
                run.end = self.loop.time()
                if error:
                    self.loop.note("error", process.name, str(error))
                failures = failures + 1 if error else 0
                wait = self.loop.random.uniform(5, 60) * 2 ** min(failures, 4)
            await asyncio.sleep(wait)

    def _dispatcher(self, store: Any, messages: DeliveryMessages, clock: Clock, owner: str) -> Dispatcher:
        quota = [] if self._scenario.quota is None else [f"{self._scenario.quota} per hour"]
        relay = {"name": ONLY_RELAY, "transport": SETTINGS.transport, "quota": quota}
        admission = Admission(
            store,
            SendLimits((RelaySettings.model_validate(relay),)),
            find_newsletter=lambda _: NEWSLETTER,
            clock=clock,
        )
        transport = f"{SETTINGS.transport}&connections={self._scenario.connections}"
        return Dispatcher(
            store,
            open_transport(transport, Path(), timeouts=SETTINGS.timeouts),
            message_for=lambda delivery: self._build(messages, delivery),
            sender_for=messages.sender,
            clock=clock,
            owner=owner,
            retry=SETTINGS.retry,
            in_doubt=self._scenario.in_doubt,
            lease=SETTINGS.lease,
            refusals=RefusalPolicy(first=self._scenario.refusal_limit),
            timeouts=SETTINGS.timeouts,
            admission=admission,
        )

    def _build(self, messages: DeliveryMessages, delivery: Delivery) -> bytes:
        message = messages.message(delivery)
        self.journal.built.setdefault(delivery.email, message)
        return message

    def _wait(self, store: Any, clock: Clock) -> float:
        """Return the seconds until the next delivery is due, as far as the worker knows."""
        try:
            due = store.next_due(now=clock.now())
        except StoreError:
            return 0.0
        return min((due - clock.now()).total_seconds(), _LONG_WAIT) if due else _LONG_WAIT


@dataclass
class _WorkerState:
    is_stopping: bool = False


def _find_newsletter(name: str) -> NewsletterSettings:
    if name != NEWSLETTER.name:
        raise ConfigError(f"there is no newsletter {name}")
    return NEWSLETTER


def run_scenario(scenario: Scenario) -> Run:
    """Run a scenario with the real code."""
    stores = _stores()
    stores.begin(scenario.subscribers)
    try:
        with mock.patch.object(delivery_queue, "_DELIVERIES_PER_CONNECTION", scenario.claim_size):
            return World(scenario, stores).run()
    finally:
        stores.end()
