"""Sending by the `sendmail` command: Postfix's own, and small commands that end in every way."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from helpers_net import program
from helpers_site import MAIN, WEEKLY, configured, opened, source, write
from helpers_transports import MESSAGE, Sender
from syndicate.delivery import open_transport
from syndicate.delivery.transports.sendmail import EXIT_CODES, SendmailTransport
from syndicate.errors import ConfigError, TransportError
from syndicate.model import SmtpTimeouts


def command(folder: Path, script: str) -> Path:
    """A command of the shell that is run instead of sendmail."""
    path = folder / "sendmail"
    path.write_text(f"#!/bin/sh\ncd {folder}\n{script}\n")
    path.chmod(0o755)
    return path


def sender(folder: Path, script: str, **options: float) -> Sender:
    return Sender(SendmailTransport(command(folder, script), **options))  # type: ignore[arg-type]


def is_running(process: int) -> bool:
    status = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, timeout=60)
    # A process that has ended and that nobody has waited for is a zombie.
    return status.stdout.strip()[:1] not in (b"", b"Z")


def test_by_url(tmp_path: Path) -> None:
    assert open_transport("sendmail:", tmp_path) == SendmailTransport(Path("/usr/sbin/sendmail"))
    assert open_transport(
        "sendmail:bin/send%20mail?connections=2", tmp_path, timeouts=SmtpTimeouts(final=timedelta(seconds=7))
    ) == SendmailTransport(tmp_path / "bin" / "send mail", connections=2, timeout=7)
    with pytest.raises(ConfigError, match="unknown option 'tls'"):
        open_transport("sendmail:/usr/sbin/sendmail?tls=required", tmp_path)


def test_the_command_gets_addresses_and_message(tmp_path: Path) -> None:
    script = 'printf "%s\\n" "$@" > arguments; cat > message; env > environment; echo queued as 4711'
    os.environ["SYNDICATE_SMTP_PASSWORD"] = "secret"
    try:
        attempt = sender(tmp_path, script).send_one("-oQ/tmp@reader.example")
    finally:
        del os.environ["SYNDICATE_SMTP_PASSWORD"]
    assert attempt.outcome is not None
    assert (attempt.outcome.state, attempt.outcome.detail) == ("accepted", "queued as 4711")
    arguments = (tmp_path / "arguments").read_text().splitlines()
    assert arguments == ["-i", "-f", "bounces@harbour.example", "--", "-oQ/tmp@reader.example"]
    assert (tmp_path / "message").read_bytes() == MESSAGE.replace(b"\r\n", b"\n")
    assert "secret" not in (tmp_path / "environment").read_text()


@pytest.mark.parametrize("code", [*EXIT_CODES, 1, 127])
def test_exit_codes(code: int, tmp_path: Path) -> None:
    attempt = sender(tmp_path, f"cat > /dev/null; echo no such luck >&2; exit {code}").send_one()
    outcome = attempt.outcome
    assert outcome is not None
    assert (outcome.code, attempt.commits) == (code, 1)
    assert "no such luck" in outcome.detail
    expected = {
        64: ("failed", "server", False),
        65: ("failed", "recipient", False),
        67: ("failed", "recipient", True),
        68: ("failed", "recipient", False),
        77: ("failed", "sender", False),
        78: ("failed", "server", False),
    }.get(code, ("deferred", "server", False))
    assert (outcome.state, outcome.about, outcome.suppress) == expected
    assert outcome.status is not None
    assert outcome.status[0] == ("5" if outcome.state == "failed" else "4")


def test_a_command_that_refuses_before_it_reads(tmp_path: Path) -> None:
    long = MESSAGE + b"x" * 1_000_000
    attempt = sender(tmp_path, "exec <&-; echo unknown user; exit 67").send_one(message=long)
    assert attempt.outcome is not None
    assert (attempt.outcome.state, attempt.commits) == ("failed", 0)
    attempt = sender(tmp_path, "exec <&-; exit 0").send_one(message=long)
    assert attempt.outcome is not None
    assert (attempt.outcome.state, attempt.commits) == ("accepted", 1)
    refused = Sender(SendmailTransport(command(tmp_path, "exec <&-; exit 0")), may_send=lambda: False)
    assert refused.send_one(message=long).outcome is None


def test_nothing_is_queued_when_another_process_owns_the_delivery(tmp_path: Path) -> None:
    other = Sender(SendmailTransport(command(tmp_path, "cat > message && touch queued")), lambda: False)
    assert other.send_one().outcome is None
    assert not (tmp_path / "queued").exists()


def test_a_command_that_hangs_or_dies(tmp_path: Path) -> None:
    # It does not read: nobody has the message. It does not end: nobody knows.
    attempt = sender(tmp_path, "exec sleep 600", timeout=0.3).send_one(message=MESSAGE + b"x" * 1_000_000)
    assert "did not read" in str(attempt.error)
    assert not attempt.is_in_doubt
    script = "cat > message; sleep 600 & echo $! > pid; wait"
    attempt = sender(tmp_path, script, timeout=0.3).send_one()
    assert "did not end" in str(attempt.error)
    assert attempt.is_in_doubt
    assert not is_running(int((tmp_path / "pid").read_text()))
    attempt = sender(tmp_path, "cat > message; kill -9 $$").send_one()
    assert "was ended by SIGKILL" in str(attempt.error)
    assert attempt.is_in_doubt
    attempt = sender(tmp_path, "cat > message; kill -36 $$").send_one()
    assert "was ended by signal 36" in str(attempt.error)
    assert attempt.is_in_doubt


def test_a_program_in_the_background_keeps_nobody_waiting(tmp_path: Path) -> None:
    script = "cat > message; sleep 600 & echo $! > background; echo queued"
    try:
        attempt = sender(tmp_path, script, timeout=30).send_one()
        assert attempt.outcome is not None
        assert attempt.outcome.detail == "queued"
    finally:
        os.kill(int((tmp_path / "background").read_text()), 9)


def test_a_cancelled_send_ends_the_command(tmp_path: Path) -> None:
    # A message that does not fit into the pipe: the command has begun to read it.
    script = "echo $$ > pid; head -c 900000 > /dev/null; exec sleep 600"
    transport = SendmailTransport(command(tmp_path, script), timeout=60)

    async def run() -> None:
        async with transport.session() as session:
            started = asyncio.Event()

            async def before_commit() -> bool:
                started.set()
                await asyncio.sleep(600)
                return True

            long = MESSAGE + b"x" * 900_000
            task = asyncio.create_task(session.send("a@b.example", "c@d.example", long, before_commit))
            await started.wait()
            task.cancel()
            await asyncio.wait([task])

    asyncio.run(run())
    assert not is_running(int((tmp_path / "pid").read_text()))


def test_a_missing_command_is_reported(tmp_path: Path) -> None:
    transport = SendmailTransport(tmp_path / "nothing")
    with pytest.raises(TransportError, match="is not there"):
        asyncio.run(transport.check())
    with pytest.raises(TransportError, match="is not there"):
        Sender(transport).send_one()
    not_a_program = tmp_path / "text"
    not_a_program.write_text("no program\n")
    not_a_program.chmod(0o755)
    attempt = Sender(SendmailTransport(not_a_program)).send_one()
    assert "cannot be started" in str(attempt.error)
    assert not attempt.is_in_doubt
    asyncio.run(SendmailTransport(command(tmp_path, "exit 75")).check())


def test_an_edition_over_several_processes(tmp_path: Path) -> None:
    """A command whose config is wrong fails nobody; after it is corrected, everybody gets one mail."""
    path = command(tmp_path, "cat > /dev/null; exit 78")
    write(tmp_path, {"posts.jsonl": '{"title": "One", "link": "https://h.example/1"}\n'})
    delivery = f'\n[delivery]\ntransport = "sendmail:{path}?connections=3"\n'
    configured(tmp_path, source(), MAIN, WEEKLY, delivery)
    people = [f"{number}@reader.example" for number in range(30)]
    with opened(tmp_path) as newsroom:
        newsroom.ingest()
        newsroom.compose("weekly")
        for each in people:
            newsroom.add_subscriber(each)
        report = newsroom.send("weekly")
        assert (report.accepted, report.failed, report.pending) == (0, 0, 30), report
        assert "EX_CONFIG" in report.problems[0].message
        command(tmp_path, 'cat > "mail-$5"')
        report = newsroom.send("weekly")
        assert (report.accepted, report.failed) == (30, 0), report
    assert sorted(path.name for path in tmp_path.glob("mail-*")) == sorted(f"mail-{each}" for each in people)
    assert all(b"\r" not in path.read_bytes() for path in tmp_path.glob("mail-*"))


def test_postfix_queues_the_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Postfix's own `sendmail` and `postdrop`; nothing runs that would take the mail out of the queue."""
    sendmail, postdrop = program("sendmail", "postfix"), program("postdrop", "postfix")
    for name in ("config", "queue/maildrop", "queue/public", "queue/pid", "data", "bin"):
        (tmp_path / name).mkdir(parents=True)
    # A copy has no rights of a group, so that anybody can run this test.
    shutil.copyfile(postdrop, tmp_path / "bin" / "postdrop")
    (tmp_path / "bin" / "postdrop").chmod(0o755)
    (tmp_path / "config" / "main.cf").write_text(
        "compatibility_level = 3.6\n"
        f"queue_directory = {tmp_path}/queue\n"
        f"data_directory = {tmp_path}/data\n"
        f"command_directory = {tmp_path}/bin\n"
        "myhostname = mail.harbour.example\n"
        "maillog_file =\n"
        "message_size_limit = 20000\n"
    )
    (tmp_path / "config" / "master.cf").touch()
    monkeypatch.setenv("MAIL_CONFIG", str(tmp_path / "config"))
    postfix = Sender(SendmailTransport(Path(sendmail)))
    attempt = postfix.send_one("-ann@reader.example")
    assert attempt.outcome is not None, attempt.error
    assert attempt.outcome.state == "accepted", attempt.outcome
    [queued] = (tmp_path / "queue" / "maildrop").iterdir()
    postcat = [program("postcat", "postfix"), "-c", str(tmp_path / "config"), str(queued)]
    text = subprocess.run(postcat, capture_output=True, text=True, check=True, timeout=60).stdout
    assert "sender: bounces@harbour.example\nrecipient: -ann@reader.example\n" in text
    assert MESSAGE.replace(b"\r\n", b"\n").decode() in text

    too_large = postfix.send_one(message=MESSAGE + b"x\r\n" * 20_000)
    assert too_large.outcome is not None
    # Postfix takes its own limit for a full disk.
    assert (too_large.outcome.state, too_large.outcome.code) == ("deferred", 75)
    assert "message file too big" in too_large.outcome.detail
    assert len(list((tmp_path / "queue" / "maildrop").iterdir())) == 1


def test_many_messages_over_one_session(tmp_path: Path) -> None:
    many = sender(tmp_path, "cat > /dev/null").send(*[f"{n}@reader.example" for n in range(50)])
    assert [each.outcome.state for each in many if each.outcome] == ["accepted"] * 50
