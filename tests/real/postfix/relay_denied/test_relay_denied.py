"""Postfix does not relay for this client: 454 or 554 5.7.1 for every recipient."""

from __future__ import annotations

from pathlib import Path

from helpers_mailing import mailing
from helpers_postfix import StartRelay

READERS = [f"reader{number}@reader.example" for number in range(40)]


def test_nobody_fails_and_everybody_gets_it_later(tmp_path: Path, start_relay: StartRelay) -> None:
    relay = start_relay()
    site = mailing(tmp_path, relay.port, READERS)
    report = site.send()
    assert report.external_failure
    assert "Relay access denied" in str(report.problems)
    assert (site.states(), site.suppressed()) == ({"pending": 40}, [])
    assert relay.log().count("NOQUEUE: reject") <= 20

    relay.reconfigure(virtual_mailbox_domains="static:all")
    report = site.send()
    assert (report.ok, report.accepted) == (True, 40)
    assert sorted(mail.recipient for mail in relay.wait_for(40)) == sorted(READERS)
