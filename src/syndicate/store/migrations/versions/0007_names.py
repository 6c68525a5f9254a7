"""Names of tables, columns and states in the terms of the field.

Revision ID: 0007
"""

from alembic import op

revision = "0007"
down_revision = "0006"

_TABLES = {"edition_variant": "edition_localization", "edition_picture": "edition_image"}
_COLUMNS = (
    ("article", "born", "first_sequence"),
    ("article", "first_seen", "ingested_at"),
    ("article", "claim", "claimed_id"),
    ("article", "digest", "checksum"),
    ("revision", "made_at", "created_at"),
    ("article_facet", "word", "value"),
    ("feed", "words", "facet_values"),
    ("feed", "shown", "entries"),
    ("edition_localization", "zones", "timezones"),
    ("edition_article", "shown", "is_contained"),
    ("suppression", "made_at", "created_at"),
    ("delivery", "made_at", "created_at"),
    ("delivery", "settled_at", "finished_at"),
)


def upgrade() -> None:
    for old, new in _TABLES.items():
        op.rename_table(old, new)
    for table, old, new in _COLUMNS:
        # Not `alter_column`, which copies the table in SQLite.
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    # Stored under another name and with other fields now; the next publish looks at all feeds.
    op.execute("DELETE FROM setting WHERE name = 'published'")
    op.execute("UPDATE subscriber SET state = 'unsubscribed' WHERE state = 'left'")
    op.execute("UPDATE suppression SET reason = 'unsubscribed' WHERE reason = 'left'")
    op.drop_column("delivery", "doubted")
    op.drop_column("delivery", "domain")
    op.drop_column("subscriber", "domain")
    op.drop_index("ix_article_claim", table_name="article")
    op.create_index(op.f("ix_article_claimed_id"), "article", ["claimed_id"])
    if op.get_bind().dialect.name == "postgresql":
        # SQLite does not name constraints.
        for old, new in _TABLES.items():
            op.execute(f"ALTER TABLE {new} RENAME CONSTRAINT pk_{old} TO pk_{new}")
            op.execute(f"ALTER TABLE {new} RENAME CONSTRAINT fk_{old}_edition_id TO fk_{new}_edition_id")
