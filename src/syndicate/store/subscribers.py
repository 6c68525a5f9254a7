"""Subscribers, their subscriptions, and the suppression list."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Select, Table, and_, delete, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from ..model import (
    OPEN_STATES,
    Bounce,
    DeliveryRecord,
    Frozen,
    ImportedSubscriber,
    ImportResult,
    Profile,
    Subscriber,
    SubscriberRecord,
    SubscriptionRecord,
    SuppressionRecord,
)
from ..model.base import Email
from .address_hashes import KEY_NAME, address_hash, email_key, hash_key, key_id
from .bulk_rows import among, insert_rows
from .database import Database, insert_once
from .schema import (
    bounce,
    delivery,
    edition_pause,
    send_stop,
    setting,
    subscriber,
    subscriber_tag,
    subscription,
    suppression,
)
from .subscriber_batch import SubscriberBatch
from .subscriber_rows import changed_values, subscriber_values, to_subscriber
from .suppressions import Suppressions, suppress

_EMAIL = TypeAdapter(Email)
_EMPTY_PROFILE = Profile().model_dump()
_PAGE = 1000


class Subscribers(Suppressions):
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
            hashed = address_hash(hash_key(connection), key)
            if is_request:
                # A bounce or a complaint stays: only the owner's own unsubscription is undone.
                connection.execute(
                    delete(suppression).where(
                        suppression.c.address_hash == hashed, suppression.c.reason == "unsubscribed"
                    )
                )
            if connection.scalar(select(suppression.c.reason).where(suppression.c.address_hash == hashed)):
                return False
            row = connection.execute(
                select(subscriber).where(subscriber.c.email_key == key).with_for_update()
            ).first()
            if row and row.state in ("unsubscribed", "suppressed") and not is_request:
                return False
            subscriber_id = row.id if row else new.id
            if row is None:
                keys = {"id": new.id, "email_key": key, "address_hash": hashed}
                connection.execute(insert(subscriber).values(**keys, **subscriber_values(new)))
                changed = True
            elif changed := bool(values := changed_values(row._mapping, new)):
                connection.execute(update(subscriber).where(subscriber.c.id == row.id).values(**values))
            changed |= _add_tags(connection, subscriber_id, new.tags)
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
            return next(load_details(connection, [row]))[0]

    def subscriber_record(self, email: str) -> SubscriberRecord | None:
        with self._db.read() as connection:
            row = connection.execute(
                select(subscriber).where(subscriber.c.email_key == email_key(email))
            ).first()
            suppressed = _suppression_record(connection, email)
            if row is None:
                return SubscriberRecord(subscriber=None, suppression=suppressed) if suppressed else None
            return SubscriberRecord.model_construct(
                subscriber=next(load_details(connection, [row]))[0],
                subscriptions=_records(connection, SubscriptionRecord, subscription, row.id, "newsletter"),
                deliveries=_records(connection, DeliveryRecord, delivery, row.id, "created_at", "id"),
                bounces=_records(connection, Bounce, bounce, row.id, "received_at", "id"),
                suppression=suppressed,
            )

    def subscribers(self, newsletter: str | None = None) -> Iterator[Subscriber]:
        query = select(subscriber)
        if newsletter is not None:
            query = query.where(
                exists().where(
                    subscription.c.subscriber_id == subscriber.c.id,
                    subscription.c.newsletter == newsletter,
                    subscription.c.state == "on",
                )
            )
        for each, _ in self._pages(query):
            yield each

    def subscribers_with_unsubscriptions(self) -> Iterator[tuple[Subscriber, tuple[str, ...]]]:
        return self._pages(select(subscriber))

    def _pages(self, query: Select[Any]) -> Iterator[tuple[Subscriber, tuple[str, ...]]]:
        """Yield the subscribers of a query by address, with what they have unsubscribed from."""
        page = query.order_by(subscriber.c.email_key).limit(_PAGE)
        with self._db.read() as connection:
            rows = connection.execute(page).all()
            while rows:
                yield from load_details(connection, rows)
                rows = connection.execute(page.where(subscriber.c.email_key > rows[-1].email_key)).all()

    def count_subscribers(self) -> int:
        query = select(func.count()).where(subscriber.c.state == "confirmed")
        with self._db.read() as connection:
            return connection.scalar(query) or 0

    def import_subscribers(self, batch: Sequence[ImportedSubscriber], *, now: datetime) -> list[ImportResult]:
        try:
            return self._import_batch(batch, now)
        except IntegrityError:
            # Another process added one of the addresses at the same time.
            return self._import_batch(batch, now)

    def _import_batch(self, batch: Sequence[ImportedSubscriber], now: datetime) -> list[ImportResult]:
        with self._db.write_repeatable() as connection:
            loaded = SubscriberBatch(connection, [each.subscriber.email for each in batch], now)
            results = [loaded.apply(each) for each in batch]
            loaded.write()
            for subscriber_id in loaded.removed:
                erase(connection, subscriber_id, now=now)
        return results

    def suppressed(self) -> list[tuple[str, str]]:
        # Not EXISTS: there is no index of the hashes of subscribers.
        query = (
            select(suppression.c.address_hash, suppression.c.reason)
            .where(suppression.c.address_hash.not_in(select(subscriber.c.address_hash)))
            .order_by(suppression.c.address_hash)
        )
        with self._db.read() as connection:
            return [(hashed, reason) for hashed, reason in connection.execute(query)]

    def suppress_hashes(self, hashes: Sequence[tuple[str, str]], *, now: datetime) -> int:
        reasons = dict(hashes)
        with self._db.write() as connection:
            for known in (subscriber, suppression):
                column = known.c.address_hash
                for found in connection.scalars(
                    select(column).where(among(connection, column, list(reasons)))
                ):
                    reasons.pop(found, None)
            rows = [(hashed, reason, "imported", now) for hashed, reason in sorted(reasons.items())]
            insert_rows(connection, suppression, ("address_hash", "reason", "detail", "created_at"), rows)
        return len(rows)

    def address_key_id(self) -> str:
        with self._db.read() as connection:
            value = connection.scalar(select(setting.c.value).where(setting.c.name == KEY_NAME))
        return key_id(value.encode()) if value else ""

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
                    # Also if mail bounced: when that is undone, this must not be.
                    .where(subscriber.c.id == subscriber_id)
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
            if subscriber_id is not None:
                erase(connection, subscriber_id, now=now)
            suppress(connection, key, reason="unsubscribed", detail="removed", now=now)
        # It has the data of the time before.
        self._db.empty_log()
        return subscriber_id is not None


def erase(connection: Connection, subscriber_id: str, *, now: datetime) -> None:
    """Delete a subscriber's data; see `SubscriberStore.remove_subscriber`."""
    # Deliveries first, in the order of `record_outcomes`: another order could deadlock with it.
    deliveries = delivery.c.subscriber_id == subscriber_id
    connection.execute(
        update(delivery)
        .where(deliveries, delivery.c.state.in_(OPEN_STATES))
        .values(
            state="failed",
            fence=delivery.c.fence + 1,
            owner=None,
            lease_until=None,
            finished_at=now,
        )
    )
    # The reply of a server may contain the address.
    reason = "the subscriber was removed"
    connection.execute(
        update(delivery).where(deliveries).values(email="", detail=reason, wait_reason=None, **_EMPTY_PROFILE)
    )
    key = connection.scalar(select(subscriber.c.email_key).where(subscriber.c.id == subscriber_id))
    if key:
        for column in (send_stop.c.reason, edition_pause.c.reason):
            has_address = func.lower(column).contains(key, autoescape=True)
            connection.execute(update(column.table).where(has_address).values(reason=reason))
    hashed = select(subscriber.c.address_hash).where(subscriber.c.id == subscriber_id).scalar_subquery()
    connection.execute(update(suppression).where(suppression.c.address_hash == hashed).values(detail=""))
    connection.execute(delete(subscriber).where(subscriber.c.id == subscriber_id))


def _add_tags(connection: Connection, subscriber_id: str, tags: Collection[str]) -> bool:
    """Add tags to a subscriber. Return whether there were new ones."""
    changed = False
    for tag in tags:
        changed |= insert_once(connection, subscriber_tag, subscriber_id=subscriber_id, tag=tag)
    return changed


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


def _records(
    connection: Connection, model: type[Frozen], table: Table, subscriber_id: str, *order: str
) -> tuple[Any, ...]:
    """Return the rows of a table about a subscriber; the fields of the model are columns."""
    query = (
        select(*(table.c[name] for name in model.model_fields))
        .where(table.c.subscriber_id == subscriber_id)
        .order_by(*(table.c[name] for name in order))
    )
    return tuple(model.model_construct(**row) for row in connection.execute(query).mappings())


def _suppression_record(connection: Connection, email: str) -> SuppressionRecord | None:
    key = connection.scalar(select(setting.c.value).where(setting.c.name == KEY_NAME))
    if key is None:
        return None
    hashed = address_hash(key.encode(), email)
    row = connection.execute(select(suppression).where(suppression.c.address_hash == hashed)).first()
    return SuppressionRecord.model_construct(**row._mapping) if row else None


def load_details(connection: Connection, rows: Sequence[Any]) -> Iterator[tuple[Subscriber, tuple[str, ...]]]:
    """Yield the subscribers of rows, with what they have unsubscribed from."""
    ids = [row.id for row in rows]
    newsletters: dict[tuple[str, str], list[str]] = {}
    tags: dict[str, list[str]] = {}
    subscriptions = (
        select(subscription.c.subscriber_id, subscription.c.state, subscription.c.newsletter)
        .where(among(connection, subscription.c.subscriber_id, ids))
        .order_by(subscription.c.newsletter)
    )
    for subscriber_id, state, name in connection.execute(subscriptions):
        newsletters.setdefault((subscriber_id, state), []).append(name)
    tagged = select(subscriber_tag).where(among(connection, subscriber_tag.c.subscriber_id, ids))
    for subscriber_id, tag in connection.execute(tagged):
        tags.setdefault(subscriber_id, []).append(tag)
    for row in rows:
        # Sort tags here: SQLite and PostgreSQL may sort text differently.
        active, ended = newsletters.get((row.id, "on"), ()), newsletters.get((row.id, "off"), ())
        yield to_subscriber(row, active, sorted(tags.get(row.id, ()))), tuple(ended)
