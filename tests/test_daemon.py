"""The real daemon as a process, a real SMTP server, a real HTTP client, and the signals that end it."""

from __future__ import annotations

import email
import email.policy
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import httpx2
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from helpers_net import free_port
from helpers_store import store_of
from syndicate.daemon import Daemon, Jobs, Lanes, MailQueue
from syndicate.delivery import DispatchReport
from syndicate.errors import ExternalError, TransportError
from syndicate.model import Run
from syndicate.newsroom import Newsroom
from syndicate.store import SqlStore

PEOPLE = 12
PATIENCE = 300.0

CONFIG = """
[site]
title = "The Harbour Post"
home = "https://harbour.example/"
base_url = "http://127.0.0.1:{web}/feeds/"
refresh = "every 1 second"

[[source]]
name = "posts"
kind = "markdown"
path = "posts/**/*.md"
link = "https://harbour.example/{{path}}/"

[[feed]]
name = "main"

[[newsletter]]
name = "letter"
title = "Harbour letter"
from = "Harbour Post <news@harbour.example>"
schedule = "every 2 seconds"

[delivery]
transport = "smtp://127.0.0.1:{smtp}?starttls=never&connections=2"
lease = "3 seconds"
timeouts = {{ block = "1 second", final = "2 seconds" }}

[web]
listen = "127.0.0.1:{web}"
base_url = "http://127.0.0.1:{web}/"
"""


class Inbox:
    """Keeps what it accepts, and can hold a mail back without an answer until it is let go."""

    def __init__(self) -> None:
        self.accepted: list[bytes] = []
        self.held = threading.Event()
        self.hold_after: int | None = None
        self.gone = threading.Event()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.hold_after is not None and len(self.accepted) >= self.hold_after:
            self.held.set()
            while not self.gone.is_set():
                await _pause()
            # Whoever sent it is dead: for that process the last word was never said.
            return "451 4.3.0 the connection was lost"
        assert isinstance(envelope.content, bytes)
        self.accepted.append(envelope.content)
        return "250 2.0.0 taken"

    def titles(self, word: str) -> Counter[str]:
        """How many mails about a thing each recipient has."""
        found: Counter[str] = Counter()
        for raw in list(self.accepted):
            message = email.message_from_bytes(raw, policy=email.policy.default)
            if word in str(message["Subject"]):
                found[str(message["To"])] += 1
        return found


async def _pause() -> None:
    import asyncio

    await asyncio.sleep(0.02)


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    handler, port = Inbox(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    handler.gone.set()
    controller.stop()


@pytest.fixture
def site(tmp_path: Path, inbox: tuple[Inbox, int]) -> tuple[Path, int]:
    web = free_port()
    (tmp_path / "posts").mkdir()
    (tmp_path / "syndicate.toml").write_text(CONFIG.format(web=web, smtp=inbox[1]))
    (tmp_path / "people.txt").write_text("".join(f"reader{n}@example.org\n" for n in range(PEOPLE)))
    with Newsroom.open(tmp_path / "syndicate.toml") as newsroom:
        assert newsroom.import_subscribers(tmp_path / "people.txt").added == PEOPLE
    return tmp_path, web


def post(folder: Path, name: str, title: str) -> None:
    """Drop a post into the folder as an editor does: under another name first."""
    draft = folder / "posts" / f".{name}.part"
    draft.write_text(f"---\ntitle: {title}\ndate: 2026-09-14\n---\n\nWords about {title}.\n")
    draft.rename(folder / "posts" / f"{name}.md")


class Process:
    """`syndicate run` in a folder, ended for certain when the test is over."""

    def __init__(self, folder: Path) -> None:
        self.log = (folder / "daemon.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "syndicate", "run"], cwd=folder, stdout=self.log, stderr=self.log
        )

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)
        self.log.close()


def until(condition: Callable[[], bool], what: str, folder: Path) -> None:
    """Wait for something to come true."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"{what} did not happen; the daemon said:\n{(folder / 'daemon.log').read_text()}")
        time.sleep(0.05)


def in_feed(web: int, title: str) -> bool:
    """Whether a title is in the feed that the daemon serves."""
    try:
        answer = httpx2.get(f"http://127.0.0.1:{web}/feeds/main.rss", timeout=5)
    except httpx2.TransportError:
        return False
    if answer.status_code != 200:
        return False
    assert answer.headers["content-type"].startswith("application/rss+xml")
    return any(entry.title == title for entry in feedparser.parse(answer.content).entries)


def recorded(folder: Path, edition: str) -> int:
    """Return how many mails of an edition the store records as accepted."""
    store = SqlStore.open_read_only(f"sqlite:///{folder / 'syndicate.db'}")
    try:
        return store.counts(edition).get("accepted", 0)
    finally:
        store.close()


def test_post_reaches_feed_and_mail_once_despite_a_kill(
    site: tuple[Path, int], inbox: tuple[Inbox, int]
) -> None:
    folder, web = site
    mail, _ = inbox
    post(folder, "first", "Night ferry")
    with Process(folder) as daemon:
        until(lambda: in_feed(web, "Night ferry"), "the first post in the feed", folder)
        until(lambda: sum(mail.titles("Night ferry").values()) == PEOPLE, "the first letter", folder)
        # From here on the server keeps a mail in hand, so that the kill falls into the middle of a send.
        mail.hold_after = PEOPLE + 4
        post(folder, "second", "Seed library")
        until(lambda: in_feed(web, "Seed library"), "the second post in the feed", folder)
        until(mail.held.is_set, "a mail in hand", folder)
        # A mail whose reply is not recorded yet may be sent again, so wait until all others are recorded.
        until(lambda: recorded(folder, "letter-2") == 4, "the ledger of the accepted mails", folder)
        assert daemon.end(signal.SIGKILL) == -signal.SIGKILL
    mail.hold_after = None
    mail.gone.set()
    with Process(folder) as daemon:
        until(lambda: sum(mail.titles("Seed library").values()) >= PEOPLE, "the second letter", folder)
        post(folder, "third", "Tide table")
        until(lambda: sum(mail.titles("Tide table").values()) >= PEOPLE, "the third letter", folder)
        assert daemon.end(signal.SIGTERM) == 0
    for title in ("Night ferry", "Seed library", "Tide table"):
        expected = {f"reader{n}@example.org": 1 for n in range(PEOPLE)}
        assert mail.titles(title) == expected, title
    ids = [email.message_from_bytes(raw)["Message-ID"] for raw in mail.accepted]
    assert len(ids) == len(set(ids)) == 3 * PEOPLE


def test_sigterm_finishes_the_current_mail(site: tuple[Path, int], inbox: tuple[Inbox, int]) -> None:
    folder, _ = site
    mail, _ = inbox
    mail.hold_after = 2
    post(folder, "first", "Night ferry")
    with Process(folder) as daemon:
        until(mail.held.is_set, "a mail in hand", folder)
        daemon.process.send_signal(signal.SIGTERM)
        mail.hold_after = None
        mail.gone.set()
        assert daemon.process.wait(PATIENCE) == 0
    with Newsroom.open(folder / "syndicate.toml") as newsroom:
        counts = store_of(newsroom).counts("letter-1")
        # Nothing in hand, nothing in doubt; what was begun has its outcome.
        assert set(counts) <= {"accepted", "deferred", "pending"}
        assert counts["accepted"] == len(mail.accepted)
        assert sum(counts.values()) == PEOPLE


def test_second_sigterm_exits_at_once_and_a_later_daemon_continues(
    site: tuple[Path, int], inbox: tuple[Inbox, int]
) -> None:
    folder, _ = site
    mail, _ = inbox
    mail.hold_after = 2
    post(folder, "first", "Night ferry")
    with Process(folder) as daemon:
        until(mail.held.is_set, "a mail in hand", folder)
        daemon.process.send_signal(signal.SIGTERM)
        until(lambda: "stopping" in (folder / "daemon.log").read_text(), "the drain", folder)
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.process.wait(PATIENCE) == 1
    mail.hold_after = None
    mail.gone.set()
    with Process(folder) as daemon:
        until(lambda: sum(mail.titles("Night ferry").values()) >= PEOPLE, "the letter", folder)
        assert daemon.end(signal.SIGTERM) == 0
    assert set(mail.titles("Night ferry").values()) == {1}


def test_two_daemons_send_each_mail_once(site: tuple[Path, int], inbox: tuple[Inbox, int]) -> None:
    folder, _ = site
    mail, _ = inbox
    # Only one of them can have the port.
    text = (folder / "syndicate.toml").read_text().partition("[web]")[0]
    (folder / "syndicate.toml").write_text(text)
    post(folder, "first", "Night ferry")
    with Process(folder) as one, Process(folder) as other:
        until(lambda: sum(mail.titles("Night ferry").values()) >= PEOPLE, "the first letter", folder)
        post(folder, "second", "Seed library")
        until(lambda: sum(mail.titles("Seed library").values()) >= PEOPLE, "the second letter", folder)
        assert one.end(signal.SIGTERM) == 0
        assert other.end(signal.SIGINT) == 0
    assert set(mail.titles("Night ferry").values()) == {1}
    assert set(mail.titles("Seed library").values()) == {1}


def test_once_does_what_is_due_and_exits(site: tuple[Path, int], inbox: tuple[Inbox, int]) -> None:
    folder, _ = site
    mail, _ = inbox
    post(folder, "first", "Night ferry")

    def once() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "syndicate", "run", "--once"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    first = once()
    assert first.returncode == 0, first.stderr
    assert "Night ferry" in (folder / "public" / "main.rss").read_text()
    # A new schedule starts now: the letter comes with its first slot, not with the first call.
    until(lambda: once().returncode == 0 and bool(mail.accepted), "the letter", folder)
    assert set(mail.titles("Night ferry").values()) == {1}


def test_mail_waits_for_a_server_that_is_down(site: tuple[Path, int]) -> None:
    folder, _ = site
    text = (folder / "syndicate.toml").read_text()
    closed = free_port()
    lines = [
        f'transport = "smtp://127.0.0.1:{closed}?starttls=never"' if line.startswith("transport") else line
        for line in text.splitlines()
    ]
    (folder / "syndicate.toml").write_text("\n".join(lines))
    post(folder, "first", "Night ferry")
    with Process(folder) as daemon:
        until(lambda: "cannot be used" in (folder / "daemon.log").read_text(), "the complaint", folder)
        assert daemon.end(signal.SIGTERM) == 0
    with Newsroom.open(folder / "syndicate.toml") as newsroom:
        assert store_of(newsroom).counts("letter-1") == {"pending": PEOPLE}
    (folder / "syndicate.toml").write_text(text)
    assert os.path.exists(folder / "syndicate.db")


def run_once(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "syndicate", "run", "--once"], cwd=folder, stderr=subprocess.PIPE, text=True
    )


def test_once_finishes_the_current_mail(site: tuple[Path, int], inbox: tuple[Inbox, int]) -> None:
    folder, _ = site
    mail, _ = inbox
    mail.hold_after = 2
    post(folder, "first", "Night ferry")
    with Newsroom.open(folder / "syndicate.toml") as newsroom:
        newsroom.ingest()
        report = newsroom.compose("letter")
        assert report.edition
        newsroom.enqueue("letter", report.edition)
    with run_once(folder) as process:
        until(mail.held.is_set, "a mail in hand", folder)
        process.send_signal(signal.SIGTERM)
        mail.hold_after = None
        mail.gone.set()
        process.communicate(timeout=PATIENCE)
    with Newsroom.open(folder / "syndicate.toml") as newsroom:
        counts = store_of(newsroom).counts("letter-1")
        assert set(counts) <= {"accepted", "deferred", "pending"}
        assert counts["accepted"] == len(mail.accepted)


def test_once_reports_an_unreachable_source_and_does_the_rest(
    site: tuple[Path, int], inbox: tuple[Inbox, int]
) -> None:
    folder, _ = site
    mail, _ = inbox
    post(folder, "first", "Night ferry")
    with Newsroom.open(folder / "syndicate.toml") as newsroom:
        newsroom.ingest()
        report = newsroom.compose("letter")
        assert report.edition
        newsroom.enqueue("letter", report.edition)
    (folder / "posts").rename(folder / "elsewhere")
    time.sleep(1.1)
    seen = []
    # The first call only meets the schedules; a later one has a refresh that is due.
    for _ in range(2):
        with run_once(folder) as process:
            seen.append(process.communicate(timeout=PATIENCE)[1])
        time.sleep(1.1)
    assert process.returncode == 3
    assert "no such folder" in seen[-1]
    assert set(mail.titles("Night ferry").values()) == {1}


def test_sigterm_during_the_first_refresh(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(
        "import pathlib, time\n"
        "def records():\n"
        "    pathlib.Path('begun').touch()\n"
        "    time.sleep(3)\n"
        "    return [{'title': 'late'}]\n"
    )
    (tmp_path / "syndicate.toml").write_text(
        '[site]\ntitle = "t"\nhome = "https://harbour.example/"\n'
        '[[source]]\nname = "slow"\nkind = "python"\nfunction = "slow:records"\n[[feed]]\nname = "main"\n'
    )
    with Process(tmp_path) as daemon:
        until((tmp_path / "begun").exists, "the first refresh", tmp_path)
        daemon.process.send_signal(signal.SIGTERM)
        until(lambda: "stopping" in (tmp_path / "daemon.log").read_text(), "the drain", tmp_path)
        assert "first refresh" not in (tmp_path / "daemon.log").read_text()
        assert daemon.process.wait(PATIENCE) == 0


def test_port_in_use_is_reported(site: tuple[Path, int]) -> None:
    folder, web = site
    with socket.create_server(("127.0.0.1", web)), Process(folder) as daemon:
        assert daemon.process.wait(PATIENCE) == 3
    assert "web.listen" in (folder / "daemon.log").read_text()


@pytest.fixture
def newsroom(site: tuple[Path, int]) -> Iterator[Newsroom]:
    """The site's, in this process."""
    with Newsroom.open(site[0] / "syndicate.toml") as opened:
        yield opened


def test_edition_is_composed_although_a_source_is_unreachable(
    site: tuple[Path, int], newsroom: Newsroom
) -> None:
    folder, _ = site
    post(folder, "first", "Night ferry")
    newsroom.ingest()
    (folder / "posts").rename(folder / "elsewhere")
    run = Run(id=1, schedule="letter", slot=datetime.now(UTC), state="running", attempts=1, fence=1)
    with pytest.raises(ExternalError, match=r"no such folder.*letter-1: 1 articles, 12 deliveries"):
        Jobs(newsroom).do(run)
    assert store_of(newsroom).counts("letter-1") == {"pending": PEOPLE}


def test_refused_records_are_counted_in_the_note(site: tuple[Path, int], newsroom: Newsroom) -> None:
    folder, _ = site
    post(folder, "first", "Night ferry")
    (folder / "posts" / "bad.md").write_text("---\ntitle: [\n---\n")
    assert Jobs(newsroom).refresh().startswith("1 new, 0 changed, 0 withdrawn, 1 refused; ")


def test_failed_first_refresh_does_not_stop_the_mail(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ingest() -> None:
        raise ExternalError("the disk is gone")

    asked: list[object] = []

    def dispatch(*, stop: object) -> DispatchReport:
        asked.append(stop)
        return DispatchReport()

    monkeypatch.setattr(newsroom, "ingest", ingest)
    monkeypatch.setattr(newsroom, "dispatch", dispatch)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        with pytest.raises(ExternalError, match="the disk is gone"):
            Daemon(newsroom).once()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert len(asked) == 1


@pytest.mark.parametrize("error", [ZeroDivisionError("ours"), TransportError("theirs")])
def test_mail_pauses_after_any_error(
    site: tuple[Path, int], newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def dispatch(*, stop: object) -> DispatchReport:
        raise error

    post(site[0], "first", "Night ferry")
    newsroom.ingest()
    newsroom.compose("letter")
    newsroom.enqueue("letter", "letter-1")
    monkeypatch.setattr(newsroom, "dispatch", dispatch)
    queue = MailQueue(newsroom)
    assert queue.seconds_until_due() == 0
    for pause in (30, 60):
        queue.send(lambda: False)
        seconds = queue.seconds_until_due()
        assert seconds is not None
        assert pause - 10 < seconds <= pause


def test_runs_are_taken_only_while_a_thread_is_free() -> None:
    lanes = Lanes()
    waiting = Run(id=1, schedule="letter", slot=datetime.now(UTC), state="running")
    asked: list[list[str]] = []

    def take(names: list[str]) -> Run:
        asked.append(names)
        return waiting

    for name in ("one", "two", "three"):
        assert lanes.enter(name)
    assert not lanes.enter("one")
    assert lanes.take(["letter"], take) is None
    # The mail has a thread of its own.
    assert lanes.enter("the mail")
    lanes.leave("one")
    assert lanes.take(["two", "letter"], take) is waiting
    assert lanes.take(["letter"], take) is None
    assert asked == [["letter"]]
    assert lanes.busy() == ["letter", "the mail", "three", "two"]


def test_closed_pipe_is_no_failure(site: tuple[Path, int]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "syndicate", "status"],
            cwd=site[0],
            stdout=pipe,
            stderr=subprocess.PIPE,
            timeout=PATIENCE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, b"")
