"""Reading files of subscribers row by row: CSV files with a header, and plain lists."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from ..errors import ConfigError, ExternalError, Where
from .cells import unescape_cell
from .file_formats import (
    CSV,
    EMAIL_COLUMNS,
    FORMATS,
    IMPORT_STATE,
    NAMES,
    NO_MAIL_FILE_NAMES,
    OTHER_FILE_NAMES,
    PLAIN,
    SEVERITY,
    STATES,
    FileFormat,
)

_BLOCK = 1 << 20
_WORD = re.compile(r"[a-z]+")
_LONGEST_LINE = 1 << 20
_LINES_OF_ROW = 100


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file.

    Attributes:
        line: the line on which it ends, from 1.
        cells: as they are in the file.
        values: by our column names; only columns that the file has.
        states: the words that say whether the subscriber gets mail, each with its column.
        no_mail_dates: the dates of unsubscriptions and bounces, by what they mean.
        error: why the row cannot be read.
    """

    line: int
    cells: Sequence[str]
    values: Mapping[str, str]
    states: Sequence[tuple[str, str]] = ()
    no_mail_dates: Mapping[str, str] | None = None
    error: str = ""


@dataclass(frozen=True)
class SubscriberFile:
    """A file whose format is known.

    Attributes:
        header: the column names as they are in the file; none in a plain list.
        lines: the number of lines, for progress.
        unknown_columns: names of columns that are ignored.
        state: what the file lists, if its name or a column says so: `pending` or a `NoMailReason`.
    """

    path: Path
    format: FileFormat
    delimiter: str
    header: Sequence[str]
    lines: int
    unknown_columns: Sequence[str] = ()
    state: str = ""

    @classmethod
    def open(cls, path: Path, format_name: str = "auto") -> SubscriberFile:
        """Recognise the format of a file.

        Args:
            format_name: one of `file_formats.NAMES`, or `auto`.

        Raises:
            ConfigError: the file does not exist, is not text, or has no column with addresses.
            ExternalError: the file cannot be read.
        """
        if format_name not in ("auto", *NAMES):
            raise ConfigError(
                f"there is no format {format_name!r}",
                where=Where(field="--from"),
                hint=f"known: auto, {', '.join(NAMES)}",
            )
        lines = _count_lines(path)
        first, delimiter, header = _read_header(path)
        names = [name.casefold() for name in header]
        found = _find_format(path, format_name, names, first)
        if found is PLAIN:
            return cls(path, PLAIN, delimiter, (), lines, state=_state_by_name(path, has_states=False))
        has_states = any(name in names for name in (*found.states, *found.no_mail_dates, IMPORT_STATE))
        states = [state for name, state in found.no_mail_columns.items() if name in names]
        return cls(
            path,
            found,
            delimiter,
            header,
            lines,
            unknown_columns=[name for name in names if name and not _is_used(found, name)]
            if found is CSV
            else (),
            state=min((*states, _state_by_name(path, has_states=has_states)), key=SEVERITY.index),
        )

    @property
    def states(self) -> Mapping[str, Mapping[str, str]]:
        """Return for each column that says whether a subscriber gets mail what its words mean."""
        return {**self.format.states, IMPORT_STATE: STATES}

    @property
    def is_own_export(self) -> bool:
        """Return whether this is our own export, which may be older than the store."""
        return {"state", "consent_how"} <= {name.casefold() for name in self.header}

    def rows(self) -> Iterator[Row]:
        """Yield the rows. Only one is in memory.

        Raises:
            ConfigError: the file is not text any more.
            ExternalError: the file cannot be read.
        """
        with _reading(self.path), self.path.open(encoding="utf-8-sig", newline="") as file:
            lines = _Lines(file)
            yield from self._csv_rows(lines) if self.header else _plain_rows(lines)

    def _csv_rows(self, lines: _Lines) -> Iterator[Row]:
        names = [name.casefold() for name in self.header]
        value_of = _column_reader(names, self.format.columns)
        meanings = self.states
        states = [(name, index) for index, name in enumerate(names) if name in meanings]
        of_dates = self.format.no_mail_dates
        dates = [(of_dates[name], index) for index, name in enumerate(names) if name in of_dates]
        width = len(names)
        # A row that ends before them does not say that the subscriber gets mail.
        needed = max(
            (index for index, name in enumerate(names) if name in {*meanings, *of_dates, "unsubscribed"}),
            default=-1,
        )
        reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
        next(reader)
        while True:
            lines.begin_row()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                is_open = lines.keep_first_line()
                yield Row(lines.number, (), {}, error=_describe(error, is_open=is_open))
                continue
            if not cells:
                continue
            fault = ""
            if len(cells) < width:
                if len(cells) <= needed:
                    fault = f"the column {self.header[needed]!r} is missing in this row"
                cells += [""] * (width - len(cells))
            yield Row(
                lines.number,
                cells,
                value_of(cells),
                [(name, cells[index].strip().casefold()) for name, index in states],
                {meaning: cell for meaning, index in dates if (cell := cells[index].strip())}
                if dates
                else None,
                fault,
            )


class _Lines:
    """The lines of a file. None longer than the limit is in memory.

    Attributes:
        number: of the last line, from 1.
    """

    def __init__(self, file: TextIO) -> None:
        self.number = 0
        self._file = file
        self._row: list[str] = []
        self._again: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def begin_row(self) -> None:
        """Begin a row: the next line is its first."""
        self._row.clear()

    def keep_first_line(self) -> bool:
        """End the row after its first line. The others are read again, as rows of their own.

        Return whether there are others.
        """
        self.number -= len(self._row) - 1
        self._again.extend(reversed(self._row[1:]))
        return len(self._row) > 1

    def __next__(self) -> str:
        """Return the next line.

        Raises:
            csv.Error: it is too long, or the row has too many lines.
        """
        if len(self._row) == _LINES_OF_ROW:
            raise csv.Error(f"the row has more than {_LINES_OF_ROW} lines")
        if self._again:
            line = self._again.pop()
        else:
            line = self._file.readline(_LONGEST_LINE)
            if _is_too_long(line):
                while (rest := self._file.readline(_LONGEST_LINE)) and not rest.endswith("\n"):
                    pass
        if not line:
            raise StopIteration
        self.number += 1
        self._row.append(line)
        if _is_too_long(line):
            raise csv.Error(f"the line is longer than {_LONGEST_LINE} characters")
        return line


def _is_too_long(line: str) -> bool:
    return len(line) == _LONGEST_LINE and not line.endswith("\n")


def _plain_rows(lines: _Lines) -> Iterator[Row]:
    while True:
        lines.begin_row()
        try:
            line = next(lines).strip()
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(lines.number, (), {}, error=str(error))
            continue
        if line:
            yield Row(lines.number, (line,), {"email": line})


def _describe(error: csv.Error, *, is_open: bool) -> str:
    """Return what is wrong with a row.

    Args:
        is_open: a quoted cell goes on in the next line.
    """
    message = str(error)
    if is_open or "expected after" in message or "end of data" in message:
        return "not CSV: a quotation mark is missing, or there is one too many"
    return f"not CSV: {message}"


def _read_header(path: Path) -> tuple[str, str, list[str]]:
    """Return the first line of a file, the delimiter, and the names in its header.

    Raises:
        ConfigError: the header is too long, or it is not CSV.
    """
    with _reading(path), path.open(encoding="utf-8-sig", newline="") as file:
        lines, first = _Lines(file), ""
        try:
            first = next(lines, "")
            delimiter = max(",;\t", key=first.count)
            file.seek(0)
            header = next(csv.reader(lines, delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            if "@" in first:
                # An address, not a header.
                return first, delimiter, [first]
            raise ConfigError(
                f"the header cannot be read: {error}",
                where=Where(file=str(path), line=1),
                hint="the first line has the names of the columns, separated by commas, semicolons or tabs",
            ) from None
    return first, delimiter, [" ".join(unescape_cell(name.strip()).split()) for name in header]


def _column_reader(
    names: Sequence[str], columns: Mapping[str, Sequence[str]]
) -> Callable[[Sequence[str]], dict[str, str]]:
    """Return a function that gives the values of a row by our column names."""
    indices = {
        ours: [names.index(name) for name in theirs if name in names]
        for ours, theirs in columns.items()
        if any(name in names for name in theirs)
    }
    simple = [(ours, found[0]) for ours, found in indices.items() if len(found) == 1]
    several = [(ours, found) for ours, found in indices.items() if len(found) > 1]
    has_parts = "first_name" in indices or "last_name" in indices

    def read(cells: Sequence[str]) -> dict[str, str]:
        values = {ours: unescape_cell(cells[index].strip()) for ours, index in simple}
        for ours, found in several:
            values[ours] = next(
                (cell for index in found if (cell := unescape_cell(cells[index].strip()))), ""
            )
        if has_parts:
            parts = (values.pop("first_name", ""), values.pop("last_name", ""))
            values["name"] = values.get("name") or " ".join(filter(None, parts))
        return values

    return read


def _find_format(path: Path, format_name: str, names: Sequence[str], first: str) -> FileFormat:
    where = Where(file=str(path), line=1)
    if format_name == "plain":
        return PLAIN
    if format_name != "auto":
        found = next(each for each in FORMATS if each.name == format_name)
        if not any(name in names for name in found.columns["email"]):
            raise ConfigError(
                f"there is no column with addresses; the columns are {', '.join(names)}",
                where=where,
                hint=f"a file of {found.title} has the column {found.columns['email'][0]!r}",
            )
        return found
    if not any(name in names for name in EMAIL_COLUMNS):
        if "@" in first or not first.strip():
            return PLAIN
        raise ConfigError(
            f"no column has addresses; the columns are {', '.join(names)}",
            where=where,
            hint="name the column with addresses email; for a list without a header, use --from plain",
        )
    present = set(names)
    for each in FORMATS:
        if any(known <= present for known in each.known_by):
            return each
    return CSV


def _is_used(found: FileFormat, name: str) -> bool:
    return (
        name == IMPORT_STATE
        or name in found.states
        or name in found.no_mail_dates
        or any(name in theirs for theirs in found.columns.values())
    )


def _state_by_name(path: Path, *, has_states: bool) -> str:
    """Return what a file lists according to its name; empty if the name does not say it.

    Args:
        has_states: a column says it too.

    Raises:
        ConfigError: the name can be read in two ways, and no column says what is meant.
    """
    name = f" {' '.join(_WORD.findall(path.stem.casefold()))} "
    found = [""]
    for words, state in NO_MAIL_FILE_NAMES.items():
        if f" {words} " in name:
            name = name.replace(f" {words} ", "  ")
            found.append(state)
    state = min(found, key=SEVERITY.index)
    if not state or not any(f" {word} " in name for word in OTHER_FILE_NAMES):
        return state
    if has_states:
        return ""
    raise ConfigError(
        "it is not clear from the name of the file whether its addresses get mail",
        where=Where(file=str(path)),
        hint="rename the file, for example unsubscribed.csv or subscribers.csv",
    )


def _count_lines(path: Path) -> int:
    """Return the number of lines. Raise ConfigError if the file is not text, before anything is imported."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines = 0
    with _reading(path), path.open("rb") as file:
        while block := file.read(_BLOCK):
            decoder.decode(block)
            lines += block.count(b"\n")
        decoder.decode(b"", final=True)
    return lines


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    where = Where(file=str(path))
    try:
        yield
    except UnicodeDecodeError:
        raise ConfigError("the file is not UTF-8 text", where=where, hint="save it as UTF-8") from None
    except FileNotFoundError:
        raise ConfigError("the file does not exist", where=where, hint="check the file name") from None
    except OSError as error:
        raise ExternalError(f"the file cannot be read: {error.strerror}", where=where) from None
