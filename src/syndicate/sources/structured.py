"""JSON, JSON Lines and CSV files."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..errors import Where
from ..model import Problem
from .files import TextFile
from .source import RawRecord

# A CSV field may be a whole article; the limit is for the process, and records have one of their own.
csv.field_size_limit(min(sys.maxsize, 2**31 - 1))

_LISTS = ("items", "articles", "records", "posts", "entries")


def read_json(file: TextFile) -> Iterator[RawRecord | Problem]:
    """A list, an object with a list, a JSON Feed, or one record."""
    try:
        document = json.loads(file.text)
    except (ValueError, RecursionError) as error:
        yield _broken(file, error)
        return
    if isinstance(document, Mapping):
        document = next(
            (document[name] for name in _LISTS if isinstance(document.get(name), list)), [document]
        )
    if not isinstance(document, list):
        yield Problem(
            message="neither a list of records nor an object with one",
            file=str(file.path),
            hint=f"put the records into a list, or into an object under {_LISTS[0]!r}",
        )
        return
    for number, record in enumerate(document, 1):
        where = Where(file=str(file.path), id=f"#{number}")
        yield _record(record, where)


def read_json_lines(file: TextFile) -> Iterator[RawRecord | Problem]:
    """One JSON object a line."""
    # Only a line feed ends a record; other separators may stand inside a string.
    for number, line in enumerate(file.text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield _record(json.loads(line), Where(file=str(file.path), line=number))
        except (ValueError, RecursionError) as error:
            yield _broken(file, error, number)


def read_csv(file: TextFile) -> Iterator[RawRecord | Problem]:
    """A header line and a record a row; the delimiter is found from the header."""
    header = file.text.lstrip("\n").partition("\n")[0]
    delimiter = max(",;\t|", key=header.count)
    rows = csv.reader(io.StringIO(file.text, newline=""), delimiter=delimiter, strict=True)
    names: list[str] = []
    while True:
        where = Where(file=str(file.path), line=rows.line_num + 1)
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Problem.at(
                where,
                f"the CSV is broken: {error}",
                hint="is a quotation mark left open? what follows is lost",
            )
            return
        if not names:
            names = row
        elif len(row) > len(names):
            yield Problem.at(
                where,
                f"the row has {len(row) - len(names)} more fields than the header",
                hint=f"put a field that holds {delimiter!r} in quotation marks",
            )
        elif row:
            yield RawRecord({name: value for name, value in zip(names, row, strict=False) if value}, where)


def _record(record: Any, where: Where) -> RawRecord | Problem:
    if isinstance(record, Mapping):
        return RawRecord(record, replace(where, id=str(record["id"])) if record.get("id") else where)
    shown = json.dumps(record, ensure_ascii=False)
    return Problem.at(where, f"not a record but {shown:.60}", hint="write an object: {...}")


def _broken(file: TextFile, error: Exception, line: int | None = None) -> Problem:
    if isinstance(error, json.JSONDecodeError):
        return Problem(
            message=f"broken JSON at column {error.colno}: {error.msg}",
            file=str(file.path),
            line=line or error.lineno,
            hint="mend the line; the other records were taken" if line else "mend it; no record was taken",
        )
    reason = "JSON nested too deeply" if isinstance(error, RecursionError) else f"broken JSON: {error}"
    return Problem(message=reason, file=str(file.path), line=line, hint="is it a record?")
