"""Subscribers by the operator's word: files in and out, and every no kept."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from helpers_site import MAIN, SITE, WEEKLY, cli, configured, opened, source, write
from syndicate.errors import ConfigError
from syndicate.mail import UNSUBSCRIBE
from syndicate.newsroom import Newsroom
from syndicate.subscribers import subscribers as people

DAILY = WEEKLY.replace("weekly", "daily")
SPACED = WEEKLY.replace('"weekly"', '"the week"')
POST = '{"id": "1", "title": "One", "date": "2026-04-01", "link": "https://harbour.example/1"}\n'


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    with made(tmp_path / "old", WEEKLY, DAILY) as room:
        yield room


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Newsroom]:
    """Another store of the same site."""
    with made(tmp_path / "new", WEEKLY, DAILY) as room:
        yield room


def made(folder: Path, *newsletters: str) -> Newsroom:
    write(folder, {"posts.jsonl": POST})
    configured(folder, source(), MAIN, *newsletters, site=SITE)
    return opened(folder)


def leave(newsroom: Newsroom, email: str, newsletter: str) -> None:
    person = newsroom.desk.store.subscriber(email)
    assert person is not None
    token = newsroom.desk.tokens().make(UNSUBSCRIBE, person.id, newsletter)
    assert newsroom.unsubscribe(token, commit=True)


def taken(newsroom: Newsroom, text: str, *newsletters: str) -> people.PeopleReport:
    path = newsroom.desk.base / "people.csv"
    path.write_text(text, encoding="utf-8")
    return newsroom.import_subscribers(path, newsletters=newsletters)


def gets(newsroom: Newsroom, newsletter: str) -> list[str]:
    return [each.email for each in newsroom.subscribers(newsletter) if each.state == "confirmed"]


def test_who_left_is_not_signed_up_for_a_newsletter_that_is_new(tmp_path: Path) -> None:
    with made(tmp_path, WEEKLY) as newsroom:
        newsroom.add_subscriber("ann@example.org")
        leave(newsroom, "ann@example.org", "weekly")
        text = newsroom.export_subscribers()
    with made(tmp_path, WEEKLY, DAILY) as newsroom:
        taken(newsroom, text)
        assert gets(newsroom, "daily") == gets(newsroom, "weekly") == []


def test_every_no_moves_to_a_new_store(newsroom: Newsroom, other: Newsroom) -> None:
    for name in ("ann", "bob", "cay", "dan"):
        newsroom.add_subscriber(f"{name}@example.org")
    store, now = newsroom.desk.store, newsroom.desk.clock.now()
    leave(newsroom, "ann@example.org", "weekly")
    bob = store.subscriber("bob@example.org")
    assert bob is not None
    store.leave(bob.id, None, now=now)
    newsroom.remove_subscriber("cay@example.org")
    text = newsroom.export_subscribers()
    rows = {row["email"]: row for row in csv.DictReader(StringIO(text))}
    assert {email[:3]: (row["newsletters"], row["state"], row["left"]) for email, row in rows.items()} == {
        "ann": ("daily", "confirmed", "weekly"),
        "bob": ("", "left", "daily weekly"),
        "cay": ("", "removed", ""),
        "dan": ("daily weekly", "confirmed", ""),
    }
    for _ in range(2):
        taken(other, text)
        assert other.export_subscribers() == text
    report = taken(other, "".join(f"{name}@example.org\n" for name in ("ann", "bob", "cay", "dan")))
    assert report.added == 0
    assert gets(other, "weekly") == ["dan@example.org"]
    assert gets(other, "daily") == ["ann@example.org", "dan@example.org"]
    taken(other, "email\nann@example.org\n", "weekly")
    assert gets(other, "weekly") == ["dan@example.org"]


def test_an_address_that_bounced_stays_away_in_a_new_store(other: Newsroom) -> None:
    taken(other, "email,state\nann@example.org,suppressed\n")
    assert other.add_subscriber("ann@example.org", rejoin=True).added == 0
    assert [each.state for each in other.subscribers()] == ["suppressed"]
    taken(other, "email,state\nbob@example.org,left\ncay@example.org,removed\n")
    for name in ("bob", "cay"):
        assert other.add_subscriber(f"{name}@example.org").added == 0
        assert other.add_subscriber(f"{name}@example.org", rejoin=True).added == 1


def test_an_old_export_does_not_undo_a_coming_back(newsroom: Newsroom) -> None:
    newsroom.add_subscriber("ann@example.org")
    for state in ("left", "removed", "suppressed"):
        taken(newsroom, f"email,state,left\nann@example.org,{state},weekly\n")
    taken(newsroom, "email,newsletters,left\nann@example.org,daily,weekly\n")
    assert gets(newsroom, "weekly") == gets(newsroom, "daily") == ["ann@example.org"]


def test_what_the_newsletters_of_a_file_mean(newsroom: Newsroom) -> None:
    report = taken(newsroom, "email,newsletters\nann@example.org,\nbob@example.org,weekly wekly\n")
    assert [(each.severity, each.line) for each in report.problems] == [("note", 2), ("warning", 3)]
    assert "'wekly'" in report.problems[1].message
    assert gets(newsroom, "weekly") == ["bob@example.org"]
    assert gets(newsroom, "daily") == []
    taken(newsroom, "email\ncay@example.org\n")
    assert gets(newsroom, "daily") == ["cay@example.org"]
    taken(newsroom, "email,newsletters\nann@example.org,\n", "daily")
    assert gets(newsroom, "daily") == ["ann@example.org", "cay@example.org"]


def test_a_newsletter_with_a_space_in_its_name(tmp_path: Path) -> None:
    with made(tmp_path / "a", SPACED, DAILY) as one, made(tmp_path / "b", SPACED, DAILY) as two:
        one.add_subscriber("ann@example.org")
        leave(one, "ann@example.org", "the week")
        one.add_subscriber("bob@example.org")
        text = one.export_subscribers()
        assert taken(two, text).problems == ()
        assert two.export_subscribers() == text
        assert gets(two, "the week") == ["bob@example.org"]
        taken(two, "email,newsletters\ncay@example.org,day's daily\n")
        assert gets(two, "daily") == ["ann@example.org", "bob@example.org", "cay@example.org"]


@pytest.mark.parametrize(
    "text",
    [
        '"email","name"\n"ann@example.org","Quay, Ann"\n',
        '"Name";"Email"\r\n"Quay, Ann";"ann@example.org"\r\n',
    ],
)
def test_a_header_in_quotation_marks(newsroom: Newsroom, text: str) -> None:
    report = taken(newsroom, text)
    assert (report.added, report.problems) == (1, ())
    assert [(each.email, each.name) for each in newsroom.subscribers()] == [("ann@example.org", "Quay, Ann")]


@pytest.mark.parametrize(
    "wrong", ["ann", "", "a b@example.org", "\ud800@example.org", "ann@example.org\ud800"]
)
def test_what_is_no_address_is_not_removed(newsroom: Newsroom, wrong: str) -> None:
    assert not newsroom.remove_subscriber(wrong)
    assert not people.remove(newsroom.desk, wrong)
    assert newsroom.export_subscribers().count("\n") == 1


def test_removing_an_address_that_is_not_known_writes_nothing(newsroom: Newsroom) -> None:
    assert not people.remove(newsroom.desk, "ann@example.org")
    assert newsroom.export_subscribers().count("\n") == 1
    assert newsroom.add_subscriber("ann@example.org").added == 1
    assert people.remove(newsroom.desk, " Ann@Example.ORG")
    assert newsroom.add_subscriber("ann@example.org").added == 0


def test_who_was_removed_and_comes_back_does_not_get_an_edition_twice(newsroom: Newsroom) -> None:
    newsroom.ingest()
    newsroom.add_subscriber("ann@example.org")
    newsroom.compose("weekly")
    assert newsroom.send("weekly").accepted == 1
    newsroom.remove_subscriber("ann@example.org")
    newsroom.add_subscriber("Ann@Example.org", rejoin=True)
    assert newsroom.send("weekly").accepted == 1, "of the first time"


def test_an_id_tells_nothing_of_the_address(newsroom: Newsroom, other: Newsroom) -> None:
    for each in (newsroom, other):
        each.add_subscriber("ann@example.org")
    (here,), (there,) = newsroom.subscribers(), other.subscribers()
    assert here.id != there.id
    assert "ann" not in here.id


def test_a_newsletter_that_is_not_there(newsroom: Newsroom) -> None:
    with pytest.raises(ConfigError, match="no newsletter 'wekly'"):
        newsroom.add_subscriber("ann@example.org", newsletters=["wekly"])


def test_a_language_or_time_zone_that_does_not_exist_is_told_and_left_empty(newsroom: Newsroom) -> None:
    report = taken(
        newsroom,
        "email,language,timezone\n"
        "ann@example.org,de_AT,Europe/Vienna\n"
        "bo@example.org,deutsch please,Europe/Berlin\n"
        "cy@example.org,pt-BR,Berlin\n"
        f"di@example.org,x-{'-'.join(['langfort'] * 8)},../etc/passwd\n"
        "ed@example.org,,\n"
        "fy@example.org,klingon,UTC\n"
        "gi@example.org,xx,UTC\n",
    )
    assert report.added == 7
    assert report.ok
    told = [(each.line, each.field, each.id, each.severity) for each in report.problems]
    assert told == [
        (3, "language", "bo@example.org", "warning"),
        (4, "timezone", "cy@example.org", "warning"),
        (5, "language", "di@example.org", "warning"),
        (5, "timezone", "di@example.org", "warning"),
        (7, "language", "fy@example.org", "warning"),
        (8, "language", "gi@example.org", "warning"),
    ]
    assert all(each.file and each.file.endswith("people.csv") for each in report.problems)
    assert {each.email[:2]: (each.language, each.timezone) for each in newsroom.subscribers()} == {
        "an": ("de-AT", "Europe/Vienna"),
        "bo": (None, "Europe/Berlin"),
        "cy": ("pt-BR", None),
        "di": (None, None),
        "ed": (None, None),
        "fy": (None, "UTC"),
        "gi": (None, "UTC"),
    }


def test_language_and_time_zone_by_the_command_line(newsroom: Newsroom, other: Newsroom) -> None:
    folder = newsroom.desk.base
    wish = ("--language", "de", "--timezone", "Europe/Berlin")
    assert cli(folder, "subscribers", "add", "ann@example.org", *wish).returncode == 0
    done = cli(folder, "subscribers", "add", "bo@example.org", "--language", "de", "--timezone", "Berlin")
    assert done.returncode == 0, "added all the same"
    assert "bo@example.org" in done.stdout + done.stderr
    assert "no such time zone: 'Berlin'" in done.stderr
    listed = cli(folder, "subscribers", "list", "--json")
    found = [(each["language"], each["timezone"]) for each in json.loads(listed.stdout)]
    assert found == [("de", "Europe/Berlin"), ("de", None)]
    assert "Europe/Berlin" in cli(folder, "subscribers", "list", COLUMNS="200").stdout
    assert cli(folder, "subscribers", "add", "ann@example.org", "--language", "fr").returncode == 0
    text = cli(folder, "subscribers", "export").stdout
    assert "ann@example.org,,fr,Europe/Berlin,daily weekly,confirmed," in text
    taken(other, text)
    assert other.export_subscribers() == text
