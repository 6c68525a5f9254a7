"""The edition is larger than `message_size_limit`: Postfix refuses MAIL with 552 5.3.4 for everybody."""

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
    assert "552" in str(report.problems)
    assert (site.states(), site.suppressed()) == ({"pending": 40}, [])

    relay.reconfigure(message_size_limit="1000000")
    report = site.send()
    assert (report.ok, report.accepted) == (True, 40)
    assert sorted(mail.recipient for mail in relay.wait_for(40)) == sorted(READERS)
