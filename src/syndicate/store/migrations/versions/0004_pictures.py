"""The images that are embedded in the messages of an edition.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "edition_picture",
        sa.Column("edition_id", sa.String(length=512), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_edition_picture_edition_id")),
        sa.PrimaryKeyConstraint("edition_id", "name", name=op.f("pk_edition_picture")),
    )
