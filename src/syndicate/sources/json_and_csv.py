"""Source kinds `json`, `jsonl` and `csv`: files with many records, of any size."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO, Literal

from ..errors import Where
from ..model import Problem
from .files import Files
from .json_stream import BrokenJsonError, ListItem, ListStart, Member, iterate_json
from .settings import FileSettings, SourceEnvironment
from .source import RawRecord, Source
from .streamed_files import StreamedFile, StreamedFileSource

# The limit of the csv module is one for the process. Records have a limit of their own.
csv.field_size_limit(min(sys.maxsize, 2**31 - 1))

_LIST_NAMES = ("items", "articles", "records", "posts", "entries")
# The most bytes that a character takes in UTF-8.
_BYTES_PER_CHARACTER = 4
_MAX_CHARACTERS = 10_000_000
_BOM = b"\xef\xbb\xbf"

_Parse = Callable[[StreamedFile, int], Iterable[RawRecord | Problem]]


class _NoRecordsError(Exception):
    """A JSON document is a text, a number or the like."""


class _ManyRecordsSettings(FileSettings):
    """The keys of the kinds whose files hold any number of records."""

    def streamed_source(self, environment: SourceEnvironment, parse: _Parse) -> Source:
        """Return a source of the files.

        Args:
            parse: yields the records of a file, which have up to so many characters each.
        """
        files = Files(environment.base, self.path)
        max_characters = self.max_characters
        return StreamedFileSource(
            self.name,
            files,
            lambda file: parse(file, max_characters),
            self.is_complete,
            environment.known_files,
        )


class JsonSettings(_ManyRecordsSettings):
    """`kind = "json"`: JSON files."""

    kind: Literal["json"]

    def open(self, environment: SourceEnvironment) -> Source:
        return self.streamed_source(environment, read_json)


class JsonLinesSettings(_ManyRecordsSettings):
    """`kind = "jsonl"`: files with one JSON object per line."""

    kind: Literal["jsonl"]

    def open(self, environment: SourceEnvironment) -> Source:
        return self.streamed_source(environment, read_json_lines)


class CsvSettings(_ManyRecordsSettings):
    """`kind = "csv"`: CSV files with a header line."""

    kind: Literal["csv"]

    def open(self, environment: SourceEnvironment) -> Source:
        return self.streamed_source(environment, read_csv)


def read_json(file: StreamedFile, max_characters: int = _MAX_CHARACTERS) -> Iterator[RawRecord | Problem]:
    """Yield the records of a list, of an object with a list, of a JSON Feed, or the only record.

    Args:
        max_characters: the size limit of one record.
    """
    number = 0
    try:
        for item in _json_records(file, max_characters):
            number += 1
            where = replace(file.where, id=f"#{number}")
            if item.wrong_byte is None:
                yield _record(item.value, where)
            else:
                message = f"the record is not UTF-8: byte 0x{item.wrong_byte:02x}"
                yield Problem.at(replace(where, line=item.line), message, hint="save the file as UTF-8")
    except _NoRecordsError:
        yield Problem.at(
            file.where,
            "the file holds neither a list of records nor an object with one",
            hint=f"put the records into a list, or into an object under {_LIST_NAMES[0]!r}",
        )
    except BrokenJsonError as error:
        read = f"the {number} records before it were read" if number else "no record of this file was read"
        yield Problem.at(
            replace(file.where, line=error.line),
            f"broken JSON at column {error.column}: {error}",
            hint=f"correct it; {read}",
        )


def read_json_lines(
    file: StreamedFile, max_characters: int = _MAX_CHARACTERS
) -> Iterator[RawRecord | Problem]:
    """Yield the record of each line.

    Args:
        max_characters: the size limit of one record.
    """
    with file.open() as lines:
        for number, line in _lines(lines, max_characters * _BYTES_PER_CHARACTER):
            where = replace(file.where, line=number)
            if line is None:
                yield _oversized(where, max_characters)
            elif line.strip():
                yield _json_line(line.rstrip(b"\r\n"), where)


def read_csv(file: StreamedFile, max_characters: int = _MAX_CHARACTERS) -> Iterator[RawRecord | Problem]:
    """Yield the record of each row. The header line decides which delimiter the file has.

    Args:
        max_characters: the size limit of one record.
    """
    with file.open() as binary:
        text = _RowLines(binary, max_characters)
        header = text.peek()
        delimiter = max(",;\t|", key=header.count)
        rows = csv.reader(text, delimiter=delimiter, strict=True)
        names: list[str] = []
        while True:
            where = replace(file.where, line=rows.line_num + 1)
            text.start_row()
            try:
                row = next(rows)
            except StopIteration:
                return
            except _OversizedRowError:
                yield _oversized(where, max_characters)
                return
            except csv.Error as error:
                yield Problem.at(
                    where,
                    f"the CSV is broken: {error}",
                    hint="close the quotation mark that is open here; the rows after it were not read",
                )
                return
            if (byte := _undecoded_byte(row)) is not None:
                yield Problem.at(
                    where, f"the row is not UTF-8: byte 0x{byte:02x}", hint="save the file as UTF-8"
                )
                if not names:
                    return
            elif not names:
                names = row
            elif len(row) > len(names):
                yield Problem.at(
                    where,
                    f"the row has {len(row) - len(names)} more fields than the header",
                    hint=f"put a field that holds {delimiter!r} in quotation marks",
                )
            elif row:
                yield RawRecord(
                    {name: value for name, value in zip(names, row, strict=False) if value}, where
                )


def _json_records(file: StreamedFile, max_characters: int) -> Iterator[ListItem]:
    """Yield the values of the list of records, or the document if it has none."""
    with file.open() as binary:
        wanted = _list_name(binary, max_characters)
    with file.open() as binary:
        document: dict[str, Any] = {}
        name: str | None = None
        is_list = False
        for each in iterate_json(binary, max_characters):
            if isinstance(each, Member):
                if each.name is None:
                    raise _NoRecordsError
                document[each.name] = each.value
            elif isinstance(each, ListStart):
                name = each.name
                is_list |= name is None
                if name is not None and wanted is None:
                    document[name] = []
            elif name == wanted:
                yield each
            elif wanted is None and name is not None:
                # The document is the record, and this one of its fields.
                document[name].append(each.value)
        if wanted is None and not is_list:
            yield ListItem(document, 1)


def _list_name(file: BinaryIO, max_characters: int) -> str | None:
    """Return the name of the list of records in an object; None without one, or if the document is the list.

    Raises:
        BrokenJsonError: the document is broken before such a list begins.
    """
    found: set[str] = set()
    try:
        for each in iterate_json(file, max_characters):
            if isinstance(each, ListStart):
                if each.name in (None, _LIST_NAMES[0]):
                    return each.name
                found.add(each.name or "")
    except BrokenJsonError:
        if not found.intersection(_LIST_NAMES):
            raise
    return next((each for each in _LIST_NAMES if each in found), None)


def _json_line(line: bytes, where: Where) -> RawRecord | Problem:
    hint = "correct this line; the other records were read"
    try:
        return _record(json.loads(line.decode("utf-8")), where)
    except UnicodeDecodeError as error:
        return Problem.at(where, f"the line is not UTF-8: byte 0x{line[error.start]:02x}", hint=hint)
    except json.JSONDecodeError as error:
        return Problem.at(where, f"broken JSON at column {error.colno}: {error.msg}", hint=hint)
    except RecursionError:
        return Problem.at(where, "the JSON is nested too deeply", hint="write one object for each record")
    except ValueError as error:
        return Problem.at(where, f"broken JSON: {error}", hint=hint)


def _lines(file: BinaryIO, max_bytes: int) -> Iterator[tuple[int, bytes | None]]:
    """Yield the lines with their numbers; None in place of one that is too long.

    Only a line feed ends a line. Strings may contain the other separators of `str.splitlines`.
    """
    number = 0
    while line := file.readline(max_bytes + 1):
        number += 1
        if number == 1:
            line = line.removeprefix(_BOM)
        if len(line) <= max_bytes:
            yield number, line
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(max_bytes)
        yield number, None


class _OversizedRowError(Exception):
    """A row is larger than a record may be."""


class _RowLines:
    """The lines of a CSV file as text. A byte that is not UTF-8 becomes a lone surrogate (PEP 383)."""

    def __init__(self, file: BinaryIO, max_characters: int) -> None:
        self._lines = _lines(file, max_characters * _BYTES_PER_CHARACTER)
        self._max_characters = max_characters
        self._waiting: list[str] = []
        self._size = 0

    def peek(self) -> str:
        """Return the first line that is not empty."""
        for _, line in self._lines:
            if line is None:
                return ""
            self._waiting.append(_decode_row(line))
            if line.strip():
                return self._waiting[-1]
        return ""

    def start_row(self) -> None:
        """Note that the next line begins a row."""
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._waiting:
            line = self._waiting.pop(0)
        else:
            _, data = next(self._lines)
            if data is None:
                raise _OversizedRowError
            line = _decode_row(data)
        self._size += len(line)
        if self._size > self._max_characters:
            raise _OversizedRowError
        return line


def _decode_row(line: bytes) -> str:
    text = line.decode("utf-8", "surrogateescape")
    return f"{text[:-2]}\n" if text.endswith("\r\n") else text


def _undecoded_byte(row: Iterable[str]) -> int | None:
    for value in row:
        if not value.isascii():
            for character in value:
                if "\udc80" <= character <= "\udcff":
                    return ord(character) - 0xDC00
    return None


def _record(record: Any, where: Where) -> RawRecord | Problem:
    if isinstance(record, Mapping):
        return RawRecord(record, replace(where, id=str(record["id"])) if record.get("id") else where)
    text = json.dumps(record, ensure_ascii=False)
    return Problem.at(where, f"this is not a record: {text:.60}", hint="write an object: {...}")


def _oversized(where: Where, max_characters: int) -> Problem:
    return Problem.at(
        where,
        f"the record has more than {max_characters / 1e6:g} million characters",
        hint="raise max_size of the source if this is an article",
    )
