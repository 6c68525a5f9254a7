"""What the dispatcher needs of a transport."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from ..model import Outcome


class Session(Protocol):
    """An open connection that takes one message at a time."""

    async def send(
        self, sender: str, recipient: str, message: bytes, before_commit: Callable[[], Awaitable[bool]]
    ) -> Outcome | None:
        """Hand one message over.

        Awaits `before_commit` after the recipient has been accepted, and before the point from which a lost
        reply would leave the mail in doubt. If it returns False, nothing is sent and None is returned.

        Raises:
            TransportError: the connection is lost. If `before_commit` was awaited, the mail is in doubt.
        """
        ...


class Transport(Protocol):
    """Takes messages: a mail server, a provider's HTTP API, a folder."""

    @property
    def connections(self) -> int:
        """How many sessions to open at once."""
        ...

    def session(self) -> AbstractAsyncContextManager[Session]:
        """Open a session.

        Raises:
            TransportError: it cannot be opened; no recipient was tried.
        """
        ...

    async def check(self) -> None:
        """Try whether a session can be opened, without leaving anything behind.

        Raises:
            TransportError: it cannot be opened.
        """
        ...
