"""The subscriber: one address with its consent, its newsletters and its profile."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator

from .base import Email, Frozen, Language, NonEmptyLine, SingleLine

SubscriberState = Literal["pending", "confirmed", "unsubscribed", "suppressed"]

MAX_LENGTH = 64
"""The most characters that a language tag or the name of a time zone may have."""


def _short(value: str) -> str:
    if len(value) > MAX_LENGTH:
        raise ValueError(f"longer than {MAX_LENGTH} characters")
    return value


class Consent(Frozen):
    """How the subscriber consented. `how` is `operator`, `import` or `form`; `at` is UTC."""

    how: NonEmptyLine
    at: datetime
    note: SingleLine = ""


class Profile(Frozen):
    """What messages to a subscriber may show or depend on.

    Each field is optional text. It is a column of the tables `subscriber` and `delivery`, and of CSV files of
    subscribers. A delivery has a copy, so that a later change does not change a message that is being sent.

    Attributes:
        language: BCP 47.
        timezone: an IANA name.
    """

    name: SingleLine = ""
    language: Annotated[Language, AfterValidator(_short)] | None = None
    timezone: Annotated[NonEmptyLine, AfterValidator(_short)] | None = None


PROFILE_FIELDS = tuple(Profile.model_fields)
"""The names of the fields of a profile."""


class Subscriber(Profile):
    """One address with its consent, newsletters and profile.

    Attributes:
        state: only a `confirmed` subscriber gets mail. A `pending` one has not confirmed, an `unsubscribed`
            one wants no newsletter at all, and mail to a `suppressed` one bounces.
        newsletters: names of the newsletters that the address is subscribed to.
    """

    id: str
    email: Email
    state: SubscriberState = "confirmed"
    newsletters: tuple[str, ...] = ()
    consent: Consent | None = None
