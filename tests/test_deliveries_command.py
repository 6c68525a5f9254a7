"""`deliveries retry`, and what `status` says of a send that was stopped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helpers_site import MAIN, WEEKLY, cli, configured, opened, source, write
from helpers_store import store_of, utc_now
from syndicate import ConfigError, Newsroom, Outcome
from syndicate.testing import MemoryTransport, Reply

PEOPLE = [f"{name}@reader.example" for name in ("ann", "bob", "cay", "dan", "eve")]
DENIED = Reply(Outcome(state="failed", code=554, status="5.7.1", detail="5.7.1 denied", about="sender"))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with an edition and some subscribers."""
    write(tmp_path, {"posts.jsonl": '{"id": "1", "title": "One", "link": "https://harbour.example/1"}\n'})
    # One attempt, so that a refusal is final whatever comes after it.
    configured(tmp_path, source(), MAIN, WEEKLY, "\n[delivery.retry]\nattempts = 1\n")
    with opened(tmp_path) as newsroom:
        newsroom.ingest()
        newsroom.compose("weekly")
        for address in PEOPLE:
            newsroom.add_subscriber(address)
    return tmp_path


def send(site: Path, transport: MemoryTransport) -> None:
    with Newsroom.open(site / "syndicate.toml", transport=transport) as newsroom:
        newsroom.send("weekly")


def test_failed_deliveries_are_sent_again(site: Path) -> None:
    send(site, MemoryTransport(dict.fromkeys(PEOPLE[:3], DENIED)))
    with opened(site) as newsroom:
        person = store_of(newsroom).subscriber(PEOPLE[0])
        assert person
        store_of(newsroom).unsubscribe(person.id, "weekly", now=utc_now())
        assert newsroom.remove_subscriber(PEOPLE[1])
    done = cli(site, "deliveries", "retry", "weekly")
    assert done.returncode == 0, done.stderr
    assert "weekly-1: 1 delivery is due now" in done.stdout
    assert "syndicate send weekly --edition weekly-1" in done.stdout
    assert "2 failed deliveries stay as they are" in done.stderr
    again = MemoryTransport()
    send(site, again)
    assert [sent.recipient for sent in again.sent] == [PEOPLE[2]]
    report = json.loads(cli(site, "deliveries", "retry", "weekly", "--json").stdout)
    assert (report["retried"], report["kept"], report["edition"]) == (0, 2, "weekly-1")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("daily",), "there is no newsletter"),
        (("weekly", "--edition", "weekly-9"), "no edition with this id"),
        (("weekly", "--state", "accepted"), "accepted"),
    ],
)
def test_wrong_words_are_refused(site: Path, words: tuple[str, ...], reason: str) -> None:
    done = cli(site, "deliveries", "retry", *words)
    assert done.returncode == 2
    assert reason in done.stderr


def test_retry_without_an_edition_is_reported(tmp_path: Path) -> None:
    configured(tmp_path, WEEKLY)
    with opened(tmp_path) as newsroom:
        report = newsroom.retry_deliveries("weekly")
        assert not report.ok
        with pytest.raises(ConfigError):
            newsroom.retry_deliveries("daily")


def test_status_says_why_a_send_stopped(site: Path) -> None:
    with opened(site) as newsroom:
        for n in range(12):
            newsroom.add_subscriber(f"more{n}@reader.example")
    with Newsroom.open(site / "syndicate.toml", transport=MemoryTransport(default=DENIED)) as newsroom:
        report = newsroom.send("weekly")
        assert report.external_failure
        assert (report.failed, report.deferred, report.pending) == (0, 0, 17)
        assert "554 5.7.1 denied" in report.problems[0].message
        [edition] = newsroom.status().editions
        assert edition.stopped is not None
        assert "554 5.7.1 denied" in edition.stopped
    status = cli(site, "status")
    assert "the last send of weekly-1 stopped" in status.stderr
    assert "554 5.7.1 denied" in status.stderr
    send(site, MemoryTransport())
    assert "stopped" not in cli(site, "status").stderr


def test_daemon_pauses_when_everybody_is_refused(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from syndicate.daemon import MailQueue

    with opened(site) as newsroom:
        for n in range(12):
            newsroom.add_subscriber(f"more{n}@reader.example")
        newsroom.enqueue("weekly", "weekly-1")
    transport = MemoryTransport(default=DENIED)
    with Newsroom.open(site / "syndicate.toml", transport=transport) as newsroom:
        queue = MailQueue(newsroom)
        assert queue.seconds_until_due() == 0
        queue.send(lambda: False)
        assert (queue.seconds_until_due() or 0) > 0
        assert len(transport.asked) == 10
    output = capsys.readouterr()
    assert "554 5.7.1 denied" in output.out + output.err
