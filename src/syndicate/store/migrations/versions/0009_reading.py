"""Reading sources: what was read before, changes that wait for a confirmation, and articles that expire.

Revision ID: 0009
"""

import sqlalchemy as sa
from alembic import op

from syndicate.store.schema import UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    _add_expiry()


def _add_expiry() -> None:
    op.add_column("article", sa.Column("expires_at", UtcDateTime(timezone=True)))
    op.create_index(op.f("ix_article_expires_at"), "article", ["expires_at"], unique=False)
