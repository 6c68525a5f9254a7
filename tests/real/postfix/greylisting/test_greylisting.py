"""A policy server that greylists: the first attempt of each recipient gets 450 4.2.0."""

from __future__ import annotations

import socketserver
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from helpers_mailing import mailing
from helpers_postfix import StartRelay

from helpers_net import free_port

READERS = [f"reader{number}@reader.example" for number in range(20)]


class Greylist(socketserver.StreamRequestHandler):
    """Answers requests of Postfix's policy delegation protocol."""

    seen: set[str]

    def handle(self) -> None:
        """Answer until the connection is closed."""
        request: dict[str, str] = {}
        for line in self.rfile:
            name, _, value = line.decode().strip().partition("=")
            if name:
                request[name] = value
                continue
            key = f"{request['sender']} {request['recipient']}"
            action = "DUNNO" if key in self.seen else "DEFER_IF_PERMIT 4.2.0 Greylisted, come back later"
            self.seen.add(key)
            self.wfile.write(f"action={action}\n\n".encode())


@pytest.fixture
def policy_port() -> Iterator[int]:
    handler = type("Handler", (Greylist,), {"seen": set()})
    port = free_port()
    with socketserver.ThreadingTCPServer(("127.0.0.1", port), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield port
        server.shutdown()
        thread.join()


def test_everybody_gets_it_at_the_second_attempt(
    tmp_path: Path, start_relay: StartRelay, policy_port: int
) -> None:
    policy = f"check_policy_service inet:127.0.0.1:{policy_port}"
    relay = start_relay(smtpd_recipient_restrictions=f"{policy}, permit")
    site = mailing(tmp_path, relay.port, READERS)
    report = site.send()
    assert (report.accepted, report.deferred, report.failed) == (0, 20, 0)
    for row in site.rows():
        assert (row.code, row.attempts) == (450, 1)
        assert "4.2.0" in row.detail
        assert row.due_at - row.finished_at >= timedelta(minutes=5)
    assert site.send().deferred == 20
    site.end_leases()
    report = site.send()
    assert (report.ok, report.accepted) == (True, 20)
    assert Counter(mail.recipient for mail in relay.wait_for(20)) == Counter(READERS)
