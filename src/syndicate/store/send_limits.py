"""The tables of sending limits: counts that workers share, paused editions, postponed deliveries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Text,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.types import TypeEngine

from ..model import Delivery, Waiting
from ..model.delivery_policy import LONGEST_LEASE
from .bulk import ROWS, encode_rows, row_columns
from .database import Database, insert_once
from .schema import NEVER, UtcDateTime, counter, delivery, edition, edition_pause, send_limit

# SQLite allows some 32,000 variables in a statement.
_NAMES_PER_QUERY = 1000

_POSTPONED: dict[str, TypeEngine[Any]] = {
    "id": Text(),
    "fence": BigInteger(),
    "due_at": UtcDateTime(),
    "wait_reason": Text(),
}
# The states that are claimed, each with the time from which on.
_TO_CLAIM = {"pending": delivery.c.due_at, "deferred": delivery.c.due_at, "claimed": delivery.c.lease_until}

# Those that a pause which allows retries lets through. A claim that a dead process left is given back if it
# was not tried.
_TRIED = ("deferred", "claimed")


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
        if not deliveries:
            return
        rows = [
            {"id": each.id, "fence": each.fence, "due_at": until, "wait_reason": reason[:500]}
            for each, until, reason in deliveries
        ]
        with self._db.write() as connection:
            dialect = connection.dialect.name
            given = row_columns(dialect, _POSTPONED)
            is_mine = and_(delivery.c.id == given["id"], delivery.c.fence == given["fence"])
            statement = (
                update(delivery)
                .where(is_mine, delivery.c.state == "claimed")
                .values(
                    state=state_of_unused(),
                    due_at=given["due_at"],
                    wait_reason=given["wait_reason"],
                    owner=None,
                    lease_until=None,
                )
            )
            connection.execute(statement, {ROWS: encode_rows(dialect, rows)})

    def pause_edition(
        self,
        edition_id: str,
        *,
        now: datetime,
        until: datetime | None,
        reason: str,
        allows_retries: bool = False,
    ) -> None:
        values = {
            "paused_at": now,
            "until": until or NEVER,
            "reason": reason[:500],
            "allows_retries": allows_retries,
        }
        with self._db.write() as connection:
            if not insert_once(connection, edition_pause, edition_id=edition_id, **values):
                connection.execute(
                    update(edition_pause).where(edition_pause.c.edition_id == edition_id).values(**values)
                )

    def resume_edition(self, edition_id: str) -> None:
        with self._db.write() as connection:
            connection.execute(delete(edition_pause).where(edition_pause.c.edition_id == edition_id))

    def end_timed_pause(self, edition_id: str) -> None:
        is_timed = and_(edition_pause.c.edition_id == edition_id, edition_pause.c.until != NEVER)
        with self._db.write() as connection:
            connection.execute(delete(edition_pause).where(is_timed))

    def end_waits(self, edition_id: str, *, now: datetime) -> None:
        waits = and_(delivery.c.edition_id == edition_id, delivery.c.wait_reason.is_not(None))
        with self._db.write() as connection:
            connection.execute(
                update(delivery)
                .where(waits, delivery.c.state.in_(("pending", "deferred")))
                .values(due_at=now, wait_reason=None)
            )
        self.end_timed_pause(edition_id)

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


class Claimable(NamedTuple):
    """An edition, or all if the id is None, and the states of its deliveries that may be claimed."""

    edition_id: str | None
    states: Collection[str]


def state_of_unused() -> ColumnElement[str]:
    """Return the state of a claim that is given back: deferred if the delivery was tried before."""
    return case((delivery.c.attempts > 0, "deferred"), else_="pending")


def end_pauses(connection: Connection, now: datetime) -> None:
    """Delete the pauses that have ended, and those that a wrong clock began."""
    connection.execute(delete(edition_pause).where(~_is_active(now)))


def has_pauses(connection: Connection) -> bool:
    """Return whether any edition is paused."""
    return connection.execute(select(edition_pause.c.edition_id).limit(1)).first() is not None


def editions_to_claim(connection: Connection, edition_id: str | None) -> list[Claimable]:
    """Return the editions to claim deliveries of: the one of the id, or all, without those that are paused.

    All are in one query if there is no pause. Beside a pause each has a query of its own: one query would
    read every delivery of the paused editions, which may be very many.
    """
    pauses = select(edition_pause.c.edition_id, edition_pause.c.allows_retries)
    states = {row.edition_id: _TRIED if row.allows_retries else () for row in connection.execute(pauses)}
    if not states:
        return [Claimable(edition_id, _TO_CLAIM)]
    if edition_id is not None:
        return [Claimable(edition_id, states.get(edition_id, _TO_CLAIM))]
    is_open = exists().where(delivery.c.edition_id == edition.c.id, delivery.c.state.in_(_TO_CLAIM))
    found = connection.scalars(select(edition.c.id).where(is_open).order_by(edition.c.composed_at))
    return [Claimable(each, states.get(each, _TO_CLAIM)) for each in found]


def end_of_wait(until: datetime | None, now: datetime, longest: timedelta) -> datetime | None:
    """Return until when a delivery waits; now if it is longer than it can be, because a clock was wrong."""
    return now if until and until > now + longest else until


def next_due_with_pauses(connection: Connection, now: datetime, longest_wait: timedelta) -> datetime | None:
    """Return when the next delivery is due, or a lease or a pause ends; None if none is."""
    firsts = [_first(state, column) for state, column in _TO_CLAIM.items()]
    longest = [LONGEST_LEASE if state == "claimed" else longest_wait for state in _TO_CLAIM]
    # Not those that begin in the future: a wrong clock began them.
    is_paused = or_(edition_pause.c.until == NEVER, edition_pause.c.paused_at <= now)
    query = select(edition_pause.c.until, edition_pause.c.allows_retries, *firsts).select_from(
        edition.outerjoin(edition_pause, and_(edition_pause.c.edition_id == edition.c.id, is_paused))
    )
    doubtful = select(func.min(delivery.c.lease_until)).where(delivery.c.state == "in_doubt")
    moments = [end_of_wait(connection.scalar(doubtful), now, LONGEST_LEASE)]
    for until, allows_retries, *found in connection.execute(query):
        for state, first, most in zip(_TO_CLAIM, found, longest, strict=True):
            moment = end_of_wait(first, now, most)
            if until is None or (allows_retries and state in _TRIED):
                moments.append(moment)
            elif moment and until != NEVER:
                moments.append(max(moment, until))
    return min((moment for moment in moments if moment), default=None)


def _first(state: str, column: Any) -> Any:
    """Return the first time in a column of an edition's deliveries, which one entry of an index has."""
    return (
        select(func.min(column))
        .where(delivery.c.edition_id == edition.c.id, delivery.c.state == state)
        .scalar_subquery()
    )


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
