"""The tables. Times are UTC. Documents are models as JSON."""

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
    """A time: `timestamptz` in PostgreSQL, text that sorts by time in SQLite, always UTC in Python."""

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


# SQLite generates keys for INTEGER only.
Serial = BigInteger().with_variant(Integer, "sqlite")

NEVER = datetime(9999, 6, 1, tzinfo=UTC)
"""The `visible_at` of a hidden article: later, in every time zone, than any date that an article can have."""


def _id(name: str, *args: Any, **options: Any) -> Column[str]:
    return Column(name, String(512), *args, **options)


setting = Table(
    "setting",
    metadata,
    _id("name", primary_key=True),
    Column("value", Text, nullable=False),
)

# One row. The next number locks it, so that sequence numbers are committed in order.
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
    # The id in its record. The article has another id if an article of another source has this one.
    _id("claimed_id", nullable=False, server_default=text("''")),
    Column("link_key", String(64)),
    # How good the source's claim to the id and to the link is (`Standing`).
    Column("id_standing", Integer, nullable=False, server_default="0"),
    Column("link_standing", Integer, nullable=False, server_default="0"),
    Column("revision", Integer, nullable=False),
    Column("sequence", BigInteger, nullable=False, unique=True),
    Column("first_sequence", BigInteger, nullable=False),
    Column("ingested_at", UtcDateTime, nullable=False),
    # When it becomes visible, and its place in the order; see `visible_from`.
    Column("visible_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("withdrawn_at", UtcDateTime),
    Column("checksum", String(64), nullable=False),
    Column("document", JSON, nullable=False),
    UniqueConstraint("source", "key"),
    Index(None, "visible_at", "id"),
    Index(None, "withdrawn_at"),
    Index(None, "expires_at"),
    Index(None, "link_key"),
    Index(None, "claimed_id"),
)

revision = Table(
    "revision",
    metadata,
    _id("article_id", ForeignKey("article.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("document", JSON, nullable=False),
)

article_facet = Table(
    "article_facet",
    metadata,
    _id("article_id", ForeignKey("article.id"), primary_key=True),
    Column("facet", String(16), primary_key=True),
    Column("value", Text, primary_key=True),
    # A copy of the article's, so that an index has the articles of a value in order.
    Column("visible_at", UtcDateTime, nullable=False),
)
Index(
    "ix_article_facet_newest",
    article_facet.c.facet,
    article_facet.c.value,
    article_facet.c.visible_at.desc(),
    article_facet.c.article_id,
)

# Files of sources that were read, each with the keys of its articles as a JSON array.
source_file = Table(
    "source_file",
    metadata,
    _id("source", primary_key=True),
    Column("name", Text, primary_key=True),
    # What its articles depend on besides its bytes.
    Column("conversion", String(64), nullable=False),
    Column("status", Text, nullable=False),
    Column("digest", String(128), nullable=False),
    Column("article_keys", Text, nullable=False),
    Column("records", Integer, nullable=False),
)

# Changes of many articles of a source that wait for a confirmation.
held_change = Table(
    "held_change",
    metadata,
    _id("source", primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("withdrawn", Integer, nullable=False),
    Column("reidentified", Integer, nullable=False),
    Column("known", Integer, nullable=False),
    Column("held_at", UtcDateTime, nullable=False),
)

# What the documents of each published feed contain.
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

# The entries of archive documents. An entry does not leave its document.
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
    Column("slot", UtcDateTime),
    Column("composed_at", UtcDateTime, nullable=False),
    Column("more", Integer, nullable=False),
    Column("digest", JSON, nullable=False),
    Column("message", Text, nullable=False),
    UniqueConstraint("newsletter", "number"),
    UniqueConstraint("newsletter", "slot"),
)

# The localizations of an edition that differ from the edition.
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

# The images that are embedded in the messages of an edition, in all localizations.
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
    # The key of the address in the suppression list.
    Column("address_hash", String(64), nullable=False, server_default=text("''")),
    Column("state", String(16), nullable=False),
    *_profile_columns(),
    Column("consent_how", String(32)),
    Column("consent_at", UtcDateTime),
    Column("consent_note", Text),
    Column("consent_text", Text),
    Column("consent_ip", Text),
)

subscription = Table(
    "subscription",
    metadata,
    _id("subscriber_id", ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True),
    _id("newsletter", primary_key=True),
    Column("state", String(16), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Index(None, "newsletter", "state"),
)

subscriber_tag = Table(
    "subscriber_tag",
    metadata,
    _id("subscriber_id", ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", Text, primary_key=True),
    Index(None, "tag"),
)

# Outlives the subscriber, so that an import does not bring back an address that was removed. It has no
# addresses, only their HMAC with a key of this store; see `address_hash`.
suppression = Table(
    "suppression",
    metadata,
    Column("address_hash", String(64), primary_key=True),
    Column("reason", String(32), nullable=False),
    Column("detail", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # Of the subscriber; it is set again if the suppression is undone.
    Column("previous_state", String(16)),
)

delivery = Table(
    "delivery",
    metadata,
    _id("id", primary_key=True),
    _id("edition_id", ForeignKey("edition.id"), nullable=False),
    # No foreign key: deliveries outlive the subscriber, without personal data.
    _id("subscriber_id", nullable=False),
    Column("email", Text, nullable=False),
    *_profile_columns(),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("owner", Text),
    Column("lease_until", UtcDateTime),
    Column("fence", BigInteger, nullable=False),
    Column("code", Integer),
    Column("detail", Text, nullable=False),
    Column("finished_at", UtcDateTime),
    # Why it is due later, if a limit and not the server is the reason. Only of a pending delivery.
    Column("wait_reason", Text),
    # When it was made due again by hand; `created_at` is the date of its message and does not change.
    Column("retried_at", UtcDateTime),
    UniqueConstraint("edition_id", "subscriber_id"),
    # In the order of `claim`, which takes some of very many.
    Index(None, "state", "due_at"),
    Index(None, "edition_id", "state", "due_at"),
)

# Why the last send of an edition stopped, if it did.
send_stop = Table(
    "send_stop",
    metadata,
    _id("edition_id", ForeignKey("edition.id"), primary_key=True),
    Column("stopped_at", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False),
)

# Counts and rates that all workers share, as JSON. A row of `counter` is locked to change them.
send_limit = Table(
    "send_limit",
    metadata,
    _id("name", primary_key=True),
    Column("value", JSON, nullable=False),
)

# Editions whose deliveries are not claimed now.
edition_pause = Table(
    "edition_pause",
    metadata,
    _id("edition_id", ForeignKey("edition.id"), primary_key=True),
    Column("paused_at", UtcDateTime, nullable=False),
    # NEVER: until the operator ends it.
    Column("until", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False),
    # Whether deliveries that were tried before are claimed all the same.
    Column("allows_retries", Boolean, nullable=False),
)

# What came back. It belongs to the subscriber, and goes with the subscriber.
bounce = Table(
    "bounce",
    metadata,
    Column("id", String(64), primary_key=True),
    _id("delivery_id", nullable=False),
    _id("edition_id", nullable=False),
    _id("subscriber_id", ForeignKey("subscriber.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("status", String(16)),
    Column("diagnostic", Text, nullable=False),
    Column("refusal", Text, nullable=False),
    Column("excerpt", Text, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("verdict", String(16), nullable=False),
    # The state of the subscriber before this bounce suppressed the address.
    Column("previous_state", String(16)),
    Index(None, "subscriber_id"),
    Index(None, "delivery_id"),
    Index(None, "edition_id", "refusal"),
    Index(None, "verdict"),
    Index(None, "received_at"),
)

schedule = Table(
    "schedule",
    metadata,
    _id("name", primary_key=True),
    Column("spec", Text, nullable=False),
    Column("cursor", UtcDateTime, nullable=False),
)

run = Table(
    "run",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    _id("schedule", nullable=False),
    Column("slot", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("owner", Text),
    Column("lease_until", UtcDateTime),
    Column("fence", BigInteger, nullable=False),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("note", Text, nullable=False),
    UniqueConstraint("schedule", "slot"),
    Index(None, "state"),
)
