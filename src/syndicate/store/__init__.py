"""The store: articles, feeds, editions, subscribers, deliveries and runs in SQLite or PostgreSQL."""

from __future__ import annotations

import secrets
from typing import Self

from sqlalchemy import select, update

from .address_hashes import KEY_NAME, email_key, hash_key
from .articles import Articles
from .bounces import Bounces
from .database import Database, insert_once
from .deliveries import Deliveries
from .editions import Editions
from .feeds import Feeds
from .read_only import open_read_only
from .runs import Runs
from .schema import setting
from .send_limits import SendLimits
from .source_files import SourceFiles
from .subscribers import Subscribers

__all__ = ["SqlStore", "email_key"]


class SqlStore(Articles, SourceFiles, Feeds, Editions, Subscribers, Deliveries, SendLimits, Bounces, Runs):
    """The store on SQLAlchemy Core. The protocols, such as `ArticleStore`, specify its methods.

    Args:
        url: `sqlite:///path`, or `postgresql+psycopg://user@host/name`.
        wait: seconds to wait for another writer before giving up.

    Raises:
        ConfigError: the URL is invalid.
        StoreError: the database cannot be opened.
    """

    def __init__(self, url: str, *, wait: float = 30.0) -> None:
        self._db = Database(url, wait=wait)

    @classmethod
    def open_read_only(cls, url: str, *, wait: float = 30.0) -> Self:
        """Open a store read-only. If its database does not exist, the store is empty.

        Raises:
            ConfigError: the URL is invalid.
            StoreError: the database cannot be read, or has another version.
        """
        self = cls.__new__(cls)
        self._db = open_read_only(url, wait=wait)
        return self

    def secret(self, name: str) -> str:
        value = self.recall(name)
        if value is None:
            if name == KEY_NAME:
                with self._db.write() as connection:
                    return hash_key(connection).decode()
            with self._db.write() as connection:
                insert_once(connection, setting, name=name, value=secrets.token_urlsafe(32))
            # Another process may have inserted another value.
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
