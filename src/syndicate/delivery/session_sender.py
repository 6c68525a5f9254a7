"""Sends the mails of a run over one session at a time, and opens another when one has ended."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from ..errors import TransportError
from ..model import Delivery, Outcome
from .ledger_writer import LedgerWriter
from .transport import ConnectionLostError, PipelinedSession, SessionEnded, Transport, TransportSession


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

    def settle(self, mail: Mail, outcome: Outcome) -> None: ...

    def settle_lost(self, mail: Mail, error: TransportError, *, is_in_doubt: bool) -> None: ...

    def add_failed_session(self, error: TransportError) -> None: ...


class SessionSender:
    """Sends mails one after another.

    Args:
        limit: how long a session may take for a mail that is in doubt.
    """

    def __init__(
        self, source: MailSource, transport: Transport, writer: LedgerWriter, *, limit: timedelta
    ) -> None:
        self._source = source
        self._transport = transport
        self._writer = writer
        self._limit = limit.total_seconds()
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
        is_open = is_used = False
        try:
            async with self._transport.session() as session:
                is_open = True
                pipelined = (
                    session if isinstance(session, PipelinedSession) and session.is_pipelined else None
                )
                while await self._has_mail():
                    await self._send(session, pipelined)
                    is_used = True
        except SessionEnded:
            if not is_used:
                self._source.add_failed_session(TransportError("the session ended before it took a mail"))
        except TransportError as error:
            # A session that cannot be opened is not tried again: repeated wrong passwords lock accounts.
            if not is_open:
                raise
            self._source.add_failed_session(error)

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
        if outcome is not None:
            self._source.settle(mail, outcome)

    async def _hand_over(self, session: TransportSession, mail: Mail) -> Outcome | None:
        is_in_doubt = False
        scope = asyncio.timeout(None)

        async def before_commit() -> bool:
            nonlocal is_in_doubt
            is_in_doubt = await self._writer.mark_in_doubt(mail.delivery)
            # No other worker may decide about the delivery while this one still sends it.
            scope.reschedule(asyncio.get_running_loop().time() + self._limit)
            return is_in_doubt

        try:
            try:
                async with scope:
                    return await session.send(mail.sender, mail.recipient, mail.message, before_commit)
            except TimeoutError:
                raise TransportError(f"the mail was not taken within {self._limit:g} seconds") from None
        except TransportError as error:
            self._current = None
            is_unsent = isinstance(error, ConnectionLostError) and error.is_unsent
            self._source.settle_lost(mail, error, is_in_doubt=is_in_doubt and not is_unsent)
            raise
