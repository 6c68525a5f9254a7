"""Dovecot takes mail by LMTP, for mailboxes that exist, do not exist, and are full."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from helpers_net import free_port, program
from helpers_site import MAIN, WEEKLY, configured, opened, source, write
from helpers_transports import MESSAGE, Sender
from syndicate.delivery import open_transport

SECONDS = 60
PEOPLE = ("ann", "bob", "cay")


@dataclass(frozen=True, slots=True)
class MailboxServer:
    """A running Dovecot; `full@reader.example` has a quota of 100 bytes."""

    folder: Path
    port: int

    @property
    def tcp(self) -> str:
        return f"lmtp://127.0.0.1:{self.port}"

    @property
    def socket(self) -> str:
        return f"lmtp+unix://{self.folder}/lmtp"

    def mails(self, name: str) -> dict[Path, bytes]:
        """Return the mails in a mailbox. The names of the files do not tell their order."""
        folder = self.folder / "home" / name / "mail" / "new"
        return {path: path.read_bytes() for path in folder.glob("*")}

    def arrived(self, name: str, before: dict[Path, bytes]) -> list[bytes]:
        """Return the mails that are in a mailbox and were not there before."""
        return [mail for path, mail in self.mails(name).items() if path not in before]


@pytest.fixture(scope="module")
def server() -> Iterator[MailboxServer]:
    path = program("dovecot", "dovecot-lmtpd")
    # The path of a socket must be short.
    folder = Path(tempfile.mkdtemp(prefix="lmtp"))
    folder.chmod(0o755)
    # Root's own processes must not read mail, so another user does.
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    for name in ("run", "state", "home", *(f"home/{each}" for each in (*PEOPLE, "full"))):
        (folder / name).mkdir()
        if os.geteuid() == 0 and name.startswith("home"):
            os.chown(folder / name, user.pw_uid, user.pw_gid)
    running = MailboxServer(folder, free_port())
    group = grp.getgrgid(user.pw_gid).gr_name
    template = (Path(__file__).parent / "dovecot.conf").read_text(encoding="utf-8")
    config = template.format(folder=folder, port=running.port, user=user.pw_name, group=group)
    (folder / "dovecot.conf").write_text(config)
    lines = [f"{each}@reader.example::{user.pw_uid}:{user.pw_gid}::{folder}/home/{each}::" for each in PEOPLE]
    full = f"full@reader.example::{user.pw_uid}:{user.pw_gid}::{folder}/home/full::"
    (folder / "users").write_text("\n".join([*lines, f"{full}userdb_quota_rule=*:bytes=100", ""]))
    process = subprocess.Popen([path, "-F", "-c", str(folder / "dovecot.conf")])
    try:
        _wait_for(running, process)
        yield running
    finally:
        process.terminate()
        process.wait(SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(server: MailboxServer, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", server.port)) == 0:
                return
        time.sleep(0.05)
    log = server.folder / "log"
    pytest.fail(f"Dovecot does not start: {log.read_text() if log.exists() else ''}")


@pytest.mark.parametrize("kind", ["tcp", "socket"])
def test_each_mailbox_answers_for_itself(kind: str, server: MailboxServer, tmp_path: Path) -> None:
    transport = open_transport(getattr(server, kind), tmp_path)
    before = server.mails("ann")
    names = ("ann", "nobody", "full", "ann")
    done = Sender(transport).send(*[f"{name}@reader.example" for name in names])
    outcomes = [each.outcome for each in done]
    assert [each.state for each in outcomes if each] == ["accepted", "failed", "failed", "accepted"], outcomes
    [accepted, unknown, full, _] = outcomes
    assert accepted is not None and unknown is not None and full is not None
    assert (unknown.code, unknown.status, unknown.suppress, unknown.about) == (
        550,
        "5.1.1",
        True,
        "recipient",
    )
    assert (full.code, full.status, full.suppress, full.about) == (552, "5.2.2", False, "recipient")
    # A mailbox that does not exist was never in doubt.
    assert [each.commits for each in done] == [1, 0, 1, 1]
    arrived = server.arrived("ann", before)
    assert len(arrived) == 2
    assert all(mail.endswith(MESSAGE.partition(b"\r\n\r\n")[2].replace(b"\r\n", b"\n")) for mail in arrived)
    assert all(b"Return-Path: <bounces@harbour.example>" in mail for mail in arrived)


def test_an_edition_arrives_in_each_mailbox(server: MailboxServer, tmp_path: Path) -> None:
    before = {name: server.mails(name) for name in PEOPLE}
    write(tmp_path, {"posts.jsonl": '{"title": "One", "link": "https://h.example/1"}\n'})
    configured(tmp_path, source(), MAIN, WEEKLY, f'\n[delivery]\ntransport = "{server.socket}"\n')
    with opened(tmp_path) as newsroom:
        assert not [each for each in newsroom.check().problems if each.severity == "error"]
        newsroom.ingest()
        newsroom.compose("weekly")
        for name in (*PEOPLE, "gone"):
            newsroom.add_subscriber(f"{name}@reader.example")
        report = newsroom.send("weekly")
        assert (report.accepted, report.failed + report.deferred) == (3, 1)
    for name in PEOPLE:
        [mail] = server.arrived(name, before[name])
        message = message_from_bytes(mail, policy=policy.default)
        assert message["To"] == f"{name}@reader.example"
