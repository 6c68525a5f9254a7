"""Fakes of the ports: no files, no sockets, no waiting."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from ..delivery.transport import Session
from ..errors import TransportError, WorldError
from ..model import Outcome, Problem
from ..sources.source import RawRecord
from .samples import NOW


class FixedClock:
    """A clock that stands still until it is set or moved.

    Args:
        now: the moment that it shows, with its zone.
    """

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now.astimezone(UTC)

    def now(self) -> datetime:
        """The moment, UTC."""
        return self._now

    def set(self, now: datetime) -> None:
        """Show another moment, earlier or later."""
        self._now = now.astimezone(UTC)

    def move(self, by: timedelta) -> datetime:
        """Go forward, or back if `by` is negative; give the moment then."""
        self._now += by
        return self._now


class ListSource:
    """A source that gives what it was given.

    Args:
        name: what reports and the store call it.
        records: raw records and problems, in order; the list may be changed between reads.
        complete: whether what is missing has been withdrawn.
        fails: raised in the middle of a read, after the records: the source went out of reach.
    """

    def __init__(
        self,
        name: str,
        records: Iterable[RawRecord | Problem] = (),
        *,
        complete: bool = True,
        fails: WorldError | None = None,
    ) -> None:
        self.name = name
        self.complete = complete
        self.records = list(records)
        self.fails = fails

    def read(self) -> Iterator[RawRecord | Problem]:
        """Give every record in turn."""
        yield from self.records
        if self.fails is not None:
            raise self.fails


@dataclass(frozen=True, slots=True)
class Reply:
    """What the pretended server does with one message.

    Attributes:
        outcome: what it says in the end; none if the connection is gone before it can.
        at: when it says so, or drops the connection: on hearing the `recipient`, or after all the `data`.
        takes: whether it keeps the message, told or not.
    """

    outcome: Outcome | None
    at: Literal["recipient", "data"] = "data"
    takes: bool = False


ACCEPT = Reply(Outcome(state="accepted", code=250, detail="2.0.0 queued"), takes=True)
"""The message is taken."""
DEFER = Reply(Outcome(state="deferred", code=450, detail="4.2.0 greylisted, try later"), at="recipient")
"""Later, perhaps."""
REFUSE = Reply(Outcome(state="failed", code=554, detail="5.7.1 not wanted here"))
"""This message never; the address is good."""
UNKNOWN = Reply(Outcome(state="failed", code=550, detail="5.1.1 no such user", suppress=True), at="recipient")
"""There is no such address."""
DROP_BEFORE_COMMIT = Reply(None, at="recipient")
"""The connection is gone before the point from which the mail would be in doubt."""
DROP_AFTER_COMMIT = Reply(None)
"""The connection is gone after it, and the server has nothing."""
LOSE_REPLY = Reply(None, takes=True)
"""The connection is gone after it, and the server has the message: only its last word was lost."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the pretended server has taken."""

    sender: str
    recipient: str
    message: bytes


@dataclass
class MemoryTransport:
    """A transport that keeps what is sent, and answers as its script says.

    Attributes:
        script: for a recipient, one reply for ever, or several, one an attempt; then comes `default`.
        default: for everybody else.
        connections: how many sessions it likes to have at once.
        closed: raised when a session is opened, as long as it is set.
        sent: what the server has taken, in order.
        asked: every recipient that the server was asked about, in order.
        opened: how many sessions were opened.
    """

    script: Mapping[str, Reply | Sequence[Reply]] = field(default_factory=dict)
    default: Reply = ACCEPT
    connections: int = 1
    closed: TransportError | None = None
    sent: list[Sent] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    opened: int = 0

    def reply(self, recipient: str) -> Reply:
        """What the next attempt at a recipient will be answered."""
        scripted = self.script.get(recipient, self.default)
        if isinstance(scripted, Reply):
            return scripted
        attempt = self.asked.count(recipient)
        return scripted[attempt] if attempt < len(scripted) else self.default

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """Open a session."""
        if self.closed is not None:
            raise self.closed
        self.opened += 1
        yield _MemorySession(self)

    async def check(self) -> None:
        """Open a session and leave it."""
        async with self.session():
            pass


class _MemorySession:
    def __init__(self, transport: MemoryTransport) -> None:
        self._transport = transport
        self._gone = False

    async def send(
        self, sender: str, recipient: str, message: bytes, before_commit: Callable[[], Awaitable[bool]]
    ) -> Outcome | None:
        if self._gone:
            raise _dropped()
        transport = self._transport
        reply = transport.reply(recipient)
        transport.asked.append(recipient)
        if reply.at == "recipient":
            return self._said(reply)
        if not await before_commit():
            return None
        if reply.takes:
            transport.sent.append(Sent(sender, recipient, message))
        return self._said(reply)

    def _said(self, reply: Reply) -> Outcome:
        if reply.outcome is None:
            self._gone = True
            raise _dropped()
        return reply.outcome


def _dropped() -> TransportError:
    return TransportError("the connection was dropped", hint="the test's script says so")
