"""Postfix allows two connections of a client and answers 421 4.7.0 to the others."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from helpers_mailing import mailing
from helpers_postfix import StartRelay

READERS = [f"reader{number}@reader.example" for number in range(60)]


def test_two_connections_send_everything(tmp_path: Path, start_relay: StartRelay) -> None:
    relay = start_relay()
    site = mailing(tmp_path, relay.port, READERS, options="connections=6")
    report = site.send()
    assert "Connection concurrency limit exceeded" in relay.log()
    assert (report.accepted, report.failed, report.external_failure) == (60, 0, False)
    assert Counter(mail.recipient for mail in relay.wait_for(60)) == Counter(READERS)
