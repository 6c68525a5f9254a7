"""Translated messages, dates and numbers, for editions and for web pages.

Catalogues are gettext's PO files. The messages in templates and code are English, so a message without a
translation is shown in English. Babel writes dates and numbers by the Unicode CLDR.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.lists import format_list
from babel.messages.catalog import Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.numbers import format_decimal
from markupsafe import Markup

from .errors import TemplateError, Where
from .resources import templates
from .text.bidi import language_direction

ENGLISH = "en"
CATALOGUE_FOLDER = "locales"
"""The folder beside templates with a file `LANGUAGE.po` for each language."""

# Every plural rule repeats within this range: rules depend on the last two or three digits (gettext, 12.6).
_PLURAL_RANGE = range(1001)
# English without a country writes dates as most of the world does.
_DEFAULT_ENGLISH = Locale("en", "GB")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The translations of one language.

    Attributes:
        messages: the English messages that it translates.
    """

    translations: NullTranslations
    messages: frozenset[str]


Catalogues = Mapping[str, Catalogue]

_NO_TRANSLATIONS = Catalogue(NullTranslations(), frozenset())


@dataclass(frozen=True, slots=True)
class Translator:
    """Translates messages and formats dates and numbers for one language.

    Attributes:
        language: BCP 47, as it was requested: `pt-BR` if the catalogue is that of `pt`.
        locale: the nearest locale that Babel knows.
    """

    language: str
    locale: Locale
    catalogue: Catalogue

    def gettext(self, message: str) -> str:
        """Return the message in this language, or in English if it is not translated."""
        return self.catalogue.translations.gettext(message)

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        """Return the form of the message for this count."""
        return self.catalogue.translations.ngettext(singular, plural, count)

    def html(self, message: str, **values: str) -> Markup:
        """Return the message for HTML; values that are not `Markup` are escaped and isolated.

        A message that is not translated is marked as English.
        """
        isolated = {
            name: value if isinstance(value, Markup) else Markup("<bdi>{}</bdi>").format(value)
            for name, value in values.items()
        }
        html = Markup.escape(self.gettext(message))
        html = html % isolated if values else html
        attributes = lang_attributes(ENGLISH, self.language)
        if message in self.catalogue.messages or not attributes:
            return html
        return Markup("<span{}>{}</span>").format(attributes, html)

    def day(self, moment: datetime | None, zone: tzinfo) -> str:
        """Return a date such as `14 September 2026`; empty without a moment. A naive moment is in UTC."""
        if moment is None:
            return ""
        local = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone)
        return str(format_date(local.date(), "long", locale=self.locale))

    def listed(self, names: Sequence[str]) -> str:
        """Return names as a list such as `Ann, Bob and Carol`."""
        return format_list(names, "standard", self.locale)

    def number(self, number: float) -> str:
        """Return a number with the separators and the digits of the language."""
        return str(format_decimal(number, locale=self.locale))


def translator_for(*languages: str | None, catalogues: Catalogues | None = None) -> Translator:
    """Return a translator for the first language that has a catalogue, else for English.

    Args:
        languages: BCP 47, by preference; a region falls back to its language (RFC 4647, section 3.4).
        catalogues: by language; the shipped ones if absent.

    Raises:
        TemplateError: the catalogue is invalid.
    """
    known = shipped_catalogues() if catalogues is None else catalogues
    for tag in languages:
        if tag and (translator := _translator(tag, known)):
            return translator
    return Translator(ENGLISH, _DEFAULT_ENGLISH, known.get(ENGLISH, _NO_TRANSLATIONS))


def _translator(tag: str, known: Catalogues) -> Translator | None:
    parts = tag.replace("_", "-").split("-")
    for end in range(len(parts), 0, -1):
        name = "-".join(parts[:end]).lower()
        catalogue = known.get(name, _NO_TRANSLATIONS if name == ENGLISH else None)
        if catalogue is not None:
            return Translator("-".join(parts), _nearest_locale(parts), catalogue)
    return None


def _nearest_locale(parts: list[str]) -> Locale:
    if [part.lower() for part in parts] == [ENGLISH]:
        return _DEFAULT_ENGLISH
    for end in range(len(parts), 0, -1):
        try:
            return Locale.parse("-".join(parts[:end]), sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return _DEFAULT_ENGLISH


@lru_cache(maxsize=256)
def lang_attributes(language: str | None, surrounding: str | None) -> Markup:
    """Return the attributes `lang` and `dir` of an element; empty if its surroundings imply them.

    Args:
        language: of the element (BCP 47); None if unknown.
        surrounding: of the element around it; None if unknown.
    """
    if language is None:
        return Markup(' lang="" dir="auto"')
    attributes = Markup()
    if not f"{surrounding or ''}-".lower().startswith(f"{language}-".lower()):
        attributes += Markup(' lang="{}"').format(language)
    direction = language_direction(language)
    if surrounding is None or direction != language_direction(surrounding):
        attributes += Markup(' dir="{}"').format(direction)
    return attributes


@cache
def shipped_catalogues() -> Catalogues:
    """Return the catalogues of this package."""
    return read_catalogues(templates() / CATALOGUE_FOLDER)


def read_catalogues(folder: Path, base: Catalogues | None = None) -> Catalogues:
    """Return the catalogues of a folder, which need not exist; each is read when it is first used.

    Args:
        base: provides the languages and messages that the folder lacks.

    Raises:
        TemplateError: when an invalid catalogue is read.
    """
    files = {file.stem.replace("_", "-").lower(): file for file in sorted(folder.glob("*.po"))}
    return _LazyCatalogues(files, base or {}) if files or base is None else base


class _LazyCatalogues(Mapping[str, Catalogue]):
    """Catalogues by language. Reading one takes milliseconds, and most editions need one of them."""

    def __init__(self, files: Mapping[str, Path], base: Catalogues) -> None:
        self._files = files
        self._base = base
        self._loaded: dict[str, Catalogue] = {}

    def __getitem__(self, language: str) -> Catalogue:
        if language not in self._files:
            return self._base[language]
        if language not in self._loaded:
            catalogue = _read_catalogue(self._files[language])
            if base := self._base.get(language):
                catalogue.translations.add_fallback(base.translations)
                catalogue = Catalogue(catalogue.translations, catalogue.messages | base.messages)
            self._loaded[language] = catalogue
        return self._loaded[language]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self._files, *self._base}))

    def __len__(self) -> int:
        return len({*self._files, *self._base})


def _read_catalogue(file: Path) -> Catalogue:
    where = Where(file=str(file))
    compiled = io.BytesIO()
    raw = b""
    try:
        raw = file.read_bytes()
        catalogue = read_po(io.BytesIO(raw), locale=file.stem.replace("-", "_"), abort_invalid=True)
        write_mo(compiled, catalogue)
        compiled.seek(0)
        translations = GNUTranslations(compiled)
    except PoFileError as error:
        # Babel's message counts lines from 0.
        message = re.sub(r" on \d+$", "", str(error.args[0]))
        raise TemplateError(
            f"not a gettext catalogue: {message}",
            where=Where(file=str(file), line=error.lineno + 1),
            hint='each msgid "..." and msgstr "..." closes its quotation marks on its own line',
        ) from None
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, max(raw.find(error.object), 0) + error.start) + 1
        raise TemplateError(
            "the catalogue is not UTF-8",
            where=Where(file=str(file), line=line),
            hint="save the file as UTF-8 with the header Content-Type: text/plain; charset=UTF-8",
        ) from None
    except (OSError, LookupError, UnknownLocaleError, ValueError) as error:
        plural = "plural" in str(error)
        raise TemplateError(
            f"the catalogue cannot be read: {error}",
            where=Where(file=str(file), line=_plural_line(raw)) if plural else where,
            hint="for example Plural-Forms: nplurals=2; plural=(n != 1);"
            if plural
            else "a PO file in UTF-8, named LANGUAGE.po",
        ) from None
    if catalogue.locale is None:
        raise TemplateError(
            f"dates cannot be written in {file.stem}: the Unicode CLDR has no such language",
            where=where,
            hint="name the catalogue by the code of the language, such as it.po or pt-BR.po",
        )
    _check_plurals(translations, catalogue.num_plurals, Where(file=str(file), line=_plural_line(raw)))
    for each in catalogue:
        _check_placeholders(each, file)
    translated = (_ids(each)[0] for each in catalogue if each.id and each.string)
    return Catalogue(translations, frozenset(translated))


def _ids(message: Message) -> list[str]:
    return [message.id] if isinstance(message.id, str) else [*message.id]


def _plural_line(raw: bytes) -> int | None:
    before, found, _ = raw.partition(b"Plural-Forms:")
    return before.count(b"\n") + 1 if found else None


def _check_plurals(translations: GNUTranslations, forms: int, where: Where) -> None:
    """Raise a TemplateError if the plural rule yields a form that does not exist for some number."""
    rule: Callable[[int], int] = translations.plural  # type: ignore[attr-defined]
    for number in _PLURAL_RANGE:
        try:
            form = rule(number)
        except (ArithmeticError, ValueError):
            form = -1
        if not 0 <= form < forms:
            raise TemplateError(
                f"the catalogue's Plural-Forms have no form for the number {number}",
                where=where,
                hint="nplurals is the number of forms; plural returns one from 0 on",
            )


def _check_placeholders(message: Message, file: Path) -> None:
    """Raise a TemplateError if a translation has placeholders that the message lacks."""
    if not message.id:
        return
    ids = _ids(message)
    strings = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    names = dict.fromkeys(re.findall(r"%\((\w+)\)s", " ".join(ids)), "")
    for each in strings:
        try:
            _ = (each or "") % names
        except (KeyError, TypeError, ValueError):
            raise TemplateError(
                f"the translation of {ids[0]!r} does not match it",
                where=Where(file=str(file), line=message.lineno),
                hint="keep names such as %(number)s as they are, and write % as %%",
            ) from None
