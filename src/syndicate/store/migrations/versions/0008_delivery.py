"""Delivery: limits, bounces, consent.

Revision ID: 0008
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from syndicate.store.address_hashes import address_hash, hash_key
from syndicate.store.schema import UtcDateTime

revision = "0008"
down_revision = "0007"

_BATCH = 5000
_SUBSCRIBER = sa.table(
    "subscriber",
    sa.column("id", sa.String),
    sa.column("email_key", sa.Text),
    sa.column("address_hash", sa.String),
)


def upgrade() -> None:
    _add_subscriber_columns()
    _hash_suppressed_addresses()
    # Of removed subscribers: the reply of a server may contain the address.
    op.execute("UPDATE delivery SET detail = '' WHERE email = ''")
    _add_send_limits()
    _create_bounces()
    _upgrade_deliveries()


def _add_send_limits() -> None:
    op.add_column("delivery", sa.Column("wait_reason", sa.Text()))
    op.create_table(
        "send_limit",
        sa.Column("name", sa.String(length=512), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_send_limit")),
    )
    op.create_table(
        "edition_pause",
        sa.Column("edition_id", sa.String(length=512), nullable=False),
        sa.Column("paused_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("until", UtcDateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("allows_retries", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_edition_pause_edition_id")),
        sa.PrimaryKeyConstraint("edition_id", name=op.f("pk_edition_pause")),
    )


def _create_bounces() -> None:
    op.create_table(
        "bounce",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("delivery_id", sa.String(length=512), nullable=False),
        sa.Column("edition_id", sa.String(length=512), nullable=False),
        sa.Column("subscriber_id", sa.String(length=512), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=True),
        sa.Column("diagnostic", sa.Text(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=False),
        sa.Column("excerpt", sa.Text(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("previous_state", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_bounce_subscriber_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bounce")),
    )
    for columns in (
        ["subscriber_id"],
        ["delivery_id"],
        ["edition_id", "refusal"],
        ["verdict"],
        ["received_at"],
    ):
        op.create_index(op.f(f"ix_bounce_{'_'.join(columns)}"), "bounce", columns)


def _upgrade_deliveries() -> None:
    op.add_column("delivery", sa.Column("retried_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index("ix_delivery_edition_id_state", table_name="delivery")
    op.create_index(
        op.f("ix_delivery_edition_id_state_due_at"), "delivery", ["edition_id", "state", "due_at"]
    )
    op.create_table(
        "send_stop",
        sa.Column("edition_id", sa.String(length=512), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_send_stop_edition_id")),
        sa.PrimaryKeyConstraint("edition_id", name=op.f("pk_send_stop")),
    )


def _add_subscriber_columns() -> None:
    """Add consent texts and tags, and the hash of each address."""
    hash_column = sa.Column(
        "address_hash", sa.String(length=64), nullable=False, server_default=sa.text("''")
    )
    op.add_column("subscriber", hash_column)
    for name in ("consent_text", "consent_ip"):
        op.add_column("subscriber", sa.Column(name, sa.Text(), nullable=True))
    op.create_table(
        "subscriber_tag",
        sa.Column("subscriber_id", sa.String(length=512), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_subscriber_tag_subscriber_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "tag", name=op.f("pk_subscriber_tag")),
    )
    op.create_index(op.f("ix_subscriber_tag_tag"), "subscriber_tag", ["tag"])
    connection = op.get_bind()
    key = hash_key(connection)
    statement = (
        sa.update(_SUBSCRIBER)
        .where(_SUBSCRIBER.c.id == sa.bindparam("known_id"))
        .values(address_hash=sa.bindparam("new_hash"))
    )
    for batch in _batches(sa.select(_SUBSCRIBER.c.id, _SUBSCRIBER.c.email_key), _SUBSCRIBER.c.id):
        rows = [{"known_id": row.id, "new_hash": address_hash(key, row.email_key)} for row in batch]
        connection.execute(statement, rows)


def _hash_suppressed_addresses() -> None:
    """Replace the addresses of the suppression list by their hashes."""
    connection = op.get_bind()
    new = op.create_table(
        "suppression_of_0008",
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("previous_state", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("address_hash", name=op.f("pk_suppression_of_0008")),
    )
    old = sa.table(
        "suppression",
        sa.column("email_key", sa.Text),
        *(sa.column(name, new.c[name].type) for name in ("reason", "detail", "created_at")),
    )
    key = hash_key(connection)
    for batch in _batches(sa.select(old), old.c.email_key):
        rows = [
            {
                "address_hash": address_hash(key, row.email_key),
                "reason": row.reason,
                "detail": row.detail,
                "created_at": row.created_at,
            }
            for row in batch
        ]
        connection.execute(sa.insert(new), rows)
    op.drop_table("suppression")
    op.rename_table("suppression_of_0008", "suppression")
    if connection.dialect.name == "postgresql":
        # SQLite does not name constraints.
        op.execute("ALTER TABLE suppression RENAME CONSTRAINT pk_suppression_of_0008 TO pk_suppression")


def _batches(query: sa.Select, key: sa.ColumnClause) -> Iterator[list[sa.Row]]:  # type: ignore[type-arg]
    """Yield the rows in batches, sorted by a unique column; only one batch is in memory."""
    page = query.order_by(key).limit(_BATCH)
    connection = op.get_bind()
    rows = connection.execute(page).all()
    while rows:
        yield list(rows)
        rows = connection.execute(page.where(key > getattr(rows[-1], key.name))).all()
