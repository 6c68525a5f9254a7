"""The delivery table. Each write to a claimed row names its fence, so that a late worker changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, exists, func, insert, literal, or_, select, update

from ..model import PROFILE_FIELDS, Delivery, DeliveryState, Locale, Outcome
from .address_hashes import email_key
from .database import Database
from .schema import delivery, edition, subscriber, subscription, suppression
from .suppressions import suppress


class Deliveries:
    """The delivery table; see `DeliveryStore`."""

    _db: Database

    def enqueue(self, edition_id: str, newsletter: str, *, now: datetime) -> int:
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
        rows = select(*columns.values()).where(~_has_delivery(edition_id), _may_be_mailed(newsletter))
        with self._db.write() as connection:
            # One process at a time per edition, so that the second one finds the rows of the first.
            connection.execute(select(edition.c.id).where(edition.c.id == edition_id).with_for_update())
            inserted = connection.execute(
                insert(delivery).from_select(list(columns), rows).execution_options(preserve_rowcount=True)
            )
        return inserted.rowcount

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
            # If all subscribers of a batch have unsubscribed, there may be more batches.
            while not claimed and (rows := connection.execute(query).all()):
                still_subscribed = _find_subscribed(connection, rows)
                for row in rows:
                    fence = row.fence + 1
                    values: dict[str, Any] = {"fence": fence, "owner": owner, "lease_until": now + lease}
                    if (row.newsletter, row.subscriber_id) in still_subscribed:
                        values["state"] = "claimed"
                        claimed.append(_delivery(row, state="claimed", fence=fence))
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
        recorded = set()
        with self._db.write() as connection:
            # In the same order everywhere: two workers that suppress the same addresses must not deadlock.
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
                    recorded.add(each.id)
                    if outcome.suppress:
                        key = email_key(each.email)
                        suppress(connection, key, reason="bounce", detail=outcome.detail[:500], now=now)
        return recorded

    def release(self, deliveries: Sequence[Delivery]) -> None:
        with self._db.write() as connection:
            for each in deliveries:
                connection.execute(
                    update(delivery)
                    .where(_held_by(each), delivery.c.state == "claimed")
                    .values(state="pending", owner=None, lease_until=None)
                )

    def find_in_doubt(self, *, now: datetime) -> list[Delivery]:
        query = select(delivery).where(delivery.c.state == "in_doubt", delivery.c.lease_until < now)
        with self._db.read() as connection:
            return [_delivery(row, state="in_doubt", fence=row.fence) for row in connection.execute(query)]

    def audience(self, edition_id: str, newsletter: str) -> list[str]:
        finished = _has_delivery(edition_id).where(
            delivery.c.state.not_in(("pending", "claimed", "deferred"))
        )
        query = (
            select(subscriber.c.email)
            .where(~finished, _may_be_mailed(newsletter))
            .order_by(self._db.by_code_point(subscriber.c.email_key))
        )
        with self._db.read() as connection:
            return list(connection.scalars(query))

    def locales(self, newsletter: str) -> list[Locale]:
        query = (
            select(subscriber.c.language, subscriber.c.timezone).where(_may_be_mailed(newsletter)).distinct()
        )
        with self._db.read() as connection:
            found = [(language, timezone) for language, timezone in connection.execute(query)]
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

    def next_due(self) -> datetime | None:
        waiting = select(func.min(delivery.c.due_at)).where(delivery.c.state.in_(("pending", "deferred")))
        leased = select(func.min(delivery.c.lease_until)).where(delivery.c.state.in_(("claimed", "in_doubt")))
        with self._db.read() as connection:
            moments = [connection.scalar(waiting), connection.scalar(leased)]
        return min((moment for moment in moments if moment), default=None)


def _has_delivery(edition_id: str) -> Any:
    return exists().where(delivery.c.edition_id == edition_id, delivery.c.subscriber_id == subscriber.c.id)


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


def _find_subscribed(connection: Connection, rows: Sequence[Any]) -> set[tuple[str, str]]:
    """Return newsletter and subscriber id of those rows whose subscribers may still be mailed."""
    by_newsletter: dict[str, list[str]] = {}
    for row in rows:
        by_newsletter.setdefault(row.newsletter, []).append(row.subscriber_id)
    return {
        (newsletter, subscriber_id)
        for newsletter, subscriber_ids in by_newsletter.items()
        for subscriber_id in connection.scalars(
            select(subscriber.c.id).where(subscriber.c.id.in_(subscriber_ids), _may_be_mailed(newsletter))
        )
    }


def _held_by(each: Delivery) -> Any:
    return and_(
        delivery.c.id == each.id,
        delivery.c.fence == each.fence,
        delivery.c.state.in_(("claimed", "in_doubt")),
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
        fence=fence,
    )
