"""What has been ingested, composed, sent and run: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

import secrets
from typing import Self

from sqlalchemy import select, update

from .articles import Articles
from .database import Database, insert_once
from .deliveries import Deliveries
from .editions import Editions
from .feeds import Feeds
from .reading import open_to_read
from .runs import Runs
from .schema import setting
from .subscribers import Subscribers, email_key

__all__ = ["SqlStore", "email_key"]


class SqlStore(Articles, Feeds, Editions, Subscribers, Deliveries, Runs):
    """The store on SQLAlchemy Core; `Store` says what each method promises.

    Args:
        url: `sqlite:///path`, or `postgresql+psycopg://user@host/name`.
        wait: seconds to wait for another writer before giving up.

    Raises:
        ConfigError: the URL is wrong.
        StoreError: the database cannot be opened.
    """

    def __init__(self, url: str, *, wait: float = 30.0) -> None:
        self._db = Database(url, wait=wait)
        self.wait = wait

    @classmethod
    def open_to_read(cls, url: str, *, wait: float = 30.0) -> Self:
        """A store to look at: nothing is written, made or migrated, and one that is not there is empty.

        Raises:
            ConfigError: the URL is wrong.
            StoreError: the database cannot be read, or is of another version.
        """
        self = cls.__new__(cls)
        self._db = open_to_read(url, wait=wait)
        self.wait = wait
        return self

    @property
    def url(self) -> str | None:
        """The URL under which another process can open it, with the password; none for one in memory."""
        url = self._db.url
        if self._db.sqlite and (url.database in (None, "", ":memory:") or url.query):
            return None
        return url.render_as_string(hide_password=False)

    def secret(self, name: str) -> str:
        value = self.recall(name)
        if value is None:
            with self._db.write() as connection:
                insert_once(connection, setting, name=name, value=secrets.token_urlsafe(32))
            # Another process may have made it first.
            return self.secret(name)
        return value

    def recall(self, name: str) -> str | None:
        query = select(setting.c.value).where(setting.c.name == name)
        with self._db.read() as connection:
            return connection.scalar(query)

    def remember(self, name: str, value: str) -> None:
        with self._db.write() as connection:
            if not insert_once(connection, setting, name=name, value=value):
                connection.execute(update(setting).where(setting.c.name == name).values(value=value))

    def close(self) -> None:
        self._db.close()
