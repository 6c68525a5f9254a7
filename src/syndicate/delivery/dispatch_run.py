"""One run of the dispatcher: deliveries are claimed, sent over several sessions at a time, and recorded."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from ..errors import ConfigError, MailError, StoreError, TransportError
from ..mail import wire_address
from ..model import Delivery, Outcome
from .ledger_writer import LedgerWriter
from .refusal_guard import RefusalGuard
from .session_sender import Mail, SessionSender
from .transport import ConnectionLostError

if TYPE_CHECKING:
    from .dispatcher import Dispatcher

_DELIVERIES_PER_CONNECTION = 50
_FAILED_SESSIONS = 3
_CLOSING = 421
_WAIT_FOR_CONFIG = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class DispatchReport:
    """The result of `Dispatcher.drain`.

    Attributes:
        outcomes: how many deliveries ended in each state.
        error: why the transport could not be used any longer, if so.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    error: TransportError | None = None


class DispatchRun:
    """Sends until nothing is due, the transport fails, the server refuses everybody, or `stop` returns True.

    Its `take` gives mails to the sessions, its `settle` gets the answers.
    """

    def __init__(self, dispatcher: Dispatcher, edition_id: str | None, stop: Callable[[], bool]) -> None:
        self._dispatcher = dispatcher
        self._edition_id = edition_id
        self._stop = stop
        self._guard = RefusalGuard(dispatcher.refusals)
        self._writer = LedgerWriter(
            dispatcher.store,
            dispatcher.clock,
            in_doubt=dispatcher.timeouts.in_doubt,
            patience=dispatcher.lease / 2,
        )
        self._claimed: deque[Delivery] = deque()
        self._claimed_until = dispatcher.clock.now()
        self._claiming = asyncio.Lock()
        self._is_exhausted = False
        self._is_failed = False
        self._failed_sessions = 0
        self._session_error: TransportError | None = None
        self._in_doubt = 0
        self._editions: set[str] = set()

    async def run(self) -> DispatchReport:
        """Send, and return the report.

        Raises:
            StoreError: the database failed; outcomes recorded before remain.
        """
        transport = self._dispatcher.transport
        await self._claim()
        senders = [
            SessionSender(self, transport, self._writer, limit=self._dispatcher.timeouts.message)
            for _ in range(min(transport.connections, len(self._claimed)))
        ]
        results = await asyncio.gather(*(each.run() for each in senders), return_exceptions=True)
        errors = [result for result in results if isinstance(result, BaseException)]
        failure = next((each for each in errors if not isinstance(each, TransportError)), None)
        if failure:
            # What the server has answered is recorded, if the database can still do that.
            with suppress(StoreError):
                await self._writer.flush()
                await self._release()
            raise failure
        error = self._guard.error() or self._transport_error(errors)
        await self._finish(error)
        outcomes = self._writer.outcomes + Counter(in_doubt=self._in_doubt)
        del outcomes["pending"]
        return DispatchReport(outcomes, error)

    @property
    def is_ending(self) -> bool:
        """Whether no further mail is begun."""
        return self._is_failed or self._guard.is_stopped or self._stop()

    @property
    def is_working(self) -> bool:
        """Whether the last answers show that the server takes mail."""
        return self._guard.is_working

    async def take(self) -> Mail | None:
        """Return the next mail; None if nothing is due or the run ends."""
        while not self.is_ending:
            if self._claimed and self._dispatcher.clock.now() >= self._claimed_until:
                # Another worker may have them by now. Who still owns them claims them again.
                await self._release()
            if not self._claimed:
                async with self._claiming:
                    if not self._claimed and not self._is_exhausted:
                        await self._claim()
                if self._is_exhausted and not self._claimed:
                    return None
                continue
            if mail := self._prepare(self._claimed.popleft()):
                return mail
        return None

    def put_back(self, mail: Mail) -> None:
        """Take back a mail that was not tried."""
        self._claimed.appendleft(mail.delivery)

    async def _claim(self) -> None:
        dispatcher = self._dispatcher
        limit = dispatcher.transport.connections * _DELIVERIES_PER_CONNECTION
        now = dispatcher.clock.now()
        claimed = await asyncio.to_thread(dispatcher.claim, limit, self._edition_id)
        for delivery, outcome in self._guard.begin_batch(len(claimed)):
            self._record(delivery, outcome)
        self._claimed.extend(claimed)
        self._claimed_until = now + dispatcher.lease
        self._is_exhausted = not claimed
        self._editions.update(each.edition_id for each in claimed)

    def _prepare(self, delivery: Delivery) -> Mail | None:
        """Return the mail of a delivery. None, with the outcome recorded, if it cannot be built."""
        try:
            sender = self._dispatcher.sender_for(delivery)
            message = self._dispatcher.message_for(delivery)
            return Mail(delivery, sender, wire_address(delivery.email), message)
        except MailError as error:
            self._record(delivery, Outcome(state="failed", detail=str(error), attempted=False))
        except ConfigError as error:
            # Neither the message nor the recipient is wrong. The delivery waits for a corrected config.
            until = self._dispatcher.clock.now() + _WAIT_FOR_CONFIG
            self._record(delivery, Outcome(state="deferred", detail=str(error), until=until, attempted=False))
        return None

    def settle(self, mail: Mail, outcome: Outcome) -> None:
        """Take the answer to a mail.

        Raises:
            TransportError: the session cannot be used any longer.
        """
        if outcome.state == "accepted":
            self._failed_sessions = 0
            self._session_error = None
            self._guard.add_accepted()
            self._record(mail.delivery, outcome)
        elif not outcome.attempted and outcome.about != "recipient":
            self.put_back(mail)
            self._is_failed |= outcome.state == "failed"
            raise _refused_sender(outcome)
        elif outcome.state == "failed" and outcome.attempted:
            self._guard.add_refused(mail.delivery, outcome)
        else:
            self._record(mail.delivery, outcome)
        if outcome.code == _CLOSING:
            raise TransportError(f"the server closes the connection: {outcome.code} {outcome.detail}")

    def settle_lost(self, mail: Mail, error: TransportError, *, is_in_doubt: bool) -> None:
        """Note that the connection was lost while a mail was sent."""
        if is_in_doubt:
            self._in_doubt += 1
        elif not isinstance(error, ConnectionLostError):
            self.put_back(mail)
        else:
            self._record(mail.delivery, Outcome(state="deferred", about="server", detail=error.message))

    def add_failed_session(self, error: TransportError) -> None:
        """Count a session that was lost. Sessions that take mails in between start the count again.

        Raises:
            TransportError: the same, if there are too many.
        """
        self._failed_sessions += 1
        self._session_error = error
        if self._is_failed or self._failed_sessions >= _FAILED_SESSIONS:
            self._is_failed = True
            raise error

    def _record(self, delivery: Delivery, outcome: Outcome) -> None:
        self._writer.record(delivery, self._dispatcher.with_due_time(delivery, outcome))

    async def _release(self) -> None:
        unused = list(self._claimed)
        self._claimed.clear()
        await asyncio.to_thread(self._dispatcher.store.release, unused)

    def _transport_error(self, errors: Sequence[BaseException]) -> TransportError | None:
        """Return why the transport could not be used, if something was not sent because of it."""
        # If one session failed and another sent everything, there is nothing to report.
        if self._claimed or self._in_doubt:
            found = next((each for each in errors if isinstance(each, TransportError)), None)
            return found or self._session_error
        return self._session_error

    async def _finish(self, error: TransportError | None) -> None:
        """Record what is left. Deliveries that were not tried can be claimed again."""
        verdict = self._guard.finish()
        for delivery, outcome in verdict.confirmed:
            self._record(delivery, outcome)
        for delivery, outcome in verdict.unconfirmed:
            self._record(
                delivery, self._dispatcher.without_verdict(delivery, outcome, self._guard.is_stopped)
            )
        await self._writer.flush()
        if self._claimed:
            await self._release()
        if self._editions:
            reason = None if error is None else error.message
            await asyncio.to_thread(
                self._dispatcher.store.record_stop,
                sorted(self._editions),
                reason,
                now=self._dispatcher.clock.now(),
            )


def _refused_sender(outcome: Outcome) -> TransportError:
    whom = "the sender" if outcome.about == "sender" else "all mail"
    return TransportError(
        f"the mail server refuses {whom}: {outcome.code or ''} {outcome.detail}",
        hint="nobody was tried; correct the server or the sender and send again",
    )
