"""Who wrote it and when: the lines between the headline and the text, or under it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from .dates import Order, find_dates
from .line_measures import closes, fold, fold_mapped, key, width
from .rules import Book
from .vocabulary import BY, DAYS, LINKS, NOUNS, PUBLISHED, UPDATED


def _keys(phrases: str) -> frozenset[str]:
    return frozenset(key(phrase) for phrase in phrases.split("|"))


_NOUNS = _keys(NOUNS)
_LABELS = _keys(BY)
_PUBLISHED = _keys(PUBLISHED)
_UPDATED = _keys(UPDATED)
_DAYS = _keys(DAYS)
_LINKS = _keys(LINKS)
_CONJUNCTIONS = "and|und|et|y|e|ed|en|i|och|og|ja|a|и|та|і|й|ve|και|और|및|與|与|和|és|și|dan|và"
_AND = re.compile(
    rf"\s*(?:,|、|，|;|；|&|＆|・(?=\S+・)|\s(?:{_CONJUNCTIONS})\s|\s(?=و\w)|\s(?=ו\w{{2}}))\s*"
)
_CONJUNCTION = re.compile(rf"[&＆、，；]|\s(?:{_CONJUNCTIONS}|و)\s", re.IGNORECASE)
_SHOUTED = re.compile(_AND.pattern, re.IGNORECASE)
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
_SPLIT = re.compile(r"\s*[|｜·•∙●▪\n]\s*|\s+[-–—]+\s+|\s*[—]\s*|\s{2,}|\s/\s|\t")
_SLASH = re.compile(r"\s*[/／,，;；、(（)）]\s*")
_BRACKETS = "()[]（）【】〔〕「」<>＜＞ \u00a0"
_MARKS = _BRACKETS + ".,;:：|｜/／-–—·•、，=＝@"


@dataclass(slots=True)
class Meta:
    """What a byline or date line says.

    Attributes:
        authors: their names, as written.
        published, updated: the moments, without a zone where none is named.
        loose: a name that stands beside a date without a word such as `by`.
        rest: what else the line says.
        doubts: why a date was not used, or how it was read.
        dated: whether there is a date at all, even one that could not be used.
        labelled: whether a word such as `Published` or `By` says what this is.
    """

    authors: list[str] = field(default_factory=list)
    published: datetime | None = None
    updated: datetime | None = None
    loose: str = ""
    rest: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    dated: bool = False
    labelled: bool = False


def _cased(text: str) -> bool:
    return any(char.isupper() or char.islower() for char in text)


def is_name(text: str, *, full: bool = False) -> bool:
    """Whether this can be the name of a person; `full` asks for two words or more."""
    if not text or any(map(str.isdigit, text)) or width(text) > 48 or text[-1:] in "!?…。:：":
        return False
    parts = text.split()
    if is_label(text) or (len(text) < 2 and _cased(text)):
        return False
    if len(parts) > 6 or (full and len(parts) < 2):
        return False
    if fold(text) in _AGENCIES:
        return True
    if any(not any(char.isalpha() for char in part) for part in parts):
        return False
    if not _cased(text):
        return len(parts) <= 4 and width(text) <= 24
    own = [part for part in parts if part.lower() not in _PARTICLES]
    return bool(own) and all(part[0].isupper() or part[:2] in ("d'", "d’", "l’", "al") for part in own)


def _names(text: str) -> tuple[list[str], list[str]]:
    """The names of a byline behind its label, and what else stands there."""
    text = re.sub(r"\S+@\S+", " ", text).strip(_MARKS)
    if is_name(text) and not _CONJUNCTION.search(text) and "," not in text:
        return [text], []
    parts = [part.strip(_MARKS) for part in (_SHOUTED if text.isupper() else _AND).split(text)]
    if len(parts) > 1 and all(is_name(part) for part in parts) and _CONJUNCTION.search(text):
        names = [part for part in parts if not _ROLES.search(part)]
        return names, [part for part in parts if part not in names]
    head = re.split(
        r"\s*[,，(（/／]\s*|\s+(?:for|in|at|für|pour|para|per|voor|dla|للـ?)\s+", text, maxsplit=1
    )
    if len(head) > 1 and is_name(head[0]):
        return [head[0]], [text[len(head[0]) :].strip(_MARKS)]
    together = [part.strip(_MARKS) for part in re.split(r"\s+(?:and|und|et|y|e|och|og|и)\s+", head[0])]
    if len(head) > 1 and len(together) > 1 and all(is_name(part) for part in together):
        return together, [text[len(head[0]) :].strip(_MARKS)]
    return [], []


_SUFFIX = re.compile(r"(?P<name>\S{2,4}|\S+\s\S+)\s?(?:기자|특파원|記者|选手)(?:\s*=.*|\s*\S+@\S+)?")
_TAIWAN = re.compile(
    r"(?:記者|记者|本报记者|新华社记者|中央社記者)\s*(?P<name>[\u4e00-\u9fff]{2,4})(?:[／/](?P<rest>.{1,12})|[\u4e00-\u9fff]{0,3}(?:报道|報導|報道|電|电))"
)
_LABEL = re.compile(r"\s*[:：／/|｜]\s*|\s[-–—]\s")
# The hour of an update, where the day was named before.
_CLOCK = re.compile(r"\b\d{1,2}\s?[:.h]\s?\d{2}(?:\s?(?:[Uu]hr|h|uur)\b)?")


def _byline(text: str) -> tuple[list[str], list[str]]:
    text = text.strip(_BRACKETS)
    special = _TAIWAN.fullmatch(text) or _SUFFIX.fullmatch(text)
    if special:
        rest = special.groupdict().get("rest")
        return [special["name"].strip(_MARKS)], [rest] if rest else []
    found = _LABEL.search(text)
    if found and key(text[: found.start()]) in _LABELS:
        return _names(text[found.end() :])
    parts = text.split()
    for count in (3, 2, 1):
        label = key(" ".join(parts[:count]))
        if len(parts) <= count or label not in _LABELS:
            continue
        names, rest = _names(" ".join(parts[count:]))
        long = all(len(name.split()) > 1 or name.isupper() or fold(name) in _AGENCIES for name in names)
        if names and (
            long
            or label == "by"
            or (label not in _NOUNS and not _cased(names[0]))
            or (label in _NOUNS and not text.isascii() and not _cased(names[0]))
        ):
            return names, rest
    return [], []


def is_label(text: str) -> bool:
    """Whether the line is only a word such as `By` or `Published`, whose value is on the next line."""
    name = key(text)
    return len(text) < 40 and (name in _LABELS or name in _PUBLISHED or name in _UPDATED)


def _pieces(text: str) -> list[str]:
    return [piece for piece in (one.strip(_BRACKETS) for one in _SPLIT.split(text)) if piece]


def read_meta(text: str, order: Order, book: Book) -> Meta | None:
    """What the line says of author and date; none if it is not a line of that kind."""
    if len(text) > 240:
        return None
    folded, places = fold_mapped(text)
    dates = find_dates(folded, order)
    meta = Meta(dated=bool(dates))
    begin = 0
    update = False
    for date in [*dates, None]:
        stop = places[date.start] if date else len(text)
        gap = text[begin:stop]
        bar = bool(_SPLIT.search(gap)) or "\n" in gap
        # Only what stands directly before a date says which one it is.
        update = False
        for piece in _pieces(gap):
            update = _piece(piece, meta, book, bar and bool(dates))
        if date is None:
            break
        begin = places[date.end]
        if date.doubt:
            meta.doubts.append(date.doubt)
        if date.when is None:
            continue
        if update:
            meta.updated = meta.updated or date.when
        elif meta.published is None:
            meta.published = date.when
    said = " ".join(meta.rest)
    if not (dates or meta.authors):
        return None
    if len(said.split()) > 3 or width(said) > 30 or (said and closes(text) and width(said) > 8):
        return None
    return meta


def _piece(piece: str, meta: Meta, book: Book, bar: bool) -> bool:
    """Read one part of a line into `meta`; true if it announces an update."""
    piece = _CLOCK.sub("", piece).strip(_MARKS)
    name = key(piece)
    if not name or name in _LINKS or name in _DAYS:
        return False
    if name in _UPDATED:
        meta.labelled = True
        return True
    if name in _PUBLISHED:
        meta.labelled = True
        return False
    authors, rest = _byline(piece)
    if authors:
        meta.authors += [author for author in authors if author not in meta.authors]
        meta.rest += rest
        meta.labelled = True
        return False
    words = name.split()
    # `Ilse Brandt, updated on`: the label is the end of what comes before the date.
    for count in (4, 3, 2, 1):
        tail = " ".join(words[-count:])
        if count < len(words) and (tail in _UPDATED or tail in _PUBLISHED or tail in _LINKS or tail in _DAYS):
            parts = piece.split()
            head = " ".join(parts[: max(0, len(parts) - count)]).strip(_MARKS)
            if len(parts) == len(words):
                before = _piece(head, meta, book, bar)
                said = tail not in _LINKS | _DAYS
                meta.labelled = meta.labelled or said
                return tail in _UPDATED if said else before
    hit = book.hit(piece)
    if hit:
        return False
    smaller = [part for part in _SLASH.split(piece) if part.strip(_MARKS)]
    if len(smaller) > 1:
        update = False
        for part in smaller:
            update = _piece(part.strip(_MARKS), meta, book, False)
        return update
    piece = piece.strip(_MARKS)
    if (
        bar
        and not meta.loose
        and _cased(piece)
        and is_name(piece, full=True)
        and len(piece.split()) < 4
        and not _ROLES.search(piece)
    ):
        meta.loose = piece
    elif piece:
        meta.rest.append(piece)
    return False


def loose_name(text: str) -> bool:
    """Whether a line of its own beside a date line reads as a person's name."""
    return (
        _cased(text)
        and is_name(text, full=True)
        and 2 <= len(text.split()) <= 4
        and not text.isupper()
        and not _ROLES.search(text)
    )


def loose_names(text: str) -> list[str]:
    """The persons named on a line that holds nothing else."""
    parts = [part for part in _AND.split(text) if part]
    return parts if parts and len(text) <= 120 and all(map(loose_name, parts)) else []


_DATELINE = re.compile(r"[〔【（(\[]\s*(?P<inner>[^〕】）)\]]{3,24})[〕】）)\]]")


def dateline_authors(text: str) -> list[str]:
    """Who a paragraph that begins with `〔記者王小明／高雄報導〕` was written by."""
    found = _DATELINE.match(text)
    special = found and _TAIWAN.fullmatch(found["inner"])
    return [special["name"]] if special else []
