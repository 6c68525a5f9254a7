"""Source kinds `json`, `jsonl` and `csv`: files with many records."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

from ..errors import Where
from ..model import Problem
from .files import TextFile
from .settings import FileSettings, SourceEnvironment
from .source import RawRecord, Source

# The limit of the csv module is one for the process. Records have a limit of their own.
csv.field_size_limit(min(sys.maxsize, 2**31 - 1))

_LIST_NAMES = ("items", "articles", "records", "posts", "entries")


class JsonSettings(FileSettings):
    """`kind = "json"`: JSON files."""

    kind: Literal["json"]

    def open(self, environment: SourceEnvironment) -> Source:
        return self.file_source(self.many_records_files(environment.base), read_json, environment)


class JsonLinesSettings(FileSettings):
    """`kind = "jsonl"`: files with one JSON object per line."""

    kind: Literal["jsonl"]

    def open(self, environment: SourceEnvironment) -> Source:
        return self.file_source(self.many_records_files(environment.base), read_json_lines, environment)


class CsvSettings(FileSettings):
    """`kind = "csv"`: CSV files with a header line."""

    kind: Literal["csv"]

    def open(self, environment: SourceEnvironment) -> Source:
        return self.file_source(self.many_records_files(environment.base), read_csv, environment)


def read_json(file: TextFile) -> Iterator[RawRecord | Problem]:
    """Yield the records of a list, of an object with a list, of a JSON Feed, or the only record."""
    try:
        document = json.loads(file.text)
    except (ValueError, RecursionError) as error:
        yield _broken_json(file, error)
        return
    if isinstance(document, Mapping):
        document = next(
            (document[name] for name in _LIST_NAMES if isinstance(document.get(name), list)), [document]
        )
    if not isinstance(document, list):
        yield Problem(
            message="the file holds neither a list of records nor an object with one",
            file=str(file.path),
            hint=f"put the records into a list, or into an object under {_LIST_NAMES[0]!r}",
        )
        return
    for number, record in enumerate(document, 1):
        yield _record(record, Where(file=str(file.path), id=f"#{number}"))


def read_json_lines(file: TextFile) -> Iterator[RawRecord | Problem]:
    """Yield the record of each line."""
    # Only a line feed ends a record. Strings may contain the other separators of `str.splitlines`.
    for number, line in enumerate(file.text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield _record(json.loads(line), Where(file=str(file.path), line=number))
        except (ValueError, RecursionError) as error:
            yield _broken_json(file, error, number)


def read_csv(file: TextFile) -> Iterator[RawRecord | Problem]:
    """Yield the record of each row. The header line decides which delimiter the file has."""
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
                hint="close the quotation mark that is open here; the rows after it were not read",
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
    text = json.dumps(record, ensure_ascii=False)
    return Problem.at(where, f"this is not a record: {text:.60}", hint="write an object: {...}")


def _broken_json(file: TextFile, error: Exception, line: int | None = None) -> Problem:
    if isinstance(error, json.JSONDecodeError):
        return Problem(
            message=f"broken JSON at column {error.colno}: {error.msg}",
            file=str(file.path),
            line=line or error.lineno,
            hint="correct this line; the other records were read"
            if line
            else "correct it; no record of this file was read",
        )
    message = (
        "the JSON is nested too deeply" if isinstance(error, RecursionError) else f"broken JSON: {error}"
    )
    return Problem(message=message, file=str(file.path), line=line, hint="write one object for each record")
