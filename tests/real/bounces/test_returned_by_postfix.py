"""A real Postfix accepts mail and returns some of it: to a Maildir, and to the daemon by LMTP."""

from __future__ import annotations

import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from helpers_mailing import Mailing, mailing
from helpers_postfix import Relay, StartRelay

from helpers_net import free_port
from helpers_site import environment
from syndicate import BouncesReport, Newsroom

SECONDS = 60
TABLE = """
[bounces]
address = "bounces@news.example"
mailbox = "{mailbox}"
every = "1 second"
soft = 1
"""
REFUSALS = {
    "unknown.example": "550 5.1.1 no such user here",
    "full.example": "552 5.2.2 mailbox is full",
    "spam.example": "550 5.7.1 message looks like spam",
}
READERS = [f"reader{number}@reader.example" for number in range(10)]
REFUSED = ["ada@unknown.example", "ben@full.example", "cay@spam.example"]


class OtherServer:
    """The mail server of the domains that refuse."""

    async def handle_RCPT(  # noqa: N802 - the name of the hook
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        return REFUSALS[address.rpartition("@")[2]]


@pytest.fixture
def routes() -> Iterator[str]:
    """The entries of `transport_maps` that lead to the other server."""
    port = free_port()
    controller = Controller(OtherServer(), hostname="127.0.0.1", port=port)
    controller.start()
    yield ", ".join(f"{{ {domain} = smtp:[127.0.0.1]:{port} }}" for domain in REFUSALS)
    controller.stop()


def send(folder: Path, relay: Relay, mailbox: str, addresses: list[str]) -> Mailing:
    """Send an edition through the relay, which accepts all of it."""
    site = mailing(folder, relay.port, addresses, delivery_keys=TABLE.format(mailbox=mailbox))
    report = site.send()
    assert (report.ok, report.accepted) == (True, len(addresses)), report
    return site


def wait_until(what: Callable[[], bool], said: Callable[[], str]) -> None:
    end = time.monotonic() + SECONDS
    while not what():
        if time.monotonic() > end:
            pytest.fail(said())
        time.sleep(0.1)


def states(folder: Path) -> dict[str, str]:
    with Newsroom.open(folder / "syndicate.toml") as newsroom:
        return {each.email: each.state for each in newsroom.subscribers()}


def process(folder: Path) -> BouncesReport:
    with Newsroom.open(folder / "syndicate.toml") as newsroom:
        return newsroom.process_bounces()


def test_bounces_in_a_maildir(tmp_path: Path, start_relay: StartRelay, routes: str) -> None:
    relay = start_relay(transport_maps=f"inline:{{ {routes} }}")
    box = relay.folder / "mail" / "bounces"
    site = send(tmp_path, relay, f"maildir:{box}", READERS + REFUSED)
    wait_until(lambda: len(list(box.glob("new/*"))) == 3 and relay.is_idle(), relay.log)
    report = process(tmp_path)
    assert (report.read, report.hard, report.soft, report.refused, report.suppressed) == (3, 1, 1, 1, 2)
    suppressed = {email for email, state in states(tmp_path).items() if state == "suppressed"}
    assert suppressed == {"ada@unknown.example", "ben@full.example"}
    assert len(list(box.glob("cur/*:2,S"))) == 3
    with Newsroom.open(tmp_path / "syndicate.toml") as newsroom:
        record = newsroom.show_subscriber("ada@unknown.example")
    assert record is not None
    [evidence] = record.bounces
    assert (evidence.status, evidence.diagnostic) == ("5.1.1", "550 5.1.1 no such user here")
    assert "could not" in evidence.excerpt
    assert site.states() == {"accepted": 13}


def test_server_that_returns_everything_suppresses_nobody(
    tmp_path: Path, start_relay: StartRelay, routes: str
) -> None:
    relay = start_relay(transport_maps=f"inline:{{ {routes} }}")
    box = relay.folder / "mail" / "bounces"
    people = [f"reader{number}@unknown.example" for number in range(12)]
    send(tmp_path, relay, f"maildir:{box}", people)
    wait_until(lambda: len(list(box.glob("new/*"))) == 12, relay.log)
    [problem] = process(tmp_path).problems
    assert (
        "12 of 12 deliveries came back with the same refusal: 550 5.1.1 no such user here" in problem.message
    )
    assert set(states(tmp_path).values()) == {"confirmed"}
    with Newsroom.open(tmp_path / "syndicate.toml") as newsroom:
        assert problem in newsroom.status().problems


@contextmanager
def daemon(folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "syndicate", "run"],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=SECONDS)


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_bounces_to_the_daemon_by_lmtp(tmp_path: Path, start_relay: StartRelay, routes: str) -> None:
    port = free_port()
    relay = start_relay(
        transport_maps=f"inline:{{ {routes}, {{ news.example = lmtp:inet:127.0.0.1:{port} }} }}"
    )
    send(tmp_path, relay, f"lmtp://127.0.0.1:{port}", [*READERS, "ada@unknown.example"])
    with daemon(tmp_path) as process:
        wait_until(lambda: is_listening(port), relay.log)
        # What was returned before the daemon listened is queued.
        relay.run("postqueue", "-f")
        wait_until(lambda: states(tmp_path)["ada@unknown.example"] == "suppressed", relay.log)
        # An address that is no return path is refused at once, and comes back to its sender.
        refused = _send_to("bounces@news.example", relay)
        wait_until(lambda: "no such address here" in relay.log(), relay.log)
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
    assert refused == {}
    assert sorted(set(states(tmp_path).values())) == ["confirmed", "suppressed"]


def _send_to(recipient: str, relay: Relay) -> dict[str, Any]:
    with smtplib.SMTP("127.0.0.1", relay.port, timeout=SECONDS) as client:
        return client.sendmail("reader0@reader.example", [recipient], "Subject: x\r\n\r\nx")
