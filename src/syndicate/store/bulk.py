"""Many rows as one parameter: a statement joins them instead of being executed once for each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, bindparam, cast, column, func
from sqlalchemy.types import TypeEngine

ROWS = "rows"
"""The name of the parameter."""


def row_columns(dialect: str, types: Mapping[str, TypeEngine[Any]]) -> dict[str, ColumnElement[Any]]:
    """Return the columns of the rows in the parameter `ROWS`, to compare or to assign."""
    if dialect == "sqlite":
        each = func.json_each(bindparam(ROWS)).table_valued("value", name="given")
        return {name: func.json_extract(each.c.value, f"$.{name}") for name in types}
    from sqlalchemy.dialects.postgresql import JSONB

    rows = func.jsonb_to_recordset(cast(bindparam(ROWS, type_=Text()), JSONB))
    given = rows.table_valued(*(column(name, kind) for name, kind in types.items()), name="given")
    return dict(given.render_derived(name="given", with_types=True).c.items())


def encode_rows(dialect: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows of texts, numbers and times as the value of the parameter `ROWS`."""
    encode = _encode_for_sqlite if dialect == "sqlite" else datetime.isoformat
    return json.dumps(list(rows), default=encode)


def _encode_for_sqlite(time: datetime) -> str:
    # The form in which SQLAlchemy stores times in SQLite.
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
