"""Subscribers, their subscriptions, and the suppression list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, and_, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from ..model import OPEN_STATES, PROFILE_FIELDS, Consent, Profile, Subscriber
from ..model.base import Email
from .database import Database, insert_once
from .schema import delivery, subscriber, subscription, suppression

_EMAIL = TypeAdapter(Email)
_EMPTY_PROFILE = Profile().model_dump()


def email_key(email: str) -> str:
    """Return the same text for each spelling of an address: case does not distinguish addresses."""
    return email.strip().casefold()


class Subscribers:
    """The subscriber tables; see `SubscriberStore`."""

    _db: Database

    def add_subscriber(self, new: Subscriber) -> bool:
        return self._save(new, is_request=False)

    def resubscribe(self, new: Subscriber) -> bool:
        return self._save(new, is_request=True)

    def _save(self, new: Subscriber, *, is_request: bool) -> bool:
        """Add or extend a subscriber.

        Args:
            is_request: the owner of the address asked for it: earlier unsubscriptions are undone.
        """
        try:
            return self._try_save(new, is_request=is_request)
        except IntegrityError:
            # Another process added the same address at the same time.
            return self._try_save(new, is_request=is_request)

    def _try_save(self, new: Subscriber, *, is_request: bool) -> bool:
        key = email_key(new.email)
        at = new.consent.at if new.consent else datetime.fromtimestamp(0, UTC)
        with self._db.write() as connection:
            if is_request:
                # A bounce or a complaint stays: only the owner's own unsubscription is undone.
                connection.execute(
                    delete(suppression).where(
                        suppression.c.email_key == key, suppression.c.reason == "unsubscribed"
                    )
                )
            if connection.scalar(select(suppression.c.reason).where(suppression.c.email_key == key)):
                return False
            row = connection.execute(
                select(subscriber).where(subscriber.c.email_key == key).with_for_update()
            ).first()
            if row and row.state in ("unsubscribed", "suppressed") and not is_request:
                return False
            subscriber_id = row.id if row else new.id
            if row is None:
                connection.execute(insert(subscriber).values(id=new.id, email_key=key, **_values(new)))
                changed = True
            else:
                changed = _extend(connection, row, new)
            for name in new.newsletters:
                changed |= _subscribe(connection, subscriber_id, name, at, is_request=is_request)
            if new.state == "suppressed":
                suppress(connection, key, reason="suppressed", detail="added as suppressed", now=at)
        return changed

    def subscriber(self, email: str) -> Subscriber | None:
        with self._db.read() as connection:
            row = connection.execute(
                select(subscriber).where(subscriber.c.email_key == email_key(email))
            ).first()
            if row is None:
                return None
            newsletters = connection.scalars(
                select(subscription.c.newsletter)
                .where(subscription.c.subscriber_id == row.id, subscription.c.state == "on")
                .order_by(subscription.c.newsletter)
            )
            return _subscriber(row, tuple(newsletters))

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
        active = (
            select(subscription.c.subscriber_id, subscription.c.newsletter)
            .where(subscription.c.state == "on")
            .order_by(subscription.c.newsletter)
        )
        with self._db.read() as connection:
            newsletters: dict[str, list[str]] = {}
            for subscriber_id, name in connection.execute(active):
                newsletters.setdefault(subscriber_id, []).append(name)
            for row in connection.execute(query):
                yield _subscriber(row, tuple(newsletters.get(row.id, ())))

    def unsubscribed(self) -> list[tuple[str, str]]:
        query = (
            select(subscriber.c.email_key, subscription.c.newsletter)
            .join(subscription, subscription.c.subscriber_id == subscriber.c.id)
            .where(subscription.c.state == "off")
            .order_by(subscriber.c.email_key, subscription.c.newsletter)
        )
        with self._db.read() as connection:
            return [(key, name) for key, name in connection.execute(query)]

    def suppressed(self) -> list[tuple[str, str]]:
        query = (
            select(suppression.c.email_key, suppression.c.reason)
            .where(~exists().where(subscriber.c.email_key == suppression.c.email_key))
            .order_by(suppression.c.email_key)
        )
        with self._db.read() as connection:
            return [(key, reason) for key, reason in connection.execute(query)]

    def unsubscribe(self, subscriber_id: str, newsletter: str | None, *, now: datetime) -> bool:
        turn_off = update(subscription).where(
            subscription.c.subscriber_id == subscriber_id, subscription.c.state == "on"
        )
        if newsletter is not None:
            turn_off = turn_off.where(subscription.c.newsletter == newsletter)
        with self._db.write() as connection:
            known = select(subscriber.c.id).where(subscriber.c.id == subscriber_id)
            if connection.execute(known).first() is None:
                return False
            if newsletter is None:
                connection.execute(
                    update(subscriber)
                    .where(subscriber.c.id == subscriber_id, subscriber.c.state != "suppressed")
                    .values(state="unsubscribed")
                )
            connection.execute(turn_off.values(state="off", changed_at=now))
        return True

    def remove_subscriber(self, email: str, *, now: datetime) -> bool:
        try:
            key = email_key(_EMAIL.validate_python(email))
        except ValidationError:
            # No subscriber has such an address, and PostgreSQL rejects some texts, such as a lone surrogate.
            return False
        with self._db.write() as connection:
            subscriber_id = connection.scalar(select(subscriber.c.id).where(subscriber.c.email_key == key))
            # Deliveries first, in the order of `record_outcomes`: another order could deadlock with it.
            deliveries = delivery.c.subscriber_id == subscriber_id
            connection.execute(
                update(delivery)
                .where(deliveries, delivery.c.state.in_(OPEN_STATES))
                .values(
                    state="failed",
                    detail="the subscriber was removed",
                    fence=delivery.c.fence + 1,
                    owner=None,
                    lease_until=None,
                    finished_at=now,
                )
            )
            connection.execute(update(delivery).where(deliveries).values(email="", **_EMPTY_PROFILE))
            suppress(connection, key, reason="unsubscribed", detail="removed", now=now)
            connection.execute(delete(subscriber).where(subscriber.c.id == subscriber_id))
        return subscriber_id is not None


def suppress(connection: Connection, key: str, *, reason: str, detail: str, now: datetime) -> None:
    """Put an address on the suppression list; the first reason stays."""
    insert_once(connection, suppression, email_key=key, reason=reason, detail=detail, created_at=now)
    connection.execute(
        update(subscriber)
        .where(subscriber.c.email_key == key)
        .values(state="unsubscribed" if reason == "unsubscribed" else "suppressed")
    )


def _extend(connection: Connection, row: Any, new: Subscriber) -> bool:
    """Update a subscriber with a new state and the profile fields that are not empty."""
    values = {name: value for name in PROFILE_FIELDS if (value := getattr(new, name))}
    # Anybody can type a subscriber's address into a form; that must not undo the confirmation.
    if row.state != "confirmed" or new.state != "pending":
        values["state"] = new.state
    if all(getattr(row, name) == value for name, value in values.items()):
        return False
    connection.execute(
        update(subscriber).where(subscriber.c.id == row.id).values(**values, **_consent(new.consent))
    )
    return True


def _subscribe(
    connection: Connection, subscriber_id: str, newsletter: str, at: datetime, *, is_request: bool
) -> bool:
    """Subscribe to one newsletter, unless the subscriber unsubscribed from it before."""
    this = and_(subscription.c.subscriber_id == subscriber_id, subscription.c.newsletter == newsletter)
    state = connection.scalar(select(subscription.c.state).where(this))
    if state is None:
        connection.execute(
            insert(subscription).values(
                subscriber_id=subscriber_id, newsletter=newsletter, state="on", changed_at=at
            )
        )
        return True
    if state == "off" and is_request:
        connection.execute(update(subscription).where(this).values(state="on", changed_at=at))
        return True
    return False


def _values(new: Subscriber) -> dict[str, Any]:
    """Return the columns of a subscriber that come from the model."""
    profile = {name: getattr(new, name) for name in PROFILE_FIELDS}
    return {"email": new.email, "state": new.state, **profile, **_consent(new.consent)}


def _consent(consent: Consent | None) -> dict[str, Any]:
    if consent is None:
        return {}
    return {"consent_how": consent.how, "consent_at": consent.at, "consent_note": consent.note}


def _subscriber(row: Any, newsletters: tuple[str, ...]) -> Subscriber:
    consent = None
    if row.consent_how:
        consent = Consent(how=row.consent_how, at=row.consent_at, note=row.consent_note or "")
    return Subscriber.model_construct(
        id=row.id,
        email=row.email,
        state=row.state,
        newsletters=newsletters,
        consent=consent,
        **{name: getattr(row, name) for name in PROFILE_FIELDS},
    )
