"""What follows from mail that comes back: for the subscriber, for the edition, and for the mailbox."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from helpers_bounces import complaint, dsn, plain, unsubscribe, vacation
from helpers_site import WEEKLY, StillClock, cli, configured, environment, opened, source, write
from helpers_store import store_of, tokens_of, utc_now
from syndicate import ConfigError, ExternalError, Newsroom, Outcome
from syndicate.cli import app
from syndicate.daemon import Jobs
from syndicate.delivery.bounces.bounce_processor import BounceProcessor
from syndicate.delivery.bounces.bounce_run import process_mailbox
from syndicate.delivery.bounces.mailbox import StoredMail, open_mailbox
from syndicate.delivery.bounces.maildir_mailbox import MaildirMailbox
from syndicate.delivery.bounces.refusals import judge_refusal
from syndicate.mail import UNSUBSCRIBE, ReturnPaths, Tokens
from syndicate.model import Bounce, BouncesReport, Refusal, Run
from syndicate.store import SqlStore
from syndicate.testing import NOW, FixedClock, a_subscriber
from syndicate.testing.bounces import evidence
from syndicate.testing.deliveries import claim, prepare

HOUR = timedelta(hours=1)
TOKENS = Tokens("key")
PATHS = ReturnPaths(TOKENS, "bounces@news.example")
UNKNOWN = "550 5.1.1 <{name}@example.org>: no such user"
FULL = "552 5.2.2 mailbox of {name} is full"


class Office:
    """A store, and what processes its bounces."""

    def __init__(self, url: str) -> None:
        self.store = SqlStore(url)
        self.clock = FixedClock(NOW)
        self.processor = BounceProcessor(
            self.store,
            PATHS,
            TOKENS,
            unsubscribe=self._unsubscribe,
            clock=self.clock,
            soft=3,
            within=timedelta(days=30),
        )

    def _unsubscribe(self, token: str) -> str | None:
        values = TOKENS.read(UNSUBSCRIBE, token)
        return values[1] if values and self.store.unsubscribe(values[0], values[1], now=NOW) else None

    def send(self, number: int, *names: str) -> None:
        """Queue an edition for subscribers."""
        prepare(self.store, *names, edition=f"weekly-{number}")

    def bounce(self, name: str, number: int = 1, status: str = "5.1.1", text: str = UNKNOWN) -> str:
        return self.processor.process(dsn(path(name, number), status, text.format(name=name)))

    def evidence(self, name: str) -> list[Bounce]:
        return evidence(self.store, name)

    def states(self) -> dict[str, str]:
        return {each.id: each.state for each in self.store.subscribers()}


def path(name: str, number: int = 1) -> str:
    return PATHS.make(f"weekly-{number}", name)


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables: creating them takes longer than most tests."""
    file = tmp_path_factory.mktemp("empty") / "syndicate.db"
    SqlStore(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def office(empty_database: Path, tmp_path: Path) -> Iterator[Office]:
    office = Office(f"sqlite:///{shutil.copy(empty_database, tmp_path)}")
    yield office
    office.store.close()


NAMES = [f"reader{number}" for number in range(40)]


# --- one mail -------------------------------------------------------------------------------------------


def test_hard_bounce_suppresses_and_leaves_evidence(office: Office) -> None:
    office.send(1, "ann", "bob")
    assert office.bounce("ann") == "hard"
    assert office.states() == {"ann": "confirmed", "bob": "confirmed"}
    assert office.processor.decide().suppressed == 1
    assert office.states() == {"ann": "suppressed", "bob": "confirmed"}
    [evidence] = office.evidence("ann")
    assert (evidence.kind, evidence.status, evidence.edition_id) == ("hard", "5.1.1", "weekly-1")
    assert evidence.diagnostic == UNKNOWN.format(name="ann")
    assert evidence.received_at == NOW
    assert "I could not deliver" in evidence.excerpt
    assert "The tide turned" not in evidence.excerpt, "not the whole message"


@pytest.mark.parametrize(
    ("mail", "result"),
    [
        (dsn(path("ann"), "5.7.1", "550 5.7.1 not wanted"), "refused"),
        (dsn(path("ann"), "5.2.2", "552 5.2.2 full"), "soft"),
        (dsn(path("ann"), "4.4.1", "no answer", action="delayed"), "delayed"),
        (vacation(path("ann"), auto_submitted="auto-replied"), "automatic"),
        (plain(path("ann"), "Hello!"), "ignored"),
        (complaint(path("ann"), kind="not-spam"), "ignored"),
    ],
)
def test_other_mail_does_not_suppress(office: Office, mail: bytes, result: str) -> None:
    office.send(1, "ann", *NAMES)
    assert office.processor.process(mail) == result
    assert office.processor.decide().suppressed == 0
    assert set(office.states().values()) == {"confirmed"}


@pytest.mark.parametrize(
    "recipient",
    [
        "bounces@news.example",
        "ann@example.org",
        ReturnPaths(Tokens("of another site"), "bounces@news.example").make("weekly-1", "ann"),
        PATHS.make("weekly-9", "ann"),
        PATHS.make("weekly-1", "nobody"),
    ],
)
def test_mail_without_a_valid_return_path_is_ignored(office: Office, recipient: str) -> None:
    office.send(1, "ann")
    for mail in (dsn(recipient), complaint(recipient), complaint(to=recipient), vacation(recipient)):
        assert office.processor.process(mail, recipient) == "ignored"
    assert office.processor.decide().suppressed == 0
    assert office.evidence("ann") == []


def test_return_path_counts_in_each_header_and_case(office: Office) -> None:
    office.send(1, "ann", *NAMES)
    for name in (b"X-Original-To", b"Delivered-To", b"Envelope-To", b"To"):
        mail = dsn("postmaster@news.example")
        header = name + b": " + path("ann").encode()
        assert office.processor.process(mail.replace(b"Return-Path: <>", header, 1)) == "hard"
    assert office.processor.process(dsn(path("ann").title())) == "hard"
    assert office.processor.process(dsn("postmaster@news.example"), path("ann").upper()) == "hard"
    assert len(office.evidence("ann")) == 6


def test_mail_that_is_read_twice_counts_once(office: Office) -> None:
    office.send(1, "ann", *NAMES)
    mail = dsn(path("ann"))
    assert [office.processor.process(mail) for _ in range(3)] == ["hard", "repeated", "repeated"]
    without_id = mail.replace(b"Message-ID: <", b"X: <", 1)
    assert [office.processor.process(without_id) for _ in range(2)] == ["hard", "repeated"]


def test_bounce_of_a_removed_subscriber_is_ignored(office: Office) -> None:
    office.send(1, "ann")
    office.store.remove_subscriber("ann@example.org", now=NOW)
    assert office.bounce("ann") == "ignored"


# --- complaints and unsubscribe mails -------------------------------------------------------------------


@pytest.mark.parametrize(
    "report",
    [
        complaint(path("ann")),
        complaint(to=path("ann")),
        complaint(field=f"Original-Mail-From: <{path('ann')}>\n"),
        complaint(token=TOKENS.make(UNSUBSCRIBE, "ann", "weekly")),
    ],
    ids=["returned message", "recipient", "report", "unsubscribe link"],
)
def test_complaint_suppresses_at_once(office: Office, report: bytes) -> None:
    office.send(1, "ann", "bob")
    assert office.processor.process(report) == "complaints"
    assert office.states() == {"ann": "suppressed", "bob": "confirmed"}
    assert not office.store.resubscribe(a_subscriber("ann"))
    assert [each.kind for each in office.evidence("ann")] == ["complaint"]


def test_many_equal_complaints_are_no_bad_hour(office: Office) -> None:
    office.send(1, *NAMES)
    for name in NAMES:
        office.processor.process(complaint(path(name)))
    assert office.processor.decide().problems == ()
    assert set(office.states().values()) == {"suppressed"}


def test_unsubscribe_mail_unsubscribes_from_its_newsletter(office: Office) -> None:
    office.store.add_subscriber(a_subscriber("ann", "weekly", "daily"))
    token = TOKENS.make(UNSUBSCRIBE, "ann", "weekly")
    assert office.processor.process(unsubscribe(token)) == "unsubscribed"
    ann = office.store.subscriber("ann@example.org")
    assert ann is not None
    assert ann.newsletters == ("daily",)
    assert office.processor.process(unsubscribe(token)) == "unsubscribed", "idempotent"
    assert office.processor.process(unsubscribe(token[:-1] + "a")) == "ignored"
    assert office.processor.process(unsubscribe(Tokens("x").make(UNSUBSCRIBE, "ann", "daily"))) == "ignored"


# --- soft bounces ---------------------------------------------------------------------------------------


def test_soft_bounces_of_different_deliveries_add_up(office: Office) -> None:
    for number in range(1, 5):
        office.send(number, "ann", "bob", *NAMES[:10])
    for _ in range(5):
        office.bounce("ann", 1, "5.2.2", FULL)
    office.bounce("ann", 2, "4.4.7", "expired")
    assert office.processor.decide().suppressed == 0, "two deliveries"
    office.bounce("ann", 3, "5.2.2", FULL)
    assert office.processor.decide().suppressed == 1
    assert office.states()["ann"] == "suppressed"
    assert office.states()["bob"] == "confirmed"


def test_soft_bounces_outside_the_window_do_not_count(office: Office) -> None:
    for number in range(1, 4):
        office.send(number, "ann", *NAMES[:10])
        office.bounce("ann", number, "5.2.2", FULL)
        office.clock.move(timedelta(days=16))
        assert office.processor.decide().suppressed == 0


def test_answers_while_sending_count_as_bounces(office: Office) -> None:
    for number in range(1, 4):
        office.send(number, "ann", "bob")
        for delivery in claim(office.store):
            refused = Outcome(state="failed", code=552, detail="552 5.2.2 mailbox full")
            accepted = Outcome(state="accepted", code=250)
            outcome = refused if delivery.subscriber_id == "ann" else accepted
            office.store.record_outcomes([(delivery, outcome)], now=NOW)
        assert office.processor.decide().suppressed == (number == 3)
    assert [each.kind for each in office.evidence("ann")] == ["soft"] * 3
    assert office.states() == {"ann": "suppressed", "bob": "confirmed"}


# --- a bad hour -----------------------------------------------------------------------------------------


def test_same_refusal_for_a_fifth_suppresses_nobody(office: Office) -> None:
    office.send(1, *NAMES)
    for name in NAMES[:9]:
        assert office.bounce(name) == "hard"
    decisions = office.processor.decide()
    assert (decisions.suppressed, set(office.states().values())) == (0, {"confirmed"})
    [problem] = decisions.problems
    assert problem.severity == "warning"
    assert "9 of 40 deliveries came back with the same refusal" in problem.message
    assert all(len(office.evidence(name)) == 1 for name in NAMES[:9]), "the evidence is kept"


def test_fifth_that_grows_undoes_the_first_suppressions(office: Office) -> None:
    office.send(1, *NAMES)
    for name in NAMES[:8]:
        office.bounce(name)
    assert office.processor.decide().suppressed == 8, "exactly a fifth"
    office.bounce(NAMES[8])
    decisions = office.processor.decide()
    assert (decisions.suppressed, decisions.reinstated) == (0, 8)
    assert set(office.states().values()) == {"confirmed"}
    office.clock.move(HOUR)
    office.bounce(NAMES[9])
    assert office.processor.decide().suppressed == 0, "later ones with the same words neither"


def test_different_refusals_are_about_the_addresses(office: Office) -> None:
    office.send(1, *NAMES)
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    for name, word in zip(NAMES, words, strict=False):
        office.bounce(name, text=f"550 5.1.1 {word} says no")
    assert office.processor.decide().suppressed == 10


def test_more_than_ten_in_an_hour_wait_for_its_end(office: Office) -> None:
    names = [f"reader{number}" for number in range(100)]
    office.send(1, *names)
    for name in names[:11]:
        office.bounce(name)
    decisions = office.processor.decide()
    assert (decisions.suppressed, [each.severity for each in decisions.problems]) == (0, ["note"])
    office.clock.move(HOUR - timedelta(seconds=1))
    assert office.processor.decide().suppressed == 0
    office.clock.move(timedelta(seconds=1))
    decisions = office.processor.decide()
    assert (decisions.suppressed, decisions.problems) == (11, ())


def test_soft_bounces_of_a_bad_hour_do_not_count(office: Office) -> None:
    for number in range(1, 5):
        office.send(number, *NAMES[:10])
        for name in NAMES[:4]:
            office.bounce(name, number, "4.4.1", "no answer from the server")
        decisions = office.processor.decide()
        assert (decisions.suppressed, len(decisions.problems)) == (0, 1)
    assert set(office.states().values()) == {"confirmed"}


@given(
    equal=st.integers(min_value=1, max_value=400),
    total=st.integers(min_value=1, max_value=1000),
    minutes=st.integers(min_value=0, max_value=200),
)
def test_no_refusal_of_more_than_a_fifth_counts(equal: int, total: int, minutes: int) -> None:
    total = max(equal, total)
    refusal = Refusal(
        edition_id="weekly-1", refusal="r", deliveries=equal, edition_deliveries=total, first_at=NOW
    )
    verdict = judge_refusal(refusal, NOW + timedelta(minutes=minutes))
    if equal > 1 and equal > total / 5:
        assert verdict == "held"
    elif equal <= 10 or minutes >= 60:
        assert verdict == "counted"
    else:
        assert verdict == "open"


# --- a Maildir ------------------------------------------------------------------------------------------


def maildir(folder: Path, **mails: bytes) -> Path:
    for place in ("tmp", "new", "cur"):
        (folder / place).mkdir(parents=True, exist_ok=True)
    for name, data in mails.items():
        (folder / "new" / name).write_bytes(data)
    return folder


def files(folder: Path) -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if not each.is_dir())


def run(office: Office, box: Any) -> BouncesReport:
    return process_mailbox(office.processor, box, stop=lambda: False)


def test_maildir_is_marked_and_nothing_is_deleted(office: Office, tmp_path: Path) -> None:
    office.send(1, "ann", *NAMES)
    folder = maildir(
        tmp_path / "box",
        a=dsn(path("ann")),
        b=b"Subject: to whom it may concern\n\nHello",
        c=vacation(path("ann"), auto_submitted="auto-replied"),
    )
    (folder / "cur" / "d:2,").write_bytes(dsn(path("ann")))
    (folder / "cur" / "e:2,RS").write_bytes(dsn(path("ann")))
    (folder / "cur" / "f:2,T").write_bytes(dsn(path("ann")))
    report = run(office, MaildirMailbox(folder))
    assert report.ok
    assert (report.read, report.hard, report.automatic, report.ignored, report.suppressed) == (4, 2, 1, 1, 1)
    assert files(folder) == ["cur/a:2,S", "cur/b:2,FS", "cur/c:2,S", "cur/d:2,S", "cur/e:2,RS", "cur/f:2,T"]
    assert run(office, MaildirMailbox(folder)).read == 0


def test_only_regular_files_of_a_maildir_are_read(office: Office, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"Subject: x\n\n")
    folder = maildir(tmp_path / "box")
    (folder / "new" / "link").symlink_to(secret)
    os.mkfifo(folder / "new" / "pipe")
    (folder / "new" / "folder").mkdir()
    (folder / "new" / ".hidden").write_bytes(b"x")
    assert run(office, MaildirMailbox(folder)).read == 0


def test_missing_maildir_is_reported_and_the_rest_is_done(office: Office, tmp_path: Path) -> None:
    office.send(1, "ann", *NAMES)
    office.bounce("ann")
    report = run(office, MaildirMailbox(tmp_path / "none"))
    assert report.external_failure
    assert "the Maildir does not exist" in report.problems[0].message
    assert report.suppressed == 1


class Killed(BaseException):
    """The process is killed."""


class KilledMailbox(MaildirMailbox):
    """A Maildir whose process is killed before it marks a mail."""

    def mark_seen(self, key: str, *, needs_attention: bool) -> None:
        raise Killed


def test_process_killed_between_record_and_mark_counts_once(office: Office, tmp_path: Path) -> None:
    office.send(1, "ann", *NAMES)
    folder = maildir(tmp_path / "box", a=dsn(path("ann"), "5.2.2", "552 5.2.2 full"))
    for _ in range(3):
        with pytest.raises(Killed):
            run(office, KilledMailbox(folder))
    report = run(office, MaildirMailbox(folder))
    assert (report.read, report.repeated, report.soft) == (1, 1, 0)
    assert len(office.evidence("ann")) == 1


def test_killed_command_counts_each_mail_once(site: Path) -> None:
    """SIGKILL in the middle of `bounces process`, several times: another run goes on."""
    return_path, _ = sent_mail(site, "ann")
    count = 100
    folder = maildir(site / "bounces", **{f"m{number:03}": dsn(return_path) for number in range(count)})
    ended = []
    for share in (4, 2):
        process = subprocess.Popen(
            [sys.executable, "-m", "syndicate", "bounces", "process"],
            cwd=site,
            env=environment(),
            stdout=subprocess.DEVNULL,
        )
        while process.poll() is None and len(os.listdir(folder / "new")) > count - count // share:
            time.sleep(0.001)
        process.kill()
        ended.append(process.wait(60))
    assert ended == [-signal.SIGKILL, -signal.SIGKILL], "it was killed before it had read all"
    done = cli(site, "bounces", "process")
    assert done.returncode == 0, done.stderr
    assert len(list((folder / "cur").glob("*:2,S"))) == count
    with opened(site) as newsroom:
        assert len(evidence_of(newsroom, "ann@reader.example")) == count


def test_stop_leaves_the_rest_unread(office: Office, tmp_path: Path) -> None:
    folder = maildir(tmp_path / "box", a=b"x", b=b"x", c=b"x")
    asked = iter([False, True])
    report = process_mailbox(office.processor, MaildirMailbox(folder), stop=lambda: next(asked))
    assert (report.read, len(files(folder / "new"))) == (1, 2)


class OtherProcess(MaildirMailbox):
    """A Maildir that another process reads at the same time."""

    def unseen(self) -> Iterator[StoredMail]:
        for mail in super().unseen():
            (self._folder / mail.key).unlink()
            yield mail


def test_two_processes_read_one_maildir(office: Office, tmp_path: Path) -> None:
    report = run(office, OtherProcess(maildir(tmp_path / "box", a=b"x", b=b"x")))
    assert (report.read, report.ok) == (2, True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mbox:/var/mail/bounces", "there is no mailbox 'mbox'"),
        ("maildir:", "has no folder"),
        ("imaps:///INBOX", "has no host"),
        ("imaps://user:secret@host/INBOX", "must not contain a password"),
        ("imap://user@host/INBOX?starttls=maybe", "starttls is 'maybe'"),
        ("imap://user@host/INBOX?tls=yes", "unknown option 'tls'"),
        ("imap://user@host:port/INBOX", "not the URL of a mailbox"),
        ("imaps://user@host/Entw%C3%BCrfe", "is not ASCII"),
    ],
)
def test_wrong_mailbox_is_a_config_error(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        open_mailbox(text, tmp_path)
    assert caught.value.where.field == "bounces.mailbox"
    assert "secret" not in str(caught.value)


# --- the whole site -------------------------------------------------------------------------------------

BOUNCES = """
[bounces]
address = "bounces@news.example"
mailbox = "maildir:bounces"
"""


@pytest.fixture(scope="module")
def sent_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site whose edition weekly-1 was sent to ann and to 10 others."""
    tmp_path = tmp_path_factory.mktemp("site")
    record = {"id": "1", "title": "One", "link": "https://harbour.example/1", "content_html": "<p>Tide</p>"}
    write(tmp_path, {"posts.jsonl": json.dumps(record) + "\n"})
    configured(tmp_path, source(), f'{WEEKLY}lint = "off"\n', BOUNCES)
    with opened(tmp_path) as newsroom:
        newsroom.ingest()
        for name in ["ann", *NAMES[:10]]:
            newsroom.add_subscriber(f"{name}@reader.example")
        newsroom.compose("weekly", lint="report")
        assert newsroom.send("weekly", lint="report").sent_now == 11
    return tmp_path


@pytest.fixture
def site(sent_site: Path, tmp_path: Path) -> Path:
    """A copy of that site."""
    return shutil.copytree(sent_site, tmp_path / "site")


def sent_mail(folder: Path, name: str) -> tuple[str, str]:
    """The return path and the text of the mail that a subscriber got."""
    for file in (folder / "outbox" / "new").iterdir():
        text = file.read_text(encoding="utf-8")
        if f"To: {name}@reader.example" in text:
            return text.partition("\n")[0].removeprefix("Return-Path: <").rstrip(">"), text
    raise AssertionError(name)


def evidence_of(newsroom: Newsroom, email: str) -> tuple[Bounce, ...]:
    record = newsroom.show_subscriber(email)
    return record.bounces if record else ()


def command(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--config", str(folder / "syndicate.toml")])


def test_bounces_of_a_site(site: Path) -> None:
    return_path, text = sent_mail(site, "ann")
    assert return_path.startswith("bounces+")
    assert f"mailto:{return_path}?subject=unsubscribe%20" in text.replace("\n ", "")
    other, _ = sent_mail(site, "reader0")
    maildir(site / "bounces", a=dsn(return_path), b=vacation(other, precedence="auto_reply"))
    done = command(site, "bounces", "process", "--json")
    report = json.loads(done.stdout)
    assert (done.exit_code, done.stderr) == (0, "")
    assert {name: number for name, number in report.items() if number} == {
        "read": 2,
        "hard": 1,
        "automatic": 1,
        "suppressed": 1,
    }
    status = command(site, "status").stdout
    assert "bounces in 30 days: 1 hard" in status
    assert "bounces" in status
    with opened(site) as newsroom:
        assert newsroom.process_bounces().read == 0
        assert [each.kind for each in evidence_of(newsroom, "ann@reader.example")] == ["hard"]


def test_unsubscribe_mail_of_a_site(site: Path) -> None:
    _, text = sent_mail(site, "ann")
    header = text.replace("\n ", "").partition("List-Unsubscribe: ")[2]
    mailto = header.partition("<mailto:")[2].partition(">")[0]
    address, _, subject = mailto.partition("?subject=")
    maildir(site / "bounces", a=unsubscribe("", address, subject=subject.replace("%20", " ")))
    with opened(site) as newsroom:
        assert newsroom.process_bounces().unsubscribed == 1
        [ann] = [each for each in newsroom.subscribers() if each.email.startswith("ann@")]
        assert ann.newsletters == ()


def test_bad_hour_of_a_site_is_in_the_status(site: Path) -> None:
    mails = {name: dsn(sent_mail(site, name)[0], "5.1.1", "550 5.1.1 all unknown") for name in NAMES[:5]}
    maildir(site / "bounces", **mails)
    done = command(site, "bounces", "process")
    assert done.stdout == "5 mails read: 5 hard\n"
    warning = "weekly-1: 5 of 11 deliveries came back with the same refusal: 550 5.1.1 all unknown"
    assert warning in done.stderr
    assert done.exit_code == 0
    with Newsroom.open(site / "syndicate.toml") as newsroom:
        problems = [str(each) for each in newsroom.status().problems]
        assert any(warning in each for each in problems)
        later = StillClock(utc_now() + timedelta(days=8))
    with opened(site, later) as newsroom:
        assert not any(warning in str(each) for each in newsroom.status().problems)


def test_run_of_the_schedule_says_what_it_did(site: Path) -> None:
    run = Run(id=1, schedule="bounces", slot=NOW, state="running", attempts=1)
    with opened(site) as newsroom:
        with pytest.raises(ExternalError, match=r"the Maildir does not exist.*nothing new"):
            Jobs(newsroom).do(run)
        maildir(site / "bounces", a=dsn(sent_mail(site, "ann")[0]), b=b"x")
        assert Jobs(newsroom).do(run) == "2 read, 1 hard, 1 ignored, 1 suppressed"
        assert Jobs(newsroom).do(run) == "nothing new"


def test_next_lists_the_reading_of_bounces_once(site: Path) -> None:
    with opened(site) as newsroom:
        assert [due.schedule for due in newsroom.next(20)] == ["refresh", "bounces"]


def test_evidence_goes_with_the_subscriber(site: Path) -> None:
    return_path, _ = sent_mail(site, "ann")
    maildir(site / "bounces", a=dsn(return_path))
    with opened(site) as newsroom:
        newsroom.process_bounces()
        newsroom.remove_subscriber("ann@reader.example")
        database = Path(newsroom.database_url.removeprefix("sqlite:///"))
        store_of(newsroom)
    from sqlalchemy import create_engine, text

    engine = create_engine(f"sqlite:///{database}")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM bounce")) == 0
    engine.dispose()


def test_secret_of_the_environment_signs_return_paths(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    return_path, _ = sent_mail(site, "ann")
    monkeypatch.setenv("SYNDICATE_SECRET", "another")
    maildir(site / "bounces", a=dsn(return_path))
    with opened(site) as newsroom:
        assert newsroom.process_bounces().ignored == 1
        assert ReturnPaths(tokens_of(newsroom), "x@y.example").read(return_path) is None


def test_without_the_table_nothing_is_read(tmp_path: Path) -> None:
    configured(tmp_path)
    with Newsroom.open(tmp_path / "syndicate.toml") as newsroom:
        with pytest.raises(ConfigError, match="does not say where bounces arrive"):
            newsroom.process_bounces()
        assert newsroom.bounce_listener(print) is None
        assert [each.name for each in newsroom.settings.schedules()] == ["refresh"]


def test_newsletter_cannot_have_the_name_of_the_schedule(tmp_path: Path) -> None:
    config = configured(tmp_path, WEEKLY.replace('"weekly"', '"bounces"'))
    with pytest.raises(ConfigError, match="cannot be named 'bounces'"):
        Newsroom.open(config)


def test_mailbox_error_is_an_external_failure(site: Path) -> None:
    with opened(site) as newsroom:
        report = newsroom.process_bounces()
    assert (report.external_failure, report.ok) == (True, False)
    assert "the Maildir does not exist" in report.problems[0].message


@pytest.mark.parametrize(
    ("mailbox", "message"),
    [
        ("maildir:bounces", "the Maildir does not exist"),
        ("pop3://user@host", "there is no mailbox 'pop3'"),
        ("imaps://user@127.0.0.1:1/INBOX", "127.0.0.1:1 cannot be used"),
        ("lmtp://127.0.0.1:2424", None),
    ],
)
def test_check_tries_the_mailbox(tmp_path: Path, mailbox: str, message: str | None) -> None:
    configured(tmp_path, BOUNCES.replace("maildir:bounces", mailbox))
    with opened(tmp_path) as newsroom:
        found = [
            str(each)
            for each in newsroom.check().problems
            if "bounces" in str(each) or "mailbox" in str(each)
        ]
    assert len(found) == (message is not None)
    assert message is None or message in found[0]
    assert not (tmp_path / "syndicate.db").exists()


def test_check_marks_no_mail(site: Path) -> None:
    folder = maildir(site / "bounces", a=dsn(sent_mail(site, "ann")[0]))
    with opened(site) as newsroom:
        assert not any("bounces" in str(each) for each in newsroom.check().problems)
    assert files(folder) == ["new/a"]
