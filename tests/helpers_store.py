"""The store of a newsroom, to look at and to change behind its back."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from syndicate.mail import Tokens
from syndicate.newsroom import Newsroom
from syndicate.store import SqlStore

Opener = Callable[..., SqlStore]
"""Opens the database of a test."""

_opened: dict[str, SqlStore] = {}


def store_of(newsroom: Newsroom) -> SqlStore:
    """The store of a newsroom, opened a second time; it is closed at the end of the test."""
    url = newsroom.database_url
    if url not in _opened:
        _opened[url] = SqlStore(url)
    return _opened[url]


def tokens_of(newsroom: Newsroom) -> Tokens:
    """The signer of the newsroom's links."""
    return Tokens(os.environ.get("SYNDICATE_SECRET") or store_of(newsroom).secret("tokens"))


def folder_of(newsroom: Newsroom) -> Path:
    """The folder of a newsroom whose database is an SQLite file beside its config."""
    return Path(newsroom.database_url.removeprefix("sqlite:///")).parent


def utc_now() -> datetime:
    """The current time, UTC."""
    return datetime.now(UTC)


def close_stores() -> None:
    """Close every store that `store_of` has opened."""
    while _opened:
        _opened.popitem()[1].close()
