"""Delivery: limits, bounces, consent.

Revision ID: 0008
"""

import sqlalchemy as sa
from alembic import op

from syndicate.store.schema import UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
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
    for columns in (["subscriber_id"], ["edition_id", "refusal"], ["verdict"], ["received_at"]):
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
