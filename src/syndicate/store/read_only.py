"""Databases that are opened read-only: no file is created, and no migration runs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from ..errors import StoreError, Where
from ..sqlite_readonly import connect_read_only
from .database import HEAD, JSON, Database, file_of, require_folder
from .schema import metadata


def open_read_only(url: str, *, wait: float = 30.0) -> Database:
    """Open a database read-only. If it does not exist, open an empty one in memory.

    Args:
        url: as for `Database`.
        wait: seconds to wait for another process's lock, or for a connection.

    Raises:
        ConfigError: the URL is invalid, or its driver is not installed.
        StoreError: the database cannot be read, or has another version.
    """
    if _is_missing(url):
        return _EmptyDatabase("sqlite://")
    database = _ReadOnlyDatabase(url, wait=wait)
    version = database.version()
    if version == HEAD:
        return database
    database.close()
    if version is None:
        return _EmptyDatabase("sqlite://")
    raise StoreError(
        f"the database {database.name} has an older version (schema {version}, required {HEAD})",
        where=Where(field="store.url"),
        hint="make a backup, then run a command that writes, such as syndicate ingest, to upgrade it; "
        "nothing was changed",
    )


def _is_missing(url: str) -> bool:
    """Return whether the database of a URL does not exist."""
    try:
        file = file_of(make_url(url))
    except ArgumentError:
        return False
    if file is None:
        return False
    require_folder(file)
    # An empty file is a database without tables.
    return not file.exists() or (file.is_file() and file.stat().st_size == 0)


class _EmptyDatabase(Database):
    """An empty database in memory, created without migrations."""

    def _prepare(self) -> None:
        with self.write() as connection:
            metadata.create_all(connection)


class _ReadOnlyDatabase(Database):
    """A database with read-only connections."""

    def _engine(self, url: URL, wait: float) -> Engine:
        file = file_of(url)
        if file is None:
            return _set_read_only(super()._engine(url, wait))
        # One connection for each transaction; see `connect_read_only`.
        return create_engine(
            "sqlite://", creator=lambda: connect_read_only(file, wait=wait), poolclass=NullPool, **JSON
        )

    def _prepare(self) -> None:
        """Do nothing: the database must have the current version already."""

    def _hint(self, error: DBAPIError) -> str:
        if "unable to open" in str(error.orig):
            return (
                "check the path and its permissions; if a program that had it open was killed, run a command "
                "that writes, such as syndicate ingest, to repair it"
            )
        return super()._hint(error)


def _set_read_only(engine: Engine) -> Engine:
    if engine.dialect.name == "postgresql":

        @event.listens_for(engine, "connect")
        def _connect(connection: Any, _record: Any) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SET default_transaction_read_only = on")
            connection.commit()

    return engine
