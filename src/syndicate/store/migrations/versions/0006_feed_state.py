"""Feed states without positions of entries in files.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_FEED = sa.table(
    "feed",
    sa.column("name", sa.String),
    sa.column("shown", sa.JSON),
    sa.column("documents", sa.JSON),
)


def upgrade() -> None:
    connection = op.get_bind()
    for name, shown, documents in connection.execute(sa.select(_FEED)).all():
        connection.execute(
            sa.update(_FEED)
            .where(_FEED.c.name == name)
            .values(
                shown=[entry[:2] for entry in shown],
                documents={kind: written[0] for kind, written in documents.items()},
            )
        )
