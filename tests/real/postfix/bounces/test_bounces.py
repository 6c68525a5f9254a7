"""Postfix accepts mails that it cannot deliver, and its bounces come to the return path of each delivery."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from benchmarks.mail_servers import smtp_sink
from helpers_mailing import mailing
from helpers_postfix import StartRelay

from helpers_net import free_port
from syndicate import Newsroom
from syndicate.model import BouncesReport

READERS = [f"reader{number}@reader.example" for number in range(10)]
REPLIES = {
    "ann@unknown.example": ("-f", "RCPT", "-B", "550 5.1.1 no such user"),
    "bob@policy.example": ("-f", "RCPT", "-B", "554 5.7.1 your network is blocked"),
    "cay@full.example": ("-r", "RCPT", "-b", "452 4.2.2 the mailbox is full"),
}


def _process(folder: Path) -> BouncesReport:
    with Newsroom.open(folder / "syndicate.toml") as newsroom:
        return newsroom.process_bounces()


def test_bounces_suppress_whom_they_are_about(tmp_path: Path, start_relay: StartRelay) -> None:
    addresses = [*READERS, *REPLIES]
    with ExitStack() as stack:
        routes = []
        for address, options in REPLIES.items():
            port, _ = stack.enter_context(smtp_sink(*options, port=free_port()))
            routes.append(f"{{ {address.partition('@')[2]} = smtp:[127.0.0.1]:{port} }}")
        relay = start_relay(transport_maps=f"inline:{{ {', '.join(routes)} }}")
        bounces = f"""
[bounces]
address = "bounces@harbour.example"
mailbox = "maildir:{relay.folder}/mail/bounces"
"""
        site = mailing(tmp_path, relay.port, addresses, delivery_keys=bounces)
        assert site.send().accepted == len(addresses)
        arrived = relay.wait_for(len(READERS))
    assert Counter(mail.recipient for mail in arrived) == Counter(READERS)
    assert len({mail.sender for mail in arrived if mail.sender.startswith("bounces+")}) == len(READERS)
    assert len(list((relay.folder / "mail" / "bounces").glob("*/*"))) == len(REPLIES)

    report = _process(tmp_path)
    assert (report.read, report.hard, report.soft, report.refused, report.ignored) == (3, 1, 1, 1, 0)
    assert site.suppressed() == ["ann@unknown.example"]
    assert _process(tmp_path).read == 0
