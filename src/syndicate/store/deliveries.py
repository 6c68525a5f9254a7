"""The delivery table. Each write to a claimed row names its fence, so that a late worker changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import product
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Text,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.types import TypeEngine

from ..model import PROFILE_FIELDS, Delivery, DeliveryState, Locale, Outcome, SubscriberFilter
from ..model.delivery_policy import LONGEST_LEASE
from ..model.retry_policy import LONGEST_WAIT
from .address_hashes import email_key
from .bulk import ROWS, encode_rows, row_columns
from .bulk_rows import among
from .database import Database, insert_once
from .schema import UtcDateTime, delivery, edition, send_stop, subscriber, subscription, suppression
from .segments import chosen_ids, in_segment
from .send_limits import (
    Claimable,
    editions_to_claim,
    end_of_wait,
    end_pauses,
    has_pauses,
    next_due_with_pauses,
    state_of_unused,
)
from .suppressions import suppress

_WAITING: tuple[DeliveryState, ...] = ("deferred", "pending")
_MAX_DETAIL = 500
# With so many new deliveries, the statistics of the tables are probably out of date.
_MANY = 1000
# The columns of rows that are given to a statement.
_KEY: dict[str, TypeEngine[Any]] = {"id": Text(), "fence": BigInteger()}
_OUTCOME: dict[str, TypeEngine[Any]] = {
    "state": Text(),
    "attempts": Integer(),
    "due_at": UtcDateTime(),
    "code": Integer(),
    "detail": Text(),
}


# What `_delivery` reads.
_COLUMNS = tuple(
    delivery.c[name]
    for name in (
        *("id", "edition_id", "subscriber_id", "email", *PROFILE_FIELDS),
        *("attempts", "created_at", "retried_at", "fence"),
    )
)


class Deliveries:
    """The delivery table; see `DeliveryStore`."""

    _db: Database

    def enqueue(
        self, edition_id: str, newsletter: str, *, now: datetime, segment: SubscriberFilter | None = None
    ) -> int:
        columns = {
            "id": literal(f"{edition_id}.") + subscriber.c.id,
            "edition_id": literal(edition_id),
            "subscriber_id": subscriber.c.id,
            "email": subscriber.c.email,
            **{name: subscriber.c[name] for name in PROFILE_FIELDS},
            "state": literal("pending"),
            "attempts": literal(0),
            "created_at": literal(now, delivery.c.created_at.type),
            "due_at": literal(now, delivery.c.due_at.type),
            "fence": literal(0),
            "detail": literal(""),
        }
        chosen = and_(~_has_delivery(edition_id), _may_be_mailed(newsletter), in_segment(segment))
        # In the order of their keys: at the end of each index, and not at a random place.
        rows = select(*columns.values()).order_by(subscriber.c.id)
        with self._db.write() as connection:
            # One process at a time per edition, so that the second one finds the rows of the first.
            connection.execute(select(edition.c.id).where(edition.c.id == edition_id).with_for_update())
            inserted = sum(
                connection.execute(
                    insert(delivery)
                    .from_select(list(columns), rows.where(condition))
                    .execution_options(preserve_rowcount=True)
                ).rowcount
                for condition in _conditions(connection, chosen, segment)
            )
        if inserted >= _MANY:
            self._db.analyze(delivery, subscriber, subscription, suppression)
        return inserted

    def claim(
        self,
        owner: str,
        *,
        now: datetime,
        lease: timedelta,
        limit: int,
        edition_id: str | None = None,
        longest_wait: timedelta = LONGEST_WAIT,
    ) -> list[Delivery]:
        claimed: list[Delivery] = []
        with self._db.write() as connection:
            end_pauses(connection, now)
            # If all subscribers of a batch have unsubscribed, there may be more batches.
            editions = editions_to_claim(connection, edition_id)
            while not claimed and (rows := _find_due(connection, now, longest_wait, limit, editions)):
                subscribed = _find_subscribed(connection, rows)
                claim = [row for row in rows if row.id in subscribed]
                _update_found(
                    connection, claim, state="claimed", owner=owner, lease_until=now + lease, wait_reason=None
                )
                _update_found(
                    connection,
                    [row for row in rows if row.id not in subscribed],
                    state="failed",
                    detail="no longer subscribed",
                    owner=owner,
                    lease_until=None,
                    finished_at=now,
                )
                claimed = [_delivery(row, state="claimed", fence=row.fence + 1) for row in claim]
        return claimed

    def renew(self, deliveries: Sequence[Delivery], *, until: datetime) -> None:
        with self._db.write() as connection:
            dialect = connection.dialect.name
            rows = encode_rows(dialect, (_key(each) for each in deliveries))
            connection.execute(_statement_to_renew(dialect), {ROWS: rows, "until": until})

    def mark_in_doubt(self, deliveries: Sequence[Delivery], *, until: datetime) -> set[str]:
        with self._db.write() as connection:
            return _mark_in_doubt(connection, deliveries, until)

    def record_outcomes(
        self,
        outcomes: Sequence[tuple[Delivery, Outcome]],
        *,
        now: datetime,
        in_doubt: Sequence[Delivery] = (),
        until: datetime | None = None,
    ) -> set[str]:
        with self._db.write() as connection:
            recorded = _record_outcomes(connection, outcomes, now)
            if in_doubt:
                recorded |= _mark_in_doubt(connection, in_doubt, until or now)
        return recorded

    def release(self, deliveries: Sequence[Delivery]) -> None:
        with self._db.write() as connection:
            _release(connection, deliveries)

    def retry_deliveries(
        self, edition_id: str, newsletter: str, *, state: DeliveryState, now: datetime
    ) -> tuple[int, int]:
        these = and_(delivery.c.edition_id == edition_id, delivery.c.state == state)
        may_be_mailed = (
            select(subscriber.c.id)
            .where(subscriber.c.id == delivery.c.subscriber_id, _may_be_mailed(newsletter))
            .exists()
        )
        with self._db.write() as connection:
            retried = connection.execute(
                update(delivery)
                .where(these, may_be_mailed)
                .values(
                    state="pending",
                    attempts=0,
                    due_at=now,
                    retried_at=now,
                    owner=None,
                    lease_until=None,
                    fence=delivery.c.fence + 1,
                )
            ).rowcount
            left = connection.scalar(select(func.count()).select_from(delivery).where(these)) or 0
        return retried, left

    def record_stop(self, edition_ids: Sequence[str], reason: str | None, *, now: datetime) -> None:
        with self._db.write() as connection:
            connection.execute(delete(send_stop).where(send_stop.c.edition_id.in_(edition_ids)))
            if reason is not None:
                for edition_id in edition_ids:
                    insert_once(connection, send_stop, edition_id=edition_id, stopped_at=now, reason=reason)

    def last_stop(self, edition_id: str) -> str | None:
        with self._db.read() as connection:
            found: str | None = connection.scalar(
                select(send_stop.c.reason).where(send_stop.c.edition_id == edition_id)
            )
        return found

    def find_in_doubt(self, *, now: datetime) -> list[Delivery]:
        query = select(*_COLUMNS).where(delivery.c.state == "in_doubt", _is_lease_over(now))
        with self._db.read() as connection:
            return [_delivery(row, state="in_doubt", fence=row.fence) for row in connection.execute(query)]

    def audience(
        self, edition_id: str, newsletter: str, *, segment: SubscriberFilter | None = None
    ) -> list[str]:
        finished = _has_delivery(edition_id).where(
            delivery.c.state.not_in(("pending", "claimed", "deferred"))
        )
        chosen = and_(~finished, _may_be_mailed(newsletter), in_segment(segment))
        with self._db.read() as connection:
            found = [
                (row.email_key, row.email)
                for condition in _conditions(connection, chosen, segment)
                for row in connection.execute(
                    select(subscriber.c.email_key, subscriber.c.email).where(condition)
                )
            ]
        return [email for _, email in sorted(found)]

    def locales(self, newsletter: str, *, segment: SubscriberFilter | None = None) -> list[Locale]:
        query = select(subscriber.c.language, subscriber.c.timezone).distinct()
        chosen = and_(_may_be_mailed(newsletter), in_segment(segment))
        with self._db.read() as connection:
            found = {
                (language, timezone)
                for condition in _conditions(connection, chosen, segment)
                for language, timezone in connection.execute(query.where(condition))
            }
        # Sort here: SQLite and PostgreSQL order NULL differently.
        return [
            Locale.model_construct(language=language, timezone=timezone)
            for language, timezone in sorted(found, key=lambda pair: (pair[0] or "", pair[1] or ""))
        ]

    def counts(self, edition_id: str) -> dict[str, int]:
        query = (
            select(delivery.c.state, func.count().label("number"))
            .where(delivery.c.edition_id == edition_id)
            .group_by(delivery.c.state)
        )
        with self._db.read() as connection:
            return {row.state: row.number for row in connection.execute(query)}

    def failures(self, edition_id: str, *, limit: int) -> list[tuple[str, str]]:
        query = (
            select(delivery.c.email, delivery.c.detail)
            .where(delivery.c.edition_id == edition_id, delivery.c.state == "failed")
            .order_by(delivery.c.finished_at.desc(), delivery.c.id)
            .limit(limit)
        )
        with self._db.read() as connection:
            return [(row.email, row.detail) for row in connection.execute(query)]

    def next_due(self, *, now: datetime, longest_wait: timedelta = LONGEST_WAIT) -> datetime | None:
        # One query for each state reads one entry of the index.
        firsts = [select(func.min(delivery.c.due_at)).where(delivery.c.state == state) for state in _WAITING]
        leased = select(func.min(delivery.c.lease_until)).where(delivery.c.state.in_(("claimed", "in_doubt")))
        with self._db.read() as connection:
            if has_pauses(connection):
                return next_due_with_pauses(connection, now, longest_wait)
            moments = [end_of_wait(connection.scalar(query), now, longest_wait) for query in firsts]
            moments.append(end_of_wait(connection.scalar(leased), now, LONGEST_LEASE))
        return min((moment for moment in moments if moment), default=None)


def _has_delivery(edition_id: str) -> Any:
    return exists().where(delivery.c.edition_id == edition_id, delivery.c.subscriber_id == subscriber.c.id)


def _conditions(
    connection: Connection, chosen: ColumnElement[bool], segment: SubscriberFilter | None
) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions that choose subscribers: one, or one for each page if a function chooses."""
    if callable(segment):
        for ids in chosen_ids(connection, chosen, segment):
            yield among(connection, subscriber.c.id, ids)
    else:
        yield chosen


def _may_be_mailed(newsletter: Any) -> Any:
    return and_(
        subscriber.c.state == "confirmed",
        exists().where(
            subscription.c.subscriber_id == subscriber.c.id,
            subscription.c.newsletter == newsletter,
            subscription.c.state == "on",
        ),
        ~exists().where(suppression.c.address_hash == subscriber.c.address_hash),
    )


def _is_lease_over(now: datetime) -> ColumnElement[bool]:
    # A lease that ends later is from a clock that was wrong.
    return or_(delivery.c.lease_until < now, delivery.c.lease_until > now + LONGEST_LEASE)


def _find_due(
    connection: Connection,
    now: datetime,
    longest_wait: timedelta,
    limit: int,
    editions: Sequence[Claimable],
) -> list[Any]:
    """Return and lock rows to claim: left by an expired lease, deferred and due, pending.

    Args:
        editions: whose deliveries.
    """
    conditions = [
        ("claimed", _is_lease_over(now)),
        *((state, delivery.c.due_at <= now) for state in _WAITING),
        *((state, delivery.c.due_at > now + longest_wait) for state in _WAITING),
    ]
    rows: list[Any] = []
    for (state, is_due), (edition_id, states) in product(conditions, editions):
        if len(rows) < limit and state in states:
            query = (
                select(*_COLUMNS)
                .where(delivery.c.state == state, is_due)
                .order_by(delivery.c.due_at)
                .limit(limit - len(rows))
            )
            if edition_id is not None:
                query = query.where(delivery.c.edition_id == edition_id)
            rows += connection.execute(query.with_for_update(skip_locked=True)).all()
    return rows


def _update_found(connection: Connection, rows: Sequence[Any], **values: Any) -> None:
    """Update rows that this transaction has locked. Each gets a new fence."""
    if rows:
        dialect = connection.dialect.name
        given = row_columns(dialect, _KEY)
        found = encode_rows(dialect, (_key(row) for row in rows))
        statement = update(delivery).where(delivery.c.id == given["id"])
        connection.execute(statement.values(fence=delivery.c.fence + 1, **values), {ROWS: found})


def _find_subscribed(connection: Connection, rows: Sequence[Any]) -> set[str]:
    """Return the ids of those deliveries whose subscribers may still be mailed."""
    editions = connection.execute(
        select(edition.c.id, edition.c.newsletter).where(
            among(connection, edition.c.id, {row.edition_id for row in rows})
        )
    )
    found: set[str] = set()
    for edition_id, newsletter in editions:
        of_edition = {row.subscriber_id: row.id for row in rows if row.edition_id == edition_id}
        subscribed = select(subscriber.c.id).where(
            among(connection, subscriber.c.id, of_edition), _may_be_mailed(newsletter)
        )
        found.update(of_edition[each] for each in connection.scalars(subscribed))
    return found


def _mark_in_doubt(connection: Connection, deliveries: Sequence[Delivery], until: datetime) -> set[str]:
    if not deliveries:
        return set()
    dialect = connection.dialect.name
    rows = encode_rows(dialect, (_key(each) for each in deliveries))
    return set(connection.scalars(_statement_to_mark(dialect), {ROWS: rows, "until": until}))


def _release(connection: Connection, deliveries: Sequence[Delivery]) -> None:
    dialect = connection.dialect.name
    rows = encode_rows(dialect, (_key(each) for each in deliveries))
    connection.execute(_statement_to_release(dialect), {ROWS: rows})


def _record_outcomes(
    connection: Connection, outcomes: Sequence[tuple[Delivery, Outcome]], now: datetime
) -> set[str]:
    if not outcomes:
        return set()
    dialect = connection.dialect.name
    rows = encode_rows(
        dialect,
        (
            {
                "id": each.id,
                "fence": each.fence,
                "state": outcome.state,
                "attempts": each.attempts + (1 if outcome.attempted else 0),
                "due_at": outcome.until or now,
                "code": outcome.code,
                "detail": outcome.detail[:_MAX_DETAIL],
            }
            for each, outcome in outcomes
        ),
    )
    recorded = set(connection.scalars(_statement_to_record(dialect), {ROWS: rows, "now": now}))
    suppressed = {
        email_key(each.email): outcome.detail[:_MAX_DETAIL]
        for each, outcome in outcomes
        if outcome.suppress and each.id in recorded
    }
    # In the same order everywhere: two workers that suppress the same addresses must not deadlock.
    for key, detail in sorted(suppressed.items()):
        suppress(connection, key, reason="bounce", detail=detail, now=now)
    return recorded


def _key(each: Any) -> dict[str, Any]:
    return {"id": each.id, "fence": each.fence}


# SQLAlchemy takes longer to build these statements than the database to execute them.


@lru_cache
def _statement_to_mark(dialect: str) -> ReturningUpdate[Any]:
    given = row_columns(dialect, _KEY)
    until = bindparam("until", type_=delivery.c.lease_until.type)
    return _update_held(given, "claimed").values(state="in_doubt", lease_until=until)


@lru_cache
def _statement_to_renew(dialect: str) -> ReturningUpdate[Any]:
    given = row_columns(dialect, _KEY)
    until = bindparam("until", type_=delivery.c.lease_until.type)
    return _update_held(given, "claimed").values(lease_until=until)


@lru_cache
def _statement_to_release(dialect: str) -> ReturningUpdate[Any]:
    given = row_columns(dialect, _KEY)
    return _update_held(given, "claimed").values(state=state_of_unused(), owner=None, lease_until=None)


@lru_cache
def _statement_to_record(dialect: str) -> ReturningUpdate[Any]:
    given = row_columns(dialect, _KEY | _OUTCOME)
    now = bindparam("now", type_=delivery.c.finished_at.type)
    values = {name: given[name] for name in _OUTCOME}
    held = _update_held(given, "claimed", "in_doubt")
    return held.values(**values, owner=None, lease_until=None, finished_at=now)


def _update_held(given: Mapping[str, ColumnElement[Any]], *states: DeliveryState) -> ReturningUpdate[Any]:
    """Return an update of the given deliveries that are still in one of the states, under the same fence."""
    # Not the plain column: SQLite would find the rows by the index of the states, and there are many.
    state = func.coalesce(delivery.c.state, "")
    return (
        update(delivery)
        .where(
            delivery.c.id == given["id"],
            delivery.c.fence == given["fence"],
            or_(*(state == each for each in states)),
        )
        .returning(delivery.c.id)
    )


def _delivery(row: Any, *, state: DeliveryState, fence: int) -> Delivery:
    return Delivery.model_construct(
        id=row.id,
        edition_id=row.edition_id,
        subscriber_id=row.subscriber_id,
        email=row.email,
        **{name: getattr(row, name) for name in PROFILE_FIELDS},
        state=state,
        attempts=row.attempts,
        created_at=row.created_at,
        retried_at=row.retried_at,
        fence=fence,
    )
