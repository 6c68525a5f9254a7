"""The delivery ledger. Every write to a claimed row carries its fence: a late worker writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, exists, func, insert, literal, or_, select, update

from ..model import PROFILE_FIELDS, Delivery, Outcome, Reader, next_attempt
from .database import Database
from .schema import delivery, edition, subscriber, subscription, suppression
from .subscribers import email_key, suppress


class Deliveries:
    """The delivery table; see `DeliveryStore`."""

    _db: Database

    def enqueue(self, edition_id: str, newsletter: str, *, now: datetime) -> int:
        willing = select(
            literal(f"{edition_id}.") + subscriber.c.id,
            literal(edition_id),
            subscriber.c.id,
            subscriber.c.email,
            subscriber.c.domain,
            *(subscriber.c[name] for name in PROFILE_FIELDS),
            literal("pending"),
            literal(0),
            literal(now, delivery.c.created_at.type),
            literal(now, delivery.c.due_at.type),
            literal(0),
            literal(False),
            literal(""),
        ).where(~_there(edition_id), _may_be_mailed(newsletter))
        columns = [
            *("id", "edition_id", "subscriber_id", "email", "domain", *PROFILE_FIELDS, "state", "attempts"),
            *("created_at", "due_at", "fence", "was_in_doubt", "detail"),
        ]
        with self._db.write() as connection:
            # One at a time for an edition: who comes second finds the rows of the first.
            connection.execute(select(edition.c.id).where(edition.c.id == edition_id).with_for_update())
            made = connection.execute(
                insert(delivery).from_select(columns, willing).execution_options(preserve_rowcount=True)
            )
        return made.rowcount

    def claim(
        self,
        owner: str,
        *,
        now: datetime,
        lease: timedelta,
        limit: int,
        edition_id: str | None = None,
    ) -> list[Delivery]:
        due = or_(
            and_(delivery.c.state.in_(("pending", "deferred")), delivery.c.due_at <= now),
            and_(delivery.c.state == "claimed", delivery.c.lease_until < now),
        )
        query = (
            select(delivery, edition.c.newsletter)
            .join(edition, edition.c.id == delivery.c.edition_id)
            .where(due)
            .order_by(delivery.c.due_at, delivery.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True, of=delivery)
        )
        if edition_id is not None:
            query = query.where(delivery.c.edition_id == edition_id)
        claimed: list[Delivery] = []
        with self._db.write() as connection:
            # A batch of people who have all left must not look like the end of the work.
            while not claimed and (rows := connection.execute(query).all()):
                willing = _willing(connection, rows)
                for row in rows:
                    fence = row.fence + 1
                    values: dict[str, Any] = {"fence": fence, "owner": owner, "lease_until": now + lease}
                    if (row.newsletter, row.subscriber_id) in willing:
                        values["state"] = "claimed"
                        claimed.append(_delivery(row, fence))
                    else:
                        values |= {
                            "state": "failed",
                            "detail": "no longer subscribed",
                            "lease_until": None,
                            "finished_at": now,
                        }
                    connection.execute(update(delivery).where(delivery.c.id == row.id).values(**values))
        return claimed

    def mark_in_doubt(self, deliveries: Sequence[Delivery], *, until: datetime) -> set[str]:
        with self._db.write() as connection:
            return {
                each.id
                for each in deliveries
                if connection.execute(
                    update(delivery)
                    .where(_held_by(each), delivery.c.state == "claimed")
                    .values(state="in_doubt", lease_until=until)
                ).rowcount
            }

    def record_outcomes(self, outcomes: Sequence[tuple[Delivery, Outcome]], *, now: datetime) -> set[str]:
        settled = set()
        with self._db.write() as connection:
            # In one order everywhere, so that two workers who suppress the same people never deadlock.
            for each, outcome in sorted(outcomes, key=lambda pair: email_key(pair[0].email)):
                values = {
                    "state": outcome.state,
                    "attempts": each.attempts + (1 if outcome.attempted else 0),
                    "due_at": outcome.until or now,
                    "owner": None,
                    "lease_until": None,
                    "code": outcome.code,
                    "detail": outcome.detail[:500],
                    "finished_at": now,
                }
                if connection.execute(update(delivery).where(_held_by(each)).values(**values)).rowcount:
                    settled.add(each.id)
                    if outcome.suppress:
                        key = email_key(each.email)
                        suppress(connection, key, reason="bounce", detail=outcome.detail[:500], now=now)
        return settled

    def release(self, deliveries: Sequence[Delivery]) -> None:
        with self._db.write() as connection:
            for each in deliveries:
                connection.execute(
                    update(delivery)
                    .where(_held_by(each), delivery.c.state == "claimed")
                    .values(state="pending", owner=None, lease_until=None)
                )

    def recover(self, *, now: datetime, policy: str) -> int:
        left = select(delivery).where(delivery.c.state == "in_doubt", delivery.c.lease_until < now)
        with self._db.read() as connection:
            if connection.execute(left.limit(1)).first() is None:
                return 0
        with self._db.write() as connection:
            # What its worker settles at this very moment is left to it.
            rows = connection.execute(left.with_for_update(skip_locked=True)).all()
            for row in rows:
                # A first doubt is as a rule a process that died; a later one is a server that does this.
                due = next_attempt(row.attempts, row.created_at, now) if row.attempts else now
                values: dict[str, Any] = {
                    "state": "pending" if policy == "resend" and due else "held",
                    "was_in_doubt": True,
                    "attempts": row.attempts + 1,
                    "owner": None,
                    "lease_until": None,
                    "due_at": due or now,
                    "fence": row.fence + 1,
                    "detail": "the connection was lost before the server's last word",
                }
                connection.execute(update(delivery).where(delivery.c.id == row.id).values(**values))
        return len(rows)

    def audience(self, edition_id: str, newsletter: str) -> list[str]:
        over = _there(edition_id).where(delivery.c.state.not_in(("pending", "claimed", "deferred")))
        query = (
            select(subscriber.c.email)
            .where(~over, _may_be_mailed(newsletter))
            .order_by(self._db.by_code_point(subscriber.c.email_key))
        )
        with self._db.read() as connection:
            return list(connection.scalars(query))

    def readers(self, newsletter: str) -> list[Reader]:
        query = (
            select(subscriber.c.language, subscriber.c.timezone).where(_may_be_mailed(newsletter)).distinct()
        )
        with self._db.read() as connection:
            found = [(language, timezone) for language, timezone in connection.execute(query)]
        # Not by the database: they differ on where nothing stands among words.
        return [
            Reader.model_construct(language=language, timezone=timezone)
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

    def next_due(self) -> datetime | None:
        waiting = select(func.min(delivery.c.due_at)).where(delivery.c.state.in_(("pending", "deferred")))
        leased = select(func.min(delivery.c.lease_until)).where(delivery.c.state.in_(("claimed", "in_doubt")))
        with self._db.read() as connection:
            moments = [connection.scalar(waiting), connection.scalar(leased)]
        return min((moment for moment in moments if moment), default=None)


def _there(edition_id: str) -> Any:
    return exists().where(delivery.c.edition_id == edition_id, delivery.c.subscriber_id == subscriber.c.id)


def _may_be_mailed(newsletter: Any) -> Any:
    return and_(
        subscriber.c.state == "confirmed",
        exists().where(
            subscription.c.subscriber_id == subscriber.c.id,
            subscription.c.newsletter == newsletter,
            subscription.c.state == "on",
        ),
        ~exists().where(suppression.c.email_key == subscriber.c.email_key),
    )


def _willing(connection: Connection, rows: Sequence[Any]) -> set[tuple[str, str]]:
    """Of the rows about to be claimed, those whose people have not said no since."""
    wanted: dict[str, list[str]] = {}
    for row in rows:
        wanted.setdefault(row.newsletter, []).append(row.subscriber_id)
    return {
        (name, owner)
        for name, owners in wanted.items()
        for owner in connection.scalars(
            select(subscriber.c.id).where(subscriber.c.id.in_(owners), _may_be_mailed(name))
        )
    }


def _held_by(each: Delivery) -> Any:
    return and_(
        delivery.c.id == each.id,
        delivery.c.fence == each.fence,
        delivery.c.state.in_(("claimed", "in_doubt")),
    )


def _delivery(row: Any, fence: int) -> Delivery:
    return Delivery.model_construct(
        id=row.id,
        edition_id=row.edition_id,
        subscriber_id=row.subscriber_id,
        email=row.email,
        **{name: getattr(row, name) for name in PROFILE_FIELDS},
        state="claimed",
        attempts=row.attempts,
        created_at=row.created_at,
        fence=fence,
        was_in_doubt=row.was_in_doubt,
    )
