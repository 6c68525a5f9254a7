"""The connection to SQLite or PostgreSQL: transactions, errors in words, migrations at opening."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    Table,
    collate,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ..errors import ConfigError, StoreError, Where
from .schema import metadata

HEAD = "0007"
"""The newest migration; a test holds it to the files in `migrations/versions`."""

# An arbitrary constant: PostgreSQL's advisory locks are numbers.
_MIGRATION_LOCK = 7_283_446_120

# Twice as fast as the standard library's.
JSON: dict[str, Any] = {
    "json_serializer": lambda value: to_json(value).decode(),
    "json_deserializer": from_json,
}


class Database:
    """One database, by URL.

    Args:
        url: `sqlite:///path`, or `postgresql+psycopg://user@host/name`.
        wait: seconds to wait for another process that is writing, or for a connection.

    Raises:
        ConfigError: the URL is not one, or its driver is not installed.
        StoreError: the database cannot be opened.
    """

    def __init__(self, url: str, *, wait: float = 30.0) -> None:
        try:
            self.url = make_url(url)
            self.engine = self._engine(self.url, wait)
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, ValueError) as error:
            raise ConfigError(
                f"the store's URL cannot be used: {error}",
                where=Where(field="store.url"),
                hint='write "sqlite:///syndicate.db", or "postgresql+psycopg://user@host/name" '
                "after `pip install 'syndicate-feeds[scale]'`",
            ) from None
        self.name = self.url.render_as_string(hide_password=True)
        # SQLite takes one writer; waiting here is fair among threads, waiting there is not.
        self._writing: threading.Lock | None = threading.Lock() if self.sqlite else None
        self._prepare()

    @property
    def sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    def _engine(self, url: URL, wait: float) -> Engine:
        if url.get_backend_name() != "sqlite":
            return _server(url, wait)
        pool: dict[str, Any] = {}
        if file := file_of(url):
            pool = {"pool_timeout": wait}
            require_folder(file)
        engine = create_engine(
            url, connect_args={"timeout": wait, "check_same_thread": False}, **pool, **JSON
        )

        @event.listens_for(engine, "connect")
        def _connect(connection: sqlite3.Connection, _record: Any) -> None:
            # The driver would begin transactions of its own, too late to take the write lock in time.
            connection.isolation_level = None
            _write_ahead(connection, wait)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            writes = connection.get_execution_options().get("writes", False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

        return engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads, on one state of the database.

        Raises:
            StoreError: the database failed.
        """
        with self._in_words(), self.engine.connect() as raw:
            # PostgreSQL would otherwise give each statement a state of its own.
            connection = raw if self.sqlite else raw.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes: all of it, or nothing.

        Raises:
            StoreError: the database failed.
            IntegrityError: a constraint refused it; for callers who race on purpose.
        """
        with self._in_words():
            if self._writing:
                self._writing.acquire()
            try:
                with self.engine.connect() as raw:
                    connection = raw.execution_options(writes=True)
                    with connection.begin():
                        yield connection
            finally:
                if self._writing:
                    self._writing.release()

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            raise
        except DBAPIError as error:
            raise StoreError(
                self._words(str(error.orig).strip()), where=Where(field="store.url"), hint=self._hint(error)
            ) from error
        except PoolTimeout as error:
            raise StoreError(
                f"the database {self.name} is busy: every connection is in use",
                where=Where(field="store.url"),
                hint="wait a little and try again; nothing was changed",
            ) from error

    def _words(self, reason: str) -> str:
        if _held_up(reason):
            return f"the database {self.name} is locked by another process"
        if "disk is full" in reason or "No space left" in reason:
            return f"no space left for the database {self.name}"
        first = reason.splitlines()[0] if reason else "it gave no reason"
        return f"the database {self.name} failed: {first}"

    def _hint(self, error: DBAPIError) -> str:
        reason = str(error.orig)
        if _held_up(reason):
            return "wait until it has finished, or end it; nothing was changed"
        if "full" in reason or "No space" in reason:
            return "make room; nothing was changed"
        if "unable to open" in reason or "readonly" in reason:
            return "is the path right, and may this user write there?"
        if "not a database" in reason:
            return "the file is something else; move it away or change store.url"
        if not self.sqlite:
            return "is the server up, and are host, user and password right?"
        return "see the reason above"

    def version(self) -> str | None:
        """The migration that its tables are of; none if it has no tables of ours.

        Raises:
            StoreError: it was made by a newer version of this package, or the database failed.
        """
        with self.read() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        if found is not None and found > HEAD:
            raise StoreError(
                f"the database {self.name} was made by a newer syndicate (schema {found}, known is {HEAD})",
                where=Where(field="store.url"),
                hint="upgrade syndicate; nothing was changed",
            )
        return found

    def _prepare(self) -> None:
        """Make the tables, or bring them up to date."""
        if self.version() == HEAD:
            return
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", "syndicate.store:migrations")
        config.set_main_option("path_separator", "os")
        with self.write() as connection:
            if not self.sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def by_code_point(self, column: Column[str]) -> Any:
        """To order text as Python does, whatever the language of the server."""
        return column if self.sqlite else collate(column, "C")

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def file_of(url: URL) -> Path | None:
    """The file of an SQLite database; none for one in memory or on a server."""
    there = url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:"
    return Path(url.database or "") if there else None


def require_folder(file: Path) -> None:
    """Raise a StoreError if the folder of a database does not exist."""
    if not file.parent.is_dir():
        raise StoreError(
            f"the folder for the database does not exist: {file.parent}",
            where=Where(field="store.url"),
            hint="make it, or change store.url",
        )


def insert_once(connection: Connection, table: Table, **values: Any) -> bool:
    """Insert a row unless it is there, even if another process inserts it at this very moment.

    Returns:
        Whether it was inserted.
    """
    there = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    new = there(table).values(**values).on_conflict_do_nothing()
    return bool(connection.execute(new.execution_options(preserve_rowcount=True)).rowcount)


def _server(url: URL, wait: float) -> Engine:
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_timeout=wait,
        connect_args={"connect_timeout": max(2, int(wait))},
        **JSON,
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # A process that was stopped in the middle of a write must not hold up all others for ever.
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {max(1, int(wait * 1000))}")
        connection.commit()

    return engine


def _write_ahead(connection: sqlite3.Connection, wait: float) -> None:
    # SQLite does not wait by itself where two processes turn a new file into a write-ahead log at once.
    until = time.monotonic() + wait
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() >= until:
                raise
            time.sleep(0.01)
        else:
            return


def _held_up(reason: str) -> bool:
    return "locked" in reason or "lock timeout" in reason


__all__ = ["HEAD", "Database", "file_of", "insert_once", "metadata", "require_folder"]
