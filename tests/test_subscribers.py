"""Adding, importing and exporting subscribers; unsubscriptions and removals survive all of it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, update

from helpers_site import MAIN, SITE, WEEKLY, cli, configured, opened, source, write
from helpers_store import folder_of, store_of, tokens_of, utc_now
from syndicate.errors import ConfigError
from syndicate.mail import UNSUBSCRIBE
from syndicate.model import PROFILE_FIELDS, SubscribersReport
from syndicate.newsroom import Newsroom
from syndicate.store.schema import delivery, send_stop
from syndicate.store.suppressions import suppress
from syndicate.subscribers.cells import escape_cell, unescape_cell
from syndicate.subscribers.file_formats import COLUMNS
from syndicate.testing import a_subscriber

DAILY = WEEKLY.replace("weekly", "daily")
SPACED = WEEKLY.replace('"weekly"', '"the week"')
POST = '{"id": "1", "title": "One", "date": "2026-04-01", "link": "https://harbour.example/1"}\n'


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    with site(tmp_path / "old", WEEKLY, DAILY) as room:
        yield room


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Newsroom]:
    """Another store of the same site."""
    with site(tmp_path / "new", WEEKLY, DAILY) as room:
        yield room


def site(folder: Path, *newsletters: str) -> Newsroom:
    write(folder, {"posts.jsonl": POST})
    configured(folder, source(), MAIN, *newsletters, site=SITE)
    return opened(folder)


def unsubscribe(newsroom: Newsroom, email: str, newsletter: str) -> None:
    """Open the unsubscribe link of a message."""
    subscriber = store_of(newsroom).subscriber(email)
    assert subscriber is not None
    token = tokens_of(newsroom).make(UNSUBSCRIBE, subscriber.id, newsletter)
    assert newsroom.newsletter_of_link(token) == newsroom.unsubscribe(token) == "Harbour weekly"


def import_text(newsroom: Newsroom, text: str, *newsletters: str) -> SubscribersReport:
    path = folder_of(newsroom) / "subscribers.csv"
    path.write_text(text, encoding="utf-8")
    return newsroom.import_subscribers(path, newsletters=newsletters)


def export_text(newsroom: Newsroom) -> str:
    out = StringIO()
    newsroom.export_subscribers(out)
    return out.getvalue()


def recipients(newsroom: Newsroom, newsletter: str) -> list[str]:
    return [each.email for each in newsroom.subscribers(newsletter) if each.state == "confirmed"]


@given(st.text(alphabet="=+-@'\"x, ", max_size=6))
def test_cells_of_an_export_are_no_formulas_and_come_back(cell: str) -> None:
    escaped = escape_cell(cell)
    assert not escaped.startswith(("=", "+", "-", "@"))
    assert unescape_cell(escaped) == cell


def test_names_that_look_like_formulas_are_exported_as_text(newsroom: Newsroom) -> None:
    names = ["=1+2", "+1 555 0100", "-5", "@SUM(A1)", "'=1", "'Ada'"]
    for number, name in enumerate(names):
        newsroom.add_subscriber(f"s{number}@example.org", name=name)
    exported = export_text(newsroom)
    rows = list(csv.reader(StringIO(exported)))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert import_text(newsroom, exported).problems == ()
    assert {each.name for each in newsroom.subscribers()} == set(names)


def test_import_reports_columns_that_are_not_known(newsroom: Newsroom) -> None:
    report = import_text(newsroom, "Email,Name,Newsletter,City\nann@example.org,Ann,weekly,Quay\n")
    assert report.added == 1
    assert [(each.line, each.severity) for each in report.problems] == [(1, "warning")]
    assert "newsletter, city" in report.problems[0].message
    assert "newsletters" in (report.problems[0].hint or "")


def test_import_does_not_subscribe_to_a_new_newsletter_after_an_unsubscription(tmp_path: Path) -> None:
    with site(tmp_path, WEEKLY) as newsroom:
        newsroom.add_subscriber("ann@example.org")
        unsubscribe(newsroom, "ann@example.org", "weekly")
        text = export_text(newsroom)
    with site(tmp_path, WEEKLY, DAILY) as newsroom:
        import_text(newsroom, text)
        assert recipients(newsroom, "daily") == recipients(newsroom, "weekly") == []


def test_unsubscriptions_and_suppressions_move_to_a_new_store(
    newsroom: Newsroom, other: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNDICATE_SECRET", "of this site")
    for name in ("ann", "bob", "cay", "dan"):
        newsroom.add_subscriber(f"{name}@example.org")
    store, now = store_of(newsroom), utc_now()
    unsubscribe(newsroom, "ann@example.org", "weekly")
    bob = store.subscriber("bob@example.org")
    assert bob is not None
    store.unsubscribe(bob.id, None, now=now)
    newsroom.remove_subscriber("cay@example.org")
    text = export_text(newsroom)
    rows = {row["email"]: row for row in csv.DictReader(StringIO(text))}
    cells = {
        email[:3]: (row["newsletters"], row["state"], row["unsubscribed"]) for email, row in rows.items()
    }
    assert cells == {
        "ann": ("daily", "confirmed", "weekly"),
        "bob": ("", "unsubscribed", "daily weekly"),
        "hma": ("", "removed", ""),
        "dan": ("daily weekly", "confirmed", ""),
    }
    for _ in range(2):
        import_text(other, text)
        assert export_text(other) == text
    report = import_text(other, "".join(f"{name}@example.org\n" for name in ("ann", "bob", "cay", "dan")))
    assert report.added == 0
    assert recipients(other, "weekly") == ["dan@example.org"]
    assert recipients(other, "daily") == ["ann@example.org", "dan@example.org"]
    import_text(other, "email\nann@example.org\n", "weekly")
    assert recipients(other, "weekly") == ["dan@example.org"]


def test_removed_addresses_that_are_subscribers_of_the_new_store(
    newsroom: Newsroom, other: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNDICATE_SECRET", "of this site")
    for name in ("ann", "bob"):
        newsroom.add_subscriber(f"{name}@example.org")
        newsroom.remove_subscriber(f"{name}@example.org")
    other.add_subscriber("ann@example.org")
    report = import_text(other, export_text(newsroom))
    assert (report.not_mailed, report.unchanged, report.rejected) == (1, 1, 0)
    assert [each.message[-18:] for each in report.problems] == ["stay subscribed: 1"]


def test_suppressed_address_stays_suppressed_in_a_new_store(other: Newsroom) -> None:
    import_text(other, "email,state\nann@example.org,suppressed\n")
    assert other.resubscribe("ann@example.org").added == 0
    assert [each.state for each in other.subscribers()] == ["suppressed"]
    import_text(other, "email,state\nbob@example.org,unsubscribed\ncay@example.org,removed\n")
    for name in ("bob", "cay"):
        assert other.add_subscriber(f"{name}@example.org").added == 0
        assert other.resubscribe(f"{name}@example.org").added == 1


def test_import_of_an_old_export_does_not_unsubscribe_a_known_subscriber(newsroom: Newsroom) -> None:
    newsroom.add_subscriber("ann@example.org")
    for state in ("unsubscribed", "removed", "suppressed"):
        import_text(newsroom, f"email,state,consent_how,unsubscribed\nann@example.org,{state},,weekly\n")
    import_text(newsroom, "email,newsletters,unsubscribed\nann@example.org,daily,weekly\n")
    assert recipients(newsroom, "weekly") == recipients(newsroom, "daily") == ["ann@example.org"]


def test_newsletters_column(newsroom: Newsroom) -> None:
    report = import_text(newsroom, "email,newsletters\nann@example.org,\nbob@example.org,weekly wekly\n")
    assert [(each.severity, each.line) for each in report.problems] == [("note", 2), ("warning", 3)]
    assert "'wekly'" in report.problems[1].message
    assert recipients(newsroom, "weekly") == ["bob@example.org"]
    assert recipients(newsroom, "daily") == []
    import_text(newsroom, "email\ncay@example.org\n")
    assert recipients(newsroom, "daily") == ["cay@example.org"]
    import_text(newsroom, "email,newsletters\nann@example.org,\n", "daily")
    assert recipients(newsroom, "daily") == ["ann@example.org", "cay@example.org"]


def test_newsletter_name_with_a_space(tmp_path: Path) -> None:
    with site(tmp_path / "a", SPACED, DAILY) as one, site(tmp_path / "b", SPACED, DAILY) as two:
        one.add_subscriber("ann@example.org")
        unsubscribe(one, "ann@example.org", "the week")
        one.add_subscriber("bob@example.org")
        text = export_text(one)
        assert import_text(two, text).problems == ()
        assert export_text(two) == text
        assert recipients(two, "the week") == ["bob@example.org"]
        import_text(two, "email,newsletters\ncay@example.org,day's daily\n")
        assert recipients(two, "daily") == ["ann@example.org", "bob@example.org", "cay@example.org"]


@pytest.mark.parametrize(
    "text",
    [
        '"email","name"\n"ann@example.org","Quay, Ann"\n',
        '"Name";"Email"\r\n"Quay, Ann";"ann@example.org"\r\n',
    ],
)
def test_quoted_header(newsroom: Newsroom, text: str) -> None:
    report = import_text(newsroom, text)
    assert (report.added, report.problems) == (1, ())
    assert [(each.email, each.name) for each in newsroom.subscribers()] == [("ann@example.org", "Quay, Ann")]


@pytest.mark.parametrize(
    "wrong", ["ann", "", "a b@example.org", "\ud800@example.org", "ann@example.org\ud800"]
)
def test_invalid_address_is_not_removed(newsroom: Newsroom, wrong: str) -> None:
    assert not newsroom.remove_subscriber(wrong)
    assert export_text(newsroom).count("\n") == 1


def test_removal_of_an_unknown_address_writes_nothing(newsroom: Newsroom) -> None:
    assert not newsroom.remove_subscriber("ann@example.org")
    assert export_text(newsroom).count("\n") == 1
    assert newsroom.add_subscriber("ann@example.org").added == 1
    assert newsroom.remove_subscriber(" Ann@Example.ORG")
    assert newsroom.add_subscriber("ann@example.org").added == 0


def test_removed_subscriber_who_resubscribes_does_not_get_an_edition_twice(
    newsroom: Newsroom,
) -> None:
    newsroom.ingest()
    newsroom.add_subscriber("ann@example.org")
    newsroom.compose("weekly")
    assert newsroom.send("weekly").accepted == 1
    newsroom.remove_subscriber("ann@example.org")
    newsroom.resubscribe("Ann@Example.org")
    assert newsroom.send("weekly").accepted == 1, "the delivery before the removal"


def test_id_does_not_reveal_the_address(newsroom: Newsroom, other: Newsroom) -> None:
    for each in (newsroom, other):
        each.add_subscriber("ann@example.org")
    (here,), (there,) = newsroom.subscribers(), other.subscribers()
    assert here.id != there.id
    assert "ann" not in here.id


def test_unknown_newsletter(newsroom: Newsroom) -> None:
    with pytest.raises(ConfigError, match="no newsletter 'wekly'"):
        newsroom.add_subscriber("ann@example.org", newsletters=["wekly"])


def test_invalid_language_or_time_zone_is_reported_and_left_empty(newsroom: Newsroom) -> None:
    report = import_text(
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
    reported = [(each.line, each.field, each.id, each.severity) for each in report.problems]
    assert reported == [
        (3, "language", "bo@example.org", "warning"),
        (4, "timezone", "cy@example.org", "warning"),
        (5, "language", "di@example.org", "warning"),
        (5, "timezone", "di@example.org", "warning"),
        (7, "language", "fy@example.org", "warning"),
        (8, "language", "gi@example.org", "warning"),
    ]
    assert all(each.file and each.file.endswith("subscribers.csv") for each in report.problems)
    assert {each.email[:2]: (each.language, each.timezone) for each in newsroom.subscribers()} == {
        "an": ("de-AT", "Europe/Vienna"),
        "bo": (None, "Europe/Berlin"),
        "cy": ("pt-BR", None),
        "di": (None, None),
        "ed": (None, None),
        "fy": (None, "UTC"),
        "gi": (None, "UTC"),
    }


def test_language_and_time_zone_on_the_command_line(newsroom: Newsroom, other: Newsroom) -> None:
    folder = folder_of(newsroom)
    options = ("--language", "de", "--timezone", "Europe/Berlin")
    assert cli(folder, "subscribers", "add", "ann@example.org", *options).returncode == 0
    done = cli(folder, "subscribers", "add", "bo@example.org", "--language", "de", "--timezone", "Berlin")
    assert done.returncode == 0, "the subscriber is added without the time zone"
    assert "bo@example.org" in done.stdout + done.stderr
    assert "no such time zone: 'Berlin'" in done.stderr
    listed = cli(folder, "subscribers", "list", "--json")
    found = [(each["language"], each["timezone"]) for each in json.loads(listed.stdout)]
    assert found == [("de", "Europe/Berlin"), ("de", None)]
    assert "Europe/Berlin" in cli(folder, "subscribers", "list", COLUMNS="200").stdout
    assert cli(folder, "subscribers", "add", "ann@example.org", "--language", "fr").returncode == 0
    text = cli(folder, "subscribers", "export").stdout
    assert "ann@example.org,,fr,Europe/Berlin,daily weekly,confirmed," in text
    import_text(other, text)
    assert export_text(other) == text


def test_every_profile_field_is_imported_and_exported(newsroom: Newsroom, other: Newsroom) -> None:
    values = {"name": "Ann Quay", "language": "de", "timezone": "Europe/Berlin"}
    assert set(values) == set(PROFILE_FIELDS) <= set(COLUMNS)
    import_text(newsroom, f"email,{','.join(values)}\nann@example.org,{','.join(values.values())}\n")
    import_text(other, export_text(newsroom))
    (subscriber,) = other.subscribers()
    assert {name: getattr(subscriber, name) for name in PROFILE_FIELDS} == values


def test_unsubscribe_link_of_a_removed_subscriber_is_not_valid(newsroom: Newsroom) -> None:
    newsroom.add_subscriber("ann@example.org")
    (subscriber,) = newsroom.subscribers()
    token = tokens_of(newsroom).make(UNSUBSCRIBE, subscriber.id, "weekly")
    newsroom.remove_subscriber("ann@example.org")
    assert newsroom.unsubscribe(token) is None
    assert newsroom.unsubscribe("x" + token) is newsroom.newsletter_of_link("x" + token) is None


def test_unsubscribe_link_of_a_newsletter_that_the_config_no_longer_has(newsroom: Newsroom) -> None:
    newsroom.add_subscriber("ann@example.org")
    (subscriber,) = newsroom.subscribers()
    token = tokens_of(newsroom).make(UNSUBSCRIBE, subscriber.id, "monthly")
    assert newsroom.newsletter_of_link(token) == newsroom.unsubscribe(token) == "monthly"


def test_nothing_is_left_of_a_removed_subscriber_but_a_hash(newsroom: Newsroom) -> None:
    newsroom.ingest()
    for name in ("secretperson", "ann"):
        newsroom.add_subscriber(
            f"{name}@private.example",
            name=f"{name} Quaywright",
            tags=[f"{name}-tag"],
            consent_text=f"{name} agreed",
            consent_ip="192.0.2.77",
        )
    newsroom.compose("weekly")
    newsroom.send("weekly")
    store = store_of(newsroom)
    with store._db.write() as connection:
        reply = "550 5.1.1 <secretperson@private.example> does not exist"
        mine = update(delivery).where(delivery.c.email == "secretperson@private.example")
        assert connection.execute(mine.values(detail=reply)).rowcount == 1
        suppress(connection, "secretperson@private.example", reason="bounce", detail=reply, now=utc_now())
        stop = {"edition_id": "weekly-1", "stopped_at": utc_now(), "reason": reply}
        connection.execute(insert(send_stop).values(stop))
    database = folder_of(newsroom) / "syndicate.db"
    assert b"secretperson@private" in database.read_bytes() + Path(f"{database}-wal").read_bytes()
    assert newsroom.remove_subscriber("SecretPerson@private.example")
    for path in database.parent.glob("syndicate.db*"):
        assert b"secretperson" not in path.read_bytes().lower(), path
    store.add_subscriber(a_subscriber("otherperson", state="pending"))
    import_text(newsroom, "email,state\notherperson@example.org,removed\n")
    for path in database.parent.glob("syndicate.db*"):
        assert b"otherperson" not in path.read_bytes().lower(), path
    record = newsroom.show_subscriber("secretperson@private.example")
    assert record is not None
    assert record.subscriber is None
    assert record.suppression is not None
    assert newsroom.add_subscriber("secretperson@private.example").added == 0


def test_all_that_is_kept_is_shown(newsroom: Newsroom) -> None:
    newsroom.ingest()
    newsroom.add_subscriber(
        "ann@example.org",
        name="Ann",
        tags=["b", "a, c"],
        consent_text="https://x.example/form",
        consent_ip="::1",
    )
    newsroom.compose("weekly")
    newsroom.send("weekly")
    shown = cli(folder_of(newsroom), "subscribers", "show", "ann@example.org").stdout
    for line in (
        "address: ann@example.org",
        "tags: a, c, b",
        "consent text: https://x.example/form",
        "consent IP: ::1",
        "delivery: weekly-1 accepted",
    ):
        assert line in shown
    assert "subscription: daily on since" in shown
    record = json.loads(cli(folder_of(newsroom), "subscribers", "show", "ann@example.org", "--json").stdout)
    assert record["subscriber"]["consent"]["ip"] == "::1"
    assert [each["edition_id"] for each in record["deliveries"]] == ["weekly-1"]
    unknown = cli(folder_of(newsroom), "subscribers", "show", "bob@example.org")
    assert (unknown.returncode, unknown.stdout) == (1, "nothing is kept about bob@example.org\n")


def test_reinstate_on_the_command_line(newsroom: Newsroom) -> None:
    folder = folder_of(newsroom)
    import_text(
        newsroom,
        "email,state\nann@example.org,bounced\nbob@example.org,unsubscribed\ncay@example.org,bounced\n",
    )
    done = cli(folder, "subscribers", "reinstate", "cay@example.org")
    assert (done.returncode, "subscribed to no newsletter" in done.stderr) == (0, True)
    newsroom.remove_subscriber("cay@example.org")
    done = cli(folder, "subscribers", "reinstate", "bob@example.org")
    assert (done.returncode, "the reason is: unsubscribed" in done.stderr) == (1, True)
    assert cli(folder, "subscribers", "reinstate").returncode == 2
    done = cli(folder, "subscribers", "reinstate", "--bounced-since", "2020-01-01")
    assert (done.returncode, done.stdout) == (0, "1 subscriber reinstated\n")
    assert {each.email[:3]: each.state for each in newsroom.subscribers()} == {
        "ann": "confirmed",
        "bob": "unsubscribed",
    }


def test_segment_of_a_newsletter(tmp_path: Path) -> None:
    (tmp_path / "choice.py").write_text("def is_short(subscriber):\n    return len(subscriber.email) < 10\n")
    members = f'{WEEKLY}segment = {{ tags = ["members"] }}\n'
    chosen = f'{DAILY}segment = "choice:is_short"\n'
    with site(tmp_path, members, chosen) as newsroom:
        newsroom.ingest()
        newsroom.add_subscriber("a@x.example", tags=["members"])
        newsroom.add_subscriber("b@x.org")
        for name, expected in (("weekly", "a@x.example"), ("daily", "b@x.org")):
            newsroom.compose(name)
            assert newsroom.audience(name).addresses == (expected,)
            assert newsroom.send(name).accepted == 1


@pytest.mark.parametrize("segment", ['"nothing"', "{ town = 1 }", '{ domain = "a b" }'])
def test_wrong_segment_is_reported(tmp_path: Path, segment: str) -> None:
    with pytest.raises(ConfigError, match="segment"):
        site(tmp_path, f"{WEEKLY}segment = {segment}\n")


def test_segment_whose_function_fails_sends_nothing(tmp_path: Path) -> None:
    (tmp_path / "broken_choice.py").write_text("def choose(subscriber):\n    return subscriber.missing\n")
    with site(tmp_path, f'{WEEKLY}segment = "broken_choice:choose"\n') as newsroom:
        newsroom.ingest()
        newsroom.add_subscriber("ann@example.org")
        with pytest.raises(ConfigError, match="'broken_choice:choose' failed: AttributeError"):
            newsroom.compose("weekly")
    with (
        site(tmp_path / "b", f'{WEEKLY}segment = "no_such_module:choose"\n') as newsroom,
        pytest.raises(ConfigError, match="there is no function 'no_such_module:choose'"),
    ):
        newsroom.ingest()
        newsroom.enqueue("weekly", "weekly-1")
