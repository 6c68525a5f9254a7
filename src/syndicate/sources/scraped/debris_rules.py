"""The rules for the debris of scraped pages: lines that belong to the page and not to the article.

The built-in rules are in `debris.toml` beside this file, with a description. Users add patterns.
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
from .line_measures import (
    SPACES_BEFORE,
    Glob,
    comparison_key,
    count_sentences,
    count_words,
    ends_sentence,
    fold,
    normalize_spaces,
    phrase_key,
    split_label,
    width,
)


@dataclass(frozen=True, slots=True)
class DebrisKind:
    """One kind of debris; `debris.toml` describes the fields. Phrases are by language."""

    id: str
    kind: Literal["line", "block", "end", "tags", "section", "reply"]
    phrases: Mapping[str, Sequence[str]]
    label: Literal["no", "may", "must"] = "no"
    edge: bool = False
    loose: bool = False


@lru_cache(maxsize=1)
def debris_kinds() -> tuple[DebrisKind, ...]:
    """Return the built-in kinds."""
    text = files(__package__).joinpath("debris.toml").read_text(encoding="utf-8")
    return tuple(DebrisKind(**row) for row in tomllib.loads(text)["row"])


def _whole_line(pattern: str) -> str:
    if not pattern.strip("* "):
        raise ValueError("this would match every line: say what the line holds, and use * for the rest")
    return pattern


LinePattern = Annotated[NonEmptyLine, AfterValidator(_whole_line)]
"""A pattern for a whole line; `*` stands for any text, also for none. Case and accents do not matter."""


class DebrisRules(Frozen):
    """`[source.debris]`: patterns of whole lines, such as `Vorgelesen von *`.

    Attributes:
        drop: lines to drop, wherever they stand.
        end: lines at which the article ends; they are dropped with everything after them.
        keep: lines that no rule drops.
        builtin: whether the built-in rules apply too.
    """

    drop: tuple[LinePattern, ...] = ()
    end: tuple[LinePattern, ...] = ()
    keep: tuple[LinePattern, ...] = ()
    builtin: bool = True


NO_RULES = DebrisRules()


@dataclass(frozen=True, slots=True)
class RuleMatch:
    """The rule that matches a line.

    Attributes:
        id: of the kind of debris, or the user's pattern.
        kind: as in `DebrisKind`, or `cut` for an end that the user named.
        edge: as in `DebrisKind`.
        is_weak: only the end of the line matched, so that a neighbour must be debris too.
        is_specific: the phrase has several words or a number, and needs no neighbour.
        rest: the text after the label, if the phrase is a label.
    """

    id: str
    kind: str
    edge: bool = False
    is_weak: bool = False
    is_specific: bool = True
    rest: str = ""


# Only a phrase that is longer than this makes a sentence debris.
_LONG_PHRASE = 12
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class _PhraseTable:
    exact: dict[str, DebrisKind]
    labels: dict[str, DebrisKind]
    openings: dict[str, list[tuple[Glob, int, DebrisKind]]]
    endings: list[tuple[Glob, int, DebrisKind]]


@lru_cache(maxsize=1)
def _phrase_table() -> _PhraseTable:
    table = _PhraseTable({}, {}, {}, [])
    for row in debris_kinds():
        for phrases in row.phrases.values():
            for phrase in phrases:
                parts = [phrase_key(part) for part in phrase.split("*")]
                if len(parts) == 1:
                    if row.label != "must":
                        table.exact.setdefault(parts[0], row)
                    if row.label != "no":
                        table.labels.setdefault(parts[0], row)
                    continue
                # A star beside a space matches whole words only: `more from *` does not match `more fromage`.
                for index, part in enumerate(phrase.split("*")):
                    before = " " if part.startswith(" ") and index else ""
                    after = " " if part.endswith(" ") and index < len(parts) - 1 else ""
                    parts[index] = f"{before}{parts[index]}{after}" if parts[index] else ""
                entry = (Glob(tuple(parts)), width("".join(parts).strip()), row)
                if parts[0]:
                    table.openings.setdefault(parts[0][:2], []).append(entry)
                else:
                    table.endings.append(entry)
    return table


def _labels_a_sentence(row: DebrisKind, text: str, label: str, rest: str) -> bool:
    """Return whether a label makes a line debris although a sentence follows it."""
    colon = text[len(label) :].lstrip()[:1] in (":", "：")
    if not colon or row.kind in ("tags", "section"):
        return False
    if row.kind == "block":
        return count_words(label) > 1 and width(rest) < 120 and count_sentences(rest) < 3
    return width(rest) < 60 and count_sentences(rest) < 2


_TRAIL = re.compile(r"[>→＞❯»›/]")
_PARTS = re.compile(rf"{SPACES_BEFORE}[|｜·•/>»,，、]\s*")


def _rows_of_phrases(text: str, table: _PhraseTable) -> list[DebrisKind]:
    """Return the kinds in a menu or a bar of buttons: `Home | News | Sport`, `Share Tweet Print`."""
    known: list[DebrisKind] = []
    for part in _PARTS.split(text):
        names = comparison_key(part).split()
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


def _match_credit(text: str, table: _PhraseTable) -> DebrisKind | None:
    """Return the kind of a caption that ends with an image credit, such as `The quay. Photo: A. Berg`."""
    for found in _CREDIT.finditer(text):
        row = table.labels.get(comparison_key(found["label"]))
        if row and (row.id == "image credit" or (row.id == "source" and found[0][0] in "(（")):
            return row
    return None


def _match_built_in(text: str) -> RuleMatch | None:
    table = _phrase_table()
    name = comparison_key(text)
    row = table.exact.get(name)
    is_specific = "#" in name or count_words(text) > (1 if text.isascii() or width(text) == len(text) else 2)
    if row:
        return RuleMatch(row.id, row.kind, row.edge, is_specific=is_specific)
    label, rest = split_label(text)
    row = table.labels.get(comparison_key(label)) if rest else None
    if row and (not ends_sentence(text) or _labels_a_sentence(row, text, label, rest)):
        return RuleMatch(row.id, row.kind, row.edge, rest=rest)
    sentence = ends_sentence(text)
    if not sentence and width(text) <= 160:
        debris_kinds = _rows_of_phrases(text, table)
        # A breadcrumb is not debris here: `title` reads the section from it.
        if debris_kinds and not (debris_kinds[0].id in ("navigation", "menu") and _TRAIL.search(text)):
            return RuleMatch(debris_kinds[0].id, "line", all(row.edge for row in debris_kinds))
        caption = _match_credit(text, table)
        if caption:
            return RuleMatch(caption.id, caption.kind)
    for glob, size, row in table.openings.get(name[:2], []):
        allowed = not sentence or (row.loose and size >= _LONG_PHRASE) or (sentence and text[-1] == "*")
        if allowed and glob.matches(name):
            return RuleMatch(row.id, row.kind, row.edge)
    if width(text) <= 160 and count_sentences(text) < 3:
        for glob, _, row in table.endings:
            if (not sentence or row.loose) and glob.matches(name):
                return RuleMatch(row.id, row.kind, row.edge, is_weak=True)
    return None


class RuleSet:
    """The rules of the user and the built-in ones."""

    def __init__(self, rules: DebrisRules) -> None:
        self._phrase_table = rules.builtin
        self._kept = [(pattern, Glob.of(fold(normalize_spaces(pattern)))) for pattern in rules.keep]
        self._ends = [(pattern, Glob.of(fold(normalize_spaces(pattern)))) for pattern in rules.end]
        self._dropped = [(pattern, Glob.of(fold(normalize_spaces(pattern)))) for pattern in rules.drop]

    def keeps(self, text: str) -> bool:
        """Return whether a rule of the user keeps a line."""
        return bool(self._kept) and any(glob.matches(fold(text)) for _, glob in self._kept)

    def match(self, text: str) -> RuleMatch | None:
        """Return the rule that matches a line, or None."""
        if self._ends or self._dropped:
            folded = fold(text)
            for pattern, glob in self._ends:
                if glob.matches(folded):
                    return RuleMatch(f"end = {pattern!r} of your settings", "cut")
            for pattern, glob in self._dropped:
                if glob.matches(folded):
                    return RuleMatch(f"drop = {pattern!r} of your settings", "line")
        return _match_built_in(text) if self._phrase_table and len(text) <= _LONGEST else None
