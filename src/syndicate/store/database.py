"""Connections to SQLite and PostgreSQL: transactions, error messages and migrations."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
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
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ..errors import ConfigError, StoreError, Where

HEAD = "0009"
"""The newest migration. A test compares it with the files in `migrations/versions`."""

# The numbers of advisory locks in PostgreSQL, chosen at random.
_MIGRATION_LOCK = 7_283_446_120
IMPORT_LOCK = 2_915_730_446

# A checkpoint for each 160 MB of changed pages instead of 4; a cache of 32 MB instead of 2.
_REPEATABLE = {"synchronous": "NORMAL", "wal_autocheckpoint": 40_000, "cache_size": -32_000}
_DURABLE = {"synchronous": "FULL", "wal_autocheckpoint": 1000}

# Twice as fast as the standard library.
JSON: dict[str, Any] = {
    "json_serializer": lambda value: to_json(value).decode(),
    "json_deserializer": from_json,
}


class Database:
    """A database. Opening it creates or upgrades its tables.

    Args:
        url: `sqlite:///path`, or `postgresql+psycopg://user@host/name`.
        wait: seconds to wait for another process that is writing, or for a connection.

    Raises:
        ConfigError: the URL is invalid, or its driver is not installed.
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
        # SQLite has one writer at a time. This lock is fair among threads; SQLite's is not.
        self._writing: threading.Lock | None = threading.Lock() if self.sqlite else None
        self._prepare()

    @property
    def sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    def _engine(self, url: URL, wait: float) -> Engine:
        if url.get_backend_name() != "sqlite":
            return _postgresql_engine(url, wait)
        pool: dict[str, Any] = {}
        if file := file_of(url):
            pool = {"pool_timeout": wait}
            require_folder(file)
            # Readable by its owner alone, as are the files that SQLite puts beside it. SQLite reports errors.
            with suppress(OSError):
                os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))
        engine = create_engine(
            url, connect_args={"timeout": wait, "check_same_thread": False}, **pool, **JSON
        )

        @event.listens_for(engine, "connect")
        def _connect(connection: sqlite3.Connection, _record: Any) -> None:
            # The driver would begin its own transactions, and take the write lock too late.
            connection.isolation_level = None
            _enable_wal(connection, wait)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            # What is deleted or replaced is overwritten: no address is left in the free space of the file.
            connection.execute("PRAGMA secure_delete = ON")

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            writes = connection.get_execution_options().get("writes", False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

        return engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Begin a transaction that reads one consistent state of the database.

        Raises:
            StoreError: the database failed.
        """
        with self._translate_errors(), self.engine.connect() as raw:
            # With PostgreSQL's default each statement would read a state of its own.
            connection = raw if self.sqlite else raw.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Begin a transaction that writes.

        Raises:
            StoreError: the database failed.
            IntegrityError: a constraint was violated; for callers that expect it.
        """
        with self._translate_errors(), self._one_writer(), self.engine.connect() as raw:
            connection = raw.execution_options(writes=True)
            with connection.begin():
                yield connection

    @contextmanager
    def write_repeatable(self) -> Iterator[Connection]:
        """Begin a transaction of work that is done again if it is lost, such as a batch of an import.

        After a power failure SQLite may have lost the last ones: it does not wait for the disk. Rows at
        random places dirty thousands of pages in each batch, so it also writes them back less often, and
        caches more.

        Raises:
            StoreError: the database failed.
            IntegrityError: a constraint was violated; for callers that expect it.
        """
        with self._translate_errors(), self._one_writer(), self.engine.connect() as raw:
            connection = raw.execution_options(writes=True)
            self._set_pragmas(raw, _REPEATABLE)
            try:
                with connection.begin():
                    yield connection
            finally:
                self._set_pragmas(raw, _DURABLE)

    def empty_log(self) -> None:
        """Write the changes of SQLite's write-ahead log to the file, and empty the log, if nobody is reading.

        Raises:
            StoreError: the database failed.
        """
        if self.sqlite:
            with self._translate_errors(), self.engine.connect() as connection:
                driver: Any = connection.connection.driver_connection
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _set_pragmas(self, connection: Connection, pragmas: Mapping[str, object]) -> None:
        if self.sqlite and not connection.invalidated:
            # Not by SQLAlchemy, which would begin a transaction.
            driver: Any = connection.connection.driver_connection
            for name, value in pragmas.items():
                driver.execute(f"PRAGMA {name} = {value}")

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        if self._writing is None:
            yield
            return
        with self._writing:
            yield

    def analyze(self, *tables: Table) -> None:
        """Update the statistics of tables to which many rows were added.

        PostgreSQL does it by itself after a minute or more. Until then it takes a table with a million rows
        for an empty one, and reads all of it for each batch. SQLite needs no statistics here.

        Raises:
            StoreError: the database failed.
        """
        if not self.sqlite:
            with self.write() as connection:
                connection.exec_driver_sql(f"ANALYZE {', '.join(table.name for table in tables)}")

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            raise
        except DBAPIError as error:
            raise StoreError(
                self._describe(str(error.orig).strip()),
                where=Where(field="store.url"),
                hint=self._hint(error),
            ) from error
        except PoolTimeout as error:
            raise StoreError(
                f"the database {self.name} is busy: all connections are in use",
                where=Where(field="store.url"),
                hint="try again later; nothing was changed",
            ) from error

    def _describe(self, reason: str) -> str:
        if _is_locked(reason):
            return f"the database {self.name} is locked by another process"
        if "disk is full" in reason or "No space left" in reason:
            return f"there is no space left for the database {self.name}"
        first = reason.splitlines()[0] if reason else "no reason given"
        return f"the database {self.name} failed: {first}"

    def _hint(self, error: DBAPIError) -> str:
        reason = str(error.orig)
        if _is_locked(reason):
            return "wait until that process has finished, or end it; nothing was changed"
        if "full" in reason or "No space" in reason:
            return "free some space; nothing was changed"
        if "unable to open" in reason or "readonly" in reason:
            return "check the path and its permissions"
        if "not a database" in reason:
            return "the file is not an SQLite database; move it or change store.url"
        if not self.sqlite:
            return "check that the server is running, and check host, user and password"
        return "the message above is from the database"

    def version(self) -> str | None:
        """Return the newest migration that was applied. None if it has no tables.

        Raises:
            StoreError: a newer version of this package created it, or the database failed.
        """
        with self.read() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        if found is not None and found > HEAD:
            raise StoreError(
                f"the database {self.name} is from a newer syndicate (schema {found}, known {HEAD})",
                where=Where(field="store.url"),
                hint="upgrade syndicate; nothing was changed",
            )
        return found

    def _prepare(self) -> None:
        """Create or upgrade the tables."""
        if self.version() == HEAD:
            return
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", "syndicate.store:migrations")
        config.set_main_option("path_separator", "os")
        with self.write() as connection:
            lock(connection, _MIGRATION_LOCK)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def by_code_point(self, column: Column[str]) -> Any:
        """Return the column for sorting by code point, like Python, in every locale of the server."""
        return column if self.sqlite else collate(column, "C")

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def file_of(url: URL) -> Path | None:
    """Return the file of an SQLite database. None for one in memory or on a server."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(url.database)


def require_folder(file: Path) -> None:
    """Raise `StoreError` if the folder of a database file does not exist."""
    if not file.parent.is_dir():
        raise StoreError(
            f"the folder for the database does not exist: {file.parent}",
            where=Where(field="store.url"),
            hint="create it, or change store.url",
        )


def lock(connection: Connection, key: int) -> None:
    """Wait until no other transaction has the lock. SQLite has only one transaction that writes anyway."""
    if connection.dialect.name != "sqlite":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def insert_once(connection: Connection, table: Table, **values: Any) -> bool:
    """Insert a row unless it exists. Return whether it was inserted."""
    if connection.dialect.name == "sqlite":
        statement: Any = sqlite.insert(table).values(**values).on_conflict_do_nothing()
    else:
        from sqlalchemy.dialects import postgresql

        statement = postgresql.insert(table).values(**values).on_conflict_do_nothing()
    return bool(connection.execute(statement.execution_options(preserve_rowcount=True)).rowcount)


def _postgresql_engine(url: URL, wait: float) -> Engine:
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_timeout=wait,
        connect_args={"connect_timeout": max(2, int(wait))},
        **JSON,
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # A process that stops in a transaction must not block the others for ever.
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {max(1, int(wait * 1000))}")
        connection.commit()

    return engine


def _enable_wal(connection: sqlite3.Connection, wait: float) -> None:
    # SQLite does not wait if two processes enable WAL for a new file at the same time.
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


def _is_locked(reason: str) -> bool:
    return "locked" in reason or "lock timeout" in reason
