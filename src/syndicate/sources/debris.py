"""The debris of scraped pages: the built-in table, what a user adds to it, and how a line is looked up.

The rows stand in `scraped_buttons`, `scraped_boxes`, `scraped_furniture` and `scraped_frame`; `scraped_row`
says how they are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator

from ..model.base import Filled, Frozen
from .scraped_boxes import BOXES
from .scraped_buttons import BUTTONS
from .scraped_frame import FRAME
from .scraped_furniture import FURNITURE
from .scraped_row import Row
from .scraped_text import Glob, closes, fold, key, sentences, split_label, tidy, width, words

TABLE: tuple[Row, ...] = BUTTONS + BOXES + FURNITURE + FRAME
"""Where two rows have the same phrase, the first one counts."""


def _whole_line(pattern: str) -> str:
    if not pattern.strip("* "):
        raise ValueError("this would match every line: say what the line holds, and use * for the rest")
    return pattern


LinePattern = Annotated[Filled, AfterValidator(_whole_line)]
"""A whole line; `*` stands for any text, also for none; case and accents do not matter, punctuation does."""


class Rules(Frozen):
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


DEFAULT = Rules()


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
    for row in TABLE:
        for phrases in row.phrases.values():
            for phrase in phrases.split("|"):
                pieces = [key(piece) for piece in phrase.split("*")]
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


def _look_up(text: str) -> Hit | None:
    table = _builtin()
    name = key(text)
    row = table.exact.get(name)
    plain = "#" in name or words(text) > (1 if text.isascii() or width(text) == len(text) else 2)
    if row:
        return Hit(row.id, row.kind, row.edge, plain=plain)
    label, rest = split_label(text)
    row = table.labels.get(key(label)) if rest else None
    if row and (sentences(rest) < 2 or width(rest) < 60):
        return Hit(row.id, row.kind, row.edge, rest=rest)
    sentence = closes(text)
    for glob, size, row in table.openings.get(name[:2], []):
        allowed = not sentence or (row.loose and size >= _LONG_PHRASE) or sentence and text[-1] == "*"
        if allowed and glob.matches(name):
            return Hit(row.id, row.kind, row.edge)
    if width(text) <= 160 and sentences(text) < 3:
        for glob, _, row in table.endings:
            if (not sentence or row.loose) and glob.matches(name):
                return Hit(row.id, row.kind, row.edge, weak=True)
    return None


class Book:
    """The rules, ready to be asked about one line after another."""

    def __init__(self, rules: Rules) -> None:
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
