"""What the processing of bounces needs of a store: the specification that `BounceStoreSuite` tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ...model import Bounce, Delivery, Refusal, Verdict


class BounceStore(Protocol):
    """Bounces and complaints, kept as evidence, and what follows from them for subscribers."""

    def edition_ids(self) -> list[str]:
        """Return the ids of all editions."""
        ...

    def find_delivery(self, edition_id: str, subscriber_id: str, *, is_prefix: bool) -> Delivery | None:
        """Return the delivery of an edition to a subscriber. None if the subscriber was removed.

        Args:
            is_prefix: `subscriber_id` is the start of an id; None if several ids start with it.
        """
        ...

    def find_last_delivery(self, subscriber_id: str, newsletter: str) -> Delivery | None:
        """Return the delivery of the newest edition of a newsletter that a subscriber has a delivery of."""
        ...

    def failed_deliveries(self, *, since: datetime, limit: int) -> list[tuple[Delivery, str, datetime]]:
        """Return deliveries that a server has refused since a time, if no bounce is recorded of them.

        Each with the answer of the server and the time, oldest first.
        """
        ...

    def record_bounces(self, bounces: Sequence[Bounce], *, now: datetime) -> set[str]:
        """Record bounces, and return the ids of those that were not recorded before.

        A complaint suppresses the address in the same transaction, for the reason `complaint`. A bounce of a
        subscriber who was removed is not recorded.
        """
        ...

    def open_refusals(self) -> list[Refusal]:
        """Return the refusals that have an open bounce, each counted over the whole edition."""
        ...

    def held_refusals(self, *, since: datetime) -> list[Refusal]:
        """Return the refusals that have a held bounce received since a time."""
        ...

    def decide_refusal(self, edition_id: str, refusal: str, verdict: Verdict, *, now: datetime) -> int:
        """Give all bounces of an edition with this refusal a verdict.

        `counted` suppresses the addresses of hard ones, for the reason `bounce`. Another verdict undoes what
        an earlier `counted` did, unless the address has a complaint or another hard bounce that counts.
        Dismissed bounces and complaints do not change. Return how many addresses changed.
        """
        ...

    def suppress_repeated(self, *, limit: int, since: datetime, now: datetime) -> int:
        """Suppress confirmed subscribers with soft bounces of so many deliveries. Return how many there were.

        Only bounces that count and were received since a time count.
        """
        ...

    def bounce_counts(self, *, since: datetime) -> dict[str, int]:
        """Return the number of bounces and complaints received since a time, by kind."""
        ...
