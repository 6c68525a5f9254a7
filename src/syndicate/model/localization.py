"""An edition for readers of other languages and time zones, and which of these somebody gets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .base import Frozen
from .newsletter import Digest


class LocalizationKey(Frozen):
    """For whom a variant of an edition is.

    Attributes:
        number: counts from 1 within its edition.
        language: of its readers (BCP 47).
        timezones: their time zones (IANA), as they were known when it was composed; empty text stands for
            readers without one, whose days are those of the newsletter.
    """

    number: int
    language: str
    timezones: tuple[str, ...] = ()


class Localization(LocalizationKey):
    """An edition with the letter's own words in another language, or its dates in other time zones.

    Attributes:
        digest: as its readers see it.
        message: the compiled message as JSON text; every retry sends these bytes.
    """

    digest: Digest
    message: str


def nearest_localization(
    language: str | None, timezone: str | None, variants: Sequence[LocalizationKey], *, own: str
) -> LocalizationKey | None:
    """The variant for a reader; none means the edition as it is.

    The reader's language and time zone come first, then any time zone of that language, then the language
    without its region, then another region of it (as RFC 4647, section 3.4, goes from the exact to the
    general), then the language of the edition itself.

    Args:
        language, timezone: the reader's, BCP 47 and IANA, or none.
        variants: those of the edition, by number.
        own: the language of the edition's own words.
    """
    zone = timezone or ""
    for tag in _from_exact_to_general(language, [own, *(each.language for each in variants)]):
        same = [each for each in variants if each.language.lower() == tag]
        for each in same:
            if zone in each.timezones:
                return each
        if tag == own.lower():
            return None
        if same:
            return same[0]
    return nearest_localization(own, timezone, variants, own=own)


def _from_exact_to_general(language: str | None, known: Sequence[str]) -> Iterator[str]:
    parts = (language or "").lower().split("-")
    for end in range(len(parts), 0, -1):
        yield "-".join(parts[:end])
    yield from (tag.lower() for tag in known if tag.lower().partition("-")[0] == parts[0])
