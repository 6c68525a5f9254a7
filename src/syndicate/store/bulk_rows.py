"""Statements for many rows or many values: one statement, however many there are.

The values of JSON columns are JSON texts, so that equal documents are serialized once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, JSON, Column, ColumnElement, Connection, Table, any_, bindparam, func, select

Row = Sequence[Any]


def among(connection: Connection, column: Column[str], values: Collection[str]) -> ColumnElement[bool]:
    """Return the condition that a text column has one of the values. They are one parameter."""
    if connection.dialect.name == "sqlite":
        each = func.json_each(json.dumps(list(values))).table_valued("value")
        return column.in_(select(each.c.value))
    return column == any_(bindparam(None, list(values), ARRAY(column.type)))


def insert_rows(connection: Connection, table: Table, names: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert rows.

    Args:
        names: the columns of the values of a row.

    Raises:
        IntegrityError: one of them exists.
    """
    if not rows:
        return
    # Names of tables and columns are from the schema.
    insert = f"INSERT INTO {table.name} ({', '.join(names)})"
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(names))
        _execute_many(connection, table, names, f"{insert} VALUES ({marks})", rows)
    else:
        statement = f"{insert} SELECT * FROM {_unnest(connection, table, names)}"  # noqa: S608 - of the schema
        connection.exec_driver_sql(statement, _columns(rows))


def update_rows(
    connection: Connection, table: Table, keys: Sequence[str], names: Sequence[str], rows: Sequence[Row]
) -> None:
    """Update rows.

    Args:
        keys: the columns that identify a row, the last values of each row.
        names: the columns of the other values.
    """
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        changes = ", ".join(f"{name} = ?" for name in names)
        same = " AND ".join(f"{key} = ?" for key in keys)
        statement = f"UPDATE {table.name} SET {changes} WHERE {same}"  # noqa: S608 - names of the schema
        _execute_many(connection, table, [*names, *keys], statement, rows)
        return
    changes = ", ".join(f"{name} = new.{name}" for name in names)
    new = f"{_unnest(connection, table, [*names, *keys])} AS new ({', '.join([*names, *keys])})"
    same = " AND ".join(f"{table.name}.{key} = new.{key}" for key in keys)
    statement = f"UPDATE {table.name} SET {changes} FROM {new} WHERE {same}"  # noqa: S608 - names of the schema
    connection.exec_driver_sql(statement, _columns(rows))


def _unnest(connection: Connection, table: Table, names: Sequence[str]) -> str:
    types = (table.c[name].type.compile(connection.dialect) for name in names)
    return f"unnest({', '.join(f'%s::{each}[]' for each in types)})"


def _columns(rows: Sequence[Row]) -> tuple[list[Any], ...]:
    return tuple(map(list, zip(*rows, strict=True)))


def _execute_many(
    connection: Connection, table: Table, names: Sequence[str], statement: str, rows: Iterable[Row]
) -> None:
    """Execute a statement of SQLite for each row. SQLAlchemy's own way takes three times as long."""
    processors = [
        (index, process)
        for index, name in enumerate(names)
        if (process := _processor(connection, table.c[name])) is not None
    ]
    values = []
    for row in rows:
        each = list(row)
        for index, process in processors:
            each[index] = process(each[index])
        values.append(tuple(each))
    connection.exec_driver_sql(statement, values)


def _processor(connection: Connection, column: Column[Any]) -> Callable[[Any], Any] | None:
    if isinstance(column.type, JSON):
        return None
    process = column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    # Most rows of an import have the same times.
    return cache(process) if process else None
