"""Subscribers, what they subscribe to, and who is never mailed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from ..model import OPEN_STATES, Consent, Subscriber
from ..model.base import Email
from .database import Database, insert_once
from .schema import delivery, subscriber, subscription, suppression

_EMAIL = TypeAdapter(Email)


def email_key(email: str) -> str:
    """What two spellings of one address share: addresses are told apart without regard to case."""
    return email.strip().casefold()


class Subscribers:
    """The subscriber tables; see `SubscriberStore`."""

    _db: Database

    def add_subscriber(self, new: Subscriber, *, rejoin: bool = False) -> bool:
        try:
            return self._add(new, rejoin=rejoin)
        except IntegrityError:
            # Another process added the same address at the same moment.
            return self._add(new, rejoin=rejoin)

    def _add(self, new: Subscriber, *, rejoin: bool) -> bool:
        key = email_key(new.email)
        at = new.consent.at if new.consent else datetime.fromtimestamp(0, UTC)
        with self._db.write() as connection:
            if rejoin:
                # A bounce or a complaint is not undone by asking again; only the person's own no is.
                connection.execute(
                    delete(suppression).where(suppression.c.email_key == key, suppression.c.reason == "left")
                )
            if connection.scalar(select(suppression.c.reason).where(suppression.c.email_key == key)):
                return False
            mine = select(subscriber).where(subscriber.c.email_key == key)
            row = connection.execute(mine.with_for_update()).first()
            if row and row.state in ("left", "suppressed") and not rejoin:
                return False
            # Whoever types a subscriber's address into a form does not undo the confirmation.
            confirmed = row is not None and row.state == "confirmed" and new.state == "pending"
            values = {
                "name": new.name or (row.name if row else ""),
                "state": "confirmed" if confirmed else new.state,
                "language": new.language or (row.language if row else None),
                "timezone": new.timezone or (row.timezone if row else None),
            }
            consent = (
                {"consent_how": new.consent.how, "consent_at": at, "consent_note": new.consent.note}
                if new.consent
                else {}
            )
            changed = False
            if row is None:
                connection.execute(
                    insert(subscriber).values(
                        id=new.id,
                        email=new.email,
                        email_key=key,
                        domain=key.rpartition("@")[2],
                        **values,
                        **consent,
                    )
                )
                changed = True
            elif any(getattr(row, name) != value for name, value in values.items()):
                connection.execute(
                    update(subscriber).where(subscriber.c.id == row.id).values(**values, **consent)
                )
                changed = True
            owner = row.id if row else new.id
            for name in new.newsletters:
                changed |= _subscribe(connection, owner, name, at, rejoin=rejoin)
            if new.state == "suppressed":
                suppress(connection, key, reason="suppressed", detail="as it was added", now=at)
        return changed

    def subscriber(self, email: str) -> Subscriber | None:
        with self._db.read() as connection:
            query = select(subscriber).where(subscriber.c.email_key == email_key(email))
            row = connection.execute(query).first()
            return _subscriber(row, _newsletters(connection, row.id)) if row else None

    def subscribers(self, newsletter: str | None = None) -> Iterator[Subscriber]:
        query = select(subscriber).order_by(subscriber.c.email_key)
        if newsletter is not None:
            query = query.where(
                exists().where(
                    subscription.c.subscriber_id == subscriber.c.id,
                    subscription.c.newsletter == newsletter,
                    subscription.c.state == "on",
                )
            )
        with self._db.read() as connection:
            topics: dict[str, list[str]] = {}
            on = select(subscription.c.subscriber_id, subscription.c.newsletter).where(
                subscription.c.state == "on"
            )
            for owner, name in connection.execute(on.order_by(subscription.c.newsletter)):
                topics.setdefault(owner, []).append(name)
            for row in connection.execute(query):
                yield _subscriber(row, tuple(topics.get(row.id, ())))

    def departures(self) -> list[tuple[str, str]]:
        """Who has left which newsletter: addresses in lower case, and names."""
        query = (
            select(subscriber.c.email_key, subscription.c.newsletter)
            .join(subscription, subscription.c.subscriber_id == subscriber.c.id)
            .where(subscription.c.state == "off")
            .order_by(subscriber.c.email_key, subscription.c.newsletter)
        )
        with self._db.read() as connection:
            return [(key, name) for key, name in connection.execute(query)]

    def never_mailed(self) -> list[tuple[str, str]]:
        """Addresses, in lower case, that are never mailed and belong to nobody who is known; and why."""
        query = (
            select(suppression.c.email_key, suppression.c.reason)
            .where(~exists().where(subscriber.c.email_key == suppression.c.email_key))
            .order_by(suppression.c.email_key)
        )
        with self._db.read() as connection:
            return [(key, reason) for key, reason in connection.execute(query)]

    def leave(self, subscriber_id: str, newsletter: str | None, *, now: datetime) -> bool:
        with self._db.write() as connection:
            row = connection.execute(select(subscriber).where(subscriber.c.id == subscriber_id)).first()
            if row is None:
                return False
            off = update(subscription).where(
                subscription.c.subscriber_id == subscriber_id, subscription.c.state == "on"
            )
            if newsletter is not None:
                off = off.where(subscription.c.newsletter == newsletter)
            else:
                connection.execute(
                    update(subscriber)
                    .where(subscriber.c.id == subscriber_id, subscriber.c.state != "suppressed")
                    .values(state="left")
                )
            connection.execute(off.values(state="off", changed_at=now))
        return True

    def remove_subscriber(self, email: str, *, now: datetime) -> bool:
        try:
            key = email_key(_EMAIL.validate_python(email))
        except ValidationError:
            # Nobody can have it, and not every text fits a database: a lone surrogate does not.
            return False
        with self._db.write() as connection:
            owner = connection.scalar(select(subscriber.c.id).where(subscriber.c.email_key == key))
            # Deliveries first, as a worker does who settles a bounce: in another order they could deadlock.
            mine = delivery.c.subscriber_id == owner
            connection.execute(
                update(delivery)
                .where(mine, delivery.c.state.in_(OPEN_STATES))
                .values(
                    state="failed",
                    detail="the subscriber was removed",
                    fence=delivery.c.fence + 1,
                    owner=None,
                    lease_until=None,
                    finished_at=now,
                )
            )
            connection.execute(
                update(delivery).where(mine).values(email="", name="", language=None, timezone=None)
            )
            suppress(connection, key, reason="left", detail="removed", now=now)
            connection.execute(delete(subscriber).where(subscriber.c.id == owner))
        return owner is not None


def suppress(connection: Connection, key: str, *, reason: str, detail: str, now: datetime) -> None:
    """Put an address on the list of those who are never mailed; the first reason stands."""
    insert_once(connection, suppression, email_key=key, reason=reason, detail=detail, created_at=now)
    connection.execute(
        update(subscriber)
        .where(subscriber.c.email_key == key)
        .values(state="left" if reason == "left" else "suppressed")
    )


def _subscribe(connection: Connection, owner: str, name: str, at: datetime, *, rejoin: bool) -> bool:
    mine = (subscription.c.subscriber_id == owner) & (subscription.c.newsletter == name)
    state = connection.scalar(select(subscription.c.state).where(mine))
    if state is None:
        connection.execute(
            insert(subscription).values(subscriber_id=owner, newsletter=name, state="on", changed_at=at)
        )
        return True
    if state == "off" and rejoin:
        connection.execute(update(subscription).where(mine).values(state="on", changed_at=at))
        return True
    return False


def _newsletters(connection: Connection, owner: str) -> tuple[str, ...]:
    query = (
        select(subscription.c.newsletter)
        .where(subscription.c.subscriber_id == owner, subscription.c.state == "on")
        .order_by(subscription.c.newsletter)
    )
    return tuple(connection.scalars(query))


def _subscriber(row: Any, newsletters: tuple[str, ...]) -> Subscriber:
    consent = None
    if row.consent_how:
        consent = Consent(how=row.consent_how, at=row.consent_at, note=row.consent_note or "")
    return Subscriber.model_construct(
        id=row.id,
        email=row.email,
        name=row.name,
        state=row.state,
        newsletters=newsletters,
        language=row.language,
        timezone=row.timezone,
        consent=consent,
    )
