"""Importing a batch of subscribers with a few statements.

The result is what `add_subscriber`, `unsubscribe` and `remove_subscriber` would do one address at a time. A
test compares both.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, collate, select

from ..model import PROFILE_FIELDS, ImportedSubscriber, ImportResult, Subscriber
from .address_hashes import address_hash, email_key, hash_key
from .bulk_rows import among, insert_rows, update_rows
from .schema import subscriber, subscriber_tag, subscription, suppression
from .subscriber_rows import changed_values, subscriber_values
from .suppressions import REPLACED

_EPOCH = datetime.fromtimestamp(0, UTC)
_COLUMNS = tuple(column.name for column in subscriber.c)
# What decides whether a row changes a known subscriber.
_LOADED = [
    subscriber.c[name] for name in ("id", "email_key", "state", *PROFILE_FIELDS, "consent_how", "consent_at")
]
_NOT_SUBSCRIBED_AGAIN = ("unsubscribed", "suppressed")


@dataclass(slots=True)
class _Record:
    """A subscriber with what the import has changed so far.

    Attributes:
        values: its row; of a known subscriber only the columns that decide.
        changes: the new values of a known subscriber.
        subscriptions: state by newsletter.
    """

    values: dict[str, Any]
    is_new: bool
    changes: dict[str, Any] = field(default_factory=dict)
    subscriptions: dict[str, str] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)

    def change(self, values: dict[str, Any]) -> None:
        """Set columns."""
        self.values.update(values)
        if not self.is_new:
            self.changes.update(values)

    @property
    def id(self) -> str:
        return str(self.values["id"])

    @property
    def state(self) -> str:
        return str(self.values["state"])


class SubscriberBatch:
    """The subscribers that a batch is about: loaded, changed, and written.

    Args:
        addresses: of the batch.
        now: when something is recorded that has no time of its own (UTC).
    """

    def __init__(self, connection: Connection, addresses: Collection[str], now: datetime) -> None:
        self.removed: list[str] = []
        """The ids of subscribers to delete after `write`."""
        self._connection = connection
        self._now = now
        key = hash_key(connection)
        self._hashes = {each: address_hash(key, each) for each in map(email_key, addresses)}
        self._suppressed = self._load_suppressed()
        self._records = self._load_records()
        self._new_subscriptions: dict[tuple[str, str], datetime] = {}
        self._ended_subscriptions: dict[tuple[str, str], datetime] = {}
        self._new_tags: list[tuple[str, str]] = []
        self._new_suppressions: dict[str, tuple[str, str, datetime, str | None]] = {}
        self._replaced_suppressions: dict[str, tuple[str, str, datetime]] = {}

    def _load_suppressed(self) -> dict[str, str]:
        """Return the reasons of suppressed addresses by hash."""
        hashes = among(self._connection, suppression.c.address_hash, self._hashes.values())
        query = select(suppression.c.address_hash, suppression.c.reason).where(hashes)
        return {row.address_hash: row.reason for row in self._connection.execute(query)}

    def _load_records(self) -> dict[str, _Record]:
        connection, key = self._connection, subscriber.c.email_key
        query = (
            select(*_LOADED)
            .where(among(connection, key, self._hashes))
            # In the order of `record_outcomes`: another order could deadlock with it.
            .order_by(key if connection.dialect.name == "sqlite" else collate(key, "C"))
            .with_for_update()
        )
        names = [column.name for column in _LOADED]
        records = [
            _Record(dict(zip(names, row, strict=True)), is_new=False) for row in connection.execute(query)
        ]
        by_id = {record.id: record for record in records}
        if by_id:
            subscribed = select(
                subscription.c.subscriber_id, subscription.c.newsletter, subscription.c.state
            ).where(among(connection, subscription.c.subscriber_id, by_id))
            for subscriber_id, newsletter, state in connection.execute(subscribed):
                by_id[subscriber_id].subscriptions[newsletter] = state
            tagged = select(subscriber_tag).where(among(connection, subscriber_tag.c.subscriber_id, by_id))
            for subscriber_id, tag in connection.execute(tagged):
                by_id[subscriber_id].tags.add(tag)
        return {record.values["email_key"]: record for record in records}

    def apply(self, row: ImportedSubscriber) -> ImportResult:
        """Apply one row of the import."""
        new = row.subscriber
        key = email_key(new.email)
        record = self._records.get(key)
        at = row.no_mail_since or self._now
        if row.no_mail is None:
            if row.unsubscribed:
                self._keep_unsubscribed(key, new, row.unsubscribed, at)
            if new.state == "pending":
                return "not_mailed"
            if self._add(key, new):
                return "added"
            return "unchanged" if self._gets(key, new) else "declined"
        if record and _has_agreed(record, row):
            return "unchanged"
        if row.no_mail_newsletters:
            self._end_newsletters(key, row, at)
        elif record is None or record.state == "pending":
            self._record_no_mail(key, row, at)
        else:
            self._end(key, record, row, at)
        return "not_mailed"

    def _add(self, key: str, new: Subscriber) -> bool:
        """Add or extend a subscriber, as `add_subscriber` does."""
        hashed = self._hashes[key]
        record = self._records.get(key)
        if hashed in self._suppressed or (record and record.state in _NOT_SUBSCRIBED_AGAIN):
            return False
        if record is None:
            values = {"id": new.id, "email_key": key, "address_hash": hashed, **subscriber_values(new)}
            record = self._records[key] = _Record(values, is_new=True)
            changed = True
        elif changed := bool(values := changed_values(record.values, new)):
            record.change(values)
        for tag in new.tags:
            if tag not in record.tags:
                record.tags.add(tag)
                self._new_tags.append((record.id, tag))
                changed = True
        for newsletter in new.newsletters:
            if newsletter not in record.subscriptions:
                record.subscriptions[newsletter] = "on"
                self._new_subscriptions[record.id, newsletter] = new.consent.at if new.consent else _EPOCH
                changed = True
        return changed

    def _gets(self, key: str, new: Subscriber) -> bool:
        record = self._records.get(key)
        return (
            record is not None
            and record.state == "confirmed"
            and all(record.subscriptions.get(name) == "on" for name in new.newsletters)
        )

    def _keep_unsubscribed(self, key: str, new: Subscriber, newsletters: Sequence[str], at: datetime) -> None:
        """Record unsubscriptions from a file, except from newsletters that the subscriber gets here."""
        record = self._records.get(key)
        names = set(newsletters)
        if record and record.state == "confirmed":
            names.difference_update(name for name, state in record.subscriptions.items() if state == "on")
        if not names:
            return
        # Pending, so that the record says that nobody has confirmed these newsletters.
        self._add(key, new.model_copy(update={"newsletters": tuple(sorted(names)), "state": "pending"}))
        if record := self._records.get(key):
            for name in names:
                self._unsubscribe(record, name, at)

    def _unsubscribe(self, record: _Record, newsletter: str, at: datetime) -> None:
        if record.subscriptions.get(newsletter) == "on":
            record.subscriptions[newsletter] = "off"
            self._ended_subscriptions[record.id, newsletter] = at

    def _record_no_mail(self, key: str, row: ImportedSubscriber, at: datetime) -> None:
        """Record that an address gets no mail that is not a confirmed subscriber."""
        if row.no_mail == "removed":
            if record := self._records.pop(key, None):
                self._forget(record)
            self._suppress(key, "unsubscribed", "removed", at)
            return
        new = row.subscriber
        self._keep_unsubscribed(key, new, row.unsubscribed, at)
        record = self._records.get(key)
        previous_state = record.state if record else "confirmed"
        state = "unsubscribed" if row.no_mail == "unsubscribed" else "suppressed"
        self._add(key, new.model_copy(update={"newsletters": (), "state": state}))
        if state == "suppressed":
            self._suppress(key, str(row.no_mail), "imported", at, previous_state)

    def _end_newsletters(self, key: str, row: ImportedSubscriber, at: datetime) -> None:
        """End subscriptions to some newsletters, and record that nobody is to be subscribed to them."""
        if record := self._records.get(key):
            for newsletter in row.no_mail_newsletters:
                self._unsubscribe(record, newsletter, at)
        self._keep_unsubscribed(key, row.subscriber, row.no_mail_newsletters, at)

    def _end(self, key: str, record: _Record, row: ImportedSubscriber, at: datetime) -> None:
        """End the subscriptions of a subscriber who is confirmed or gets no mail already."""
        has_decided = row.no_mail in ("unsubscribed", "removed")
        if has_decided or record.state == "confirmed":
            for newsletter in record.subscriptions:
                self._unsubscribe(record, newsletter, at)
        previous_state = record.state
        state = "unsubscribed" if has_decided or previous_state == "unsubscribed" else "suppressed"
        if state != previous_state:
            record.change({"state": state})
        # Who has unsubscribed may ask to be added again; a bounce will then show itself.
        if not has_decided and (previous_state != "unsubscribed" or row.no_mail != "bounce"):
            self._suppress(key, str(row.no_mail), "imported", at, previous_state)

    def _suppress(
        self, key: str, reason: str, detail: str, at: datetime, previous_state: str | None = None
    ) -> None:
        """Put an address on the suppression list, as `suppress` does."""
        hashed = self._hashes[key]
        known = self._suppressed.get(hashed)
        if known is None:
            self._new_suppressions[hashed] = (reason, detail, at, previous_state)
        elif known not in REPLACED.get(reason, ()):
            return
        elif hashed in self._new_suppressions:
            self._new_suppressions[hashed] = (reason, detail, at, self._new_suppressions[hashed][3])
        else:
            self._replaced_suppressions[hashed] = (reason, detail, at)
        self._suppressed[hashed] = reason

    def _forget(self, record: _Record) -> None:
        """Write nothing of a subscriber that is deleted."""
        for changes in (self._new_subscriptions, self._ended_subscriptions):
            for pair in [pair for pair in changes if pair[0] == record.id]:
                del changes[pair]
        self._new_tags = [pair for pair in self._new_tags if pair[0] != record.id]
        if not record.is_new:
            self.removed.append(record.id)

    def write(self) -> None:
        """Write what has changed."""
        records = sorted(self._records.values(), key=lambda record: record.id)
        new = [[record.values.get(name) for name in _COLUMNS] for record in records if record.is_new]
        insert_rows(self._connection, subscriber, _COLUMNS, new)
        changed: dict[tuple[str, ...], list[Sequence[Any]]] = {}
        for record in records:
            if record.changes:
                rows = changed.setdefault(tuple(record.changes), [])
                rows.append([*record.changes.values(), record.id])
        for names, rows in changed.items():
            update_rows(self._connection, subscriber, ("id",), names, rows)
        self._write_subscriptions()
        insert_rows(self._connection, subscriber_tag, ("subscriber_id", "tag"), sorted(self._new_tags))
        insert_rows(
            self._connection,
            suppression,
            ("address_hash", "reason", "detail", "created_at", "previous_state"),
            [(hashed, *values) for hashed, values in sorted(self._new_suppressions.items())],
        )
        update_rows(
            self._connection,
            suppression,
            ("address_hash",),
            ("reason", "detail", "created_at"),
            [(*values, hashed) for hashed, values in sorted(self._replaced_suppressions.items())],
        )

    def _write_subscriptions(self) -> None:
        ended = self._ended_subscriptions
        rows = [
            (*pair, "off" if pair in ended else "on", ended.get(pair, at))
            for pair, at in sorted(self._new_subscriptions.items())
        ]
        insert_rows(
            self._connection, subscription, ("subscriber_id", "newsletter", "state", "changed_at"), rows
        )
        update_rows(
            self._connection,
            subscription,
            ("subscriber_id", "newsletter"),
            ("state", "changed_at"),
            [("off", at, *pair) for pair, at in sorted(ended.items()) if pair not in self._new_subscriptions],
        )


def _has_agreed(record: _Record, row: ImportedSubscriber) -> bool:
    """Return whether a confirmed subscriber has agreed later than a row says that it gets no mail."""
    if record.state != "confirmed":
        return False
    values, since = record.values, row.no_mail_since
    is_request = values.get("consent_how") in ("form", "operator")
    return not row.is_current or (is_request and since is not None and values["consent_at"] > since)
