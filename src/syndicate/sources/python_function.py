"""Source kind `python`: records from a function."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from ..errors import ConfigError, ExternalError, Where
from ..model import Article, Problem, jsonable
from ..model.base import NonEmptyLine
from .settings import SourceEnvironment, SourceSettings
from .source import RawRecord, Source


class PythonSettings(SourceSettings):
    """`kind = "python"`: records that a function yields."""

    kind: Literal["python"]
    function: NonEmptyLine = Field(description="for python: module:function")

    def open(self, environment: SourceEnvironment) -> Source:
        function = find_function(self.function, environment.base)
        return PythonSource(self.name, function, bool(self.complete))


@dataclass(frozen=True, slots=True)
class PythonSource:
    """Records from an iterable of mappings or articles, or from a function that returns one.

    Attributes:
        complete: whether a read gives every record, so that missing ones were withdrawn.
    """

    name: str
    records: Iterable[Any] | Callable[[], Iterable[Any]]
    complete: bool = False

    def read(self) -> Iterator[RawRecord | Problem]:
        """Yield the records; see `Source`."""
        number = 0
        try:
            for number, record in enumerate(self.records() if callable(self.records) else self.records, 1):
                yield self._raw_record(record, number)
        except Exception as error:  # The function is the user's and can raise anything.
            last = traceback.extract_tb(error.__traceback__)[-1]
            raise ExternalError(
                f"the source raised {type(error).__name__} after {number} records: {error}",
                where=Where(file=last.filename, line=last.lineno),
                hint="correct the function; the records before the error were kept",
            ) from error

    def _raw_record(self, record: Any, number: int) -> RawRecord | Problem:
        where = Where(field=f"{self.name}[{number}]")
        if isinstance(record, Article):
            fields = jsonable(record)
            # The texts of an article are plain; only its body has markup.
            return RawRecord(fields, Where(id=record.id), plain_fields=tuple(fields))
        if isinstance(record, Mapping):
            return RawRecord(record, where)
        return Problem.at(
            where, f"this is not a record but {type(record).__name__}", hint="yield mappings or articles"
        )


def find_function(name: str, base: Path) -> Callable[[], Iterable[Any]]:
    """Return the function that `module:function` names; modules in the config's folder are found too.

    Raises:
        ConfigError: there is no such module or function.
    """
    module_name, _, function_name = name.partition(":")
    folder = str(base.resolve())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        function = getattr(importlib.import_module(module_name), function_name)
    except Exception as error:  # The module is the user's and can raise anything while it is imported.
        raise ConfigError(
            f"there is no function {name!r}: {type(error).__name__}: {error}",
            where=Where(field="source.function"),
            hint="write module:function; the module can be in the folder of the config",
        ) from None
    if not callable(function):
        raise ConfigError(f"{name!r} is not a function", where=Where(field="source.function"))
    return function  # type: ignore[no-any-return]
