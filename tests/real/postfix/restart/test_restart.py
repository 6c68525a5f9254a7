"""`postfix stop` while an edition is sent, and a start later."""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path

from helpers_mailing import mailing
from helpers_postfix import Relay, StartRelay

READERS = [f"reader{number}@reader.example" for number in range(12)]


def _stop_after_first_mail(relay: Relay) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and "queue active" not in relay.log():
        time.sleep(0.02)
    relay.stop()


def test_nobody_is_lost(tmp_path: Path, start_relay: StartRelay) -> None:
    relay = start_relay()
    site = mailing(tmp_path, relay.port, READERS, options="connections=2")
    stopper = threading.Thread(target=_stop_after_first_mail, args=[relay])
    stopper.start()
    report = site.send()
    stopper.join()
    assert report.external_failure
    assert 0 < report.accepted < 12
    in_doubt = {row.email for row in site.rows() if row.state == "in_doubt"}
    assert len(in_doubt) <= 2
    assert site.send().external_failure

    relay.reconfigure(smtpd_recipient_restrictions="permit")
    relay.start()
    site.end_leases()
    report = site.send()
    assert (report.external_failure, report.accepted, report.failed) == (False, 12, 0)
    copies = Counter(mail.recipient for mail in relay.wait_for(12))
    assert set(copies) == set(READERS)
    assert {address for address, count in copies.items() if count > 1} <= in_doubt
