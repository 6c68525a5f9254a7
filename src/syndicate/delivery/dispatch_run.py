"""One relay of a run: deliveries are sent over several sessions at a time, and recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from ..errors import ConfigError, MailError, StoreError, TransportError
from ..mail import wire_address
from ..model import Delivery, Outcome
from .delivery_queue import DeliveryQueue
from .ledger_writer import LedgerWriter
from .refusal_guard import RefusalGuard, Verdict
from .relays import Relay
from .session_sender import Mail, SessionSender
from .transport import ConnectionLostError

if TYPE_CHECKING:
    from .dispatcher import Dispatcher

_FAILED_SESSIONS = 3
_CLOSING = 421
_WAIT_FOR_CONFIG = timedelta(hours=1)


class DispatchRun:
    """Sends through one relay until nothing is due, it fails or refuses everybody, or `stop` returns True.

    Its `take` gives mails to the sessions, its `settle` gets the answers.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        relay: Relay,
        queue: DeliveryQueue,
        writer: LedgerWriter,
        stop: Callable[[], bool],
    ) -> None:
        self._dispatcher = dispatcher
        self._relay = relay
        self._queue = queue
        self._writer = writer
        self._stop = stop
        self._guard = RefusalGuard(dispatcher.refusals)
        self._is_failed = False
        self._has_accepted = False
        self._failed_sessions = 0
        self._session_error: TransportError | None = None
        self.in_doubt = 0
        # Whose sender or mails were refused when the server refused everybody.
        self.refused_editions: set[str] = set()

    async def run(self) -> TransportError | None:
        """Send. Return why the relay could not be used any longer, if so.

        Raises:
            StoreError: the database failed; outcomes recorded before remain.
        """
        try:
            errors = await self._send()
        except TransportError as unusable:
            await self._finish()
            return unusable
        except (Exception, asyncio.CancelledError):
            # Whatever ends the run, also Ctrl-C: what the server has answered is recorded, if the database
            # can still do that. The first error is the one to report.
            with suppress(Exception):
                await self._finish()
            raise
        error = self._guard.error() or self._transport_error(errors)
        await self._finish()
        return error

    async def _send(self) -> list[TransportError]:
        """Send over all sessions. Return why some of them ended early."""
        relay = self._relay
        if relay.connections < 1:
            raise TransportError(
                f"the transport allows {relay.connections} connections",
                hint="its connections must be at least 1",
            )
        senders = [
            SessionSender(self, relay.transport, self._writer, self._dispatcher.timeouts)
            for _ in range(relay.connections)
        ]
        errors: list[TransportError] = []
        for result in await asyncio.gather(*(each.run() for each in senders), return_exceptions=True):
            if isinstance(result, TransportError):
                errors.append(result)
            elif result:
                raise result
        return errors

    @property
    def is_ending(self) -> bool:
        """Whether no further mail is begun."""
        return self._is_failed or self._guard.is_stopped or self._stop()

    @property
    def is_working(self) -> bool:
        """Whether the last answers show that the server takes mail."""
        return self._guard.is_working

    async def take(self) -> Mail | None:
        """Return the next mail when it may go; None if nothing is due or the run ends."""
        while delivery := await self._queue.take(self._relay.name, lambda: self.is_ending):
            self._begin_batch()
            if mail := self._prepare(delivery):
                return mail
        return None

    async def take_ready(self) -> Mail | None:
        """Return the next mail that may go at once; None if there is none or the run ends."""
        while not self.is_ending and (delivery := await self._queue.take_ready(self._relay.name)):
            self._begin_batch()
            if mail := self._prepare(delivery):
                return mail
        return None

    def put_back(self, mail: Mail) -> None:
        """Take back a mail that was not tried."""
        self._queue.put_back(self._relay.name, mail.delivery)

    def drop(self, mail: Mail) -> None:
        """Forget a mail that is not sent: the delivery was removed, or belongs to another worker by now."""
        self._queue.finish(self._relay.name, mail.delivery, Outcome(state="pending", attempted=False))

    def _begin_batch(self) -> None:
        if size := self._queue.take_batch_size(self._relay.name):
            self._write_verdict(self._guard.begin_batch(size))

    def _write_verdict(self, verdict: Verdict) -> None:
        for delivery, outcome in verdict.confirmed:
            self._write(delivery, outcome)
        for delivery, outcome in verdict.unconfirmed:
            self._write(delivery, self._dispatcher.without_verdict(delivery, outcome, self._guard.is_stopped))

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
        except StoreError:
            self._queue.put_back(self._relay.name, delivery)
            raise
        # Any error: one message that cannot be built must not end the process, and the others wait for ever.
        except Exception as error:
            detail = f"the message cannot be built: {type(error).__name__}: {error}"
            self._record(delivery, Outcome(state="deferred", about="sender", detail=detail))
        return None

    def settle(self, mail: Mail, outcome: Outcome) -> None:
        """Take the answer to a mail.

        Raises:
            TransportError: the session cannot be used any longer.
        """
        if outcome.state == "accepted":
            self._failed_sessions = 0
            self._session_error = None
            self._has_accepted = True
            self._guard.add_accepted()
            self._record(mail.delivery, outcome)
        elif outcome.state == "in_doubt":
            error = TransportError(f"the transport cannot say whether a mail was taken: {outcome.detail}")
            self.settle_lost(mail, error, is_in_doubt=True)
            raise error
        elif not outcome.attempted and outcome.about != "recipient":
            self.put_back(mail)
            self._is_failed |= outcome.state == "failed"
            if outcome.about == "sender":
                self.refused_editions.add(mail.delivery.edition_id)
            raise _refused_sender(outcome)
        elif outcome.state == "failed" and outcome.attempted:
            self._queue.finish(self._relay.name, mail.delivery, outcome)
            self._guard.add_refused(mail.delivery, outcome)
        else:
            self._record(mail.delivery, outcome)
        if outcome.code == _CLOSING:
            raise TransportError(f"the server closes the connection: {outcome.code} {outcome.detail}")

    def settle_lost(self, mail: Mail, error: TransportError, *, is_in_doubt: bool) -> None:
        """Note that the connection was lost while a mail was sent."""
        if is_in_doubt:
            self.in_doubt += 1
            self._queue.finish(self._relay.name, mail.delivery, Outcome(state="in_doubt"))
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
        self._queue.finish(self._relay.name, delivery, outcome)
        self._write(delivery, outcome)

    def _write(self, delivery: Delivery, outcome: Outcome) -> None:
        self._writer.record(delivery, self._dispatcher.with_due_time(delivery, outcome))

    def _transport_error(self, errors: Sequence[TransportError]) -> TransportError | None:
        """Return why the transport could not be used, if something was not sent because of it."""
        # If one session failed and another sent everything, there is nothing to report.
        if self._is_failed or self._queue.has_waiting(self._relay.name) or self.in_doubt:
            return next(iter(errors), self._session_error)
        # A server that took other mail works. Nothing is known of one that took none.
        return None if self._has_accepted else self._session_error

    async def _finish(self) -> None:
        """Record what is left. Deliveries that were not tried can be claimed again."""
        verdict = self._guard.finish()
        if self._guard.is_stopped:
            self.refused_editions |= {each.edition_id for each, _ in verdict.unconfirmed}
        try:
            self._write_verdict(verdict)
            await self._writer.flush()
        finally:
            await self._queue.close(self._relay.name)


def _refused_sender(outcome: Outcome) -> TransportError:
    whom = "the sender" if outcome.about == "sender" else "all mail"
    return TransportError(
        f"the mail server refuses {whom}: {outcome.code or ''} {outcome.detail}",
        hint="what was not sent waits; correct the server or the sender and send again",
    )
