"""Delivery: limits, bounces, consent.

Revision ID: 0008
"""

import sqlalchemy as sa
from alembic import op

from syndicate.store.schema import UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    _create_bounces()


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
