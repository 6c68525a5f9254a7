"""Failures of the database, the disk or the server: the error names the database, and nothing changes."""

from __future__ import annotations

import os
import resource
import sqlite3
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Pool, event

from helpers_processes import CROWD, Crowd
from helpers_store import Opener
from syndicate.errors import ConfigError, StoreError
from syndicate.store import SqlStore
from syndicate.testing import NOW, a_new_edition, a_subscriber, an_incoming

LEASE = timedelta(minutes=5)
SHORT = 0.1


def ingest(store: SqlStore, name: str = "a", **fields: Any) -> int:
    """Store one article."""
    return store.put("posts", [an_incoming(name, **fields)], NOW, seen=set()).new


def path_of(url: str) -> Path:
    """Return the file of an SQLite database."""
    return Path(url.removeprefix("sqlite:///"))


class TestSqlite:
    """Failures of SQLite."""

    def test_store_waits_for_another_writer_and_then_reports_it(self, sqlite_url: str) -> None:
        with closing(SqlStore(sqlite_url, wait=SHORT)) as store:
            ingest(store)
            with closing(sqlite3.connect(path_of(sqlite_url), isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                with pytest.raises(StoreError, match="is locked by another process") as caught:
                    ingest(store, "b")
                assert str(path_of(sqlite_url)) in caught.value.message
                assert "nothing was changed" in str(caught.value.hint)
                assert store.count(now=NOW) == 1, "reading goes on"
                other.execute("ROLLBACK")
            assert ingest(store, "b") == 1, "and so does writing, afterwards"
            assert store.sequence() == 2

    def test_database_cannot_be_created_while_another_process_writes_to_it(self, sqlite_url: str) -> None:
        with closing(sqlite3.connect(path_of(sqlite_url), isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StoreError, match="is locked by another process"):
                SqlStore(sqlite_url, wait=SHORT)
            other.execute("ROLLBACK")
        SqlStore(sqlite_url, wait=SHORT).close()

    def test_file_that_is_not_a_database_is_not_changed(self, sqlite_url: str) -> None:
        path = path_of(sqlite_url)
        path.write_bytes(b"Dear diary, " * 500)
        with pytest.raises(StoreError, match="not a database") as caught:
            SqlStore(sqlite_url)
        assert str(path) in caught.value.message
        assert "move it" in str(caught.value.hint)
        assert path.read_bytes() == b"Dear diary, " * 500

    def test_truncated_file(self, sqlite_url: str) -> None:
        with closing(SqlStore(sqlite_url)) as store:
            for number in range(50):
                ingest(store, f"a{number}", content_html="x" * 5000)
        path = path_of(sqlite_url)
        path.write_bytes(path.read_bytes()[:20_000])
        with pytest.raises(StoreError) as caught, closing(SqlStore(sqlite_url)) as store:
            store.articles(now=NOW)
        assert str(path) in caught.value.message

    def test_missing_folder(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match=r"folder for the database does not exist: .*nowhere") as caught:
            SqlStore(f"sqlite:///{tmp_path / 'nowhere' / 'syndicate.db'}")
        assert "create it" in str(caught.value.hint)
        assert list(tmp_path.iterdir()) == []

    def test_path_of_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match=str(tmp_path)) as caught:
            SqlStore(f"sqlite:///{tmp_path}")
        assert "check the path and its permissions" in str(caught.value.hint)

    def test_read_only_folder(self, crowd: Crowd) -> None:
        # Not below pytest's own folder: another user could not even look into that.
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o555)
            for message in crowd.race(open_unprivileged, f"sqlite:///{folder}/syndicate.db"):
                assert f"{folder}/syndicate.db" in message
                assert "check the path and its permissions" in message
            assert os.listdir(folder) == []
            os.chmod(folder, 0o755)

    def test_read_only_database(self, crowd: Crowd) -> None:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{folder}/syndicate.db"
            SqlStore(url).close()
            os.chmod(f"{folder}/syndicate.db", 0o444)
            os.chmod(folder, 0o555)
            for message in crowd.race(open_unprivileged, url):
                assert "check the path and its permissions" in message
            assert crowd.race(read_unprivileged, url) == [0] * CROWD
            assert os.listdir(folder) == ["syndicate.db"]
            os.chmod(folder, 0o755)

    def test_full_disk_changes_nothing(self, sqlite_url: str) -> None:
        is_full = True

        def limit_pages(connection: sqlite3.Connection, *_: Any) -> None:
            # SQLite does not set a limit below the size of the file.
            connection.execute(f"PRAGMA max_page_count = {1 if is_full else 1_000_000}")

        with closing(SqlStore(sqlite_url)) as store:
            store.add_subscriber(a_subscriber("ann"))
            store.add_edition(a_new_edition("weekly", 1), now=NOW)
            ingest(store)
            event.listen(Pool, "checkout", limit_pages)
            try:
                with pytest.raises(StoreError, match="no space left for the database") as caught:
                    store.put(
                        "posts",
                        [an_incoming("a", title="Changed"), an_incoming("b", content_html="x" * 200_000)],
                        NOW,
                        seen=set(),
                    )
                assert str(path_of(sqlite_url)) in caught.value.message
                assert "free some space" in str(caught.value.hint)
                [stored] = store.articles(now=NOW)
                assert (stored.article.title, store.sequence()) == ("About a", 1)
                is_full = False
                assert ingest(store, "b", content_html="x" * 200_000) == 1
            finally:
                event.remove(Pool, "checkout", limit_pages)

    def test_file_size_limit_changes_nothing(self, tmp_path: Path, crowd: Crowd) -> None:
        assert crowd.race(outgrow, str(tmp_path)) == [("StoreError", 1, 2)] * 4


def read_unprivileged(number: int, url: str) -> int:
    """Return the number of articles that a user without write permission reads."""
    root = os.geteuid() == 0
    SqlStore.open_read_only("sqlite://").close()
    if root:
        os.seteuid(65534)
    try:
        with closing(SqlStore.open_read_only(url)) as store:
            return store.count(now=NOW)
    finally:
        if root:
            os.seteuid(0)


def open_unprivileged(number: int, url: str) -> str:
    """Return the error message for a user without write permission."""
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as elsewhere:
        # Loads all that is loaded late, which that user may not be allowed to read either.
        SqlStore(f"sqlite:///{elsewhere}/warm.db").close()
    if root:
        os.seteuid(65534)
    try:
        with closing(SqlStore(url)) as store:
            store.remember("a", "word")
    except StoreError as error:
        return str(error)
    finally:
        if root:
            os.seteuid(0)
    return "nothing"


def outgrow(number: int, folder: str) -> tuple[str, int, int]:
    """Return the error at a file size limit, and the number of articles then and later."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with closing(SqlStore(f"sqlite:///{folder}/{number}.db")) as store:
        ingest(store)
        failed = ""
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
        try:
            ingest(store, "b", content_html="x" * 2_000_000)
        except StoreError as error:
            failed = type(error).__name__
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        then = store.count(now=NOW)
        ingest(store, "b", content_html="x" * 2_000_000)
        return failed, then, store.count(now=NOW)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "sqlite",
        "mysql://a_subscriber@localhost/db",
        "postgresql+psycopg2://a_subscriber@localhost/db",
        "postgresql+nonsense://a_subscriber@localhost/db",
        "nonsense://a_subscriber@localhost/db",
        "postgresql+psycopg://a_subscriber@localhost:port/db",
    ],
)
def test_invalid_url(url: str) -> None:
    with pytest.raises(ConfigError, match="the store's URL cannot be used") as caught:
        SqlStore(url)
    assert caught.value.where.field == "store.url"
    assert "sqlite:///syndicate.db" in str(caught.value.hint)


def test_error_when_all_connections_are_in_use(open_store: Opener) -> None:
    store = open_store(wait=SHORT)
    store.add_subscriber(a_subscriber("ann"))
    readers = []
    with pytest.raises(StoreError, match="busy: all connections are in use") as caught:
        for _ in range(50):
            readers.append(store.subscribers())
            next(readers[-1])
    assert "try again" in str(caught.value.hint)
    for reader in readers:
        reader.close()  # type: ignore[attr-defined]
    assert len(list(store.subscribers())) == 1


class TestPostgres:
    """Failures of PostgreSQL."""

    @pytest.fixture
    def admin(self, postgres_url: str) -> Iterator[Any]:
        """Return a connection of another client."""
        import psycopg

        with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
            yield connection

    def test_missing_server(self) -> None:
        with pytest.raises(StoreError, match=r"127\.0\.0\.1") as caught:
            SqlStore("postgresql+psycopg://a_subscriber:hush-hush@127.0.0.1:1/db")
        assert "check that the server is running" in str(caught.value.hint)
        assert "hush" not in str(caught.value)

    def test_missing_socket(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError) as caught:
            SqlStore(f"postgresql+psycopg://a_subscriber@/db?host={tmp_path}")
        assert "check that the server is running" in str(caught.value.hint)

    def test_missing_database(self, postgres_url: str) -> None:
        with pytest.raises(StoreError, match="nowhere"):
            SqlStore(postgres_url.replace("/postgres?", "/nowhere?"))

    def test_closed_connections_are_replaced(self, postgres_url: str, admin: Any) -> None:
        with closing(SqlStore(postgres_url)) as store:
            for number in range(3):
                assert ingest(store, f"a{number}") == 1
                assert end_all(admin) >= 1
                assert store.count(now=NOW) == number + 1
                end_all(admin)
                assert store.next_due(now=NOW) is None

    def test_connection_lost_in_a_transaction_changes_nothing(self, postgres_url: str, admin: Any) -> None:
        with closing(SqlStore(postgres_url)) as store, ThreadPoolExecutor(1) as pool:
            ingest(store)
            with admin.transaction():
                admin.execute("SELECT * FROM counter FOR UPDATE")
                stuck = pool.submit(ingest, store, "b")
                while not end_all(admin, "AND wait_event_type = 'Lock'"):
                    assert not stuck.done()
                with pytest.raises(StoreError, match="postgresql"):
                    stuck.result(20)
            assert store.count(now=NOW) == 1
            assert ingest(store, "b") == 1
            assert store.sequence() == 2

    def test_store_waits_for_another_writer_and_then_reports_it(self, postgres_url: str, admin: Any) -> None:
        with closing(SqlStore(postgres_url, wait=SHORT)) as store:
            ingest(store)
            with admin.transaction():
                admin.execute("SELECT * FROM counter FOR UPDATE")
                with pytest.raises(StoreError, match="is locked by another process") as caught:
                    ingest(store, "b")
                assert "nothing was changed" in str(caught.value.hint)
                assert store.count(now=NOW) == 1, "reading goes on"
            assert ingest(store, "b") == 1


def end_all(admin: Any, which: str = "") -> int:
    """End all other connections, and wait until they are closed."""
    others = f"FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() {which}"
    ended = len(admin.execute(f"SELECT pg_terminate_backend(pid, 5000) {others}").fetchall())
    return int(ended)


def test_claim_of_more_deliveries_than_sqlite_allows_variables(tmp_path: Path) -> None:
    def allow_few(connection: sqlite3.Connection, _: object) -> None:
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 100)

    event.listen(Engine, "connect", allow_few)
    try:
        store = SqlStore(f"sqlite:///{tmp_path}/s.db")
        with closing(store):
            for number in range(120):
                store.add_subscriber(a_subscriber(f"s{number}"))
            store.add_edition(a_new_edition("weekly", 1), now=NOW)
            store.enqueue("weekly-1", "weekly", now=NOW)
            assert len(store.claim("worker", now=NOW, lease=LEASE, limit=500)) == 120
    finally:
        event.remove(Engine, "connect", allow_few)
