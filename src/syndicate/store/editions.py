"""Editions, and which articles they have consumed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
    StoredArticle,
)
from .database import Database
from .schema import article, edition, edition_article, edition_image, edition_localization, revision
from .sequence import alone

# So many values go into one query.
_BATCH = 500


class Editions:
    """The edition tables; see `EditionStore`."""

    _db: Database

    def next_number(self, newsletter: str) -> int:
        query = select(func.max(edition.c.number)).where(edition.c.newsletter == newsletter)
        with self._db.read() as connection:
            return int(connection.scalar(query) or 0) + 1

    def add_edition(self, draft: NewEdition, *, now: datetime) -> bool:
        new = draft.edition
        try:
            with self._db.write() as connection:
                # Not while articles change: the two would lock the same rows in different orders.
                alone(connection)
                connection.execute(
                    insert(edition).values(
                        id=new.id,
                        newsletter=new.newsletter,
                        number=new.number,
                        slot=new.slot,
                        composed_at=new.composed_at,
                        more=new.more,
                        digest=new.digest.model_dump(mode="json"),
                        message=new.message,
                    )
                )
                _vary(connection, new, draft.localizations)
                _illustrate(connection, new, draft.images)
                _consume(connection, new, draft.shown, is_contained=True, start=0)
                _consume(connection, new, draft.counted, is_contained=False, start=len(draft.shown))
                earlier = select(edition.c.id).where(
                    edition.c.newsletter == new.newsletter, edition.c.id != new.id
                )
                if connection.execute(earlier.limit(1)).first() is None:
                    _count_as_seen(connection, draft, now)
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
        said = edition.c.digest
        query = (
            select(
                *(edition.c.id, edition.c.newsletter, edition.c.number, edition.c.composed_at),
                said["subject"].as_string().label("subject"),
                func.coalesce(said["note"].as_string(), "").label("note"),
            )
            .where(edition.c.newsletter == newsletter)
            .order_by(edition.c.number.desc())
            .limit(limit)
        )
        with self._db.read() as connection:
            return [EditionSummary.model_validate(dict(row)) for row in connection.execute(query).mappings()]

    def consumed(self, newsletter: str, ids: Iterable[str]) -> set[str]:
        asked = list(ids)
        found: set[str] = set()
        with self._db.read() as connection:
            for start in range(0, len(asked), _BATCH):
                query = select(edition_article.c.article_id).where(
                    edition_article.c.newsletter == newsletter,
                    edition_article.c.article_id.in_(asked[start : start + _BATCH]),
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


def _vary(connection: Connection, new: Edition, variants: Sequence[Localization]) -> None:
    rows = [{"edition_id": new.id, **each.model_dump(mode="json")} for each in variants]
    if rows:
        connection.execute(insert(edition_localization), rows)


def _illustrate(connection: Connection, new: Edition, pictures: Mapping[str, bytes]) -> None:
    for name, data in pictures.items():
        connection.execute(insert(edition_image).values(edition_id=new.id, name=name, data=data))


def _consume(
    connection: Connection, new: Edition, articles: Sequence[StoredArticle], *, is_contained: bool, start: int
) -> None:
    rows = [
        {
            "newsletter": new.newsletter,
            "article_id": each.article.id,
            "edition_id": new.id,
            "revision": each.revision,
            "position": position,
            "is_contained": is_contained,
        }
        for position, each in enumerate(articles, start)
    ]
    if rows:
        connection.execute(insert(edition_article), rows)


def _count_as_seen(connection: Connection, draft: NewEdition, now: datetime) -> None:
    """With a first edition everything that was there to be shown is old; written down, not told by dates."""
    new = draft.edition
    there = exists().where(
        edition_article.c.newsletter == new.newsletter, edition_article.c.article_id == article.c.id
    )
    old = select(
        literal(new.newsletter),
        article.c.id,
        literal(new.id),
        article.c.revision,
        literal(len(draft.shown) + len(draft.counted)),
        literal(False),
    ).where(~there, article.c.withdrawn_at.is_(None), article.c.visible_at <= now)
    if draft.held:
        old = old.where(article.c.id.not_in([each.article.id for each in draft.held]))
    if draft.sequence is not None:
        old = old.where(article.c.first_sequence <= draft.sequence)
    columns = ["newsletter", "article_id", "edition_id", "revision", "position", "is_contained"]
    connection.execute(insert(edition_article).from_select(columns, old))


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
        id=row.id,
        newsletter=row.newsletter,
        number=row.number,
        composed_at=row.composed_at,
        slot=row.slot,
        digest=Digest.model_validate(row.digest),
        articles=tuple(Article.model_validate(document) for document in documents),
        more=row.more,
        message=row.message,
    )
