"""The letter's own words, its dates and numbers, in the language of whoever reads it.

Catalogues are gettext's; English stands in the templates and in the code, so that a message without a
translation is still a message. Dates and numbers are written as the Unicode CLDR has them, through Babel.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.lists import format_list
from babel.messages.catalog import Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.numbers import format_decimal

from ..errors import TemplateError, Where
from ..resources import templates

ENGLISH = "en"
FOLDER = "locales"
"""Where catalogues stand beside templates, a file `LANGUAGE.po` each."""

Catalogues = Mapping[str, NullTranslations]

_TRIED = 1001


@dataclass(frozen=True, slots=True)
class Translator:
    """A language that the letter speaks.

    Attributes:
        language: BCP 47, as exact as it was asked for: `pt-BR` by the catalogue for `pt`.
        locale: what Babel knows of it.
        catalogue: its words.
    """

    language: str
    locale: Locale
    catalogue: NullTranslations

    def gettext(self, message: str) -> str:
        """The message in this language, else as it is."""
        return self.catalogue.gettext(message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """The form of the message that goes with so many."""
        return self.catalogue.ngettext(one, many, count)

    def day(self, moment: datetime | None, zone: tzinfo) -> str:
        """A date as people write it, such as `14 September 2026`; nothing if there is none.

        A moment without a zone is taken for UTC.
        """
        if moment is None:
            return ""
        local = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone)
        return str(format_date(local.date(), "long", locale=self.locale))

    def listed(self, names: Sequence[str]) -> str:
        """Names one after the other, such as `Ann, Bob and Carol`; nothing if there are none."""
        return format_list(names, "standard", self.locale)

    def number(self, number: float) -> str:
        """A number with the separators, and the digits, of the language."""
        return str(format_decimal(number, locale=self.locale))


def speech(*wanted: str | None, catalogues: Catalogues | None = None) -> Translator:
    """The first of the languages for which there is a catalogue, else English.

    Args:
        wanted: BCP 47, the most wanted first; a region falls back on its language (RFC 4647, section 3.4).
        catalogues: by language; ours if absent.
    """
    known = ours() if catalogues is None else catalogues
    for tag in wanted:
        if tag and (found := _spoken(tag, known)):
            return found
    return Translator(ENGLISH, _DEFAULT_ENGLISH, known.get(ENGLISH) or NullTranslations())


# A letter without a country writes its dates as most of the world does.
_DEFAULT_ENGLISH = Locale("en", "GB")


def _spoken(tag: str, known: Catalogues) -> Translator | None:
    parts = tag.replace("_", "-").split("-")
    for end in range(len(parts), 0, -1):
        name = "-".join(parts[:end]).lower()
        catalogue = known.get(name)
        if catalogue is None and name == ENGLISH:
            catalogue = NullTranslations()
        if catalogue is not None:
            return Translator("-".join(parts), _locale(parts), catalogue)
    return None


def _locale(parts: list[str]) -> Locale:
    """What Babel knows that is nearest to the tag."""
    if [part.lower() for part in parts] == [ENGLISH]:
        return _DEFAULT_ENGLISH
    for end in range(len(parts), 0, -1):
        try:
            return Locale.parse("-".join(parts[:end]), sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return _DEFAULT_ENGLISH


@lru_cache(maxsize=1)
def ours() -> Catalogues:
    """The catalogues that ship with the library."""
    return read_catalogues(templates() / FOLDER)


def read_catalogues(folder: Path, beneath: Catalogues | None = None) -> Catalogues:
    """The catalogues of a folder, each read when it is first asked for.

    Args:
        folder: need not exist.
        beneath: others, for languages and messages that the folder lacks.

    Raises:
        TemplateError: when it is read, if it is no catalogue.
    """
    files = {file.stem.replace("_", "-").lower(): file for file in sorted(folder.glob("*.po"))}
    return _Lazy(files, beneath or {}) if files or beneath is None else beneath


class _Lazy(Mapping[str, NullTranslations]):
    """Catalogues by language; reading one takes milliseconds, and most letters need one."""

    def __init__(self, files: Mapping[str, Path], beneath: Catalogues) -> None:
        self._files = files
        self._beneath = beneath
        self._read: dict[str, NullTranslations] = {}

    def __getitem__(self, language: str) -> NullTranslations:
        if language not in self._files:
            return self._beneath[language]
        if language not in self._read:
            catalogue = _catalogue(self._files[language])
            if language in self._beneath:
                catalogue.add_fallback(self._beneath[language])
            self._read[language] = catalogue
        return self._read[language]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self._files, *self._beneath}))

    def __len__(self) -> int:
        return len({*self._files, *self._beneath})


def _catalogue(file: Path) -> NullTranslations:
    where = Where(file=str(file))
    compiled = io.BytesIO()
    raw = b""
    try:
        raw = file.read_bytes()
        catalogue = read_po(io.BytesIO(raw), locale=file.stem.replace("-", "_"), abort_invalid=True)
        write_mo(compiled, catalogue)
        compiled.seek(0)
        read = GNUTranslations(compiled)
    except PoFileError as error:
        # Its own words count lines from 0.
        message = re.sub(r" on \d+$", "", str(error.args[0]))
        raise TemplateError(
            f"no gettext catalogue: {message}",
            where=Where(file=str(file), line=error.lineno + 1),
            hint='each msgid "..." and msgstr "..." ends its quotation marks on its own line',
        ) from None
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, max(raw.find(error.object), 0) + error.start) + 1
        raise TemplateError(
            "the catalogue is not UTF-8",
            where=Where(file=str(file), line=line),
            hint="save the file as UTF-8, and say so in its header: Content-Type: text/plain; charset=UTF-8",
        ) from None
    except (OSError, LookupError, UnknownLocaleError, ValueError) as error:
        plural = "plural" in str(error)
        raise TemplateError(
            f"the catalogue cannot be read: {error}",
            where=Where(file=str(file), line=_plural_line(raw)) if plural else where,
            hint="such as Plural-Forms: nplurals=2; plural=(n != 1);"
            if plural
            else "a PO file in UTF-8, named LANGUAGE.po",
        ) from None
    if catalogue.locale is None:
        raise TemplateError(
            f"no dates can be written in {file.stem}: the Unicode CLDR knows no such language",
            where=where,
            hint="name the catalogue by the language's code, such as it.po or pt-BR.po",
        )
    _count(read, catalogue.num_plurals, Where(file=str(file), line=_plural_line(raw)))
    for each in catalogue:
        _check(each, file)
    return read


def _plural_line(raw: bytes) -> int | None:
    before, found, _ = raw.partition(b"Plural-Forms:")
    return before.count(b"\n") + 1 if found else None


def _count(read: GNUTranslations, forms: int, where: Where) -> None:
    """Raise a TemplateError for a rule by which some number has a form that is not there.

    Rules go by the last two or three digits of a number at most (gettext, 12.6).
    """
    rule: Callable[[int], int] = read.plural  # type: ignore[attr-defined]
    for number in range(_TRIED):
        try:
            form = rule(number)
        except (ArithmeticError, ValueError):
            form = -1
        if not 0 <= form < forms:
            raise TemplateError(
                f"the catalogue's Plural-Forms have no form for the number {number}",
                where=where,
                hint="nplurals says how many forms there are; plural gives one from 0 on",
            )


def _check(message: Message, file: Path) -> None:
    """Raise a TemplateError for a translation with names in it that nobody fills in."""
    if not message.id:
        return
    ids = [message.id] if isinstance(message.id, str) else [*message.id]
    strings = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    names = dict.fromkeys(re.findall(r"%\((\w+)\)s", " ".join(ids)), "")
    for each in strings:
        try:
            _ = (each or "") % names
        except (KeyError, TypeError, ValueError):
            raise TemplateError(
                f"the translation of {ids[0]!r} does not fit it",
                where=Where(file=str(file), line=message.lineno),
                hint="take over names such as %(number)s as they are, and write % as %%",
            ) from None
