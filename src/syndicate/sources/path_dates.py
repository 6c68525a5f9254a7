"""The date in the path of a file, or in a permalink. A year and a month are not a date."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import PurePath, PurePosixPath

# What may follow: nothing, a separator, or a time. `20190506123` and `2019-05-067` are no dates.
_END = r"(?=$|[-_.\s]|T\d)"
_DATED_NAME = re.compile(
    rf"((?:19|20)\d\d)(?:-(\d\d)-(\d\d)|_(\d\d)_(\d\d)|\.(\d\d)\.(\d\d)|(\d\d)(\d\d)){_END}", re.ASCII
)
_YEAR = re.compile(r"(?:19|20)\d\d", re.ASCII)
_TWO_DIGITS = re.compile(r"\d\d", re.ASCII)
_SEPARATORS = "-_. "


def date_in_file_path(path: PurePath, key: str) -> date | None:
    """Return the date in the name of a file or of its folders, nearest first; None if there is none.

    `2019-05-06-x.md`, `20190506_x.md`, `2019-05-06/index.md` and `2019/05/06/x.md` have one.

    Args:
        path: of the file.
        key: its last parts. The day is in there; month and year may be in folders above.
    """
    inner = key.count("/")
    parts = path.parent.parts if inner else ()
    return next(_dates(PurePosixPath(key).stem, parts, inner), None)


def date_in_permalink(text: str) -> date | None:
    """Return the date in a permalink such as `2024/07/25/x` or `/news/2024-07-25-x/`."""
    parts = [part for part in re.split("/", text[:8000]) if part]
    return next(_dates("", parts, len(parts)), None)


def name_without_date(name: str) -> str:
    """Return the name of a file or folder without the date that it begins with: `2019-05-06-x` gives `x`.

    A name that is nothing but a date stays.
    """
    match = _DATED_NAME.match(name)
    if match is None or _date_of_name(name) is None:
        return name
    return name[match.end() :].lstrip(_SEPARATORS) or name


def _dates(name: str, folders: Sequence[str], inner: int) -> Iterator[date]:
    """Yield the dates in a name, then in the last `inner` folders."""
    if found := _date_of_name(name):
        yield found
    for end in range(len(folders), len(folders) - inner, -1):
        if found := _date_of_name(folders[end - 1]) or _date_of_folders(folders[max(end - 3, 0) : end]):
            yield found


def _date_of_name(name: str) -> date | None:
    match = _DATED_NAME.match(name)
    if match is None:
        return None
    year, *rest = match.groups()
    month, day = (number for number in rest if number is not None)
    return _valid_date(year, month, day)


def _date_of_folders(folders: Sequence[str]) -> date | None:
    if len(folders) < 3 or not _YEAR.fullmatch(folders[0]):
        return None
    if not all(_TWO_DIGITS.fullmatch(each) for each in folders[1:]):
        return None
    return _valid_date(*folders)


def _valid_date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
