"""The way out, and the time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime
from typing import Protocol

from ..model import Outcome


class Session(Protocol):
    """An open way out for mail: one connection, one message at a time."""

    async def send(
        self, sender: str, recipient: str, message: bytes, before_commit: Callable[[], Awaitable[bool]]
    ) -> Outcome | None:
        """Hand one message on.

        Awaits `before_commit` after the recipient has been accepted and before the point from which a lost
        reply would leave the mail in doubt; if that says false, nothing is sent and None comes back.

        Raises:
            TransportError: the connection is gone. If `before_commit` had been awaited, the mail is in doubt.
        """
        ...


class Transport(Protocol):
    """What hands a message on."""

    @property
    def connections(self) -> int:
        """How many sessions it likes to have at once."""
        ...

    def session(self) -> AbstractAsyncContextManager[Session]:
        """Open a session.

        Raises:
            TransportError: it cannot be opened; no recipient was asked about.
        """
        ...

    async def check(self) -> None:
        """Find out whether a session can be opened, without leaving anything behind.

        Raises:
            TransportError: it cannot be opened.
        """
        ...


class Publisher(Protocol):
    """Where documents are put for the world to read."""

    def has(self, path: str) -> bool:
        """Whether there is a document."""
        ...

    def get(self, path: str) -> bytes | None:
        """A document, or nothing if there is none that can be read."""
        ...

    def writing(self) -> AbstractContextManager[Callable[[str, bytes], Future[bool]]]:
        """Put many documents, several at a time.

        What it gives is called with a path and a body and answers with the future of what `put` returns or
        raises. On leaving, everything is safe.
        """
        ...

    def put(self, path: str, body: bytes) -> bool:
        """Put a document whole, or leave the old one whole. False, and untouched, if the same is there.

        Raises:
            PublishError: it could not be written.
        """
        ...


class Queue(Protocol):
    """Who does the work of a run."""

    def submit(self, job: Callable[[], None]) -> None:
        """Do this soon, once."""
        ...

    def drain(self, timeout: float) -> bool:
        """Take nothing more and wait, up to `timeout` seconds, for what is in hand. False if some is left."""
        ...


class Clock(Protocol):
    """Time comes in here and nowhere else."""

    def now(self) -> datetime:
        """The moment, UTC."""
        ...
