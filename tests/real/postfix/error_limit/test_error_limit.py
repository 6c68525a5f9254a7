"""After four errors Postfix ends a connection with 421 4.7.0; the other mails go over new ones."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from helpers_mailing import mailing
from helpers_postfix import StartRelay

# Postfix forgets errors when a mail is accepted, so the unknown recipients are next to each other.
KNOWN = [f"reader{number}@reader.example" for number in range(60)]
UNKNOWN = [f"unknown{number}@reader.example" for number in range(8)]
READERS = [*KNOWN[:30], *UNKNOWN, *KNOWN[30:]]


def test_everybody_else_gets_it(tmp_path: Path, start_relay: StartRelay) -> None:
    relay = start_relay()
    site = mailing(tmp_path, relay.port, READERS, options="connections=1")
    for _ in range(4):
        site.send()
        site.end_leases()
    assert "too many errors" in relay.log()
    # So many equal answers in a row may be about the server: nobody fails or is suppressed because of them.
    assert site.states() == {"accepted": 60, "deferred": 8}
    assert Counter(mail.recipient for mail in relay.wait_for(60)) == Counter(KNOWN)
    assert site.suppressed() == []
