"""The published state of feeds, so that only feeds with changes are rebuilt.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

from syndicate.store.schema import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "feed",
        sa.Column("name", sa.String(length=512), nullable=False),
        sa.Column("pattern", sa.String(length=512), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("definition", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("documents", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_feed")),
    )
    op.create_index(op.f("ix_feed_pattern"), "feed", ["pattern"])
    op.create_table(
        "feed_archive",
        sa.Column("feed", sa.String(length=512), nullable=False),
        sa.Column("article_id", sa.String(length=512), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_feed_archive_article_id")),
        sa.PrimaryKeyConstraint("feed", "article_id", name=op.f("pk_feed_archive")),
    )
    op.create_index(op.f("ix_feed_archive_feed_page_position"), "feed_archive", ["feed", "page", "position"])
    op.create_index(op.f("ix_feed_archive_article_id"), "feed_archive", ["article_id"])
    op.create_index(op.f("ix_article_withdrawn_at"), "article", ["withdrawn_at"])
    _date_the_facets()


def _date_the_facets() -> None:
    # Created again: SQLite cannot add a NOT NULL column to a table with rows.
    op.rename_table("article_facet", "undated_facet")
    op.drop_index("ix_article_facet_facet_word", table_name="undated_facet")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("ALTER TABLE undated_facet RENAME CONSTRAINT pk_article_facet TO pk_undated_facet")
        op.execute(
            "ALTER TABLE undated_facet RENAME CONSTRAINT fk_article_facet_article_id "
            "TO fk_undated_facet_article_id"
        )
    op.create_table(
        "article_facet",
        sa.Column("article_id", sa.String(length=512), nullable=False),
        sa.Column("facet", sa.String(length=16), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("visible_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_article_facet_article_id")),
        sa.PrimaryKeyConstraint("article_id", "facet", "word", name=op.f("pk_article_facet")),
    )
    op.execute(
        "INSERT INTO article_facet (article_id, facet, word, visible_at) "
        "SELECT u.article_id, u.facet, u.word, a.visible_at "
        "FROM undated_facet u JOIN article a ON a.id = u.article_id"
    )
    op.drop_table("undated_facet")
    op.create_index(
        "ix_article_facet_newest",
        "article_facet",
        ["facet", "word", sa.text("visible_at DESC"), "article_id"],
    )
