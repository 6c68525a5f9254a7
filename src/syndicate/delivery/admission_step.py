"""The protocol of admission: what the dispatcher asks between claiming and sending."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ..model import Delivery, Outcome
from .limits.admission_plan import Admitted


class AdmissionStep(Protocol):
    """Decides which claimed deliveries may go now, and through which relay."""

    def admit(
        self, deliveries: Sequence[Delivery], relays: Sequence[str], busy: Sequence[str]
    ) -> list[Admitted]:
        """Return the deliveries that may go, by time. The others are no longer claimed.

        Runs in a thread.

        Args:
            relays: the names of those that work, at least one.
            busy: which of them have enough to do, and get more only if no other one may take it.

        Raises:
            StoreError: the database failed.
        """
        ...

    def due_soon(self, until: datetime) -> list[datetime]:
        """Return when deliveries that the last `admit` postponed are due again, up to a time."""
        ...

    def enter(self, delivery: Delivery) -> bool:
        """Use a connection to the domain of a delivery. Return False if all that are allowed are in use."""
        ...

    def leave(self, delivery: Delivery) -> None:
        """End the use of a connection that `enter` began."""
        ...

    def note_outcome(self, relay: str, delivery: Delivery, outcome: Outcome) -> None:
        """Note what became of a delivery that was admitted."""
        ...

    def note_unused(self, deliveries: Sequence[Delivery]) -> None:
        """Note that deliveries were admitted and not tried."""
        ...

    def hold_back(self, edition_id: str, reason: str) -> None:
        """Let other editions go first, if any is due, because the server refuses this one. Runs in a thread.

        Raises:
            StoreError: the database failed.
        """
        ...

    def settle(self) -> None:
        """Store what was noted. Runs in a thread.

        Raises:
            StoreError: the database failed.
        """
        ...
