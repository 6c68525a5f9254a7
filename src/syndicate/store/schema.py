"""The tables. Times are UTC; documents are the models as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator

from ..model.subscriber import MAX_LENGTH

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: `timestamptz` in PostgreSQL, text that sorts by time in SQLite; always UTC in Python."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite gives an automatic key to INTEGER only.
Serial = BigInteger().with_variant(Integer, "sqlite")
Moment = UtcDateTime


def _id(name: str, *args: Any, **options: Any) -> Column[str]:
    return Column(name, String(512), *args, **options)


setting = Table(
    "setting",
    metadata,
    _id("name", primary_key=True),
    Column("value", Text, nullable=False),
)

# One row; taking the next number locks it, so that numbers appear in the order of their commits.
counter = Table(
    "counter",
    metadata,
    _id("name", primary_key=True),
    Column("value", BigInteger, nullable=False),
)

article = Table(
    "article",
    metadata,
    _id("id", primary_key=True),
    _id("source", nullable=False),
    Column("key", Text, nullable=False),
    # The id of its record; the article has another where that is another source's.
    _id("claimed_id", nullable=False, server_default=text("''")),
    Column("link_key", String(64)),
    # How good the right of its source to the id and to the link is (`Standing`).
    Column("id_standing", Integer, nullable=False, server_default="0"),
    Column("link_standing", Integer, nullable=False, server_default="0"),
    Column("revision", Integer, nullable=False),
    Column("sequence", BigInteger, nullable=False, unique=True),
    Column("first_sequence", BigInteger, nullable=False),
    Column("ingested_at", Moment, nullable=False),
    # When it appears, and the order in which it is shown; see `moments`.
    Column("visible_at", Moment, nullable=False),
    Column("withdrawn_at", Moment),
    Column("checksum", String(64), nullable=False),
    Column("document", JSON, nullable=False),
    UniqueConstraint("source", "key"),
    Index(None, "visible_at", "id"),
    Index(None, "withdrawn_at"),
    Index(None, "link_key"),
    Index(None, "claimed_id"),
)

revision = Table(
    "revision",
    metadata,
    _id("article_id", ForeignKey("article.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("document", JSON, nullable=False),
)

article_facet = Table(
    "article_facet",
    metadata,
    _id("article_id", ForeignKey("article.id"), primary_key=True),
    Column("facet", String(16), primary_key=True),
    Column("value", Text, primary_key=True),
    # As the article has it, so that the newest of a word are read in order and no further.
    Column("visible_at", Moment, nullable=False),
)
Index(
    "ix_article_facet_newest",
    article_facet.c.facet,
    article_facet.c.value,
    article_facet.c.visible_at.desc(),
    article_facet.c.article_id,
)

# One row a feed that has been published: what its documents show.
feed = Table(
    "feed",
    metadata,
    _id("name", primary_key=True),
    _id("pattern", nullable=False),
    Column("facet_values", JSON, nullable=False),
    Column("definition", String(64), nullable=False),
    Column("entries", JSON, nullable=False),
    Column("documents", JSON, nullable=False),
    Index(None, "pattern"),
)

# What has moved from a feed into one of its archive documents, and stays there.
feed_archive = Table(
    "feed_archive",
    metadata,
    _id("feed", primary_key=True),
    _id("article_id", ForeignKey("article.id"), primary_key=True),
    Column("page", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Index(None, "feed", "page", "position"),
    Index(None, "article_id"),
)

edition = Table(
    "edition",
    metadata,
    _id("id", primary_key=True),
    _id("newsletter", nullable=False),
    Column("number", Integer, nullable=False),
    Column("slot", Moment),
    Column("composed_at", Moment, nullable=False),
    Column("more", Integer, nullable=False),
    Column("digest", JSON, nullable=False),
    Column("message", Text, nullable=False),
    UniqueConstraint("newsletter", "number"),
    UniqueConstraint("newsletter", "slot"),
)

# An edition in other languages and with other days: only those that come out otherwise than itself.
edition_localization = Table(
    "edition_localization",
    metadata,
    _id("edition_id", ForeignKey("edition.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("language", Text, nullable=False),
    Column("timezones", JSON, nullable=False),
    Column("digest", JSON, nullable=False),
    Column("message", Text, nullable=False),
)

# The pictures that travel in an edition's mails: once for all its variants.
edition_image = Table(
    "edition_image",
    metadata,
    _id("edition_id", ForeignKey("edition.id"), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

edition_article = Table(
    "edition_article",
    metadata,
    _id("newsletter", primary_key=True),
    _id("article_id", ForeignKey("article.id"), primary_key=True),
    _id("edition_id", ForeignKey("edition.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("is_contained", Boolean, nullable=False),
    Index(None, "edition_id", "position"),
)


def _profile_columns() -> tuple[Column[str], ...]:
    """Return a column for each field of `Profile`."""
    return (
        Column("name", Text, nullable=False),
        Column("language", String(MAX_LENGTH)),
        Column("timezone", String(MAX_LENGTH)),
    )


subscriber = Table(
    "subscriber",
    metadata,
    _id("id", primary_key=True),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False, unique=True),
    Column("domain", Text, nullable=False),
    Column("state", String(16), nullable=False),
    *_profile_columns(),
    Column("consent_how", String(32)),
    Column("consent_at", Moment),
    Column("consent_note", Text),
)

subscription = Table(
    "subscription",
    metadata,
    _id("subscriber_id", ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True),
    _id("newsletter", primary_key=True),
    Column("state", String(16), nullable=False),
    Column("changed_at", Moment, nullable=False),
    Index(None, "newsletter", "state"),
)

# Outlives the subscriber, so that an import does not bring back an address that was removed.
suppression = Table(
    "suppression",
    metadata,
    Column("email_key", Text, primary_key=True),
    Column("reason", String(32), nullable=False),
    Column("detail", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
)

delivery = Table(
    "delivery",
    metadata,
    _id("id", primary_key=True),
    _id("edition_id", ForeignKey("edition.id"), nullable=False),
    # No foreign key: deliveries outlive the subscriber, without personal data.
    _id("subscriber_id", nullable=False),
    Column("email", Text, nullable=False),
    Column("domain", Text, nullable=False),
    *_profile_columns(),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("owner", Text),
    Column("lease_until", Moment),
    Column("fence", BigInteger, nullable=False),
    Column("code", Integer),
    Column("detail", Text, nullable=False),
    Column("finished_at", Moment),
    UniqueConstraint("edition_id", "subscriber_id"),
    Index(None, "state", "due_at"),
    Index(None, "edition_id", "state"),
)

schedule = Table(
    "schedule",
    metadata,
    _id("name", primary_key=True),
    Column("spec", Text, nullable=False),
    Column("cursor", Moment, nullable=False),
)

run = Table(
    "run",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    _id("schedule", nullable=False),
    Column("slot", Moment, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("owner", Text),
    Column("lease_until", Moment),
    Column("fence", BigInteger, nullable=False),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("note", Text, nullable=False),
    UniqueConstraint("schedule", "slot"),
    Index(None, "state"),
)
