"""Dates and times on pages, in many languages.

An ambiguous date is not used. All texts here are folded (see `line_measures.fold`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from .line_measures import fold
from .vocabulary import DAYS
from .vocabulary import MONTHS as NAMES

# Short forms may have a dot.
MONTHS = {
    fold(name).replace("_", " ").rstrip("."): number
    for number, names in enumerate(NAMES, 1)
    for name in names.split()
}

_HOURS = {
    "utc": 0, "gmt": 0, "z": 0, "wet": 0, "bst": 1, "west": 1, "cet": 1, "mez": 1, "cest": 2, "mesz": 2,
    "eet": 2, "eest": 3, "sast": 2, "msk": 3, "мск": 3, "trt": 3, "brt": -3, "est": -5, "edt": -4, "cdt": -5,
    "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10, "pkt": 5, "ict": 7, "wib": 7,
    "hkt": 8, "sgt": 8, "awst": 8, "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip
_HALVES = {"acst": 9.5, "acdt": 10.5, "npt": 5.75}
_PLACES = {"et": "America/New_York", "pt": "America/Los_Angeles"}
# Each of these names means more than one zone.
_AMBIGUOUS_ZONES = ("ist", "cst", "mst", "ct", "mt", "ast", "wst")
_AMERICAN = {"est", "edt", "cdt", "mdt", "pst", "pdt", "et", "ct", "pt", "mt"}


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a line.

    Attributes:
        start, end: its position in the line.
        moment: naive if the line names no time zone; None if the date is ambiguous.
        note: why the date was not used, or how an ambiguous part was read.
    """

    start: int
    end: int
    moment: datetime | None
    note: str = ""


def _alternatives(*names: str) -> str:
    return "|".join(sorted((re.escape(fold(name)) for name in names), key=len, reverse=True))


_Y = r"(?P<y>(?:1[89]|2[01])\d\d)"
_M = r"(?P<m>\d{1,2})"
_D = r"(?P<d>\d{1,2})"
_MONTH = r"(?P<n>" + "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True)) + r")"
_WORD_END = r"(?![^\W\d_])"
_OF = _alternatives("de", "del", "d'", "of", "m.", "ngày", "ב", "dne", "år")
_NOT_IN = r"(?<![\w])(?<!\d[./:-])"
_TH = r"(?:st|nd|rd|th|er|ο|º|°|ª|-?го|-?е)?"
_GAP = r"[\s-]?"
_VIET = rf"(?:{fold('ngày')})?\s?{fold('tháng')}\s(?P<m>\d{{1,2}}),?\s(?:{fold('năm')}\s)?"
_PATTERNS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(_NOT_IN + pattern)
    for pattern in (
        rf"{_Y}-(?P<m>\d\d)-(?P<d>\d\d)(?!\d)",
        rf"{_Y}\s?{fold('年')}\s?{_M}\s?{fold('月')}\s?{_D}\s?{fold('日')}",
        rf"{_Y}\s?{fold('년')}\s?{_M}\s?{fold('월')}\s?{_D}\s?{fold('일')}",
        rf"{_Y}(?P<s>[./-])\s?{_M}(?P=s)\s?{_D}(?!\d)\.?",
        rf"{_D}\s?{_VIET}{_Y}(?!\d)",
        rf"{_D}{_TH}\.?{_GAP}(?:{_OF})?{_GAP}{_MONTH}{_WORD_END}[.,]?{_GAP}(?:{_OF})?{_GAP}{_Y}(?!\d)",
        rf"{_MONTH}{_WORD_END}\.?\s{_D}(?:st|nd|rd|th)?,?\s{_Y}(?!\d)",
        rf"{_Y}\.?\s(?:m\.\s)?{_MONTH}{_WORD_END}\.?\s{_D}\.?(?!\d)",
        rf"(?P<a>\d{{1,2}})(?P<s>[./-])\s?(?P<b>\d{{1,2}})(?P=s)\s?{_Y}(?!\d)",
        rf"{_D}\.?\s(?:{_OF})?\s?{_MONTH}{_WORD_END}\.?\s(?P<be>25\d\d)(?!\d)",
    )
)
_PLAIN_NAME = _MONTH.replace("?P<n>", "?:")
_YEARLESS = re.compile(
    rf"{_NOT_IN}(?:\d{{1,2}}\.?\s(?:{_OF})?\s?{_PLAIN_NAME}{_WORD_END}\.?|{_PLAIN_NAME}{_WORD_END}\.?\s\d{{1,2}}"
    rf"|\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2}}|\d{{1,2}}{fold('月')}\d{{1,2}}{fold('日')})(?![\w])"
)
_BEFORE_NOON = _alternatives(
    "am", "a.m.", "a. m.", "午前", "上午", "早上", "凌晨", "오전", "ص", "π.μ.", "पूर्वाह्न", "öö"
)
_AFTER_NOON = _alternatives(
    "pm", "p.m.", "p. m.", "午後", "下午", "晚上", "오후", "م", "μ.μ.", "अपराह्न", "ös"
)
_HOUR = _alternatives("時", "时", "點", "点", "시")
_MINUTE = _alternatives("分", "분")
_CLOCK = (
    rf"(?:(?P<pre>{_BEFORE_NOON}|{_AFTER_NOON})\s?)?(?P<h>\d{{1,2}})\s?"
    rf"(?:(?:[:.h]|{_HOUR})\s?(?P<mi>\d\d)?(?:(?:[:.]|{_MINUTE})(?P<sec>\d\d)?(?:[.,]\d+)?)?"
    rf"(?:{_MINUTE}|{fold('秒')})?|(?=\s?(?:am|pm|a\.m|p\.m|uhr)\b))"
    rf"\s?(?P<post>(?:{_BEFORE_NOON}|{_AFTER_NOON})(?![^\W\d_]))?(?!\.?\d)"
)
_AT = _alternatives(
    "at", "um", "à", "a", "a las", "a la", "às", "as", "alle", "alle ore", "ore", "om", "kl", "kl.",
    "klo", "klockan", "в", "о", "об", "o", "o godz.", "godz.", "godzina", "v", "saat", "الساعة",
    "على الساعة", "ساعت", "בשעה", "στις", "ώρα", "को", "बजे", "t", "lúc", "pukul", "jam", "ora", "la",
    "uur", "от", "u", "在", "время", "г.", "г", "р.", "р", "hs", "year", "w", "d.", "|", "｜", "·", "•",
    ",", "،", "-", "–", "—", "/", "(", "@", *(day for day in DAYS.split("|") if len(day) > 2),
)  # fmt: skip
_TIME_AFTER = re.compile(rf"(?:\s?(?:[(（](?:[^\W\d_]|\s){{1,4}}[)）]))?(?:\s*(?:{_AT}))*+\s*{_CLOCK}")
_TIME_BEFORE = re.compile(
    rf"{_NOT_IN}{_CLOCK}\s?(?:uhr|hrs?|ist)?(?:\s?(?P<z>[a-z]{{2,4}}))?\s*(?:(?:{_AT})\s*)*+$"
)
_HOUR_WORD = _alternatives("uhr", "uur", "h", "hs", "hrs", "u", "น.", "बजे")
_ZONES = "|".join(sorted([*_HOURS, *_HALVES, *_PLACES, *_AMBIGUOUS_ZONES], key=len, reverse=True))
_ZONE = re.compile(
    rf"\s?(?:{_HOUR_WORD})?\s?\(?(?:(?P<z>{_ZONES})(?![^\W\d_]))?"
    r"(?P<o>[+−-]\s?\d{1,2}(?::?\d\d)?(?!\d))?\s?(?:time\b)?\)?"
)


@lru_cache(maxsize=64)
def _offset(minutes: int) -> tzinfo:
    return timezone(timedelta(minutes=minutes))


def _read_zone(match: re.Match[str]) -> tuple[tzinfo | None, str]:
    name, offset = match["z"], match["o"]
    if offset:
        digits = re.sub(r"\D", "", offset)
        hours, rest = (digits, "0") if len(digits) < 3 else (digits[:-2], digits[-2:])
        minutes = int(hours) * 60 + int(rest)
        if minutes > 14 * 60 or int(rest) > 59:
            return None, f"the zone {offset.strip()} does not exist: the time is read as the site's"
        return _offset(-minutes if offset[0] in "-−" else minutes), ""
    if name in _HOURS:
        return _offset(_HOURS[name] * 60), ""
    if name in _HALVES:
        return _offset(int(_HALVES[name] * 60)), ""
    if name in _PLACES:
        return ZoneInfo(_PLACES[name]), ""
    if name:
        return None, f"more than one zone is called {name.upper()}: the time is read as the site's"
    return None, ""


def _read_clock(match: re.Match[str]) -> tuple[int, int, int] | None:
    hour, minute, second = int(match["h"]), int(match["mi"] or 0), int(match["sec"] or 0)
    half = match["pre"] or match["post"]
    if half:
        if not 1 <= hour <= 12 and not match["pre"]:
            return None
        if re.fullmatch(_AFTER_NOON, half) and hour < 12:
            hour += 12
        elif re.fullmatch(_BEFORE_NOON, half) and hour == 12:
            hour = 0
    return (hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


Order = Callable[[int, int, str], "tuple[int, int] | None"]
"""Returns day and month of a numeric date in the order that the page uses, or None if that is unknown."""


def _read_day(match: re.Match[str], order: Order, american: bool) -> tuple[int, int, int] | str:
    groups = match.groupdict()
    if groups.get("be"):
        return int(groups["be"]) - 543, MONTHS[groups["n"]], int(groups["d"])
    year = int(groups["y"])
    if groups.get("a"):
        first, second = int(groups["a"]), int(groups["b"])
        pair = order(first, second, groups["s"]) or ((second, first) if american else None)
        if pair is None:
            return f"{match[0]} can be read in two ways: it was not used"
        return year, pair[1], pair[0]
    month = MONTHS[groups["n"]] if groups.get("n") else int(groups["m"])
    return year, month, int(groups["d"])


def find_dates(text: str, order: Order) -> list[FoundDate]:
    """Return the dates of a short line, from left to right."""
    if not any(map(str.isdigit, text)):
        return []
    taken: list[re.Match[str]] = []
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if all(match.end() <= other.start() or match.start() >= other.end() for other in taken):
                taken.append(match)
    found: list[FoundDate] = []
    for match in sorted(taken, key=lambda each: each.start()):
        found.append(_read(text, match, order, found[-1].end if found else 0))
    if not found and (short := _YEARLESS.search(text)):
        found.append(
            FoundDate(short.start(), short.end(), None, f"{short[0]} has no full year: it was not used")
        )
    return found


def _read(text: str, match: re.Match[str], order: Order, begin: int) -> FoundDate:
    start, end = match.span()
    clock: tuple[int, int, int] | None = None
    zone: tzinfo | None = None
    note = american = ""
    after = _TIME_AFTER.match(text, end)
    before = None if after else _TIME_BEFORE.search(text[begin:start])
    if after and (clock := _read_clock(after)):
        end = after.end()
        named = _ZONE.match(text, end)
        if named:
            zone, note = _read_zone(named)
            american = named["z"] if named["z"] in _AMERICAN else (after["post"] or "")[:1]
            end = named.end()
    elif before and (clock := _read_clock(before)):
        start = begin + before.start()
        if before["z"] and (named := _ZONE.fullmatch(before["z"])):
            zone, note = _read_zone(named)
    day = _read_day(match, order, american in _AMERICAN or american in ("a", "p"))
    if isinstance(day, str):
        return FoundDate(start, end, None, day)
    try:
        moment = datetime(*day, *(clock or (0, 0, 0)), tzinfo=zone)
    except ValueError:
        return FoundDate(start, end, None, f"{match[0]} is no day of the calendar: it was not used")
    return FoundDate(start, end, moment, note)
