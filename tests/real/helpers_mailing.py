"""A site with an edition in several languages, and subscribers, that sends to a server on loopback."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, insert, select

from helpers_site import WEEKLY, configured, source, write
from syndicate import Newsroom
from syndicate.model import SendReport
from syndicate.store.address_hashes import address_hash, hash_key
from syndicate.store.schema import delivery, subscriber, subscription, suppression

_NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)
ARTICLE = {
    "id": "1",
    "title": "Die Fähre — 渡し船",
    "link": "https://harbour.example/1",
    "content_html": "<p>The tide turned at noon.</p>\n<p>.A line that begins with a dot.</p>\n" * 20,
    "published": "2026-04-01T08:00:00Z",
}


@dataclass(slots=True)
class Mailing:
    """A site whose edition `weekly-1` is composed and not yet sent.

    Attributes:
        database_url: of its store.
        addresses: of its subscribers.
    """

    folder: Path
    database_url: str
    addresses: list[str] = field(default_factory=list)

    def add_subscribers(self, addresses: Iterable[str], *, languages: Sequence[str | None] = (None,)) -> None:
        """Add confirmed subscribers, whose languages are these in turn."""
        new = list(addresses)
        first = len(self.addresses)
        self.addresses += new
        people = [
            {
                "id": f"s{number:04}",
                "email": address,
                "email_key": address.casefold(),
                "name": f"Reader {number}",
                "language": languages[number % len(languages)],
                "state": "confirmed",
            }
            for number, address in enumerate(new, first)
        ]
        subscriptions = [
            {"subscriber_id": each["id"], "newsletter": "weekly", "state": "on", "changed_at": _NOW}
            for each in people
        ]
        engine = create_engine(self.database_url)
        with engine.begin() as connection:
            key = hash_key(connection)
            people = [{**each, "address_hash": address_hash(key, str(each["email_key"]))} for each in people]
            connection.execute(insert(subscriber), people)
            connection.execute(insert(subscription), subscriptions)
        engine.dispose()

    def send(self) -> SendReport:
        """Send the edition, as `syndicate send weekly` does."""
        with Newsroom.open(self.folder / "syndicate.toml") as newsroom:
            return newsroom.send("weekly")

    def suppressed(self) -> list[str]:
        """Return the addresses that are never mailed again."""
        engine = create_engine(self.database_url)
        with engine.connect() as connection:
            found = list(
                connection.scalars(
                    select(subscriber.c.email)
                    .join(suppression, suppression.c.address_hash == subscriber.c.address_hash)
                    .order_by(subscriber.c.email_key)
                )
            )
        engine.dispose()
        return found

    def rows(self) -> list[Any]:
        """Return the rows of the delivery table."""
        engine = create_engine(self.database_url)
        with engine.connect() as connection:
            found = list(connection.execute(select(delivery).order_by(delivery.c.id)))
        engine.dispose()
        return found

    def by_address(self) -> dict[str, Any]:
        """Return the row of each address."""
        return {row.email: row for row in self.rows()}

    def states(self) -> Counter[str]:
        """Return how many deliveries are in each state."""
        return Counter(row.state for row in self.rows())

    def end_leases(self) -> None:
        """Let every lease have ended, and every waiting delivery be due, as if much time had passed."""
        engine = create_engine(self.database_url)
        with engine.begin() as connection:
            connection.execute(
                delivery.update().values(lease_until=_NOW).where(delivery.c.lease_until > _NOW)
            )
            connection.execute(delivery.update().values(due_at=_NOW).where(delivery.c.due_at > _NOW))
        engine.dispose()


def mailing(
    folder: Path,
    port: int,
    addresses: Iterable[str],
    *,
    options: str = "connections=4",
    delivery_keys: str = "",
    store: str = "",
    languages: Sequence[str | None] = (None,),
) -> Mailing:
    """Make a site: an article, confirmed subscribers in several languages, an edition.

    Args:
        port: of the SMTP server on loopback.
        options: of the transport.
        delivery_keys: lines of the table `[delivery]`.
        store: the URL of the database; SQLite in the folder if empty.
        languages: of the subscribers, in turn.
    """
    transport = f"smtp://127.0.0.1:{port}?starttls=never&{options}"
    more = f'\n[delivery]\ntransport = "{transport}"\n{delivery_keys}\n'
    if store:
        more += f'\n[store]\nurl = "{store}"\n'
    is_composed = not store and not any(languages)
    if is_composed:
        (folder / "syndicate.db").write_bytes(_composed())
    config = _write_site(folder, more)
    with Newsroom.open(config) as newsroom:
        site = Mailing(folder, newsroom.database_url)
        if not is_composed:
            newsroom.ingest()
        if known := list(addresses):
            site.add_subscribers(known, languages=languages)
        if not is_composed:
            _compose(newsroom)
    return site


def _write_site(folder: Path, more: str = "") -> Path:
    write(folder, {"posts.jsonl": json.dumps(ARTICLE) + "\n"})
    return configured(folder, source(), f'{WEEKLY}lint = "off"\n', more)


def _compose(newsroom: Newsroom) -> None:
    report = newsroom.compose("weekly")
    assert report.edition == "weekly-1", report


@cache
def _composed() -> bytes:
    """Return an SQLite database with the edition in English."""
    with tempfile.TemporaryDirectory() as name:
        with Newsroom.open(_write_site(Path(name))) as newsroom:
            newsroom.ingest()
            _compose(newsroom)
        return Path(name, "syndicate.db").read_bytes()
