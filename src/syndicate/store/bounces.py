"""The bounce table: evidence, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, or_, select, update

from ..model import Bounce, Delivery, Refusal, Verdict
from .database import Database, insert_once
from .schema import bounce, delivery, edition, subscriber, suppression
from .suppressions import suppress

_PAGE = 200
_LAST_HEXADECIMAL = "f" * 64


class Bounces:
    """The bounce table; see `BounceStore`."""

    _db: Database

    def edition_ids(self) -> list[str]:
        with self._db.read() as connection:
            return list(connection.scalars(select(edition.c.id)))

    def find_delivery(self, edition_id: str, subscriber_id: str, *, is_prefix: bool) -> Delivery | None:
        this = delivery.c.subscriber_id == subscriber_id
        if is_prefix:
            this = and_(
                # The first two use the index. Ids that are hexadecimal have one order in every collation.
                delivery.c.subscriber_id >= subscriber_id,
                delivery.c.subscriber_id <= subscriber_id + _LAST_HEXADECIMAL,
                delivery.c.subscriber_id.startswith(subscriber_id, autoescape=True),
            )
        query = select(delivery).where(delivery.c.edition_id == edition_id, this).limit(2)
        with self._db.read() as connection:
            rows = connection.execute(query).all()
        return _known(rows[0]) if len(rows) == 1 else None

    def find_last_delivery(self, subscriber_id: str, newsletter: str) -> Delivery | None:
        query = (
            select(delivery)
            .join(edition, edition.c.id == delivery.c.edition_id)
            .where(delivery.c.subscriber_id == subscriber_id, edition.c.newsletter == newsletter)
            .order_by(edition.c.number.desc())
            .limit(1)
        )
        with self._db.read() as connection:
            row = connection.execute(query).first()
        return _known(row) if row else None

    def failed_deliveries(self, *, since: datetime, limit: int) -> list[tuple[Delivery, str, datetime]]:
        query = (
            select(delivery)
            .where(
                delivery.c.state == "failed",
                delivery.c.due_at >= since,
                delivery.c.code.is_not(None),
                exists().where(subscriber.c.id == delivery.c.subscriber_id),
                ~exists().where(bounce.c.delivery_id == delivery.c.id),
            )
            .order_by(delivery.c.due_at, delivery.c.id)
            .limit(limit)
        )
        with self._db.read() as connection:
            return [(_delivery(row), row.detail, row.finished_at) for row in connection.execute(query)]

    def record_bounces(self, bounces: Sequence[Bounce], *, now: datetime) -> set[str]:
        recorded = set()
        with self._db.write() as connection:
            for each in bounces:
                row = connection.execute(
                    select(subscriber.c.email_key, subscriber.c.state).where(
                        subscriber.c.id == each.subscriber_id
                    )
                ).first()
                if row is None or not insert_once(connection, bounce, **each.model_dump()):
                    continue
                recorded.add(each.id)
                if each.kind == "complaint":
                    suppress(connection, row.email_key, reason="complaint", detail=each.diagnostic, now=now)
        return recorded

    def open_refusals(self) -> list[Refusal]:
        is_open = select(bounce.c.edition_id, bounce.c.refusal).where(bounce.c.verdict == "open").distinct()
        return self._refusals(is_open)

    def held_refusals(self, *, since: datetime) -> list[Refusal]:
        is_held = (
            select(bounce.c.edition_id, bounce.c.refusal)
            .where(bounce.c.verdict == "held", bounce.c.received_at >= since)
            .distinct()
        )
        return self._refusals(is_held)

    def _refusals(self, chosen: Any) -> list[Refusal]:
        wanted = chosen.subquery()
        deliveries = (
            select(func.count())
            .select_from(delivery)
            .where(delivery.c.edition_id == wanted.c.edition_id)
            .scalar_subquery()
        )
        query = (
            select(
                wanted.c.edition_id,
                wanted.c.refusal,
                func.count(bounce.c.delivery_id.distinct()).label("deliveries"),
                deliveries.label("edition_deliveries"),
                func.min(bounce.c.received_at).label("first_at"),
                func.min(bounce.c.diagnostic).label("diagnostic"),
            )
            .join(
                bounce,
                and_(bounce.c.edition_id == wanted.c.edition_id, bounce.c.refusal == wanted.c.refusal),
            )
            .where(bounce.c.verdict != "dismissed", bounce.c.kind != "complaint")
            .group_by(wanted.c.edition_id, wanted.c.refusal)
            .order_by(wanted.c.edition_id, wanted.c.refusal)
        )
        with self._db.read() as connection:
            return [Refusal.model_validate(dict(row)) for row in connection.execute(query).mappings()]

    def decide_refusal(self, edition_id: str, refusal: str, verdict: Verdict, *, now: datetime) -> int:
        changing = and_(
            bounce.c.edition_id == edition_id,
            bounce.c.refusal == refusal,
            bounce.c.kind != "complaint",
            bounce.c.verdict.not_in((verdict, "dismissed")),
        )
        changed = 0
        # In pages, so that other processes can write in between.
        while page := self._decide_page(changing, verdict, now):
            changed += sum(page)
        return changed

    def _decide_page(self, changing: Any, verdict: Verdict, now: datetime) -> list[bool]:
        """Decide about the next bounces. Return for each whether its address was suppressed or reinstated."""
        # Open ones last: as long as one is open, a process that goes on after a crash finds the refusal.
        query = select(bounce).where(changing).order_by(bounce.c.verdict == "open", bounce.c.id).limit(_PAGE)
        with self._db.write() as connection:
            rows = connection.execute(query).all()
            changed = [_apply(connection, row, verdict, now) for row in rows]
            connection.execute(
                update(bounce).where(bounce.c.id.in_([row.id for row in rows])).values(verdict=verdict)
            )
        return changed

    def suppress_repeated(self, *, limit: int, since: datetime, now: datetime) -> int:
        soft = and_(bounce.c.kind == "soft", bounce.c.verdict == "counted", bounce.c.received_at >= since)
        repeated = (
            select(bounce.c.subscriber_id, func.count(bounce.c.delivery_id.distinct()).label("number"))
            .join(subscriber, subscriber.c.id == bounce.c.subscriber_id)
            .where(soft, subscriber.c.state == "confirmed")
            .group_by(bounce.c.subscriber_id)
            .having(func.count(bounce.c.delivery_id.distinct()) >= limit)
            .order_by(bounce.c.subscriber_id)
        )
        changed = 0
        while page := self._suppress_page(repeated.limit(_PAGE), soft, now):
            changed += page
        return changed

    def _suppress_page(self, repeated: Any, soft: Any, now: datetime) -> int:
        """Suppress the next subscribers that have several soft bounces. Return how many there were."""
        with self._db.write() as connection:
            rows = connection.execute(repeated).all()
            for row in rows:
                last = connection.execute(
                    select(bounce)
                    .where(soft, bounce.c.subscriber_id == row.subscriber_id)
                    .order_by(bounce.c.received_at.desc(), bounce.c.id)
                    .limit(1)
                ).one()
                detail = f"{row.number} temporary failures, the last one: {last.diagnostic}"
                _suppress(connection, last, detail[:500], now)
        return len(rows)

    def bounce_counts(self, *, since: datetime) -> dict[str, int]:
        query = (
            select(bounce.c.kind, func.count().label("number"))
            .where(bounce.c.received_at >= since)
            .group_by(bounce.c.kind)
        )
        with self._db.read() as connection:
            return {row.kind: row.number for row in connection.execute(query)}


def _known(row: Any) -> Delivery | None:
    """Return the delivery of a row; None if its subscriber was removed."""
    return _delivery(row) if row.email else None


def _delivery(row: Any) -> Delivery:
    return Delivery.model_construct(**{name: getattr(row, name) for name in Delivery.model_fields})


def _apply(connection: Connection, row: Any, verdict: Verdict, now: datetime) -> bool:
    """Do what a verdict means for the subscriber of a bounce. Return whether anything changed."""
    if verdict == "counted":
        return row.kind == "hard" and _suppress(connection, row, row.diagnostic, now)
    return row.previous_state is not None and _reinstate(connection, row)


def _suppress(connection: Connection, row: Any, detail: str, now: datetime) -> bool:
    """Suppress the address of a bounce, unless it is suppressed. Remember its state, to undo this."""
    found = connection.execute(
        select(subscriber.c.email_key, subscriber.c.state)
        .where(subscriber.c.id == row.subscriber_id)
        .with_for_update()
    ).first()
    if found is None or found.state == "suppressed":
        return False
    suppress(connection, found.email_key, reason="bounce", detail=detail, now=now)
    connection.execute(update(bounce).where(bounce.c.id == row.id).values(previous_state=found.state))
    return True


def _reinstate(connection: Connection, row: Any) -> bool:
    """Undo `_suppress`, unless there is another reason by now."""
    connection.execute(update(bounce).where(bounce.c.id == row.id).values(previous_state=None))
    other = select(bounce.c.id).where(
        bounce.c.subscriber_id == row.subscriber_id,
        bounce.c.id != row.id,
        or_(
            bounce.c.kind == "complaint",
            and_(
                bounce.c.kind == "hard",
                bounce.c.verdict == "counted",
                or_(bounce.c.edition_id != row.edition_id, bounce.c.refusal != row.refusal),
            ),
        ),
    )
    if connection.execute(other).first() is not None:
        return False
    changed = connection.execute(
        update(subscriber)
        .where(subscriber.c.id == row.subscriber_id, subscriber.c.state == "suppressed")
        .values(state=row.previous_state)
        .execution_options(preserve_rowcount=True)
    ).rowcount
    hashed = select(subscriber.c.address_hash).where(subscriber.c.id == row.subscriber_id).scalar_subquery()
    connection.execute(
        delete(suppression).where(suppression.c.address_hash == hashed, suppression.c.reason == "bounce")
    )
    return bool(changed)
