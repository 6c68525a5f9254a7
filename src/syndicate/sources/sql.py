"""Source kind `sql`: one record per row of a query."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from sqlalchemy import URL, Engine, NullPool, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidRequestError, NoSuchModuleError, SQLAlchemyError

from ..errors import ConfigError, ExternalError, Where
from ..model import Problem
from ..model.base import NonEmptyLine
from ..sqlite_readonly import connect_read_only
from .settings import SourceEnvironment, SourceSettings
from .source import RawRecord, Source

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_ROWS_AT_A_TIME = 500


class SqlSettings(SourceSettings):
    """`kind = "sql"`: the rows of a query."""

    kind: Literal["sql"]
    database: NonEmptyLine = Field(
        description="for sql: an SQLAlchemy URL; ${NAME} is taken from the environment"
    )
    query: NonEmptyLine = Field(description="for sql: the SELECT that gives the records")

    def open(self, environment: SourceEnvironment) -> Source:
        url = database_url(self.database, environment.base)
        return SqlSource(self.name, url, self.query, bool(self.complete))


@dataclass(frozen=True, slots=True)
class SqlSource:
    """One record per row.

    Attributes:
        query: is sent to the database as it is.
        complete: whether the query gives every record, so that missing ones were withdrawn.
    """

    name: str
    url: URL
    query: str
    complete: bool = False

    def read(self) -> Iterator[RawRecord | Problem]:
        """Yield the rows, fetched in batches in a read-only transaction; see `Source`."""
        self._require_database()
        engine = self._create_engine()
        url = self.url.render_as_string(hide_password=True)
        number = 0
        try:
            with engine.connect() as plain_connection:
                connection = plain_connection.execution_options(
                    stream_results=True,
                    yield_per=_ROWS_AT_A_TIME,
                    no_parameters=True,
                    **_read_only_options(engine),
                )
                rows = connection.exec_driver_sql(self.query)
                if not rows.returns_rows:
                    raise ConfigError(
                        "the query gives no rows",
                        where=Where(file=self.name, field="source.query"),
                        hint="write a SELECT",
                    )
                for number, row in enumerate(rows.mappings(), 1):
                    own_id = row.get("id")
                    where = Where(file=url, id=str(own_id) if own_id is not None else f"row {number}")
                    yield RawRecord({str(name): _readable(value) for name, value in row.items()}, where)
        except DBAPIError as error:
            raise self._error(error, number) from error
        except SQLAlchemyError as error:
            raise ExternalError(
                f"the database failed after {number} rows: {error}",
                where=Where(file=url),
                hint="try again later",
            ) from error
        finally:
            engine.dispose()

    def _require_database(self) -> None:
        # SQLite would create an empty file.
        path = self.url.database
        if self.url.get_backend_name() == "sqlite" and path and not Path(path).is_file():
            raise ExternalError(
                "there is no such database",
                where=Where(file=path),
                hint="correct source.database in the config",
            )

    def _create_engine(self) -> Engine:
        path = self.url.database
        if self.url.get_backend_name() != "sqlite" or not path or path == ":memory:":
            return create_engine(self.url)
        return create_engine("sqlite://", creator=lambda: connect_read_only(Path(path)), poolclass=NullPool)

    def _error(self, error: DBAPIError, number: int) -> ExternalError:
        lines = [line.strip() for line in str(error.orig).strip().splitlines() if line.strip()]
        reason = "; ".join(lines[:3]) or "it gave no reason"
        url = self.url.render_as_string(hide_password=True)
        if error.connection_invalidated or (number == 0 and error.statement is None):
            return ExternalError(
                f"the database cannot be reached: {reason}",
                where=Where(file=url),
                hint="check that it runs, and check host, user and password",
            )
        return ExternalError(
            f"the query failed after {number} rows: {reason}",
            where=Where(file=url, field="source.query"),
            hint="try it in the database's own shell; it must only read",
        )


def database_url(text: str, base: Path) -> URL:
    """Return the URL of a database, with `${NAME}` replaced from the environment.

    Args:
        text: any SQLAlchemy URL. A variable can be all of it, or part of user, password, host or name.
        base: the folder that the path of an SQLite file is relative to.

    Raises:
        ConfigError: it is not a URL, its driver is not installed, or a variable is not set.
    """
    where = Where(field="source.database")
    if variable := _VARIABLE.fullmatch(text.strip()):
        text = _value_of(variable, where)
    try:
        url = make_url(text)
        url = url.set(
            username=_with_variables(url.username, where),
            password=_with_variables(url.password, where),
            host=_with_variables(url.host, where),
            database=_with_variables(url.database, where),
        )
        url.get_dialect().import_dbapi()
    except (ArgumentError, NoSuchModuleError, InvalidRequestError, ImportError, ValueError) as error:
        # The other errors repeat the text, which may hold a password.
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


def _with_variables(part: object, where: Where) -> str | None:
    return _VARIABLE.sub(lambda match: _value_of(match, where), str(part)) if part is not None else None


def _value_of(variable: re.Match[str], where: Where) -> str:
    value = os.environ.get(variable[1])
    if value is None:
        raise ConfigError(
            f"the environment variable {variable[1]} is not set",
            where=where,
            hint="set it in the environment of syndicate",
        )
    return value


def _read_only_options(engine: Engine) -> Mapping[str, Any]:
    return {"postgresql_readonly": True} if engine.dialect.name == "postgresql" else {}


def _readable(value: Any) -> Any:
    return str(value) if type(value).__name__ in ("UUID", "Decimal") else value
