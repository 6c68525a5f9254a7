"""Cells of CSV files of subscribers."""

from __future__ import annotations

import csv
import json
import re
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime

# A spreadsheet runs a cell that begins so as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_QUOTES_AND_BACKSLASHES = re.compile(r"\\(.)")
_NAME_AND_ADDRESS = re.compile(r'(?:"((?:[^"\\]|\\.)*)"\s*|([^<>"]*))<([^<>]+)>')
# The export of listmonk has an offset and then the name of the zone.
_OFFSET = re.compile(r" ?([+-]\d\d:?\d\d)(?: [A-Z]+)?$")
_YEARS = range(1970, 9999)


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


def join_names(names: Sequence[str]) -> str:
    """Return the cell of `newsletters` or `unsubscribed`."""
    return shlex.join(names)


def split_tags(cell: str) -> list[str]:
    """Return the tags in a cell: separated by commas, quoted if they contain one, or as a JSON list."""
    if cell.startswith("["):
        try:
            return [str(tag) for tag in json.loads(cell)]
        except (ValueError, TypeError):
            pass
    return [tag for each in next(csv.reader([cell], skipinitialspace=True), []) if (tag := each.strip())]


def join_tags(tags: Sequence[str]) -> str:
    """Return the cell of `tags`."""
    return ", ".join(
        f'"{tag.replace(chr(34), chr(34) * 2)}"' if set(tag) & set(',"[') else tag for tag in tags
    )


def split_address(cell: str) -> tuple[str, str]:
    """Return name and address of `Name <address>`. The name is empty if the cell is only an address."""
    if not cell.endswith(">"):
        return "", cell
    match = _NAME_AND_ADDRESS.fullmatch(cell)
    if match is None:
        return "", cell
    quoted, bare, address = match.groups()
    return (
        _QUOTES_AND_BACKSLASHES.sub(r"\1", quoted) if quoted is not None else bare
    ).strip(), address.strip()


def parse_time(cell: str) -> datetime:
    """Return a time of an export, UTC if it has no zone.

    Raises:
        ValueError: it is not a date as in ISO 8601.
    """
    try:
        time = datetime.fromisoformat(_OFFSET.sub(r"\1", cell.removesuffix(" UTC")))
    except ValueError:
        time = None
    if time is None or time.year not in _YEARS:
        raise ValueError(f"not a date such as 2026-01-31 12:00:00: {cell!r}")
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
