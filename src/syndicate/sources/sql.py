"""Rows of a database: a query, whose columns are the fields of records."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, NullPool, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidRequestError, NoSuchModuleError, SQLAlchemyError

from ..errors import ConfigError, ExternalError, Where
from ..model import Problem
from ..sqlite_readonly import connect_read_only
from .source import RawRecord

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_ROWS = 500


@dataclass(frozen=True, slots=True)
class SqlSource:
    """One record a row.

    Attributes:
        name: what reports and the store call it.
        url: of the database.
        query: that gives the rows; sent as it is.
        complete: whether it gives everything there is, so that what is missing was withdrawn.
    """

    name: str
    url: URL
    query: str
    complete: bool = False

    def read(self) -> Iterator[RawRecord | Problem]:
        """Every row, a few hundred at a time, in a transaction that does not write; see `Source`."""
        self._is_there()
        engine = self._engine()
        shown = self.url.render_as_string(hide_password=True)
        number = 0
        try:
            with engine.connect() as raw:
                connection = raw.execution_options(
                    stream_results=True, yield_per=_ROWS, no_parameters=True, **_read_only(engine)
                )
                rows = connection.exec_driver_sql(self.query)
                if not rows.returns_rows:
                    raise ConfigError(
                        "the query gives no rows",
                        where=Where(file=self.name, field="source.query"),
                        hint="write a SELECT",
                    )
                for number, row in enumerate(rows.mappings(), 1):
                    given = row.get("id")
                    where = Where(file=shown, id=str(given) if given is not None else f"row {number}")
                    yield RawRecord({str(name): _plain(value) for name, value in row.items()}, where)
        except DBAPIError as error:
            raise self._failed(error, number) from error
        except SQLAlchemyError as error:
            raise ExternalError(
                f"the database failed after {number} rows: {error}", where=Where(file=shown), hint="try later"
            ) from error
        finally:
            engine.dispose()

    def _is_there(self) -> None:
        # SQLite would make an empty one.
        path = self.url.database
        if self.url.get_backend_name() == "sqlite" and path and not Path(path).is_file():
            raise ExternalError(
                "no such database", where=Where(file=path), hint="is source.database right in the config?"
            )

    def _engine(self) -> Engine:
        path = self.url.database
        if self.url.get_backend_name() != "sqlite" or not path or path == ":memory:":
            return create_engine(self.url)
        return create_engine("sqlite://", creator=lambda: connect_read_only(Path(path)), poolclass=NullPool)

    def _failed(self, error: DBAPIError, number: int) -> ExternalError:
        lines = [line.strip() for line in str(error.orig).strip().splitlines() if line.strip()]
        reason = "; ".join(lines[:3]) or "it gave no reason"
        if error.connection_invalidated or (number == 0 and error.statement is None):
            return ExternalError(
                f"the database cannot be reached: {reason}",
                where=Where(file=self.url.render_as_string(hide_password=True)),
                hint="is it up, and are host, user and password right?",
            )
        return ExternalError(
            f"the query failed after {number} rows: {reason}",
            where=Where(file=self.url.render_as_string(hide_password=True), field="source.query"),
            hint="try it in the database's own shell; it must only read",
        )


def database_url(text_: str, base: Path) -> URL:
    """The URL of a database, with `${NAME}` filled in from the environment.

    Args:
        text_: any SQLAlchemy URL; a variable may stand for all of it, or for user, password, host or name.
        base: the folder that the path of an SQLite file is relative to.

    Raises:
        ConfigError: it is no URL, its driver is not installed, or a variable is not set.
    """
    where = Where(field="source.database")
    if whole := _VARIABLE.fullmatch(text_.strip()):
        text_ = _variable(whole, where)
    try:
        url = make_url(text_)
        url = url.set(
            username=_filled(url.username, where),
            password=_filled(url.password, where),
            host=_filled(url.host, where),
            database=_filled(url.database, where),
        )
        url.get_dialect().import_dbapi()
    except (ArgumentError, NoSuchModuleError, InvalidRequestError, ImportError, ValueError) as error:
        # What cannot be parsed may hold a password, and is not repeated.
        reason = f": {error}" if isinstance(error, NoSuchModuleError | ImportError) else ""
        raise ConfigError(
            f"the database's URL cannot be used{reason}",
            where=where,
            hint="write sqlite:///posts.db, or postgresql+psycopg://user:${PASSWORD}@host/name, "
            "and install the driver",
        ) from None
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        url = url.set(database=str(base / url.database))
    return url


def _filled(part: object, where: Where) -> str | None:
    return _VARIABLE.sub(lambda match: _variable(match, where), str(part)) if part is not None else None


def _variable(match: re.Match[str], where: Where) -> str:
    value = os.environ.get(match[1])
    if value is None:
        raise ConfigError(
            f"the environment variable {match[1]} is not set", where=where, hint="set it where syndicate runs"
        )
    return value


def _read_only(engine: Engine) -> Mapping[str, Any]:
    return {"postgresql_readonly": True} if engine.dialect.name == "postgresql" else {}


def _plain(value: Any) -> Any:
    return str(value) if type(value).__name__ in ("UUID", "Decimal") else value
