"""Postfix accepts every mail, queues it and delivers it once, to subscribers in several languages."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from helpers_mailing import mailing
from helpers_postfix import StartRelay

LANGUAGES = (None, "de", "fr", "ja", "ar")


def test_every_subscriber_gets_one_mail(tmp_path: Path, start_relay: StartRelay) -> None:
    relay = start_relay()
    addresses = [f"reader{number}@reader.example" for number in range(200)]
    site = mailing(tmp_path, relay.port, addresses, languages=LANGUAGES)
    report = site.send()
    assert (report.ok, report.accepted) == (True, 200), report
    arrived = relay.wait_for(200)
    assert Counter(mail.recipient for mail in arrived) == Counter(site.addresses)
    assert len({mail.message["Message-ID"] for mail in arrived}) == 200
    languages: Counter[str] = Counter()
    for mail in arrived:
        assert mail.message["To"].addresses[0].addr_spec == mail.recipient
        html = mail.message.get_body(("html",)).get_content()
        languages[re.search(r'<html lang="([^"]+)"', html)[1]] += 1
        text = mail.message.get_body(("plain",)).get_content()
        assert ".A line that begins with a dot." in text
    assert languages == dict.fromkeys([language or "en" for language in LANGUAGES], 40)
    assert site.send().sent_now == 0
    assert len(relay.wait_for(200)) == 200
