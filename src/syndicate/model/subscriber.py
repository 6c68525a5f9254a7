"""The subscriber: one address, what it agreed to, and how it wants it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from .base import Email, Frozen, Language, Line, NonEmptyLine

SubscriberState = Literal["pending", "confirmed", "left", "suppressed"]


class Consent(Frozen):
    """How the agreement came about. `how` is `operator`, `import` or `form`; `at` is UTC."""

    how: NonEmptyLine
    at: datetime
    note: Line = ""


class Subscriber(Frozen):
    """One address with its consent, newsletters, language and time zone.

    Only a `confirmed` subscriber is mailed. `left` said no; `suppressed` is an address that no mail may
    go to whatever it says (a hard bounce, a complaint).
    """

    id: str
    email: Email
    name: Line = ""
    state: SubscriberState = "confirmed"
    newsletters: tuple[str, ...] = ()
    language: Language | None = None
    timezone: NonEmptyLine | None = None
    consent: Consent | None = None
