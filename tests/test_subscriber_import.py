"""Importing many subscribers: as one by one, in batches, in constant memory."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, select

from syndicate.errors import ConfigError
from syndicate.model import Consent, ImportedSubscriber, NoMailReason, SubscribersReport
from syndicate.model.base import _email, validated_email
from syndicate.store import SqlStore
from syndicate.store.address_hashes import email_key
from syndicate.store.schema import subscriber, subscriber_tag, subscription, suppression
from syndicate.store.suppressions import suppress
from syndicate.subscribers import subscriber_import
from syndicate.subscribers.subscriber_import import import_subscribers
from syndicate.testing import NOW, a_subscriber

TABLES = (subscription, subscriber_tag, subscriber, suppression)
KNOWN = ("daily", "weekly")


def clear(store: SqlStore) -> None:
    with store._db.write() as connection:
        for table in TABLES:
            connection.execute(delete(table))


def content(store: SqlStore) -> dict[str, list[Any]]:
    """Return all rows about subscribers. Of a suppression the text is left out: it says which way it came."""
    with store._db.read() as connection:
        found = {table.name: sorted(map(tuple, connection.execute(select(table)))) for table in TABLES[:3]}
        names = ("address_hash", "reason", "created_at", "previous_state")
        columns = [suppression.c[name] for name in names]
        found["suppression"] = sorted(map(tuple, connection.execute(select(*columns))))
    return found


def keep_unsubscribed(store: SqlStore, row: ImportedSubscriber) -> None:
    known = store.subscriber(row.subscriber.email)
    names = set(row.unsubscribed)
    if known and known.state == "confirmed":
        names -= set(known.newsletters)
    if names:
        pending = {"newsletters": tuple(sorted(names)), "state": "pending"}
        store.add_subscriber(row.subscriber.model_copy(update=pending))
        if known := store.subscriber(row.subscriber.email):
            for name in names:
                store.unsubscribe(known.id, name, now=row.no_mail_since or NOW)


def import_one(store: SqlStore, row: ImportedSubscriber) -> None:
    """Do with methods for single addresses what an import does with a row."""
    known = store.subscriber(row.subscriber.email)
    if row.no_mail is None:
        keep_unsubscribed(store, row)
        store.add_subscriber(row.subscriber)
        return
    if known and known.state == "confirmed" and not row.is_current:
        return
    at = row.no_mail_since or NOW
    if row.no_mail_newsletters:
        for name in row.no_mail_newsletters if known else ():
            store.unsubscribe(known.id, name, now=at)
        keep_unsubscribed(store, replace(row, unsubscribed=row.no_mail_newsletters))
    elif known is None or known.state == "pending":
        if row.no_mail == "removed":
            store.remove_subscriber(row.subscriber.email, now=at)
            return
        keep_unsubscribed(store, row)
        known = store.subscriber(row.subscriber.email)
        state = "unsubscribed" if row.no_mail == "unsubscribed" else known.state if known else "confirmed"
        store.add_subscriber(row.subscriber.model_copy(update={"newsletters": (), "state": state}))
        if row.no_mail != "unsubscribed":
            put_on_suppression_list(store, row, at)
    elif row.no_mail in ("unsubscribed", "removed"):
        store.unsubscribe(known.id, None, now=at)
    elif known.state != "unsubscribed" or row.no_mail != "bounce":
        for name in known.newsletters if known.state == "confirmed" else ():
            store.unsubscribe(known.id, name, now=at)
        put_on_suppression_list(store, row, at)


def put_on_suppression_list(store: SqlStore, row: ImportedSubscriber, at: datetime) -> None:
    key = email_key(row.subscriber.email)
    with store._db.write() as connection:
        suppress(connection, key, reason=str(row.no_mail), detail="imported", now=at)


moments = st.integers(-3, 3).map(lambda days: NOW + timedelta(days=days))
imported = st.builds(
    lambda name, case, newsletters, tags, consent, unsubscribed, no_mail, ended, current, **profile: (
        ImportedSubscriber(
            a_subscriber(
                name,
                email=f"{name.upper() if case else name}@example.org",
                newsletters=tuple(sorted(set(newsletters) - set(unsubscribed))),
                tags=tags,
                consent=Consent(how="import", at=consent),
                **profile,
            ),
            tuple(unsubscribed),
            no_mail,
            consent,
            tuple(ended) if no_mail == "unsubscribed" else (),
            current,
        )
    ),
    name=st.sampled_from("abcd"),
    case=st.booleans(),
    newsletters=st.sets(st.sampled_from(["daily", "weekly", "monthly"])),
    tags=st.sets(st.sampled_from(["x", "y"])).map(lambda tags: tuple(sorted(tags))),
    consent=moments,
    unsubscribed=st.sets(st.sampled_from(["daily", "weekly"]), max_size=1),
    no_mail=st.sampled_from([None, None, None, None, None, *get_args(NoMailReason)]),
    ended=st.sets(st.sampled_from(["daily", "weekly"]), max_size=1),
    current=st.booleans(),
    language=st.sampled_from([None, "de", "en"]),
    timezone=st.sampled_from([None, "Europe/Berlin"]),
)


histories = {
    "before": st.lists(imported, max_size=4),
    "rows": st.lists(imported, max_size=8),
    "size": st.integers(1, 5),
}


def compare_with_single_addresses(
    store: SqlStore, before: list[ImportedSubscriber], rows: list[ImportedSubscriber], size: int
) -> None:
    both = []
    for in_batches in (True, False):
        clear(store)
        for row in before:
            import_one(store, row)
        if in_batches:
            for start in range(0, len(rows), size):
                store.import_subscribers(rows[start : start + size], now=NOW)
        else:
            for row in rows:
                import_one(store, row)
        both.append(content(store))
    assert both[0] == both[1]


@pytest.fixture
def quick_store(sqlite_url: str) -> Iterator[SqlStore]:
    """A store that does not wait for the disk."""
    store = SqlStore(sqlite_url)
    store._db.engine.dispose()
    event.listen(
        store._db.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF")
    )
    yield store
    store.close()


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(**histories)
def test_import_does_what_the_methods_for_single_addresses_do(quick_store: SqlStore, **history: Any) -> None:
    compare_with_single_addresses(quick_store, **history)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(**histories)
def test_import_does_so_in_postgresql_too(postgres_url: str, **history: Any) -> None:
    store = SqlStore(postgres_url)
    compare_with_single_addresses(store, **history)
    store.close()


atoms = st.text("aB1_+-.!", min_size=1, max_size=9)
labels = st.text("aZ09-", min_size=1, max_size=8) | st.sampled_from(
    ["xn--bcher-kva", "ab--c", "a" * 63, "a" * 64]
)
domains = st.lists(labels, min_size=1, max_size=4).map(".".join) | st.builds(
    "{}.{}".format,
    labels,
    st.sampled_from(["com", "test", "local", "onion", "arpa", "c", "123", "Invalid", "bücher"]),
)
addresses = st.builds(
    "{}@{}".format, atoms | st.sampled_from(["Info", "ABUSE", "x" * 65, "x" * 250, '"a b"', "ä"]), domains
)


@settings(max_examples=1500)
@given(st.one_of(addresses, st.text('aA@.-_ \t\n"<>é', max_size=12)))
def test_usual_addresses_are_accepted_as_by_the_full_validation(address: str) -> None:
    def result(validate: Any) -> str:
        try:
            return str(validate(address.strip()))
        except ValueError:
            return "invalid"

    assert result(_email) == result(validated_email)


def import_text(store: SqlStore, path: Path, text: str, **options: Any) -> SubscribersReport:
    path.write_text(text, encoding="utf-8")
    return import_subscribers(store, path, newsletters=(), known=KNOWN, now=NOW, **options)


def test_more_rows_than_a_batch_has(store: SqlStore, tmp_path: Path) -> None:
    rows = 2 * subscriber_import._BATCH + 7
    text = "email,name\n" + "".join(f"r{number}@example.org,R {number}\n" for number in range(rows))
    progress: list[tuple[int, int]] = []
    report = import_text(
        store, tmp_path / "many.csv", text, progress=lambda done, of: progress.append((done, of))
    )
    assert (report.added, report.unchanged, report.problems) == (rows, 0, ())
    assert progress == [(5001, rows + 1), (10001, rows + 1), (rows + 1, rows + 1)]
    assert store.count_subscribers() == rows
    names = {each.email: (each.name, each.newsletters) for each in store.subscribers()}
    assert names == {f"r{number}@example.org": (f"R {number}", KNOWN) for number in range(rows)}
    again = import_text(store, tmp_path / "many.csv", text.replace("R 10003", "New"))
    assert (again.added, again.unchanged) == (1, rows - 1)


class Killed(BaseException):
    """The process ends here."""


def test_import_that_was_killed_is_finished_by_a_second_one(
    store: SqlStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriber_import, "_BATCH", 3)
    text = "email\n" + "".join(f"r{number}@example.org\n" for number in range(10))

    def kill(done: int, _of: int) -> None:
        if done > 6:
            raise Killed

    with pytest.raises(Killed):
        import_text(store, tmp_path / "list.csv", text, progress=kill)
    assert store.count_subscribers() == 6, "each batch is committed"
    report = import_text(store, tmp_path / "list.csv", text)
    assert (report.added, report.unchanged) == (4, 6)


def test_rejects_are_written_with_line_and_reason(store: SqlStore, tmp_path: Path) -> None:
    store.add_subscriber(a_subscriber("left"))
    store.unsubscribe("left", None, now=NOW)
    rejects = tmp_path / "rejects.csv"
    rejects.touch(0o644)
    report = import_text(
        store,
        tmp_path / "list.csv",
        "E-Mail;Status;Name\n=1@@x;;Ann\nleft@example.org;;Left\nbo@example.org;pending;Bo\ncy@example.org;weird;Cy\ned@example.org;active;Ed\n",
        rejects=rejects,
    )
    assert (report.added, report.rejected, report.ok) == (1, 4, False)
    assert rejects.stat().st_mode & 0o777 == 0o600
    with rejects.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["E-Mail", "Status", "Name", "import_state", "line", "reason"]
    assert [(row[0], row[4]) for row in rows[1:]] == [
        ("'=1@@x", "2"),
        ("bo@example.org", "4"),
        ("cy@example.org", "5"),
        ("left@example.org", "3"),
    ]
    assert [row[5].partition(":")[0] for row in rows[1:]] == [
        "not an email address",
        "skipped",
        "skipped",
        "has unsubscribed or is suppressed, and was not added again",
    ]


def test_first_problems_are_in_the_report_and_the_others_are_counted(store: SqlStore, tmp_path: Path) -> None:
    report = import_text(store, tmp_path / "list.csv", "email\n" + "nobody\n" * 250)
    assert report.rejected == 250
    assert len(report.problems) == 101
    assert report.problems[0].line == 2
    assert "150 more" in report.problems[-1].message


@pytest.mark.parametrize("broken", ["ann@example.org\0", '"' + "x" * 200_000, 'ann@example.org,"a\0b"'])
def test_one_broken_row_costs_one_row(store: SqlStore, tmp_path: Path, broken: str) -> None:
    text = f"email,name\n{broken}\ncay@example.org,Cay\n"
    import_text(store, tmp_path / "list.csv", text)
    assert [each.id and each.name for each in store.subscribers()][-1:] == ["Cay"]


def test_imports_at_the_same_time(postgres_url: str) -> None:
    store = SqlStore(postgres_url)
    rows = [ImportedSubscriber(a_subscriber(f"r{number}", newsletters=KNOWN)) for number in range(2000)]
    hashes = [(f"{number:064x}", "unsubscribed") for number in range(2000)]

    def work(number: int) -> None:
        mine = Random(number).sample(rows, len(rows))
        for start in range(0, len(mine), 500):
            store.import_subscribers(mine[start : start + 500], now=NOW)
        store.suppress_hashes(hashes, now=NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert store.count_subscribers() == len(rows)
    assert len(store.suppressed()) == len(hashes)
    store.close()


def test_file_that_is_not_text_changes_nothing(store: SqlStore, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"email\n" + b"ann@example.org\n" * 9000 + b"\xe9\n")
    with pytest.raises(ConfigError, match="not UTF-8"):
        import_subscribers(store, path, newsletters=(), known=KNOWN, now=NOW)
    assert store.count_subscribers() == 0
