"""The locale of a subscriber."""

from __future__ import annotations

from .base import Frozen, Language, NonEmptyLine


class Locale(Frozen):
    """The language and the time zone of messages and dates; the newsletter's own if absent.

    Attributes:
        language: BCP 47.
        timezone: an IANA name.
    """

    language: Language | None = None
    timezone: NonEmptyLine | None = None
