"""The protocol of a transport: what the dispatcher hands messages to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from ..model import Outcome


class TransportSession(Protocol):
    """An open connection that takes one message at a time."""

    async def send(
        self, sender: str, recipient: str, message: bytes, before_commit: Callable[[], Awaitable[bool]]
    ) -> Outcome | None:
        """Hand over one message and return what the server answered.

        Await `before_commit` as late as possible: after the server has accepted the recipient, if the
        protocol has such a step, and before a lost reply could leave open whether the server has the message.
        If it returns False, send nothing and return None.

        Args:
            sender, recipient: the envelope addresses; the domains are in ASCII.
            message: RFC 5322, lines end with CRLF.

        Raises:
            TransportError: the connection is lost. The delivery is in doubt if `before_commit` was awaited.
        """
        ...


class Transport(Protocol):
    """Takes messages: an SMTP server, a provider's HTTP API, a Maildir."""

    @property
    def connections(self) -> int:
        """The number of sessions to open at the same time."""
        ...

    def session(self) -> AbstractAsyncContextManager[TransportSession]:
        """Open a session.

        Raises:
            TransportError: it cannot be opened; no recipient was tried.
        """
        ...

    async def check(self) -> None:
        """Try to open a session, without sending or writing anything.

        Raises:
            TransportError: it cannot be opened.
        """
        ...
