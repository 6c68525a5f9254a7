"""Fakes of clock, source and transport: no files, no sockets, no waiting."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from ..delivery.transport import ConnectionLostError, TransportSession
from ..errors import ExternalError, TransportError
from ..model import Outcome, Problem
from ..sources.source import RawRecord
from .samples import NOW


class FixedClock:
    """A clock that stands still until it is set or moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now.astimezone(UTC)

    def now(self) -> datetime:
        """Return the current time, UTC."""
        return self._now

    def set(self, now: datetime) -> None:
        """Set the time, earlier or later."""
        self._now = now.astimezone(UTC)

    def move(self, by: timedelta) -> datetime:
        """Move the time forward, or back if `by` is negative, and return it."""
        self._now += by
        return self._now


class ListSource:
    """A source that yields the records that it was given.

    Args:
        records: raw records and problems, in order; the list may be changed between reads.
        complete: whether an article that is missing has been withdrawn.
        fails: raised after the records, as if the source became unreachable.
    """

    def __init__(
        self,
        name: str,
        records: Iterable[RawRecord | Problem] = (),
        *,
        complete: bool = True,
        fails: ExternalError | None = None,
    ) -> None:
        self.name = name
        self.complete = complete
        self.records = list(records)
        self.fails = fails

    def read(self) -> Iterator[RawRecord | Problem]:
        """Yield every record."""
        yield from self.records
        if self.fails is not None:
            raise self.fails


@dataclass(frozen=True, slots=True)
class Reply:
    """What the fake server does with one message.

    Attributes:
        outcome: its answer; None if it drops the connection.
        at: when it answers or drops the connection: after the `recipient`, or after the `data`.
        takes: whether it accepts the message, even if the answer is lost.
    """

    outcome: Outcome | None
    at: Literal["recipient", "data"] = "data"
    takes: bool = False


ACCEPT = Reply(Outcome(state="accepted", code=250, detail="2.0.0 queued"), takes=True)
"""The message is accepted."""
DEFER = Reply(Outcome(state="deferred", code=450, detail="4.2.0 greylisted, try later"), at="recipient")
"""The message is deferred."""
REFUSE = Reply(Outcome(state="failed", code=554, detail="5.7.1 not wanted here"))
"""The message is refused; the address exists."""
UNKNOWN = Reply(Outcome(state="failed", code=550, detail="5.1.1 no such user", suppress=True), at="recipient")
"""The address does not exist."""
DROP_BEFORE_COMMIT = Reply(None, at="recipient")
"""The connection is lost before the delivery would be in doubt."""
DROP_AFTER_COMMIT = Reply(None)
"""The connection is lost when the delivery is in doubt, and the server does not have the message."""
LOSE_REPLY = Reply(None, takes=True)
"""The connection is lost when the delivery is in doubt, and the server has the message."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the fake server has accepted."""

    sender: str
    recipient: str
    message: bytes


@dataclass
class MemoryTransport:
    """A transport that stores what is sent in memory, and answers as its script says.

    Attributes:
        script: for a recipient, one reply for all attempts, or one per attempt and then `default`.
        default: the reply to all other recipients.
        connections: the number of sessions at the same time.
        error: raised when a session is opened, if set.
        sent: what the server has accepted, in order.
        asked: every recipient that the server was asked about, in order.
        opened: how many sessions were opened.
    """

    script: Mapping[str, Reply | Sequence[Reply]] = field(default_factory=dict)
    default: Reply = ACCEPT
    connections: int = 1
    error: TransportError | None = None
    sent: list[Sent] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    opened: int = 0

    def reply(self, recipient: str) -> Reply:
        """Return the reply to the next attempt at a recipient."""
        scripted = self.script.get(recipient, self.default)
        if isinstance(scripted, Reply):
            return scripted
        attempt = self.asked.count(recipient)
        return scripted[attempt] if attempt < len(scripted) else self.default

    @asynccontextmanager
    async def session(self) -> AsyncIterator[TransportSession]:
        """Open a session."""
        if self.error is not None:
            raise self.error
        self.opened += 1
        yield _MemorySession(self)

    async def check(self) -> None:
        """Open a session and close it."""
        async with self.session():
            pass


class _MemorySession:
    def __init__(self, transport: MemoryTransport) -> None:
        self._transport = transport
        self._is_dropped = False

    async def send(
        self, sender: str, recipient: str, message: bytes, before_commit: Callable[[], Awaitable[bool]]
    ) -> Outcome | None:
        if self._is_dropped:
            raise _dropped_error()
        transport = self._transport
        reply = transport.reply(recipient)
        transport.asked.append(recipient)
        if reply.at == "recipient":
            return self._answer(reply)
        if not await before_commit():
            return None
        if reply.takes:
            transport.sent.append(Sent(sender, recipient, message))
        return self._answer(reply)

    def _answer(self, reply: Reply) -> Outcome:
        if reply.outcome is None:
            self._is_dropped = True
            raise _dropped_error()
        return reply.outcome


def _dropped_error() -> ConnectionLostError:
    return ConnectionLostError("the connection was dropped", hint="the test's script says so")
