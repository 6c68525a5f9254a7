"""Localizations of an edition, and which of them a subscriber receives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .base import Frozen
from .newsletter import Digest


class LocalizationKey(Frozen):
    """The subscribers that a localization is for.

    Attributes:
        number: counts from 1 within its edition.
        language: of the subscribers (BCP 47).
        timezones: of the subscribers when the edition was composed (IANA). An empty text stands for
            subscribers without a time zone, who receive the dates of the newsletter's.
    """

    number: int
    language: str
    timezones: tuple[str, ...] = ()


class Localization(LocalizationKey):
    """An edition with its messages in another language, or with the dates of other time zones.

    Attributes:
        digest: as it was rendered.
        message: the compiled message as JSON text; every retry sends these bytes.
    """

    digest: Digest
    message: str


def nearest_localization(
    language: str | None, timezone: str | None, localizations: Sequence[LocalizationKey], *, own: str
) -> LocalizationKey | None:
    """Return the localization for a subscriber; None stands for the edition itself.

    Tried in this order: the language and the time zone; any time zone of the language; the language without
    its region (RFC 4647, section 3.4); another region of it; the language of the edition.

    Args:
        language, timezone: the subscriber's (BCP 47, IANA), or None.
        localizations: those of the edition, by number.
        own: the language of the edition.
    """
    zone = timezone or ""
    for tag in _by_specificity(language, [own, *(each.language for each in localizations)]):
        candidates = [each for each in localizations if each.language.lower() == tag]
        for each in candidates:
            if zone in each.timezones:
                return each
        if tag == own.lower():
            return None
        if candidates:
            return candidates[0]
    return nearest_localization(own, timezone, localizations, own=own)


def _by_specificity(language: str | None, known: Sequence[str]) -> Iterator[str]:
    parts = (language or "").lower().split("-")
    for end in range(len(parts), 0, -1):
        yield "-".join(parts[:end])
    yield from (tag.lower() for tag in known if tag.lower().partition("-")[0] == parts[0])
