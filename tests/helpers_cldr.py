"""Dates by the CLDR of the installed Babel, and a stand-in for golden files, which do not change with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from babel import Locale
from babel.dates import format_date

from syndicate import i18n

_SEPTEMBER = {
    "en": "{0.day} September {0.year}",
    "ar": "{0.day} سبتمبر {0.year}",
    "ja": "{0.year}年9月{0.day}日",
}
_AND = {"en": " and ", "ar": " و", "ja": "、"}


def long_date(day: str, locale: str) -> str:
    """An ISO date in words, by the CLDR of the installed Babel."""
    return str(format_date(date.fromisoformat(day), "long", locale=locale))


def freeze_cldr(patch: pytest.MonkeyPatch) -> None:
    """Make dates in September, numbers and pairs of names those of the golden files."""

    def dated(day: date, _format: str, locale: Locale) -> str:
        assert day.month == 9
        return _SEPTEMBER[locale.language].format(day)

    def listed(names: Sequence[str], _style: str, locale: Locale) -> str:
        assert len(names) <= 2
        return _AND[locale.language].join(names)

    patch.setattr(i18n, "format_date", dated)
    patch.setattr(i18n, "format_list", listed)
    patch.setattr(i18n, "format_decimal", lambda number, locale: f"{number:,}")
