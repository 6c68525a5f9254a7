"""Reading sources: what was read before, changes that wait for a confirmation, and articles that expire.

Revision ID: 0009
"""

import sqlalchemy as sa
from alembic import op

from syndicate.store.schema import UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    _create_source_files()
    _create_held_changes()
    _add_expiry()


def _create_source_files() -> None:
    op.create_table(
        "source_file",
        sa.Column("source", sa.String(length=512), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("conversion", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=128), nullable=False),
        sa.Column("article_keys", sa.Text(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "name", name=op.f("pk_source_file")),
    )


def _create_held_changes() -> None:
    op.create_table(
        "held_change",
        sa.Column("source", sa.String(length=512), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("withdrawn", sa.Integer(), nullable=False),
        sa.Column("reidentified", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("held_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_held_change")),
    )


def _add_expiry() -> None:
    op.add_column("article", sa.Column("expires_at", UtcDateTime(timezone=True)))
    op.create_index(op.f("ix_article_expires_at"), "article", ["expires_at"], unique=False)
