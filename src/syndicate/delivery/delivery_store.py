"""What the dispatcher needs of a store: the specification that `DeliveryStoreSuite` tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from ..model import Delivery, DeliveryState, Locale, Outcome, SubscriberFilter
from ..model.retry_policy import LONGEST_WAIT


class DeliveryStore(Protocol):
    """The delivery ledger: pending -> claimed -> in_doubt -> accepted | deferred | failed | held."""

    def enqueue(
        self, edition_id: str, newsletter: str, *, now: datetime, segment: SubscriberFilter | None = None
    ) -> int:
        """Create a pending delivery for every confirmed subscriber who has none for this edition.

        A delivery keeps the address, name, language and time zone of this moment. Return the count.

        Args:
            segment: only its subscribers; also in the other methods.
        """
        ...

    def claim(
        self,
        owner: str,
        *,
        now: datetime,
        lease: timedelta,
        limit: int,
        edition_id: str | None = None,
        longest_wait: timedelta = LONGEST_WAIT,
    ) -> list[Delivery]:
        """Claim due deliveries for one worker: left by an expired lease, deferred and due, or pending.

        Those that have been due for longer come first. The cost does not depend on how many are due.
        Each claim gets a fence higher than any before. Deliveries of subscribers who have unsubscribed or
        are suppressed are not claimed but recorded as failed.

        Args:
            longest_wait: a delivery that is due later than this was postponed by a clock that was wrong, and
                is due now; also in `next_due`. The same holds for a lease of more than `LONGEST_LEASE`.
        """
        ...

    def renew(self, deliveries: Sequence[Delivery], *, until: datetime) -> None:
        """Extend the leases of claims that are still owned. Deliveries in doubt keep theirs."""
        ...

    def mark_in_doubt(self, deliveries: Sequence[Delivery], *, until: datetime) -> set[str]:
        """Commit, before the final dot, that these are about to be sent. Return the ids still owned.

        Extends the leases to `until`, so that no other worker claims them before the server can answer.
        """
        ...

    def record_outcomes(
        self,
        outcomes: Sequence[tuple[Delivery, Outcome]],
        *,
        now: datetime,
        in_doubt: Sequence[Delivery] = (),
        until: datetime | None = None,
    ) -> set[str]:
        """Commit outcomes, each with the time at which the delivery is due again if it is not finished.

        Only a delivery that is claimed or in doubt under the same fence changes. Return the ids of those
        that did.

        Args:
            in_doubt: are marked in the same transaction, as `mark_in_doubt` does; their ids are returned too.
            until: the end of their leases.
        """
        ...

    def release(self, deliveries: Sequence[Delivery]) -> None:
        """Return claims that were not used."""
        ...

    def retry_deliveries(
        self, edition_id: str, newsletter: str, *, state: DeliveryState, now: datetime
    ) -> tuple[int, int]:
        """Make the deliveries of an edition in this state due now, as if none had been tried.

        Those of subscribers who have unsubscribed, were removed or are suppressed stay as they are. Return
        how many are due, and how many stay.
        """
        ...

    def record_stop(self, edition_ids: Sequence[str], reason: str | None, *, now: datetime) -> None:
        """Record why the last send of these editions stopped; None if it did not."""
        ...

    def last_stop(self, edition_id: str) -> str | None:
        """Return why the last send of an edition stopped; None if it did not."""
        ...

    def find_in_doubt(self, *, now: datetime) -> list[Delivery]:
        """Return the deliveries in doubt whose lease has expired; `record_outcomes` takes them."""
        ...

    def audience(
        self, edition_id: str, newsletter: str, *, segment: SubscriberFilter | None = None
    ) -> list[str]:
        """Return the addresses that would get an edition now, sorted without regard to case.

        These are confirmed subscribers whose delivery is missing, pending, claimed or deferred.
        """
        ...

    def locales(self, newsletter: str, *, segment: SubscriberFilter | None = None) -> list[Locale]:
        """Return the distinct pairs of language and time zone of all confirmed subscribers, sorted.

        The database computes them: there may be very many subscribers.
        """
        ...

    def counts(self, edition_id: str) -> dict[str, int]:
        """Return the number of an edition's deliveries by state."""
        ...

    def failures(self, edition_id: str, *, limit: int) -> list[tuple[str, str]]:
        """Return the last permanent failures of an edition: address and reason."""
        ...

    def next_due(self, *, now: datetime, longest_wait: timedelta = LONGEST_WAIT) -> datetime | None:
        """Return when the next open delivery is due or its lease expires; None if nothing is open."""
        ...
