"""What subscriber management needs of a store: the specification that `SubscriberStoreSuite` tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from ..model import Subscriber


class SubscriberStore(Protocol):
    """Subscribers, and the suppression list."""

    def add_subscriber(self, new: Subscriber, *, rejoin: bool = False) -> bool:
        """Add an address, or add newsletters to a known one. Return whether anything changed.

        An address that has unsubscribed or is suppressed stays so, unless `rejoin` says that its owner asked
        to be added again.
        """
        ...

    def subscriber(self, email: str) -> Subscriber | None:
        """Return a subscriber by address, ignoring case."""
        ...

    def subscribers(self, newsletter: str | None = None) -> Iterator[Subscriber]:
        """Return all subscribers, or those of one newsletter, by address."""
        ...

    def departures(self) -> list[tuple[str, str]]:
        """Return who has unsubscribed from what: lower-case address and newsletter."""
        ...

    def never_mailed(self) -> list[tuple[str, str]]:
        """Return the suppressed addresses, in lower case, that belong to no subscriber, with the reason."""
        ...

    def leave(self, subscriber_id: str, newsletter: str | None, *, now: datetime) -> bool:
        """Unsubscribe from one newsletter, or from all. Idempotent. False if there is no such subscriber."""
        ...

    def remove_subscriber(self, email: str, *, now: datetime) -> bool:
        """Delete a subscriber's data but keep the address on the suppression list."""
        ...

    def secret(self, name: str) -> str:
        """Return a random key of this store, created by the first call."""
        ...
