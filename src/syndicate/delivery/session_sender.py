"""Sends the mails of a run over one session at a time, and opens another when one has ended."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from ..errors import TransportError
from ..model import Delivery, Outcome, SmtpTimeouts
from .ledger_writer import LedgerWriter
from .transport import (
    ConnectionLostError,
    PipelinedSession,
    SessionEnded,
    Transport,
    TransportSession,
    to_transport_error,
)

_ANSWERS = ("accepted", "deferred", "failed", "in_doubt")


@dataclass(frozen=True, slots=True)
class Mail:
    """A delivery with what the transport needs of it."""

    delivery: Delivery
    sender: str
    recipient: str
    message: bytes


class MailSource(Protocol):
    """What gives mails to a session and takes the answers; see `DispatchRun`."""

    @property
    def is_working(self) -> bool: ...

    async def take(self) -> Mail | None: ...

    async def take_ready(self) -> Mail | None: ...

    def put_back(self, mail: Mail) -> None: ...

    def drop(self, mail: Mail) -> None: ...

    def settle(self, mail: Mail, outcome: Outcome) -> None: ...

    def settle_lost(self, mail: Mail, error: TransportError, *, is_in_doubt: bool) -> None: ...

    def add_failed_session(self, error: TransportError) -> None: ...


class SessionSender:
    """Sends mails one after another.

    Args:
        timeouts: how long a session may take: to open and for a mail before it is in doubt, all phases
            together; then, the end of a message.
    """

    def __init__(
        self, source: MailSource, transport: Transport, writer: LedgerWriter, timeouts: SmtpTimeouts
    ) -> None:
        self._source = source
        self._transport = transport
        self._writer = writer
        self._longest = timeouts.total.total_seconds()
        self._limit = timeouts.message.total_seconds()
        self._current: Mail | None = None
        self._next: Mail | None = None

    async def run(self) -> None:
        """Send until there is no mail.

        Raises:
            TransportError: a session cannot be opened, or too many were lost.
            StoreError: the database failed.
        """
        try:
            while await self._has_mail():
                await self._use_session()
        finally:
            for mail in (self._next, self._current):
                if mail:
                    self._source.put_back(mail)

    async def _has_mail(self) -> bool:
        if self._current is None:
            # A mail that was announced is sent even if the run ends.
            self._current, self._next = self._next or await self._source.take(), None
        return self._current is not None

    async def _use_session(self) -> None:
        is_open = False
        error: Exception | None = None
        opening = asyncio.timeout(self._longest)
        try:
            async with opening, self._transport.session() as session:
                opening.reschedule(None)
                is_open = True
                try:
                    await self._send_all(session)
                except Exception as caught:
                    error = caught
                    raise
        # Any error: a transport of another package may raise what it likes when it opens or closes a session.
        except Exception as caught:
            error = error or self._opening_error(caught, opening)
        if isinstance(error, TransportError) and is_open:
            self._source.add_failed_session(error)
        elif error:
            # A session that cannot be opened is not tried again: repeated wrong passwords lock accounts.
            raise error

    def _opening_error(self, error: Exception, opening: asyncio.Timeout) -> TransportError:
        if opening.expired():
            return TransportError(f"the transport opened no session within {self._longest:g} seconds")
        return to_transport_error(error)

    async def _send_all(self, session: TransportSession) -> None:
        """Send over a session until it ends or there is no mail."""
        pipelined = session if isinstance(session, PipelinedSession) and session.is_pipelined else None
        is_used = False
        try:
            while await self._has_mail():
                await self._send(session, pipelined)
                is_used = True
        except SessionEnded:
            if not is_used:
                raise TransportError("the session ended before it took a mail") from None

    async def _send(self, session: TransportSession, pipelined: PipelinedSession | None) -> None:
        mail = self._current
        assert mail is not None
        # A server that may refuse everybody gets one recipient at a time.
        if pipelined and self._source.is_working:
            self._next = self._next or await self._source.take_ready()
            if self._next:
                pipelined.announce(self._next.sender, self._next.recipient, len(self._next.message))
        outcome = await self._hand_over(session, mail)
        self._current = None
        if outcome is None:
            self._source.drop(mail)
        else:
            self._source.settle(mail, outcome)

    async def _hand_over(self, session: TransportSession, mail: Mail) -> Outcome | None:
        is_asked = is_in_doubt = False
        limit = self._longest
        scope = asyncio.timeout(limit)

        async def before_commit() -> bool:
            nonlocal is_asked, is_in_doubt, limit
            is_asked = True
            is_in_doubt = await self._writer.mark_in_doubt(mail.delivery)
            # No other worker may decide about the delivery while this one still sends it.
            limit = self._limit
            scope.reschedule(asyncio.get_running_loop().time() + limit)
            return is_in_doubt

        try:
            async with scope:
                outcome = await session.send(mail.sender, mail.recipient, mail.message, before_commit)
                _check_outcome(outcome, may_be_none=is_asked and not is_in_doubt)
                if outcome and outcome.state == "in_doubt" and not is_asked and not await before_commit():
                    return None
                return outcome
        except SessionEnded:
            raise
        # Any error: what a transport of another package raises for one mail must not end the process, and
        # come again with the same mail.
        except Exception as caught:
            if self._writer.error and not is_in_doubt:
                # The delivery was not marked, so nothing was sent.
                raise self._writer.error from None
            error = to_transport_error(caught)
            if scope.expired():
                error = ConnectionLostError(f"the mail was not taken within {limit:g} seconds")
            self._current = None
            is_unsent = isinstance(error, ConnectionLostError) and error.is_unsent
            self._source.settle_lost(mail, error, is_in_doubt=is_in_doubt and not is_unsent)
            raise error from None


def _check_outcome(outcome: Outcome | None, *, may_be_none: bool) -> None:
    """Raise ValueError if a transport returned what its protocol does not allow."""
    if outcome is None:
        if not may_be_none:
            raise ValueError("it returned no outcome")
    elif outcome.state not in _ANSWERS:
        raise ValueError(f"it returned the state {outcome.state!r}")
