"""What subscriber management needs of a store. `SubscriberStoreSuite` tests what the docstrings specify."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from ..model import Subscriber


class SubscriberStore(Protocol):
    """Subscribers, and the suppression list: addresses that get no mail.

    Case does not distinguish addresses. The suppression list outlives subscribers, so that an import cannot
    bring back an address that was removed.
    """

    def add_subscriber(self, new: Subscriber) -> bool:
        """Add an address, or add newsletters and profile fields to a known one.

        Return whether anything changed. A known address keeps its id, and each profile field that is empty in
        `new`. A confirmed address does not become pending. Nothing changes for an unsubscribed or suppressed
        address, nor for a newsletter that it unsubscribed from. If `new` is suppressed, its address is put
        on the suppression list.
        """
        ...

    def resubscribe(self, new: Subscriber) -> bool:
        """Add an address whose owner asked to be added again. Return whether anything changed.

        Like `add_subscriber`, but an earlier unsubscription or removal is undone. An address that is
        suppressed for another reason, such as a bounce, stays suppressed.
        """
        ...

    def subscriber(self, email: str) -> Subscriber | None:
        """Return a subscriber by address."""
        ...

    def subscribers(self, newsletter: str | None = None) -> Iterator[Subscriber]:
        """Return all subscribers, or those of one newsletter, by address."""
        ...

    def unsubscribed(self) -> list[tuple[str, str]]:
        """Return the pairs of lower-case address and newsletter that have been unsubscribed, sorted."""
        ...

    def suppressed(self) -> list[tuple[str, str]]:
        """Return the addresses on the suppression list that belong to no subscriber, with the reason.

        Addresses are in lower case. The reason is `unsubscribed` for a subscriber who was removed.
        """
        ...

    def unsubscribe(self, subscriber_id: str, newsletter: str | None, *, now: datetime) -> bool:
        """Unsubscribe from one newsletter, or from all. Idempotent. False if there is no such subscriber."""
        ...

    def remove_subscriber(self, email: str, *, now: datetime) -> bool:
        """Delete a subscriber's data, and put the address on the suppression list.

        Open deliveries become failed; finished ones stay, without personal data. An unknown address is put on
        the list too, but the result is False. What is not an email address is ignored.
        """
        ...

    def secret(self, name: str) -> str:
        """Return a random key of this store, created by the first call."""
        ...
