"""postscreen greets slowly, in two parts, refuses clients that do not wait, and lets new ones come back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from helpers_mailing import mailing
from helpers_postfix import StartRelay

READERS = [f"reader{number}@reader.example" for number in range(20)]


def test_the_client_passes_every_test(tmp_path: Path, start_relay: StartRelay) -> None:
    relay = start_relay()
    site = mailing(tmp_path, relay.second_port, READERS, options="connections=2")
    first = site.send()
    # A new client is tested up to RCPT, which gets 450 4.3.2.
    assert first.failed == 0
    assert first.deferred > 0
    assert "PASS NEW" in relay.log()
    for test in ("PREGREET", "COMMAND PIPELINING", "BARE NEWLINE", "NON-SMTP COMMAND", "HANGUP"):
        assert test not in relay.log()
    for _ in range(2):
        site.end_leases()
        site.send()
    assert site.states() == {"accepted": 20}
    assert "PASS OLD" in relay.log()
    assert Counter(mail.recipient for mail in relay.wait_for(20)) == Counter(READERS)
