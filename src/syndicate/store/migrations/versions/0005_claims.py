"""Each source has its own articles, also with an id or a link that another source has.

Revision ID: 0005
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from syndicate.model.custom_element import own_namespace
from syndicate.store.schema import UtcDateTime

revision = "0005"
down_revision = "0004"

_BATCH = 500
_TABLES = sa.MetaData()
ARTICLE = sa.Table(
    "article",
    _TABLES,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("first_seen", UtcDateTime),
    sa.Column("visible_at", UtcDateTime),
    sa.Column("document", sa.JSON),
)
FACET = sa.Table(
    "article_facet", _TABLES, sa.Column("article_id", sa.String), sa.Column("visible_at", UtcDateTime)
)
REVISION = sa.Table(
    "revision",
    _TABLES,
    sa.Column("article_id", sa.String, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("document", sa.JSON),
)


def upgrade() -> None:
    op.add_column("article", sa.Column("claim", sa.String(length=512), nullable=False, server_default=""))
    # Unknown until the source is read again.
    for name in ("id_standing", "link_standing"):
        op.add_column("article", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE article SET claim = id")
    op.drop_index("ix_article_source_link_key", table_name="article")
    op.create_index(op.f("ix_article_link_key"), "article", ["link_key"])
    op.create_index(op.f("ix_article_claim"), "article", ["claim"])
    _sort_undated_last()
    _remove_forbidden_elements()


def _sort_undated_last() -> None:
    """Sort articles without a date after those with one; see `visible_from`."""
    connection = op.get_bind()
    date = "json_extract(document, '$.{0}')" if connection.dialect.name == "sqlite" else "document->>'{0}'"
    undated = sa.text(f"{date.format('published')} IS NULL AND {date.format('updated')} IS NULL")
    query = sa.select(ARTICLE.c.id, ARTICLE.c.first_seen).where(undated)
    for article_id, first_seen in connection.execute(query).all():
        moment = datetime(500, 1, 1, tzinfo=UTC) + (first_seen - datetime(2000, 1, 1, tzinfo=UTC))
        for table, column in ((ARTICLE, ARTICLE.c.id), (FACET, FACET.c.article_id)):
            connection.execute(sa.update(table).where(column == article_id).values(visible_at=moment))


def _remove_forbidden_elements() -> None:
    """Remove elements whose namespace is no longer allowed."""
    connection = op.get_bind()
    for table in (ARTICLE, REVISION):
        some = sa.cast(table.c.document, sa.Text).like('%"elements"%')
        columns = [*table.primary_key.columns, table.c.document]
        query = sa.select(*columns).where(some).execution_options(yield_per=_BATCH)
        # Only one batch of documents is in memory.
        for row in connection.execute(query).mappings():
            # The word may be a tag or a part of a text.
            elements = row["document"].get("elements") or []
            allowed = [each for each in elements if _is_allowed(each)]
            if len(allowed) < len(elements):
                key = [column == row[column.name] for column in table.primary_key.columns]
                document = {**row["document"], "elements": allowed}
                connection.execute(sa.update(table).where(*key).values(document=document))


def _is_allowed(element: dict[str, str]) -> bool:
    try:
        own_namespace(str(element.get("namespace")))
    except ValueError:
        return False
    return True
