"""Sending one message by a transport, and noting when the delivery would have been in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from syndicate.delivery import Transport
from syndicate.errors import TransportError
from syndicate.model import Outcome

MESSAGE = b"From: news@harbour.example\r\nSubject: One\r\n\r\nHello\r\n.\r\n..two\r\nend\r\n"


@dataclass
class Attempt:
    """What became of one message.

    Attributes:
        commits: how often the transport asked before the point of no return.
        outcome: what the server answered; None if nothing was sent.
        error: why the connection is lost.
    """

    commits: int = 0
    outcome: Outcome | None = None
    error: TransportError | None = None

    @property
    def is_in_doubt(self) -> bool:
        return self.error is not None and self.commits > 0


@dataclass
class Sender:
    """Sends messages over one session of a transport after the other.

    Attributes:
        may_send: what `before_commit` answers; called at the point of no return.
    """

    transport: Transport
    may_send: Callable[[], bool] = lambda: True
    sender: str = "bounces@harbour.example"
    attempts: list[Attempt] = field(default_factory=list)

    def send(self, *recipients: str, message: bytes = MESSAGE) -> list[Attempt]:
        """Send a message to each recipient over one session, until the connection is lost."""
        done: list[Attempt] = []

        async def run() -> None:
            async with self.transport.session() as session:
                for recipient in recipients:
                    attempt = Attempt()
                    done.append(attempt)

                    async def before_commit(attempt: Attempt = attempt) -> bool:
                        attempt.commits += 1
                        return self.may_send()

                    try:
                        attempt.outcome = await session.send(self.sender, recipient, message, before_commit)
                    except TransportError as error:
                        attempt.error = error
                        return

        asyncio.run(run())
        return done

    def send_one(self, recipient: str = "ann@reader.example", message: bytes = MESSAGE) -> Attempt:
        """Send one message."""
        [attempt] = self.send(recipient, message=message)
        return attempt
