"""An edition of 22 KB and its subscribers in a store: what `benchmarks.delivery` sends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, delete, insert

from syndicate import Newsroom
from syndicate.store.address_hashes import address_hash, hash_key
from syndicate.store.schema import delivery, subscriber, subscription

from . import sample

NEWSLETTER = "weekly"
ARTICLES = 5
"""So many make a message of 22 KB."""

_ROWS = 10_000
_NOW = datetime(2026, 9, 14, 6, 30, tzinfo=UTC)

_CONFIG = """\
[site]
title = "The Harbour Post"
home = "https://harbour.example/"
language = "en"
base_url = "https://harbour.example/feeds/"

[store]
url = "{url}"

[[source]]
name = "archive"
kind = "jsonl"
path = "articles.jsonl"

[[newsletter]]
name = "weekly"
title = "Harbour weekly"
from = "Harbour Post <news@harbour.example>"
footer = "1 Quay Street, Harbour"
first = 20

[delivery]
transport = "smtp://127.0.0.1:{port}?starttls=never&connections={connections}"

[web]
listen = "127.0.0.1:1"
base_url = "https://letters.harbour.example/"
"""


def write_config(folder: Path, url: str, port: int, connections: int = 10) -> Path:
    """Write a config that sends to a server on loopback over so many connections."""
    config = folder / "syndicate.toml"
    config.write_text(_CONFIG.format(url=url, port=port, connections=connections))
    return config


def fill(config: Path, subscribers: int) -> str:
    """Compose an edition and add subscribers. Return the id of the edition."""
    records = [_fields(each) for each in sample.newest(ARTICLES)]
    (config.parent / "articles.jsonl").write_text("".join(json.dumps(each) + "\n" for each in records))
    with Newsroom.open(config) as newsroom:
        newsroom.ingest()
        report = newsroom.compose(NEWSLETTER)
        if report.edition is None:
            raise RuntimeError(f"no edition was composed: {report}")
        engine = create_engine(newsroom.database_url)
    with engine.begin() as connection:
        add_subscribers(connection, subscribers)
    engine.dispose()
    return report.edition


def add_subscribers(connection: Connection, count: int) -> None:
    """Add confirmed subscribers of the newsletter, in batches."""
    key = hash_key(connection)
    for first in range(0, count, _ROWS):
        numbers = range(first, min(first + _ROWS, count))
        connection.execute(insert(subscriber), [_subscriber(number, key) for number in numbers])
        subscriptions = [
            {"subscriber_id": f"s{number}", "newsletter": NEWSLETTER, "state": "on", "changed_at": _NOW}
            for number in numbers
        ]
        connection.execute(insert(subscription), subscriptions)


def forget_deliveries(url: str) -> None:
    """Delete all deliveries, so that the edition can be sent again."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(delete(delivery))
    engine.dispose()


def addresses(count: int) -> Iterator[str]:
    """Yield the addresses of the subscribers."""
    return (f"reader{number}@example.org" for number in range(count))


def _subscriber(number: int, key: bytes) -> dict[str, Any]:
    email = f"reader{number}@example.org"
    return {
        "id": f"s{number}",
        "email": email,
        "email_key": email,
        "address_hash": address_hash(key, email),
        "name": f"Reader {number}",
        "state": "confirmed",
    }


def _fields(article: sample.Record) -> dict[str, Any]:
    return {
        "id": article.id,
        "title": article.title,
        "url": article.link,
        "summary": article.summary,
        "content_html": article.html,
        "published": article.published.isoformat(),
    }
