"""The debris of scraped pages: the built-in table, what a user adds to it, and how a line is looked up.

The table is `debris.toml` beside this file, and says itself how it is read.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import AfterValidator

from ...model.base import Frozen, NonEmptyLine
from .line_measures import Glob, closes, fold, key, phrase_key, sentences, split_label, tidy, width, words


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of debris; `debris.toml` says what each field means. Phrases are by language."""

    id: str
    kind: Literal["line", "block", "end", "tags", "section", "reply"]
    phrases: Mapping[str, Sequence[str]]
    label: Literal["no", "may", "must"] = "no"
    edge: bool = False
    loose: bool = False


@lru_cache(maxsize=1)
def rows() -> tuple[Row, ...]:
    """The built-in rows, read once."""
    text = files(__package__).joinpath("debris.toml").read_text(encoding="utf-8")
    return tuple(Row(**row) for row in tomllib.loads(text)["row"])


def _whole_line(pattern: str) -> str:
    if not pattern.strip("* "):
        raise ValueError("this would match every line: say what the line holds, and use * for the rest")
    return pattern


LinePattern = Annotated[NonEmptyLine, AfterValidator(_whole_line)]
"""A whole line; `*` stands for any text, also for none; case and accents do not matter, punctuation does."""


class DebrisRules(Frozen):
    """What a user adds to the table: `[source.debris]` in the settings.

    Each is a list of whole-line patterns such as `Vorgelesen von *`.

    Attributes:
        drop: lines to drop, wherever they stand.
        end: lines at which the article ends; they are dropped with all that follows.
        keep: lines that are never dropped, whatever another rule says.
        builtin: whether the built-in table is used too.
    """

    drop: tuple[LinePattern, ...] = ()
    end: tuple[LinePattern, ...] = ()
    keep: tuple[LinePattern, ...] = ()
    builtin: bool = True


NO_RULES = DebrisRules()


@dataclass(frozen=True, slots=True)
class Hit:
    """What the rules say of a line.

    Attributes:
        id: the row, or the user's pattern.
        kind: as in `Row`, and `cut` for what a user names as the end.
        edge: as in `Row`.
        weak: only the end of the line was matched, so that it needs a neighbour of its kind.
        plain: the phrase says enough to stand for itself, being of several words or with a number.
        rest: what follows the label, if it was one.
    """

    id: str
    kind: str
    edge: bool = False
    weak: bool = False
    plain: bool = True
    rest: str = ""


# A sentence is taken for debris only on the word of a phrase that is longer than this.
_LONG_PHRASE = 12
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class _Table:
    exact: dict[str, Row]
    labels: dict[str, Row]
    openings: dict[str, list[tuple[Glob, int, Row]]]
    endings: list[tuple[Glob, int, Row]]


@lru_cache(maxsize=1)
def _builtin() -> _Table:
    table = _Table({}, {}, {}, [])
    for row in rows():
        for phrases in row.phrases.values():
            for phrase in phrases:
                pieces = [phrase_key(piece) for piece in phrase.split("*")]
                if len(pieces) == 1:
                    if row.label != "must":
                        table.exact.setdefault(pieces[0], row)
                    if row.label != "no":
                        table.labels.setdefault(pieces[0], row)
                    continue
                # A star beside a space leaves whole words: `more from *` is not met by `more fromage`.
                for place, piece in enumerate(phrase.split("*")):
                    before = " " if piece.startswith(" ") and place else ""
                    after = " " if piece.endswith(" ") and place < len(pieces) - 1 else ""
                    pieces[place] = f"{before}{pieces[place]}{after}" if pieces[place] else ""
                entry = (Glob(tuple(pieces)), width("".join(pieces).strip()), row)
                if pieces[0]:
                    table.openings.setdefault(pieces[0][:2], []).append(entry)
                else:
                    table.endings.append(entry)
    return table


def _labels_a_sentence(row: Row, text: str, label: str, rest: str) -> bool:
    """Whether a label is strong enough for what reads as a sentence behind it."""
    colon = text[len(label) :].lstrip()[:1] in (":", "：")
    if not colon or row.kind in ("tags", "section"):
        return False
    if row.kind == "block":
        return words(label) > 1 and width(rest) < 120 and sentences(rest) < 3
    return width(rest) < 60 and sentences(rest) < 2


_TRAIL = re.compile(r"[>→＞❯»›/]")
_PARTS = re.compile(r"\s*[|｜·•/>»,，、]\s*")


def _row_of_words(text: str, table: _Table) -> list[Row]:
    """The rows of a line that is a menu or a bar of buttons: `Home | News | Sport`, `Share Tweet Print`."""
    known: list[Row] = []
    for part in _PARTS.split(text):
        names = key(part).split()
        begin = 0
        while begin < len(names):
            for end in range(min(len(names), begin + 8), begin, -1):
                row = table.exact.get(" ".join(names[begin:end]))
                if row and row.kind in ("line", "block"):
                    known.append(row)
                    begin = end
                    break
            else:
                return []
    return known if len(known) > 1 else []


_CREDIT = re.compile(r"(?:[.!?。！？)\]|/(（–—-]\s*|^)(?P<label>[^\W\d][^:：.!?。]{1,24})\s*[:：]\s*\S")


def _credit(text: str, table: _Table) -> Row | None:
    """The row of a caption that ends with the name of the photographer: `The quay. Photo: A. Berg`."""
    for found in _CREDIT.finditer(text):
        row = table.labels.get(key(found["label"]))
        if row and (row.id == "image credit" or (row.id == "source" and found[0][0] in "(（")):
            return row
    return None


def _look_up(text: str) -> Hit | None:
    table = _builtin()
    name = key(text)
    row = table.exact.get(name)
    plain = "#" in name or words(text) > (1 if text.isascii() or width(text) == len(text) else 2)
    if row:
        return Hit(row.id, row.kind, row.edge, plain=plain)
    label, rest = split_label(text)
    row = table.labels.get(key(label)) if rest else None
    if row and (not closes(text) or _labels_a_sentence(row, text, label, rest)):
        return Hit(row.id, row.kind, row.edge, rest=rest)
    sentence = closes(text)
    if not sentence and width(text) <= 160:
        rows = _row_of_words(text, table)
        # A breadcrumb is left to who reads the section from it.
        if rows and not (rows[0].id in ("navigation", "menu") and _TRAIL.search(text)):
            return Hit(rows[0].id, "line", all(row.edge for row in rows))
        caption = _credit(text, table)
        if caption:
            return Hit(caption.id, caption.kind)
    for glob, size, row in table.openings.get(name[:2], []):
        allowed = not sentence or (row.loose and size >= _LONG_PHRASE) or (sentence and text[-1] == "*")
        if allowed and glob.matches(name):
            return Hit(row.id, row.kind, row.edge)
    if width(text) <= 160 and sentences(text) < 3:
        for glob, _, row in table.endings:
            if (not sentence or row.loose) and glob.matches(name):
                return Hit(row.id, row.kind, row.edge, weak=True)
    return None


class Book:
    """The rules, ready to be asked about one line after another."""

    def __init__(self, rules: DebrisRules) -> None:
        self._builtin = rules.builtin
        self._keep = [(pattern, Glob.of(fold(tidy(pattern)))) for pattern in rules.keep]
        self._cut = [(pattern, Glob.of(fold(tidy(pattern)))) for pattern in rules.end]
        self._drop = [(pattern, Glob.of(fold(tidy(pattern)))) for pattern in rules.drop]

    def keeps(self, text: str) -> bool:
        """Whether the user wants this line kept."""
        return bool(self._keep) and any(glob.matches(fold(text)) for _, glob in self._keep)

    def hit(self, text: str) -> Hit | None:
        """What the rules say of this line; nothing if it may be text."""
        if self._cut or self._drop:
            folded = fold(text)
            for pattern, glob in self._cut:
                if glob.matches(folded):
                    return Hit(f"end = {pattern!r} of your settings", "cut")
            for pattern, glob in self._drop:
                if glob.matches(folded):
                    return Hit(f"drop = {pattern!r} of your settings", "line")
        return _look_up(text) if self._builtin and len(text) <= _LONGEST else None
