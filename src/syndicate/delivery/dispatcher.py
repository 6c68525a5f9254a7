"""Hands claimed deliveries to a transport, and writes down what became of each before anything else happens.

The order for one mail: claim, recipient accepted, `in_doubt` committed, final dot, reply, outcome committed.
Wherever the process is killed, the row says enough to go on.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, TypeVar

from ..errors import ConfigError, MailError, StoreError, TransportError
from ..mail import wire_address
from ..model import Delivery, Outcome
from ..scheduling.system_clock import Clock
from .delivery_store import DeliveryStore
from .retry_policy import retry
from .transport import Session, Transport

_BATCH_A_CONNECTION = 25
_FRUITLESS = 3
_AFTER_MENDING = timedelta(hours=1)
_PAUSE = 0.5

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Dispatched:
    """What one drain came to: outcomes by state, and why the transport closed, if it did."""

    outcomes: Counter[str] = field(default_factory=Counter)
    closed: TransportError | None = None


class GroupCommit(Generic[Item]):
    """Gathers what several connections want committed at once into one transaction.

    Args:
        commit: takes the items and gives the ids of those that were still ours; runs in a thread.
        identify: an item's id.
    """

    def __init__(self, commit: Callable[[Sequence[Item]], set[str]], identify: Callable[[Item], str]) -> None:
        self._commit = commit
        self._identify = identify
        self._waiting: list[tuple[Item, asyncio.Future[bool]]] = []
        self._busy = False

    async def __call__(self, item: Item) -> bool:
        """Wait until the item is committed; false if the row is somebody else's by now."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if not self._busy:
            self._busy = True
            try:
                await self._flush()
            finally:
                self._busy = False
        return await done

    async def _flush(self) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting, []
            try:
                ours = await asyncio.to_thread(self._commit, [item for item, _ in taken])
            except Exception as error:
                for _, done in taken:
                    if not done.done():
                        done.set_exception(error)
                continue
            for item, done in taken:
                if not done.done():
                    done.set_result(self._identify(item) in ours)


class Dispatcher:
    """Sends what is due.

    Args:
        store: the ledger.
        transport: the way out.
        prepare: the message of a delivery as bytes; the same at every attempt.
        sender: the envelope's sender of a delivery.
        clock: the time.
        owner: who claims, for people who look at the ledger.
        in_doubt: `resend` or `hold`.
        lease: longer than a server may take for one mail, so that nobody judges what is still in hand.
    """

    def __init__(
        self,
        store: DeliveryStore,
        transport: Transport,
        *,
        prepare: Callable[[Delivery], bytes],
        sender: Callable[[Delivery], str],
        clock: Clock,
        owner: str,
        in_doubt: str = "resend",
        lease: timedelta = timedelta(minutes=5),
    ) -> None:
        self._store = store
        self._transport = transport
        self._prepare = prepare
        self._sender = sender
        self._clock = clock
        self._owner = owner
        self._in_doubt = in_doubt
        self._lease = lease

    async def drain(
        self, *, edition_id: str | None = None, stop: Callable[[], bool] = lambda: False
    ) -> Dispatched:
        """Send until nothing is due, the transport is closed, or `stop` says so.

        What is in hand when `stop` turns true is finished; what was claimed beside it is given back.
        """
        outcomes: Counter[str] = Counter()
        self._store.recover(now=self._clock.now(), policy=self._in_doubt)
        while not stop():
            batch = self._store.claim(
                self._owner,
                now=self._clock.now(),
                lease=self._lease,
                limit=self._transport.connections * _BATCH_A_CONNECTION,
                edition_id=edition_id,
            )
            if not batch:
                break
            work = _Work(self, batch, stop)
            closed = await work.run()
            outcomes += work.outcomes
            if closed is not None:
                return Dispatched(outcomes, closed)
        return Dispatched(outcomes)


class _Work:
    """One batch, shared by as many sessions as the transport likes."""

    def __init__(self, dispatcher: Dispatcher, batch: list[Delivery], stop: Callable[[], bool]) -> None:
        self._of = dispatcher
        self._left = list(reversed(batch))
        self._stop = stop
        self.outcomes: Counter[str] = Counter()
        store, clock, lease = dispatcher._store, dispatcher._clock, dispatcher._lease
        self._doubt: GroupCommit[Delivery] = GroupCommit(
            lambda items: store.mark_in_doubt(items, until=clock.now() + lease), lambda item: item.id
        )
        self._settle: GroupCommit[tuple[Delivery, Outcome]] = GroupCommit(
            lambda items: store.record_outcomes(items, now=clock.now()), lambda item: item[0].id
        )

    async def run(self) -> TransportError | None:
        """Send the batch; give the reason if it could not be finished."""
        count = min(self._of._transport.connections, len(self._left))
        results = await asyncio.gather(*(self._worker() for _ in range(count)), return_exceptions=True)
        if self._left:
            await asyncio.to_thread(self._of._store.release, self._left)
        failures = [result for result in results if isinstance(result, BaseException)]
        for failure in failures:
            if not isinstance(failure, TransportError):
                raise failure
        # As long as one connection did the work there is nothing to report.
        closed = [failure for failure in failures if isinstance(failure, TransportError)]
        return closed[0] if closed and (self._left or self.outcomes["in_doubt"]) else None

    def _settled(self) -> int:
        return self.outcomes.total() - self.outcomes["in_doubt"]

    async def _worker(self) -> None:
        fruitless = 0
        while self._left and not self._stop():
            before = self._settled()
            opened = False
            try:
                async with self._of._transport.session() as session:
                    opened = True
                    while self._left and not self._stop():
                        await self._one(session, self._left.pop())
            except TransportError:
                fruitless = 0 if self._settled() > before else fruitless + 1
                # A server that refuses the door is not asked again: a wrong password locks accounts.
                if not opened or fruitless >= _FRUITLESS:
                    raise

    async def _one(self, session: Session, delivery: Delivery) -> None:
        was_in_doubt = False

        async def before_commit() -> bool:
            nonlocal was_in_doubt
            was_in_doubt = await self._doubt(delivery)
            return was_in_doubt

        try:
            sender, recipient = self._of._sender(delivery), wire_address(delivery.email)
            message = self._of._prepare(delivery)
        except MailError as error:
            await self._record(delivery, Outcome(state="failed", detail=str(error), attempted=False))
            return
        except ConfigError as error:
            # Nothing is wrong with the mail or its reader; it waits until the config is mended.
            later = self._of._clock.now() + _AFTER_MENDING
            await self._record(
                delivery, Outcome(state="deferred", detail=str(error), until=later, attempted=False)
            )
            return
        try:
            outcome = await session.send(sender, recipient, message, before_commit)
        except TransportError:
            if was_in_doubt:
                self.outcomes["in_doubt"] += 1
            else:
                self._left.append(delivery)
            raise
        if outcome is not None:
            now = self._of._clock.now()
            await self._record(delivery, retry(delivery, outcome, now, random.random()))  # noqa: S311

    async def _record(self, delivery: Delivery, outcome: Outcome) -> None:
        end = time.monotonic() + self._of._lease.total_seconds() / 2
        while True:
            try:
                ours = await self._settle((delivery, outcome))
                break
            except StoreError:
                # The server has spoken; what it said is not given up for a database that is busy.
                if time.monotonic() > end:
                    raise
                await asyncio.sleep(_PAUSE)
        if ours:
            self.outcomes[outcome.state] += 1


def send_one(transport: Transport, sender: str, recipient: str, message: bytes) -> Outcome:
    """Send one message outside the ledger.

    Raises:
        TransportError: the transport is closed.
    """

    async def go() -> Outcome:
        async def always() -> bool:
            return True

        async with transport.session() as session:
            outcome = await session.send(sender, wire_address(recipient), message, always)
        if outcome is None:
            raise TransportError("the transport sent nothing and gave no reason")
        return outcome

    return asyncio.run(go())
