"""The suppression list: addresses that get no mail, as hashes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, collate, delete, exists, or_, select, update

from .address_hashes import address_hash, email_key, hash_key
from .bulk_rows import among
from .database import Database, insert_once
from .schema import bounce, subscriber, suppression

_PAGE = 5000

REPLACED = dict.fromkeys(("complaint", "suppressed"), ("bounce", "unsubscribed"))
"""The reasons that a reason replaces: those that `reinstate_subscriber` and `resubscribe` undo."""


def suppress(connection: Connection, key: str, *, reason: str, detail: str, now: datetime) -> None:
    """Put an address on the suppression list. The first reason stays, except as `REPLACED` says.

    Args:
        key: the `email_key` of the address.
        reason: `unsubscribed`, `bounce`, `complaint` or `suppressed`.
    """
    state = "unsubscribed" if reason == "unsubscribed" else "suppressed"
    # The subscriber first, as everywhere: another order could deadlock. Who has unsubscribed stays so: a
    # bounce may be undone later, and an unsubscription must not be.
    previous_state = connection.scalar(
        select(subscriber.c.state).where(subscriber.c.email_key == key).with_for_update()
    )
    connection.execute(
        update(subscriber)
        .where(subscriber.c.email_key == key, subscriber.c.state != "unsubscribed")
        .values(state=state)
    )
    hashed = address_hash(hash_key(connection), key)
    is_new = insert_once(
        connection,
        suppression,
        address_hash=hashed,
        reason=reason,
        detail=detail,
        created_at=now,
        previous_state=previous_state,
    )
    if not is_new and reason in REPLACED:
        connection.execute(
            update(suppression)
            .where(suppression.c.address_hash == hashed, suppression.c.reason.in_(REPLACED[reason]))
            .values(reason=reason, detail=detail, created_at=now)
        )


class Suppressions:
    """The methods that undo suppressions; see `SubscriberStore`."""

    _db: Database

    def reinstate_subscriber(self, email: str) -> bool:
        return bool(self._reinstate_page(subscriber.c.email_key == email_key(email)))

    def reinstate_bounced(self, *, since: datetime, until: datetime) -> int:
        bounced = and_(suppression.c.created_at >= since, suppression.c.created_at < until)
        total = 0
        while changed := self._reinstate_page(bounced):
            total += changed
        return total

    def _reinstate_page(self, condition: Any) -> int:
        with self._db.write() as connection:
            return _reinstate(connection, condition)


def _reinstate(connection: Connection, condition: Any) -> int:
    """Undo suppressions by bounce of at most one page of subscribers. Return their number."""
    key = subscriber.c.email_key
    complained = exists().where(bounce.c.subscriber_id == subscriber.c.id, bounce.c.kind == "complaint")
    rows = connection.execute(
        select(subscriber.c.id, subscriber.c.address_hash)
        .join(suppression, suppression.c.address_hash == subscriber.c.address_hash)
        .where(condition, suppression.c.reason == "bounce", subscriber.c.state == "suppressed", ~complained)
        # In the same order everywhere: another order could deadlock.
        .order_by(key if connection.dialect.name == "sqlite" else collate(key, "C"))
        .limit(_PAGE)
        .with_for_update(of=subscriber)
    ).all()
    if not rows:
        return 0
    ids = [row.id for row in rows]
    _set_state(connection, ids)
    connection.execute(
        update(bounce)
        .where(among(connection, bounce.c.subscriber_id, ids))
        .values(verdict="dismissed", previous_state=None)
    )
    hashes = [row.address_hash for row in rows]
    connection.execute(delete(suppression).where(among(connection, suppression.c.address_hash, hashes)))
    return len(rows)


def _set_state(connection: Connection, ids: Sequence[str]) -> None:
    """Set the earlier state of suppressed subscribers: `pending` or `confirmed`."""
    was_pending = or_(
        exists().where(bounce.c.subscriber_id == subscriber.c.id, bounce.c.previous_state == "pending"),
        exists().where(
            suppression.c.address_hash == subscriber.c.address_hash,
            suppression.c.previous_state == "pending",
        ),
    )
    chosen = among(connection, subscriber.c.id, ids)
    connection.execute(update(subscriber).where(chosen, was_pending).values(state="pending"))
    suppressed = subscriber.c.state == "suppressed"
    connection.execute(update(subscriber).where(chosen, suppressed).values(state="confirmed"))
