"""The tables of sending limits: counts that workers share, paused editions, postponed deliveries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, insert, or_, select, update

from ..model import Delivery, Waiting
from .database import Database, insert_once
from .schema import NEVER, counter, delivery, edition_pause, send_limit

# SQLite allows some 32,000 variables in a statement.
_NAMES_PER_QUERY = 1000


class SendLimits:
    """The tables of sending limits; see `SendLimitStore`."""

    _db: Database

    def change_limits(
        self, names: Collection[str], change: Callable[[dict[str, Any]], Mapping[str, Any]]
    ) -> None:
        with self._db.write() as connection:
            _lock_limits(connection)
            before = dict(_read(connection, sorted(names)))
            after = change(dict(before))
            for name, value in after.items():
                if name not in before and value is not None:
                    connection.execute(insert(send_limit).values(name=name, value=value))
                elif name in before and value is None:
                    connection.execute(delete(send_limit).where(send_limit.c.name == name))
                elif name in before and value != before[name]:
                    connection.execute(
                        update(send_limit).where(send_limit.c.name == name).values(value=value)
                    )

    def find_limits(self, prefix: str) -> dict[str, Any]:
        query = select(send_limit.c.name, send_limit.c.value).where(
            send_limit.c.name.startswith(prefix, autoescape=True)
        )
        with self._db.read() as connection:
            return {row.name: row.value for row in connection.execute(query) if row.name.startswith(prefix)}

    def postpone(self, deliveries: Sequence[tuple[Delivery, datetime, str]]) -> None:
        with self._db.write() as connection:
            for each, until, reason in deliveries:
                connection.execute(
                    update(delivery)
                    .where(
                        delivery.c.id == each.id,
                        delivery.c.fence == each.fence,
                        delivery.c.state == "claimed",
                    )
                    .values(
                        state="pending", due_at=until, owner=None, lease_until=None, wait_reason=reason[:500]
                    )
                )

    def pause_edition(self, edition_id: str, *, now: datetime, until: datetime | None, reason: str) -> None:
        values = {"paused_at": now, "until": until or NEVER, "reason": reason[:500]}
        with self._db.write() as connection:
            if not insert_once(connection, edition_pause, edition_id=edition_id, **values):
                connection.execute(
                    update(edition_pause).where(edition_pause.c.edition_id == edition_id).values(**values)
                )

    def resume_edition(self, edition_id: str) -> None:
        with self._db.write() as connection:
            connection.execute(delete(edition_pause).where(edition_pause.c.edition_id == edition_id))

    def count_tried(self, edition_id: str) -> tuple[int, int]:
        query = (
            select(delivery.c.state, func.count().label("number"))
            .where(
                delivery.c.edition_id == edition_id,
                or_(delivery.c.attempts > 0, delivery.c.state == "in_doubt"),
            )
            .group_by(delivery.c.state)
        )
        with self._db.read() as connection:
            counts = {row.state: row.number for row in connection.execute(query)}
        tried = sum(counts.values())
        return tried, tried - counts.get("accepted", 0)

    def waiting(self, edition_id: str, *, now: datetime) -> list[Waiting]:
        paused = select(edition_pause).where(edition_pause.c.edition_id == edition_id, _is_active(now))
        mine = delivery.c.edition_id == edition_id
        is_open = delivery.c.state.in_(("pending", "deferred"))
        postponed = (
            select(
                delivery.c.wait_reason,
                func.count().label("number"),
                func.max(delivery.c.due_at).label("until"),
            )
            .where(mine, delivery.c.state == "pending", delivery.c.due_at > now)
            .where(delivery.c.wait_reason.is_not(None))
            .group_by(delivery.c.wait_reason)
        )
        with self._db.read() as connection:
            if pause := connection.execute(paused).first():
                number = connection.scalar(select(func.count()).where(mine, is_open)) or 0
                until = None if pause.until == NEVER else pause.until
                return [Waiting(number=number, until=until, reason=pause.reason)] if number else []
            rows = connection.execute(postponed).all()
        found = [Waiting(number=row.number, until=row.until, reason=row.wait_reason) for row in rows]
        return sorted(found, key=lambda each: (each.until, each.reason))


def is_paused(edition_id: Any) -> Any:
    """Return the SQL condition that an edition is paused."""
    return exists().where(edition_pause.c.edition_id == edition_id)


def end_pauses(connection: Connection, now: datetime) -> None:
    """Delete the pauses that have ended, and those that a wrong clock began."""
    connection.execute(delete(edition_pause).where(~_is_active(now)))


def first_pause_end(connection: Connection) -> datetime | None:
    """Return when the first delivery of a paused edition is due; None if none is without the operator."""
    query = (
        select(edition_pause.c.until, func.min(delivery.c.due_at).label("due_at"))
        .join(delivery, delivery.c.edition_id == edition_pause.c.edition_id)
        .where(edition_pause.c.until < NEVER, delivery.c.state.in_(("pending", "deferred")))
        .group_by(edition_pause.c.edition_id, edition_pause.c.until)
    )
    return min((max(row.until, row.due_at) for row in connection.execute(query)), default=None)


def _is_active(now: datetime) -> Any:
    return or_(
        edition_pause.c.until == NEVER, and_(edition_pause.c.paused_at <= now, edition_pause.c.until > now)
    )


def _lock_limits(connection: Connection) -> None:
    """Block other transactions that change limits until this one ends."""
    insert_once(connection, counter, name="send_limits", value=0)
    connection.execute(select(counter.c.value).where(counter.c.name == "send_limits").with_for_update())


def _read(connection: Connection, names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    for start in range(0, len(names), _NAMES_PER_QUERY):
        part = names[start : start + _NAMES_PER_QUERY]
        query = select(send_limit.c.name, send_limit.c.value).where(send_limit.c.name.in_(part))
        yield from ((row.name, row.value) for row in connection.execute(query))
