"""Localizations of editions, and the language and time zone of deliveries.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "edition_variant",
        sa.Column("edition_id", sa.String(length=512), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("zones", sa.JSON(), nullable=False),
        sa.Column("digest", sa.JSON(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_edition_variant_edition_id")),
        sa.PrimaryKeyConstraint("edition_id", "number", name=op.f("pk_edition_variant")),
    )
    # Existing deliveries have neither, and continue with the edition itself.
    op.add_column("delivery", sa.Column("language", sa.String(length=64), nullable=True))
    op.add_column("delivery", sa.Column("timezone", sa.String(length=64), nullable=True))
