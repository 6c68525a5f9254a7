"""A database that is only read: nothing in it or beside it is written, made or migrated."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from ..errors import StoreError, Where
from ..sqlite_readonly import connect_to_read
from .database import HEAD, JSON, Database, file_of, require_folder
from .schema import metadata


def open_to_read(url: str, *, wait: float = 30.0) -> Database:
    """The database of a URL, to read; an empty one in memory if there is none yet.

    Args:
        url: as for `Database`.
        wait: seconds to wait for another process's lock, or for a connection.

    Raises:
        ConfigError: the URL is not one, or its driver is not installed.
        StoreError: the database cannot be read, or is of another version.
    """
    if _is_missing(url):
        return _EmptyDatabase("sqlite://")
    found = _ReadOnlyDatabase(url, wait=wait)
    version = found.version()
    if version == HEAD:
        return found
    found.close()
    if version is None:
        return _EmptyDatabase("sqlite://")
    raise StoreError(
        f"the database {found.name} is of an older version (schema {version}, needed is {HEAD})",
        where=Where(field="store.url"),
        hint="make a backup, then upgrade it with any command that writes, such as syndicate ingest; "
        "nothing was changed",
    )


def _is_missing(url: str) -> bool:
    """Whether a database of this URL would first have to be made."""
    try:
        file = file_of(make_url(url))
    except ArgumentError:
        return False
    if file is None:
        return False
    require_folder(file)
    # SQLite makes an empty file as soon as it is asked to write.
    return not file.exists() or (file.is_file() and file.stat().st_size == 0)


class _EmptyDatabase(Database):
    """Tables in memory, made at once and not by the migrations."""

    def _prepare(self) -> None:
        with self.write() as connection:
            metadata.create_all(connection)


class _ReadOnlyDatabase(Database):
    """A database whose connections cannot write."""

    def _engine(self, url: URL, wait: float) -> Engine:
        file = file_of(url)
        if file is None:
            return _reading_server(super()._engine(url, wait))
        # A connection for each transaction; see `connect_to_read`.
        engine = create_engine(
            "sqlite://", creator=lambda: connect_to_read(file, wait=wait), poolclass=NullPool, **JSON
        )

        @event.listens_for(engine, "begin")
        def _begin(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN")

        return engine

    def _prepare(self) -> None:
        """Leave it as it is."""

    def _hint(self, error: DBAPIError) -> str:
        if "unable to open" in str(error.orig):
            return (
                "is the path right, and may this user read it? if a program that had it open died, "
                "any command that writes, such as syndicate ingest, repairs it"
            )
        return super()._hint(error)


def _reading_server(engine: Engine) -> Engine:
    if engine.dialect.name == "postgresql":

        @event.listens_for(engine, "connect")
        def _connect(connection: Any, _record: Any) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SET default_transaction_read_only = on")
            connection.commit()

    return engine
