"""The suppression list: addresses that get no mail, as hashes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, update

from .address_hashes import address_hash, hash_key
from .database import insert_once
from .schema import subscriber, suppression


def suppress(connection: Connection, key: str, *, reason: str, detail: str, now: datetime) -> None:
    """Put an address on the suppression list; the first reason stays.

    Args:
        key: the `email_key` of the address.
        reason: `unsubscribed`, `bounce`, `complaint` or `suppressed`.
    """
    # The subscriber first, as everywhere: another order could deadlock.
    connection.execute(
        update(subscriber)
        .where(subscriber.c.email_key == key)
        .values(state="unsubscribed" if reason == "unsubscribed" else "suppressed")
    )
    hashed = address_hash(hash_key(connection), key)
    insert_once(connection, suppression, address_hash=hashed, reason=reason, detail=detail, created_at=now)
