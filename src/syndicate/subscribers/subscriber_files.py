"""Reading files of subscribers row by row: CSV files with a header, and plain lists."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import ConfigError, ExternalError, Where
from .cells import unescape_cell
from .file_formats import CSV, EMAIL_COLUMNS, FORMATS, NAMES, NO_MAIL_FILE_NAMES, PLAIN, FileFormat

_BLOCK = 1 << 20
_FIRST_WORD = re.compile(r"[a-z]+")
_LONGEST_LINE = 1 << 16


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
        with _reading(path), path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline(_LONGEST_LINE)
        delimiter = max(",;\t", key=first.count)
        header = [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]
        names = [name.casefold() for name in header]
        found = _find_format(path, format_name, names, first)
        if found is PLAIN:
            return cls(path, PLAIN, delimiter, (), lines, state=_state_by_name(path))
        column_state = next((state for name, state in found.no_mail_columns.items() if name in names), "")
        has_states = any(name in names for name in (*found.states, *found.no_mail_dates))
        return cls(
            path,
            found,
            delimiter,
            header,
            lines,
            unknown_columns=[name for name in names if name and not _is_used(found, name)]
            if found is CSV
            else (),
            state=column_state or ("" if has_states else _state_by_name(path)),
        )

    def rows(self) -> Iterator[Row]:
        """Yield the rows. Only one is in memory.

        Raises:
            ConfigError: the file is not text any more.
            ExternalError: the file cannot be read.
        """
        with _reading(self.path), self.path.open(encoding="utf-8-sig", newline="") as file:
            if not self.header:
                for number, line in enumerate(file, 1):
                    if line := line.strip():
                        yield Row(number, (line,), {"email": line})
                return
            yield from self._csv_rows(csv.reader(file, delimiter=self.delimiter))

    def _csv_rows(self, reader: Iterator[list[str]]) -> Iterator[Row]:
        names = [name.casefold() for name in self.header]
        value_of = _column_reader(names, self.format.columns)
        states = [(name, names.index(name)) for name in self.format.states if name in names]
        dates = [
            (meaning, names.index(name))
            for name, meaning in self.format.no_mail_dates.items()
            if name in names
        ]
        width = len(names)
        next(reader)
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row(reader.line_num, (), {}, error=f"not CSV: {error}")  # type: ignore[attr-defined]
                continue
            if not cells:
                continue
            if len(cells) < width:
                cells += [""] * (width - len(cells))
            yield Row(
                reader.line_num,  # type: ignore[attr-defined]
                cells,
                value_of(cells),
                [(name, cells[index].strip().casefold()) for name, index in states],
                {meaning: cells[index].strip() for meaning, index in dates} if dates else None,
            )


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
        name in found.states
        or name in found.no_mail_dates
        or any(name in theirs for theirs in found.columns.values())
    )


def _state_by_name(path: Path) -> str:
    match = _FIRST_WORD.match(path.name.casefold())
    return NO_MAIL_FILE_NAMES.get(match[0], "") if match else ""


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
