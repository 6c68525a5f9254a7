"""Three things that people do with an edition: send it, send one copy to look at, ask who would get it."""

from __future__ import annotations

import inspect
import json
import os
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from helpers_site import MAIN, WEEKLY, cli, configured, opened, source, write
from helpers_store import store_of, utc_now
from syndicate import ConfigError, Newsroom

PEOPLE = ["ann@reader.example", "Bob@reader.example", "cay@reader.example"]
EDITOR = "editor@harbour.example"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with an edition, and three subscribers of whom one has had it and one has left since."""
    write(tmp_path, {"posts.jsonl": '{"id": "1", "title": "One", "link": "https://harbour.example/1"}\n'})
    web = '\n[web]\nbase_url = "https://letters.harbour.example/"\n'
    configured(tmp_path, source(), MAIN, WEEKLY, web)
    with opened(tmp_path) as newsroom:
        newsroom.ingest()
        newsroom.compose("weekly")
        for address in PEOPLE:
            newsroom.add_subscriber(address)
    return tmp_path


def mails(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in (folder / "outbox").rglob("*") if path.is_file()]


def database(folder: Path) -> bytes:
    return (folder / "syndicate.db").read_bytes()


def left(newsroom: Newsroom, address: str) -> None:
    person = store_of(newsroom).subscriber(address)
    assert person
    store_of(newsroom).unsubscribe(person.id, "weekly", now=utc_now())


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 0),
        (("--json",), 0),
        (("--anyway",), 0),
        (("--edition", "weekly-1"), 0),
        (("--edition", "weekly-9"), 2),
        (("--to", EDITOR), 2),
        (("--to", EDITOR, "--anyway"), 2),
        (("--language", "de"), 2),
        (("--dry-run",), 0),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_dry_run_sends_and_writes_nothing(
    site: Path, options: tuple[str, ...], code: int, first: bool
) -> None:
    before = database(site)
    words = ("--dry-run", *options) if first else (*options, "--dry-run")
    done = cli(site, "send", "weekly", *words)
    assert done.returncode == code, done.stderr
    assert not (site / "outbox").exists()
    assert database(site) == before
    sent = cli(site, "send", "weekly", "--json")
    assert json.loads(sent.stdout)["sent_now"] == 3
    assert len(mails(site)) == 3


def test_dry_run_lists_the_recipients(site: Path) -> None:
    done = cli(site, "send", "weekly", "--dry-run")
    assert done.stdout.splitlines() == [
        "weekly-1: Harbour weekly: One",
        "3 would be sent by maildir:outbox; 0 already have it",
        *PEOPLE,
    ]
    found = json.loads(cli(site, "send", "weekly", "--dry-run", "--json").stdout)
    assert found["addresses"] == PEOPLE
    assert (found["edition"], found["pending"], found["accepted"]) == ("weekly-1", 3, 0)


def test_audience_is_who_gets_the_edition(site: Path) -> None:
    with opened(site) as newsroom:
        assert newsroom.send("weekly").sent_now == 3
        assert newsroom.audience("weekly").addresses == ()
        for address in ("dan@reader.example", "eve@reader.example", "fay@reader.example"):
            newsroom.add_subscriber(address)
        left(newsroom, "eve@reader.example")
        assert newsroom.enqueue("weekly", "weekly-1") == 2
        left(newsroom, "fay@reader.example")
        audience = newsroom.audience("weekly", edition="weekly-1")
        assert (audience.addresses, audience.pending, audience.accepted) == (("dan@reader.example",), 1, 3)
        assert newsroom.send("weekly").sent_now == 1
        with pytest.raises(ConfigError, match="no edition with this id"):
            newsroom.audience("weekly", edition="weekly-7")
        with pytest.raises(ConfigError, match="there is no newsletter"):
            newsroom.audience("daily")
    assert len(mails(site)) == 4


def test_sender_that_changed_after_composing_is_reported(site: Path) -> None:
    config = site / "syndicate.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("news@harbour.example", "post@harbour.example"), encoding="utf-8")
    with opened(site) as newsroom:
        report = newsroom.send("weekly")
    assert report.sent_now == 3
    [problem] = [each for each in report.problems if each.field == "from"]
    assert (problem.severity, problem.id) == ("warning", "weekly-1")
    assert "post@harbour.example" in problem.message
    assert b"From: Harbour Post <news@harbour.example>" in mails(site)[0]


def test_test_copy_is_no_delivery(site: Path) -> None:
    before = database(site)
    done = cli(site, "send-test", "weekly", EDITOR)
    assert done.stdout.splitlines() == [
        "weekly-1: Harbour weekly: One",
        f"sent a copy to {EDITOR} by maildir:outbox",
    ]
    assert database(site) == before
    (mail,) = mails(site)
    assert f"\nTo: {EDITOR}\n".encode() in mail
    found = json.loads(cli(site, "send", "weekly", "--dry-run", "--json").stdout)
    assert found["addresses"] == PEOPLE
    again = json.loads(cli(site, "send-test", "weekly", PEOPLE[0], "--edition", "weekly-1", "--json").stdout)
    assert (again["sent_now"], again["edition"]) == (1, "weekly-1")
    assert json.loads(cli(site, "send", "weekly", "--json").stdout)["sent_now"] == 3
    assert len(mails(site)) == 5


def test_link_of_a_test_copy_unsubscribes_nobody(site: Path) -> None:
    with opened(site) as newsroom:
        newsroom.send_test("weekly", PEOPLE[0])
        (mail,) = mails(site)
        (path,) = re.findall(rb"List-Unsubscribe: <https://letters\.harbour\.example(/[^>]+)>", mail)
        with TestClient(newsroom.web_app()) as client:
            assert client.post(path.decode()).status_code == 404
        assert len(newsroom.subscribers("weekly")) == 3


@pytest.mark.parametrize(
    "address", ["", "editor", "a@b@c.example", "Editor <editor@harbour.example>", "a\nb@c.example"]
)
def test_test_copy_needs_an_address(site: Path, address: str) -> None:
    done = cli(site, "send-test", "weekly", address)
    assert done.returncode == 2
    assert "field address" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (site / "outbox").exists()


def test_send_without_an_edition_is_reported(tmp_path: Path) -> None:
    configured(tmp_path, WEEKLY)
    for arguments in (("send", "weekly"), ("send", "weekly", "--dry-run"), ("send-test", "weekly", EDITOR)):
        done = cli(tmp_path, *arguments)
        assert done.returncode == 1
        assert "weekly has no edition yet" in done.stderr
    assert not (tmp_path / "outbox").exists()


def test_verbs_have_no_mode_flags() -> None:
    for verb in (Newsroom.send, Newsroom.send_test, Newsroom.audience):
        assert not {"dry_run", "to"} & set(inspect.signature(verb).parameters)


def test_store_and_mails_are_readable_by_their_owner_alone(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    former = os.umask(0o022)
    try:
        with opened(request.getfixturevalue("site")) as newsroom:
            newsroom.send("weekly")
            newsroom.publish()
            modes = {path: path.stat().st_mode & 0o077 for path in tmp_path.glob("syndicate.db*")}
    finally:
        os.umask(former)
    modes |= {path: path.stat().st_mode & 0o077 for path in (tmp_path / "outbox").rglob("*")}
    assert len(modes) > 4
    assert set(modes.values()) == {0}
    assert (tmp_path / "public" / "main.rss").stat().st_mode & 0o004, "a web server reads the feeds"
