"""Records from Python: an iterable, a callable, or `module:function`."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ConfigError, ExternalError, Where
from ..model import Article, Problem, jsonable
from .source import RawRecord


@dataclass(frozen=True, slots=True)
class PythonSource:
    """Records from a Python iterable of mappings or articles, or from a callable that returns one.

    `complete` says that a read gives everything there is, so that what is missing was withdrawn.
    """

    name: str
    records: Iterable[Any] | Callable[[], Iterable[Any]]
    complete: bool = False

    def read(self) -> Iterator[RawRecord | Problem]:
        number = 0
        try:
            for number, record in enumerate(self.records() if callable(self.records) else self.records, 1):
                yield self._record(record, number)
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            raise ExternalError(
                f"the source raised {type(error).__name__} after {number} records: {error}",
                where=Where(file=last.filename, line=last.lineno),
                hint="mend it; the records before it were taken",
            ) from error

    def _record(self, record: Any, number: int) -> RawRecord | Problem:
        where = Where(field=f"{self.name}[{number}]")
        if isinstance(record, Article):
            return RawRecord(jsonable(record), Where(id=record.id))
        if isinstance(record, Mapping):
            return RawRecord(record, where)
        return Problem.at(
            where, f"not a record but {type(record).__name__}", hint="yield mappings or articles"
        )


def find_function(name: str, base: Path) -> Callable[[], Iterable[Any]]:
    """The function that `module:function` names; modules beside the config are found too.

    Raises:
        ConfigError: there is no such module or function.
    """
    module_name, _, function_name = name.partition(":")
    folder = str(base.resolve())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        found = getattr(importlib.import_module(module_name), function_name)
    except Exception as error:
        # Whatever a module may raise while it is being imported.
        raise ConfigError(
            f"no function {name!r}: {type(error).__name__}: {error}",
            where=Where(field="source.function"),
            hint="write module:function; modules beside the config are found",
        ) from None
    if not callable(found):
        raise ConfigError(f"{name!r} is not a function", where=Where(field="source.function"))
    return found  # type: ignore[no-any-return]
