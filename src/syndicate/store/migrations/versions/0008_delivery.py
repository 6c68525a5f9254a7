"""Delivery: limits, bounces, consent.

Revision ID: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    _upgrade_deliveries()


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
