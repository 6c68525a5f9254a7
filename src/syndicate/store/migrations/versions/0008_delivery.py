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
