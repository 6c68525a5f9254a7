"""Files of sources that were read, and changes of sources that wait for a confirmation."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from pydantic_core import from_json
from sqlalchemy import delete, select

from ..model import FileState, HeldChange
from .bulk_rows import among, insert_rows
from .database import Database
from .schema import held_change, source_file

# PostgreSQL indexes texts of 2,700 bytes. A file with a longer name is read each time.
_MAX_NAME_LENGTH = 600
_COLUMNS = ("source", "name", "conversion", "status", "digest", "article_keys", "records")


class SourceFiles:
    """The tables of reading; see `ReadingStore`."""

    _db: Database

    def file_states(self, source: str, conversion: str) -> list[FileState]:
        table = source_file.c
        query = select(table.name, table.status, table.digest, table.article_keys, table.records).where(
            table.source == source, table.conversion == conversion
        )
        with self._db.read() as connection:
            return [
                FileState(name, status, digest, tuple(from_json(keys)), records)
                for name, status, digest, keys, records in connection.execute(query).all()
            ]

    def save_file_states(self, source: str, conversion: str, states: Sequence[FileState]) -> None:
        rows = {
            each.name: (
                *(source, each.name, conversion, each.status, each.digest),
                *(json.dumps(each.keys), each.records),
            )
            for each in states
            if len(each.name) <= _MAX_NAME_LENGTH
        }
        with self._db.write_repeatable() as connection:
            connection.execute(
                delete(source_file).where(
                    source_file.c.source == source, among(connection, source_file.c.name, list(rows))
                )
            )
            insert_rows(connection, source_file, _COLUMNS, list(rows.values()))

    def forget_files(self, source: str, names: Collection[str]) -> None:
        with self._db.write_repeatable() as connection:
            connection.execute(
                delete(source_file).where(
                    source_file.c.source == source, among(connection, source_file.c.name, names)
                )
            )

    def held_change(self, source: str) -> HeldChange | None:
        return next((each for each in self.held_changes() if each.source == source), None)

    def held_changes(self) -> list[HeldChange]:
        with self._db.read() as connection:
            rows = connection.execute(select(held_change).order_by(held_change.c.source)).mappings()
            return [HeldChange(**row) for row in rows]

    def hold_change(self, change: HeldChange) -> None:
        with self._db.write() as connection:
            connection.execute(delete(held_change).where(held_change.c.source == change.source))
            connection.execute(held_change.insert().values(**change._asdict()))

    def release_change(self, source: str) -> None:
        with self._db.write() as connection:
            connection.execute(delete(held_change).where(held_change.c.source == source))
