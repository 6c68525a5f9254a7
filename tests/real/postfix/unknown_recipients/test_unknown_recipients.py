"""Postfix refuses recipients that it does not know with 550 5.1.1."""

from __future__ import annotations

from pathlib import Path

from helpers_mailing import mailing
from helpers_postfix import StartRelay

KNOWN = [f"reader{number}@reader.example" for number in range(40)]
UNKNOWN = [f"unknown{number}@reader.example" for number in range(3)]


def test_unknown_recipients_fail_and_are_suppressed(tmp_path: Path, start_relay: StartRelay) -> None:
    relay = start_relay()
    site = mailing(tmp_path, relay.port, [*KNOWN[:20], *UNKNOWN, *KNOWN[20:]])
    report = site.send()
    assert (report.accepted, report.failed, report.external_failure) == (40, 3, False)
    assert sorted(mail.recipient for mail in relay.wait_for(40)) == sorted(KNOWN)
    rows = site.by_address()
    for address in UNKNOWN:
        assert (rows[address].state, rows[address].code) == ("failed", 550)
        assert "5.1.1" in rows[address].detail
        assert "User unknown in virtual mailbox table" in rows[address].detail
    assert site.suppressed() == UNKNOWN


def test_a_relay_that_knows_nobody_suppresses_nobody(tmp_path: Path, start_relay: StartRelay) -> None:
    relay = start_relay(virtual_mailbox_maps="inline:{ nobody@reader.example=all/ }")
    site = mailing(tmp_path, relay.port, KNOWN)
    report = site.send()
    assert report.external_failure
    assert "User unknown in virtual mailbox table" in str(report.problems)
    assert (site.states(), site.suppressed()) == ({"pending": 40}, [])
    assert relay.log().count("NOQUEUE: reject") <= 20

    relay.reconfigure(virtual_mailbox_maps="static:all/")
    report = site.send()
    assert (report.ok, report.accepted) == (True, 40)
    assert sorted(mail.recipient for mail in relay.wait_for(40)) == sorted(KNOWN)
