"""The subscriber: one address with its consent, its newsletters and its profile."""

from __future__ import annotations

from dataclasses import dataclass
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
    """The record of a consent (GDPR, Article 7).

    Attributes:
        how: `operator`, `import` or `form`.
        at: UTC.
        note: such as the product that an imported address comes from.
        text: what the subscriber agreed to: the text of the form, or its URL.
        ip: the IP address of the subscriber.
    """

    how: NonEmptyLine
    at: datetime
    note: SingleLine = ""
    text: SingleLine = ""
    ip: SingleLine = ""


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
        tags: sorted; they select the subscribers of a newsletter, see `Segment`.
    """

    id: str
    email: Email
    state: SubscriberState = "confirmed"
    newsletters: tuple[str, ...] = ()
    tags: tuple[NonEmptyLine, ...] = ()
    consent: Consent | None = None


NoMailReason = Literal["unsubscribed", "bounce", "complaint", "suppressed", "removed"]
"""Why an address gets no mail: its owner unsubscribed, was removed or complained; or mail to it bounces.

`suppressed` is a bounce or a complaint of a file that does not say which.
"""


@dataclass(frozen=True, slots=True)
class ImportedSubscriber:
    """One address of an import.

    Attributes:
        subscriber: with the newsletters that it is subscribed to. A pending one has none: only its
            unsubscriptions are recorded.
        unsubscribed: names of newsletters that it has unsubscribed from.
        no_mail: why it gets no mail; None if it does.
        no_mail_since: when it unsubscribed or was suppressed (UTC).
        no_mail_newsletters: names of the newsletters that `no_mail` is about; if empty, all.
        is_current: `no_mail` is not older than what the store knows; it ends earlier subscriptions.
    """

    subscriber: Subscriber
    unsubscribed: tuple[str, ...] = ()
    no_mail: NoMailReason | None = None
    no_mail_since: datetime | None = None
    no_mail_newsletters: tuple[str, ...] = ()
    is_current: bool = False


ImportResult = Literal["added", "unchanged", "declined", "not_mailed"]
"""What became of an imported address.

`added`: it is new or has changed. `unchanged`: it was known. `declined`: it has unsubscribed or is
suppressed, and was not subscribed again. `not_mailed`: the import says that it gets no mail; it is recorded.
If it gets mail all the same, because the store knows better, it is `unchanged`.
"""
