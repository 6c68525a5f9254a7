"""Subscribers as CSV: the files that are imported and exported."""

from __future__ import annotations

import csv
import shlex
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path

from ..errors import ConfigError, ExternalError, Where
from ..model import PROFILE_FIELDS
from .subscriber_store import SubscriberStore

COLUMNS = ("email", *PROFILE_FIELDS, "newsletters", "state", "unsubscribed")
"""The columns of a CSV file of subscribers. An import needs only `email`.

`newsletters` and `unsubscribed` are names separated by spaces; a name with a space is quoted.
"""

REMOVED = "removed"
"""The state, in an export, of an address whose subscriber was removed."""


def read_rows(path: Path) -> tuple[list[tuple[Where, dict[str, str]]], list[str]]:
    """Return the rows of a CSV file with a header, or of a text file with one address a line.

    The second value has the names of the columns that are not in `COLUMNS`.

    Raises:
        ConfigError: the file does not exist, or is not text.
        ExternalError: the file cannot be read.
    """
    where = Where(file=str(path))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError("the file is not UTF-8 text", where=where, hint="save it as UTF-8") from None
    except FileNotFoundError:
        raise ConfigError("the file does not exist", where=where, hint="check the file name") from None
    except OSError as error:
        raise ExternalError(f"the file cannot be read: {error.strerror}", where=where) from None
    names = _column_names(text)
    return list(_parse(str(path), text, names)), [name for name in names if name and name not in COLUMNS]


def _delimiter(text: str) -> str:
    return max(",;\t", key=text.partition("\n")[0].count)


def _column_names(text: str) -> list[str]:
    """Return the names in the header; none if the first line is not a header."""
    header = text.partition("\n")[0]
    names = [name.strip().casefold() for name in next(csv.reader([header], delimiter=_delimiter(text)), [])]
    return names if "email" in names else []


def _parse(file: str, text: str, names: list[str]) -> Iterator[tuple[Where, dict[str, str]]]:
    if not names:
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                yield Where(file=file, line=number), {"email": line.strip()}
        return
    rows = csv.DictReader(StringIO(text), fieldnames=names, delimiter=_delimiter(text))
    next(rows)
    for row in rows:
        cells = {name: unescape_cell((row.get(name) or "").strip()) for name in COLUMNS if name in names}
        yield Where(file=file, line=rows.line_num), cells


def export_subscribers(store: SubscriberStore) -> str:
    """Return all subscribers and suppressed addresses as CSV, which an import accepts."""
    out = StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    unsubscribed: dict[str, list[str]] = {}
    for key, newsletter in store.unsubscribed():
        unsubscribed.setdefault(key, []).append(newsletter)
    for each in store.subscribers():
        row = {
            "email": each.email,
            **{name: getattr(each, name) or "" for name in PROFILE_FIELDS},
            "newsletters": shlex.join(each.newsletters),
            "state": each.state,
            "unsubscribed": shlex.join(unsubscribed.get(each.email.casefold(), ())),
        }
        writer.writerow({name: escape_cell(cell) for name, cell in row.items()})
    for email, reason in store.suppressed():
        writer.writerow(
            {"email": escape_cell(email), "state": REMOVED if reason == "unsubscribed" else "suppressed"}
        )
    return out.getvalue()


# A spreadsheet runs a cell that begins so as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def escape_cell(cell: str) -> str:
    """Return a cell that a spreadsheet shows as text: with an apostrophe in front of a formula."""
    return f"'{cell}" if cell.lstrip("'").startswith(_FORMULA) else cell


def unescape_cell(cell: str) -> str:
    """Return a cell as it was before `escape_cell`."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell


def split_names(cell: str) -> Sequence[str]:
    """Return the names in a cell of `newsletters` or `unsubscribed`."""
    try:
        return shlex.split(cell)
    except ValueError:
        # An apostrophe, not a quotation mark.
        return cell.split()
