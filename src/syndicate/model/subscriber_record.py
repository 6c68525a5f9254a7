"""All that is kept about one address."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from .base import Frozen
from .bounce import Bounce
from .delivery import DeliveryState
from .subscriber import Subscriber


class SubscriptionRecord(Frozen):
    """A subscription: `on` or `off`, since `changed_at` (UTC)."""

    newsletter: str
    state: Literal["on", "off"]
    changed_at: datetime


class DeliveryRecord(Frozen):
    """A delivery to the subscriber. All times are UTC.

    Attributes:
        code: the last reply code of the server.
        detail: the text of the reply.
    """

    edition_id: str
    email: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    finished_at: datetime | None
    code: int | None
    detail: str


class SuppressionRecord(Frozen):
    """An entry of the suppression list.

    Attributes:
        address_hash: what the list has of the address.
        reason: `unsubscribed` (also: removed), `bounce`, `complaint` or `suppressed`.
        created_at: UTC.
    """

    address_hash: str
    reason: str
    detail: str
    created_at: datetime


class SubscriberRecord(Frozen):
    """All that is kept about one address: what its owner has a right to get (GDPR, Articles 15 and 20).

    Attributes:
        subscriber: profile, tags and consent; None if the data was deleted.
        suppression: why the address gets no mail, if it is on the suppression list.
    """

    subscriber: Subscriber | None
    subscriptions: tuple[SubscriptionRecord, ...] = ()
    deliveries: tuple[DeliveryRecord, ...] = ()
    bounces: tuple[Bounce, ...] = ()
    suppression: SuppressionRecord | None = None
