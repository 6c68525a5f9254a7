"""The disk of Postfix's queue is full: 452 4.3.1 to every MAIL."""

from __future__ import annotations

from pathlib import Path

from helpers_mailing import mailing
from helpers_postfix import StartRelay

READERS = [f"reader{number}@reader.example" for number in range(20)]


def test_mails_wait_until_there_is_space(tmp_path: Path, start_relay: StartRelay) -> None:
    relay = start_relay()
    site = mailing(tmp_path, relay.port, READERS)
    report = site.send()
    assert (report.accepted, report.failed) == (0, 0)
    assert "Insufficient system storage" in relay.log()
    assert not site.suppressed()

    relay.reconfigure(queue_minfree="0")
    site.end_leases()
    report = site.send()
    assert (report.ok, report.accepted) == (True, 20)
    assert sorted(mail.recipient for mail in relay.wait_for(20)) == sorted(READERS)
