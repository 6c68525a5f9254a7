"""Ids and links are claimed by each source for itself.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("article", sa.Column("claim", sa.String(length=512), nullable=False, server_default=""))
    # Nobody's right is known before the source is read again.
    for name in ("id_standing", "link_standing"):
        op.add_column("article", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE article SET claim = id")
    op.drop_index("ix_article_source_link_key", table_name="article")
    op.create_index(op.f("ix_article_link_key"), "article", ["link_key"])
    op.create_index(op.f("ix_article_claim"), "article", ["claim"])
