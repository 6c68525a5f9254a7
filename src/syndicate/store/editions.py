"""Editions, and the articles that they have consumed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, func, insert, literal, select
from sqlalchemy.exc import IntegrityError

from ..model import (
    Article,
    Digest,
    Edition,
    EditionSummary,
    Localization,
    LocalizationKey,
    NewEdition,
)
from .articles import is_public
from .change_sequence import lock_articles
from .database import Database
from .schema import (
    article,
    edition,
    edition_article,
    edition_image,
    edition_localization,
    revision,
)

# SQLite accepts about 32,000 parameters in a statement.
_BATCH = 500

# Columns with the value of the field of the same name.
_COPIED = ("id", "newsletter", "number", "slot", "composed_at", "more", "message")


class Editions:
    """The edition tables; see `EditionStore`."""

    _db: Database

    def next_number(self, newsletter: str) -> int:
        query = select(func.max(edition.c.number)).where(edition.c.newsletter == newsletter)
        with self._db.read() as connection:
            return int(connection.scalar(query) or 0) + 1

    def add_edition(self, new: NewEdition, *, now: datetime) -> bool:
        row = {
            **{name: getattr(new.edition, name) for name in _COPIED},
            "digest": new.edition.digest.model_dump(mode="json"),
        }
        earlier = select(edition.c.id).where(edition.c.newsletter == new.edition.newsletter).limit(1)
        try:
            with self._db.write() as connection:
                # A transaction that changes articles locks the same rows, in another order.
                lock_articles(connection)
                is_first = connection.execute(earlier).first() is None
                connection.execute(insert(edition).values(row))
                _insert_localizations(connection, new)
                _insert_images(connection, new)
                _consume(connection, new)
                if is_first:
                    _consume_earlier_articles(connection, new, now)
        except IntegrityError:
            return False
        return True

    def edition(self, edition_id: str) -> Edition | None:
        with self._db.read() as connection:
            row = connection.execute(select(edition).where(edition.c.id == edition_id)).first()
            return _edition(connection, row) if row else None

    def edition_for_slot(self, newsletter: str, slot: datetime) -> Edition | None:
        query = select(edition).where(edition.c.newsletter == newsletter, edition.c.slot == slot)
        with self._db.read() as connection:
            row = connection.execute(query).first()
            return _edition(connection, row) if row else None

    def editions(self, newsletter: str, *, limit: int = 10) -> list[EditionSummary]:
        digest = edition.c.digest
        query = (
            select(
                edition.c.id,
                edition.c.newsletter,
                edition.c.number,
                edition.c.composed_at,
                digest["subject"].as_string().label("subject"),
                func.coalesce(digest["note"].as_string(), "").label("note"),
            )
            .where(edition.c.newsletter == newsletter)
            .order_by(edition.c.number.desc())
            .limit(limit)
        )
        with self._db.read() as connection:
            return [EditionSummary.model_validate(dict(row)) for row in connection.execute(query).mappings()]

    def consumed(self, newsletter: str, ids: Iterable[str]) -> set[str]:
        wanted = list(ids)
        found: set[str] = set()
        with self._db.read() as connection:
            for start in range(0, len(wanted), _BATCH):
                query = select(edition_article.c.article_id).where(
                    edition_article.c.newsletter == newsletter,
                    edition_article.c.article_id.in_(wanted[start : start + _BATCH]),
                )
                found.update(connection.scalars(query))
        return found

    def localizations(self, edition_id: str) -> list[LocalizationKey]:
        query = (
            select(
                edition_localization.c.number,
                edition_localization.c.language,
                edition_localization.c.timezones,
            )
            .where(edition_localization.c.edition_id == edition_id)
            .order_by(edition_localization.c.number)
        )
        with self._db.read() as connection:
            return [
                LocalizationKey(number=row.number, language=row.language, timezones=tuple(row.timezones))
                for row in connection.execute(query)
            ]

    def localization(self, edition_id: str, number: int) -> Localization | None:
        query = select(edition_localization).where(
            edition_localization.c.edition_id == edition_id, edition_localization.c.number == number
        )
        with self._db.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return Localization(
            number=row.number,
            language=row.language,
            timezones=tuple(row.timezones),
            digest=Digest.model_validate(row.digest),
            message=row.message,
        )

    def images(self, edition_id: str) -> dict[str, bytes]:
        query = select(edition_image.c.name, edition_image.c.data).where(
            edition_image.c.edition_id == edition_id
        )
        with self._db.read() as connection:
            return {row.name: bytes(row.data) for row in connection.execute(query)}


def _insert_localizations(connection: Connection, new: NewEdition) -> None:
    rows = [{"edition_id": new.edition.id, **each.model_dump(mode="json")} for each in new.localizations]
    if rows:
        connection.execute(insert(edition_localization), rows)


def _insert_images(connection: Connection, new: NewEdition) -> None:
    rows = [{"edition_id": new.edition.id, "name": name, "data": data} for name, data in new.images.items()]
    if rows:
        connection.execute(insert(edition_image), rows)


def _consume(connection: Connection, new: NewEdition) -> None:
    """Record the articles that an edition contains, and those that it only counts."""
    rows = [
        {
            "newsletter": new.edition.newsletter,
            "article_id": each.article.id,
            "edition_id": new.edition.id,
            "revision": each.revision,
            "position": position,
            "is_contained": position < len(new.shown),
        }
        for position, each in enumerate([*new.shown, *new.counted])
    ]
    if rows:
        connection.execute(insert(edition_article), rows)


def _consume_earlier_articles(connection: Connection, new: NewEdition, now: datetime) -> None:
    """Record that all other articles count as seen: they are older than the first edition."""
    newsletter = new.edition.newsletter
    consumed = exists().where(
        edition_article.c.newsletter == newsletter, edition_article.c.article_id == article.c.id
    )
    earlier = select(
        literal(newsletter),
        article.c.id,
        literal(new.edition.id),
        article.c.revision,
        literal(len(new.shown) + len(new.counted)),
        literal(False),
    ).where(~consumed, is_public(now), article.c.visible_at <= now)
    if new.held:
        earlier = earlier.where(article.c.id.not_in([each.article.id for each in new.held]))
    if new.sequence is not None:
        earlier = earlier.where(article.c.first_sequence <= new.sequence)
    columns = ["newsletter", "article_id", "edition_id", "revision", "position", "is_contained"]
    connection.execute(insert(edition_article).from_select(columns, earlier))


def _edition(connection: Connection, row: Any) -> Edition:
    documents = connection.scalars(
        select(revision.c.document)
        .join(
            edition_article,
            (edition_article.c.article_id == revision.c.article_id)
            & (edition_article.c.revision == revision.c.number),
        )
        .where(edition_article.c.edition_id == row.id, edition_article.c.is_contained)
        .order_by(edition_article.c.position)
    )
    return Edition(
        **{name: getattr(row, name) for name in _COPIED},
        digest=Digest.model_validate(row.digest),
        articles=tuple(Article.from_stored(document) for document in documents),
    )
