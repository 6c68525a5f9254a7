"""`syndicate send` is killed at any step of SMTP, on both databases: nobody is lost, and repeats are bounded.

`make kill` kills more often and prints what happened.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from helpers_kill import Figures, KillSeries, MailServer, total
from helpers_mailing import mailing
from helpers_postfix import Relay, StartRelay

from helpers_net import free_port

KILLS = int(os.environ.get("KILLS", "5"))
"""How often the processes of one mailing are killed."""

SEEDS = range(1, 1 + int(os.environ.get("SEEDS", "1")))
CONNECTIONS = 3
SERIES = [
    ("sqlite_url", "postfix", "resend"),
    ("sqlite_url", "aiosmtpd", "hold"),
    ("postgres_url", "aiosmtpd", "resend"),
    ("postgres_url", "postfix", "hold"),
]


class Inbox:
    """A server without pipelining and chunking that keeps what is sent."""

    def __init__(self) -> None:
        self.port = free_port()
        self._mails: list[tuple[str, bytes]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self._mails += [(recipient, envelope.content) for recipient in envelope.rcpt_tos]
        return "250 2.0.0 ok"

    def mails(self) -> list[tuple[str, bytes]]:
        """See `MailServer`."""
        return list(self._mails)


class PostfixInbox:
    """Postfix, with pipelining and chunking, which queues and delivers what is sent."""

    def __init__(self, relay: Relay) -> None:
        self.port = relay.port
        self._relay = relay

    def mails(self) -> list[tuple[str, bytes]]:
        """See `MailServer`."""
        return [(mail.recipient, mail.body_of_sender) for mail in self._relay.wait_for(0)]


@pytest.fixture
def server(request: pytest.FixtureRequest, name: str) -> Iterator[MailServer]:
    if name == "postfix":
        start_relay: StartRelay = request.getfixturevalue("start_relay")
        yield PostfixInbox(start_relay())
        return
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=inbox.port)
    controller.start()
    yield inbox
    controller.stop()


@pytest.fixture(scope="module")
def all_figures() -> Iterator[list[Figures]]:
    """Collects the figures of all series, and prints their sum."""
    figures: list[Figures] = []
    yield figures
    print(f"\n{total(figures)}")  # noqa: T201


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("database", "name", "policy"), SERIES)
def test_kills_lose_nobody_and_repeat_only_what_was_in_doubt(
    tmp_path: Path,
    request: pytest.FixtureRequest,
    database: str,
    policy: str,
    server: MailServer,
    seed: int,
    all_figures: list[Figures],
) -> None:
    url = request.getfixturevalue(database)
    port = free_port()
    site = mailing(
        tmp_path,
        port,
        [],
        options=f"connections={CONNECTIONS}",
        delivery_keys=f'in_doubt = "{policy}"',
        store=url if database == "postgres_url" else "",
    )
    series = KillSeries(
        site, server, port, connections=CONNECTIONS, policy=policy, seed=f"{database} {policy} {seed}"
    )
    series.run(KILLS)
    all_figures.append(series.figures)
