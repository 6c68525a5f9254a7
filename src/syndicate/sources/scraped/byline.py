"""Bylines and date lines: who wrote an article, and when."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from .debris_rules import RuleSet
from .line_measures import SPACES_BEFORE, comparison_key, ends_sentence, fold, fold_with_positions, width
from .page_dates import Order, find_dates
from .vocabulary import BY, DAYS, LINKS, NOUNS, PUBLISHED, UPDATED


def _keys_of(phrases: str) -> frozenset[str]:
    return frozenset(comparison_key(phrase) for phrase in phrases.split("|"))


_NOUNS = _keys_of(NOUNS)
_LABELS = _keys_of(BY)
_PUBLISHED = _keys_of(PUBLISHED)
_UPDATED = _keys_of(UPDATED)
_DAYS = _keys_of(DAYS)
_LINKS = _keys_of(LINKS)
_CONJUNCTIONS = "and|und|et|y|e|ed|en|i|och|og|ja|a|и|та|і|й|ve|και|और|및|與|与|和|és|și|dan|và"
_AND = re.compile(
    rf"{SPACES_BEFORE}(?:,|、|，|;|；|&|＆|・(?=\S+・)|\s(?:{_CONJUNCTIONS})\s|\s(?=و\w)|\s(?=ו\w{{2}}))\s*"
)
_CONJUNCTION = re.compile(rf"[&＆、，；]|\s(?:{_CONJUNCTIONS}|و)\s", re.IGNORECASE)
_AND_ANY_CASE = re.compile(_AND.pattern, re.IGNORECASE)
_PARTICLES = frozenset(
    re.split(
        " ",
        "de da do dos das del della di du des la le el al von vom van der den ter ten te zu zur bin ibn "
        "ben abu y i e af av",
    )
)
_AGENCIES = frozenset(("dpa", "afp", "ap", "apa", "sda", "reuters", "efe", "ansa", "lusa", "epd", "kna"))
_ROLES = re.compile(
    r"editor|correspond|korrespond|corrispond|reporter|writer|staff|redak|rédac|redac|journalis|periodis|giornalis|jornalis|desk|bureau|"
    r"news|agency|agentur|press|associated|service|gazette|world|local|special|minister|team|breaking|live|update",
    re.IGNORECASE,
)
_SPLIT = re.compile(rf"{SPACES_BEFORE}[|｜·•∙●▪\n]\s*|\s+[-–—]+\s+|{SPACES_BEFORE}[—]\s*|\s{{2,}}|\s/\s|\t")
_SLASH = re.compile(rf"{SPACES_BEFORE}[/／,，;；、(（)）]\s*")
_BRACKETS = "()[]（）【】〔〕「」<>＜＞ \u00a0"
# What follows a name: `Ann Lee, Reuters`, `Ann Lee for the Post`.
_AFFILIATION = re.compile(
    rf"{SPACES_BEFORE}[,，(（/／]\s*|(?<!\s)\s+(?:for|in|at|für|pour|para|per|voor|dla|للـ?)\s+"
)
_CONJUNCTION_ONLY = re.compile(r"(?<!\s)\s+(?:and|und|et|y|e|och|og|и)\s+")
_PUNCTUATION = _BRACKETS + ".,;:：|｜/／-–—·•、，=＝@"


@dataclass(slots=True)
class Byline:
    """The content of a byline or date line.

    Attributes:
        authors: names, as written.
        published, updated: naive if the line names no time zone.
        name_beside_date: a name beside a date, without a label such as `by`.
        rest: the other parts of the line.
        date_notes: why a date was not used, or how an ambiguous part was read.
        has_date: whether there is a date, even one that was not used.
        has_label: whether the line has a label such as `Published` or `By`.
    """

    authors: list[str] = field(default_factory=list)
    published: datetime | None = None
    updated: datetime | None = None
    name_beside_date: str = ""
    rest: list[str] = field(default_factory=list)
    date_notes: list[str] = field(default_factory=list)
    has_date: bool = False
    has_label: bool = False


def _has_case(text: str) -> bool:
    return any(char.isupper() or char.islower() for char in text)


def is_name(text: str, *, full: bool = False) -> bool:
    """Return whether a text can be the name of a person; with `full`, one of two words or more."""
    if not text or any(map(str.isdigit, text)) or width(text) > 48 or text[-1:] in "!?…。:：":
        return False
    parts = text.split()
    if is_label(text) or (len(text) < 2 and _has_case(text)):
        return False
    if len(parts) > 6 or (full and len(parts) < 2):
        return False
    if fold(text) in _AGENCIES:
        return True
    if any(not any(char.isalpha() for char in part) for part in parts):
        return False
    if not _has_case(text):
        return len(parts) <= 4 and width(text) <= 24
    own = [part for part in parts if part.lower() not in _PARTICLES]
    return bool(own) and all(part[0].isupper() or part[:2] in ("d'", "d’", "l’", "al") for part in own)


def _split_names(text: str) -> tuple[list[str], list[str]]:
    """Return the names after the label of a byline, and the other parts of the text."""
    text = re.sub(r"(?<!\S)[^\s@]+@\S+", " ", text).strip(_PUNCTUATION)
    if is_name(text) and not _CONJUNCTION.search(text) and "," not in text:
        return [text], []
    parts = [part.strip(_PUNCTUATION) for part in (_AND_ANY_CASE if text.isupper() else _AND).split(text)]
    if len(parts) > 1 and all(is_name(part) for part in parts) and _CONJUNCTION.search(text):
        names = [part for part in parts if not _ROLES.search(part)]
        return names, [part for part in parts if part not in names]
    head = _AFFILIATION.split(text, maxsplit=1)
    if len(head) > 1 and is_name(head[0]):
        return [head[0]], [text[len(head[0]) :].strip(_PUNCTUATION)]
    together = [part.strip(_PUNCTUATION) for part in _CONJUNCTION_ONLY.split(head[0])]
    if len(head) > 1 and len(together) > 1 and all(is_name(part) for part in together):
        return together, [text[len(head[0]) :].strip(_PUNCTUATION)]
    return [], []


_NAME_AND_TITLE = re.compile(
    r"(?P<name>\S{2,4}|\S{1,40}\s\S{1,40})\s?(?:기자|특파원|記者|选手)(?:\s*=.*|\s*[^\s@]+@\S+)?"
)
_TITLE_AND_NAME = re.compile(
    r"(?:記者|记者|本报记者|新华社记者|中央社記者)\s*(?P<name>[\u4e00-\u9fff]{2,4})(?:[／/](?P<rest>.{1,12})|[\u4e00-\u9fff]{0,3}(?:报道|報導|報道|電|电))"
)
_LABEL = re.compile(rf"{SPACES_BEFORE}[:：／/|｜]\s*|\s[-–—]\s")
# A time of day without a date, which belongs to an update of the same day.
_CLOCK = re.compile(r"\b\d{1,2}\s?[:.h]\s?\d{2}(?:\s?(?:[Uu]hr|h|uur)\b)?")


def _read_authors(text: str) -> tuple[list[str], list[str]]:
    text = text.strip(_BRACKETS)
    special = _TITLE_AND_NAME.fullmatch(text) or _NAME_AND_TITLE.fullmatch(text)
    if special:
        rest = special.groupdict().get("rest")
        return [special["name"].strip(_PUNCTUATION)], [rest] if rest else []
    found = _LABEL.search(text)
    if found and comparison_key(text[: found.start()]) in _LABELS:
        return _split_names(text[found.end() :])
    parts = text.split()
    for count in (3, 2, 1):
        label = comparison_key(" ".join(parts[:count]))
        if len(parts) <= count or label not in _LABELS:
            continue
        names, rest = _split_names(" ".join(parts[count:]))
        long = all(len(name.split()) > 1 or name.isupper() or fold(name) in _AGENCIES for name in names)
        if names and (
            long
            or label == "by"
            or (label not in _NOUNS and not _has_case(names[0]))
            or (label in _NOUNS and not text.isascii() and not _has_case(names[0]))
        ):
            return names, rest
    return [], []


def is_label(text: str) -> bool:
    """Return whether a line is only a label such as `By` or `Published`, with its value on the next line."""
    name = comparison_key(text)
    return len(text) < 40 and (name in _LABELS or name in _PUBLISHED or name in _UPDATED)


def _split_parts(text: str) -> list[str]:
    return [piece for piece in (one.strip(_BRACKETS) for one in _SPLIT.split(text)) if piece]


def read_byline(text: str, order: Order, rule_set: RuleSet) -> Byline | None:
    """Return the content of a byline or date line, or None if the line is neither."""
    if len(text) > 240:
        return None
    folded, positions = fold_with_positions(text)
    dates = find_dates(folded, order)
    byline = Byline(has_date=bool(dates))
    begin = 0
    update = False
    for date in [*dates, None]:
        end = positions[date.start] if date else len(text)
        gap = text[begin:end]
        has_separator = bool(_SPLIT.search(gap)) or "\n" in gap
        # Only a label directly before a date belongs to it.
        update = False
        for piece in _split_parts(gap):
            update = _read_part(piece, byline, rule_set, has_separator and bool(dates))
        if date is None:
            break
        begin = positions[date.end]
        if date.note:
            byline.date_notes.append(date.note)
        if date.moment is None:
            continue
        if update:
            byline.updated = byline.updated or date.moment
        elif byline.published is None:
            byline.published = date.moment
    other_text = " ".join(byline.rest)
    if not (dates or byline.authors):
        return None
    if (
        len(other_text.split()) > 3
        or width(other_text) > 30
        or (other_text and ends_sentence(text) and width(other_text) > 8)
    ):
        return None
    return byline


def _read_part(piece: str, byline: Byline, rule_set: RuleSet, has_separator: bool) -> bool:
    """Read one part of a line into `byline`; return whether it is a label of an update."""
    piece = _CLOCK.sub("", piece).strip(_PUNCTUATION)
    name = comparison_key(piece)
    if not name or name in _LINKS or name in _DAYS:
        return False
    if name in _UPDATED:
        byline.has_label = True
        return True
    if name in _PUBLISHED:
        byline.has_label = True
        return False
    authors, rest = _read_authors(piece)
    if authors:
        byline.authors += [author for author in authors if author not in byline.authors]
        byline.rest += rest
        byline.has_label = True
        return False
    words = name.split()
    # `Ilse Brandt, updated on`: the label is at the end of the part before the date.
    for count in (4, 3, 2, 1):
        tail = " ".join(words[-count:])
        if count < len(words) and (tail in _UPDATED or tail in _PUBLISHED or tail in _LINKS or tail in _DAYS):
            parts = piece.split()
            head = " ".join(parts[: max(0, len(parts) - count)]).strip(_PUNCTUATION)
            if len(parts) == len(words):
                announces_update = _read_part(head, byline, rule_set, has_separator)
                names_date = tail not in _LINKS | _DAYS
                byline.has_label = byline.has_label or names_date
                return tail in _UPDATED if names_date else announces_update
    match = rule_set.match(piece)
    if match:
        return False
    smaller = [part for part in _SLASH.split(piece) if part.strip(_PUNCTUATION)]
    if len(smaller) > 1:
        update = False
        for part in smaller:
            update = _read_part(part.strip(_PUNCTUATION), byline, rule_set, False)
        return update
    piece = piece.strip(_PUNCTUATION)
    if (
        has_separator
        and not byline.name_beside_date
        and _has_case(piece)
        and is_name(piece, full=True)
        and len(piece.split()) < 4
        and not _ROLES.search(piece)
    ):
        byline.name_beside_date = piece
    elif piece:
        byline.rest.append(piece)
    return False


def is_full_name(text: str) -> bool:
    """Return whether a line next to a date line is the full name of a person."""
    return (
        _has_case(text)
        and is_name(text, full=True)
        and 2 <= len(text.split()) <= 4
        and not text.isupper()
        and not _ROLES.search(text)
    )


def names_beside_date(text: str) -> list[str]:
    """Return the persons named on a line that contains nothing else."""
    parts = [part for part in _AND.split(text) if part]
    return parts if parts and len(text) <= 120 and all(map(is_full_name, parts)) else []


_DATELINE = re.compile(r"[〔【（(\[]\s*(?P<inner>[^〕】）)\]]{3,24})[〕】）)\]]")


def dateline_authors(text: str) -> list[str]:
    """Return the authors of a paragraph that begins with a dateline such as `〔記者王小明／高雄報導〕`."""
    found = _DATELINE.match(text)
    special = found and _TITLE_AND_NAME.fullmatch(found["inner"])
    return [special["name"]] if special else []
