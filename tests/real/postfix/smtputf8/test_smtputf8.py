"""Addresses outside ASCII: a relay with SMTPUTF8 delivers to them, one without costs them alone."""

from __future__ import annotations

from pathlib import Path

from helpers_mailing import mailing
from helpers_postfix import StartRelay

READERS = ["ann@reader.example", "jürgen@reader.example", "用户@例え.example", "bob@bücher.example"]
ON_THE_WIRE = [
    *("ann@reader.example", "bob@xn--bcher-kva.example"),
    *("jürgen@reader.example", "用户@xn--r8jz45g.example"),
]
IN_ASCII = ["ann@reader.example", "bob@bücher.example"]


def test_everybody_gets_it_with_smtputf8(tmp_path: Path, start_relay: StartRelay) -> None:
    relay = start_relay()
    report = mailing(tmp_path, relay.port, READERS).send()
    assert (report.ok, report.accepted) == (True, 4)
    arrived = {mail.recipient: mail for mail in relay.wait_for(4)}
    assert sorted(arrived) == ON_THE_WIRE
    assert "\nTo: Reader 1 <jürgen@reader.example>\n".encode() in arrived["jürgen@reader.example"].content


def test_other_recipients_get_it_without_smtputf8(tmp_path: Path, start_relay: StartRelay) -> None:
    relay = start_relay(smtputf8_enable="no")
    site = mailing(tmp_path, relay.port, READERS)
    report = site.send()
    assert (report.accepted, report.failed, report.external_failure) == (2, 2, False)
    rows = site.by_address()
    assert {address for address in READERS if rows[address].state == "accepted"} == set(IN_ASCII)
    assert "SMTPUTF8" in rows["jürgen@reader.example"].detail
    assert len(relay.wait_for(2)) == 2
    assert site.suppressed() == []
