"""Permalinks as Hugo makes them, https://gohugo.io/configuration/permalinks/#tokens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime

from .english_dates import DAYS, MONTHS
from .slugs import is_letter_mark_or_digit

_TOKEN = re.compile(r":(\w+)(?:\[([^\]]{1,20})\])?")
_KEPT = set("./\\_#+~-@")
# Hugo's zero time, of a page without a date.
_NO_DATE = datetime(1, 1, 1)  # noqa: DTZ001 - only its parts are used
_DATES: dict[str, Callable[[datetime], str]] = {
    "year": lambda day: str(day.year),
    "month": lambda day: f"{day.month:02}",
    "monthname": lambda day: MONTHS[day.month - 1],
    "day": lambda day: f"{day.day:02}",
    "weekday": lambda day: str(day.isoweekday() % 7),
    "weekdayname": lambda day: DAYS[day.weekday()],
    "yearday": lambda day: str(day.timetuple().tm_yday),
    # The layouts of Go that are usual in addresses.
    "2006": lambda day: f"{day.year:04}",
    "06": lambda day: f"{day.year % 100:02}",
    "01": lambda day: f"{day.month:02}",
    "1": lambda day: str(day.month),
    "Jan": lambda day: MONTHS[day.month - 1][:3],
    "January": lambda day: MONTHS[day.month - 1],
    "02": lambda day: f"{day.day:02}",
    "2": lambda day: str(day.day),
    "15": lambda day: f"{day.hour:02}",
    "04": lambda day: f"{day.minute:02}",
    "05": lambda day: f"{day.second:02}",
}
_OTHERS = {
    *("title", "slug", "section", "sections", "sectionslug", "sectionslugs"),
    *("filename", "contentbasename", "slugorfilename", "slugorcontentbasename"),
}


class PermalinkError(Exception):
    """A permalink has a token that is not known."""


class Permalink:
    """A pattern such as `/:year/:month/:slug/`.

    Args:
        keeps_case: whether capital letters stay.
        is_literal: whether what is between the tokens stays as it is.

    Raises:
        PermalinkError: it has a token that is not known.
    """

    def __init__(self, pattern: str, keeps_case: bool = False, *, is_literal: bool = False) -> None:
        self._pattern = pattern
        self._is_literal = is_literal
        self._keeps_case = keeps_case
        for name, _ in _TOKEN.findall(pattern):
            if name not in _OTHERS and name not in _DATES:
                raise PermalinkError(f"the permalink {pattern} has :{name}, which is not known")

    def fill(
        self, *, published: datetime | None, title: str, slug: str, name: str, sections: Sequence[str]
    ) -> str:
        """Return the path of a page.

        Args:
            published: in the site's time zone.
            name: of the file, or of the folder of a bundle.
        """

        def replace(match: re.Match[str]) -> str:
            token, part = match[1], match[2]
            if token in _DATES:
                return _DATES[token](published or _NO_DATE)
            if token in ("sections", "sectionslugs"):
                return "/".join(self._sanitize(name_in_path(each)) for each in _slice(sections, part))
            if token in ("section", "sectionslug"):
                return self._sanitize(name_in_path(sections[0])) if sections else ""
            if token in ("filename", "contentbasename"):
                return self._sanitize(name_in_path(name))
            if token == "title":  # noqa: S105 - no password
                return self._sanitize(title.replace("/", "-"))
            rest = name_in_path(name) if token.startswith("slugor") else title.replace("/", "-") or name
            return self._sanitize(slug or rest)

        # Hugo decodes the path like a query once more.
        path = _TOKEN.sub(replace, self._pattern).replace("+", " ")
        path = path if self._is_literal else self._sanitize(path)
        return re.sub(r"/{2,}", "/", path)

    def _sanitize(self, text: str) -> str:
        return sanitize_path(text, keeps_case=self._keeps_case)


def name_in_path(name: str) -> str:
    """Return the name of a file or folder as Hugo has it in paths."""
    return name.replace(" ", "-")


def sanitize_path(text: str, *, keeps_case: bool = False) -> str:
    """Return a text as a part of a path: spaces become hyphens, other characters are dropped."""
    kept: list[str] = []
    is_hyphen_due = was_hyphen = False
    for character in text:
        if character in _KEPT or is_letter_mark_or_digit(character):
            was_hyphen = character == "-"
            if is_hyphen_due and not was_hyphen:
                kept.append("-")
            is_hyphen_due = False
            kept.append(character)
        elif kept and not was_hyphen and character.isspace():
            is_hyphen_due = True
    path = unicodedata.normalize("NFC", "".join(kept))
    return path if keeps_case else path.lower()


def _slice(sections: Sequence[str], part: str | None) -> Sequence[str]:
    """Return some of the sections: `[0]`, `[last]`, `[1:]`, `[:last]`."""
    if part is None:
        return sections
    first, colon, last = part.partition(":")
    try:
        if not colon:
            number = len(sections) - 1 if first == "last" else int(first)
            return sections[number : number + 1] if number >= 0 else ()
        start = int(first) if first else 0
        end = len(sections) if not last else len(sections) - 1 if last == "last" else int(last)
        return sections[start:end]
    except ValueError:
        return sections
