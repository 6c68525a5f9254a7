"""Hand claimed deliveries to a transport, and record each outcome before anything else happens.

The steps for one message: claim, recipient accepted, `in_doubt` committed, message sent, reply, outcome
committed. Wherever the process is killed, the state of the delivery says how to go on.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, Literal, TypeVar

from ..errors import ConfigError, MailError, StoreError, TransportError
from ..mail import wire_address
from ..model import Delivery, Outcome, RetryPolicy
from ..scheduling.system_clock import Clock
from .delivery_store import DeliveryStore
from .transport import Transport, TransportSession

_DELIVERIES_PER_CONNECTION = 25
_FAILED_SESSIONS = 3
_WAIT_FOR_CONFIG = timedelta(hours=1)
_STORE_RETRY_SECONDS = 0.5
_IN_DOUBT_DETAIL = "the connection was lost before the server's final reply"

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class DispatchReport:
    """The result of `Dispatcher.drain`.

    Attributes:
        outcomes: how many deliveries ended in each state.
        error: why the transport could not be used any longer, if so.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    error: TransportError | None = None


class GroupCommit(Generic[Item]):
    """Commits what several connections have ready at the same time in one transaction.

    Args:
        commit: writes the items and returns the ids of those that this worker still owned; runs in a thread.
        identify: returns the id of an item.
    """

    def __init__(self, commit: Callable[[Sequence[Item]], set[str]], identify: Callable[[Item], str]) -> None:
        self._commit = commit
        self._identify = identify
        self._waiting: list[tuple[Item, asyncio.Future[bool]]] = []
        self._is_committing = False

    async def __call__(self, item: Item) -> bool:
        """Wait until the item is committed. Return False if another worker owns it by now."""
        result: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, result))
        if not self._is_committing:
            self._is_committing = True
            try:
                await self._commit_all()
            finally:
                self._is_committing = False
        return await result

    async def _commit_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                owned = await asyncio.to_thread(self._commit, [item for item, _ in batch])
            except Exception as error:
                # Any error, because each connection waits for its item and must get it.
                for _, result in batch:
                    if not result.done():
                        result.set_exception(error)
                continue
            for item, result in batch:
                if not result.done():
                    result.set_result(self._identify(item) in owned)


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Sends what is due.

    Attributes:
        message_for: returns the message of a delivery; the same bytes at every attempt.
        sender_for: returns the envelope sender of a delivery.
        owner: names this process in the store.
        retry: when a deferred delivery is tried again.
        in_doubt: what happens to a delivery whose final reply was lost.
        lease: longer than a server may take for one message, so that no other worker resolves a delivery
            that is still being sent.
    """

    store: DeliveryStore
    transport: Transport
    message_for: Callable[[Delivery], bytes]
    sender_for: Callable[[Delivery], str]
    clock: Clock
    owner: str
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    in_doubt: Literal["resend", "hold"] = "resend"
    lease: timedelta = timedelta(minutes=5)

    async def drain(
        self, *, edition_id: str | None = None, stop: Callable[[], bool] = lambda: False
    ) -> DispatchReport:
        """Send until nothing is due, the transport fails, or `stop` returns True.

        Messages that are being sent when `stop` returns True are finished; other claims are released.
        """
        outcomes: Counter[str] = Counter()
        self._resolve_in_doubt()
        while not stop():
            deliveries = self.store.claim(
                self.owner,
                now=self.clock.now(),
                lease=self.lease,
                limit=self.transport.connections * _DELIVERIES_PER_CONNECTION,
                edition_id=edition_id,
            )
            if not deliveries:
                break
            batch = _Batch(self, deliveries, stop)
            error = await batch.send()
            outcomes += batch.outcomes
            if error is not None:
                return DispatchReport(outcomes, error)
        return DispatchReport(outcomes)

    def _resolve_in_doubt(self) -> None:
        now = self.clock.now()
        outcomes = [(each, self._after_doubt(each, now)) for each in self.store.find_in_doubt(now=now)]
        if outcomes:
            self.store.record_outcomes(outcomes, now=now)

    def _after_doubt(self, delivery: Delivery, now: datetime) -> Outcome:
        # The first time is usually a killed process. Later it is a server that always disconnects, which
        # must not get the same message for ever.
        attempts = delivery.attempts + 1
        is_first = attempts == 1 and self.retry.attempts != 1
        due = now if is_first else self.retry.next_attempt(attempts, delivery.created_at, now)
        if self.in_doubt == "hold" or due is None:
            return Outcome(state="held", detail=_IN_DOUBT_DETAIL)
        return Outcome(state="pending", until=due, detail=_IN_DOUBT_DETAIL)

    def with_due_time(self, delivery: Delivery, outcome: Outcome) -> Outcome:
        """Return the outcome with the time of the next attempt, or as failed if there is none.

        An outcome that is not `deferred`, or not about the recipient, is returned as it is.
        """
        if outcome.state != "deferred" or not outcome.attempted:
            return outcome
        attempts = delivery.attempts + 1
        share = random.random()  # noqa: S311 - spreads load, protects nothing
        due = self.retry.next_attempt(attempts, delivery.created_at, self.clock.now(), share)
        if due is None:
            detail = f"given up after {attempts} attempts: {outcome.detail}"
            return outcome.model_copy(update={"state": "failed", "until": None, "detail": detail})
        return outcome.model_copy(update={"until": max(due, outcome.until or due)})


class _Batch:
    """Deliveries that several sessions of a transport send at the same time."""

    def __init__(
        self, dispatcher: Dispatcher, deliveries: Sequence[Delivery], stop: Callable[[], bool]
    ) -> None:
        self._dispatcher = dispatcher
        self._remaining = list(reversed(deliveries))
        self._stop = stop
        self.outcomes: Counter[str] = Counter()
        store, clock, lease = dispatcher.store, dispatcher.clock, dispatcher.lease
        self._mark_in_doubt: GroupCommit[Delivery] = GroupCommit(
            lambda items: store.mark_in_doubt(items, until=clock.now() + lease), lambda item: item.id
        )
        self._record_outcome: GroupCommit[tuple[Delivery, Outcome]] = GroupCommit(
            lambda items: store.record_outcomes(items, now=clock.now()), lambda item: item[0].id
        )

    async def send(self) -> TransportError | None:
        """Send the deliveries. Return the error of the transport if some could not be sent because of it."""
        count = min(self._dispatcher.transport.connections, len(self._remaining))
        results = await asyncio.gather(*(self._run_sessions() for _ in range(count)), return_exceptions=True)
        if self._remaining:
            await asyncio.to_thread(self._dispatcher.store.release, self._remaining)
        errors = [result for result in results if isinstance(result, BaseException)]
        for error in errors:
            if not isinstance(error, TransportError):
                raise error
        # If one connection failed and another sent everything, there is nothing to report.
        transport_errors = [error for error in errors if isinstance(error, TransportError)]
        has_unsent = bool(self._remaining or self.outcomes["in_doubt"])
        return transport_errors[0] if transport_errors and has_unsent else None

    def _finished(self) -> int:
        return self.outcomes.total() - self.outcomes["in_doubt"]

    async def _run_sessions(self) -> None:
        failed_sessions = 0
        while self._remaining and not self._stop():
            finished_before = self._finished()
            is_open = False
            try:
                async with self._dispatcher.transport.session() as session:
                    is_open = True
                    while self._remaining and not self._stop():
                        await self._deliver(session, self._remaining.pop())
            except TransportError:
                failed_sessions = 0 if self._finished() > finished_before else failed_sessions + 1
                # A session that cannot be opened is not tried again: repeated wrong passwords lock accounts.
                if not is_open or failed_sessions >= _FAILED_SESSIONS:
                    raise

    async def _deliver(self, session: TransportSession, delivery: Delivery) -> None:
        is_in_doubt = False

        async def before_commit() -> bool:
            nonlocal is_in_doubt
            is_in_doubt = await self._mark_in_doubt(delivery)
            return is_in_doubt

        try:
            sender, recipient = self._dispatcher.sender_for(delivery), wire_address(delivery.email)
            message = self._dispatcher.message_for(delivery)
        except MailError as error:
            await self._record(delivery, Outcome(state="failed", detail=str(error), attempted=False))
            return
        except ConfigError as error:
            # Neither the message nor the recipient is wrong. The delivery waits for a corrected config.
            until = self._dispatcher.clock.now() + _WAIT_FOR_CONFIG
            outcome = Outcome(state="deferred", detail=str(error), until=until, attempted=False)
            await self._record(delivery, outcome)
            return
        try:
            outcome_or_none = await session.send(sender, recipient, message, before_commit)
        except TransportError:
            if is_in_doubt:
                self.outcomes["in_doubt"] += 1
            else:
                self._remaining.append(delivery)
            raise
        if outcome_or_none is not None:
            await self._record(delivery, self._dispatcher.with_due_time(delivery, outcome_or_none))

    async def _record(self, delivery: Delivery, outcome: Outcome) -> None:
        end = time.monotonic() + self._dispatcher.lease.total_seconds() / 2
        while True:
            try:
                is_owned = await self._record_outcome((delivery, outcome))
                break
            except StoreError:
                # The server has answered. A busy database is no reason to forget the answer.
                if time.monotonic() > end:
                    raise
                await asyncio.sleep(_STORE_RETRY_SECONDS)
        if is_owned:
            self.outcomes[outcome.state] += 1


def send_one(transport: Transport, sender: str, recipient: str, message: bytes) -> Outcome:
    """Send one message that is no delivery in the store.

    Raises:
        TransportError: the transport cannot be used.
    """

    async def send() -> Outcome:
        async def before_commit() -> bool:
            return True

        async with transport.session() as session:
            outcome = await session.send(sender, wire_address(recipient), message, before_commit)
        if outcome is None:
            raise TransportError("the transport sent nothing and gave no reason")
        return outcome

    return asyncio.run(send())
