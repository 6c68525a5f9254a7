"""The protocol of a transport: what the dispatcher hands messages to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, runtime_checkable

from ..errors import TransportError, Where
from ..model import Outcome
from .transports.smtp_replies import single_line


class SessionEnded(Exception):  # noqa: N818 - not an error: the next message needs another session
    """The session takes no more messages. The server was not asked about this recipient."""


class ConnectionLostError(TransportError):
    """The connection was lost while the server was asked about a recipient.

    It counts as an attempt: it can be this recipient or this message that ends the connection each time.

    Attributes:
        is_unsent: the server cannot have the message, even if `before_commit` was awaited.
    """

    def __init__(
        self,
        message: str,
        *,
        where: Where | None = None,
        hint: str | None = None,
        is_unsent: bool = False,
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.is_unsent = is_unsent


def to_transport_error(error: Exception) -> TransportError:
    """Return an error as it is if the protocol of a transport allows it, another one as a lost connection.

    Nobody knows what a transport of another package has done when it raises anything else.
    """
    if isinstance(error, TransportError):
        return error
    return ConnectionLostError(
        f"the transport failed: {single_line(f'{type(error).__name__}: {error}')}",
        hint="this is a mistake of the transport: report it to its authors",
    )


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
            TransportError: the transport cannot be used. The delivery is in doubt if `before_commit` returned
                True.
            ConnectionLostError: the connection was lost after the server was asked about this recipient.
            SessionEnded: the message needs another session.

        Any other exception or outcome, also none within the sum of all timeouts, counts as a lost connection.
        The outcome `in_doubt` means that the transport cannot say whether the server has the message.
        """
        ...


@runtime_checkable
class PipelinedSession(TransportSession, Protocol):
    """A session that can begin the transaction of the next message together with the end of this one."""

    @property
    def is_pipelined(self) -> bool:
        """Whether the server offers that."""
        ...

    def announce(self, sender: str, recipient: str, size: int) -> None:
        """Say, before `send`, which message the `send` after it will hand over.

        `before_commit` of that message is not awaited before this `send` has returned.

        Args:
            sender, recipient: the envelope addresses.
            size: the length of the message in bytes.
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
