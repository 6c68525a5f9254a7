"""What subscriber management needs of a store. `SubscriberStoreSuite` tests what the docstrings specify."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from ..model import ImportedSubscriber, ImportResult, Subscriber, SubscriberRecord


class SubscriberStore(Protocol):
    """Subscribers, and the suppression list: addresses that get no mail.

    Case does not distinguish addresses. The suppression list outlives subscribers, so that an import cannot
    bring back an address that was removed. It has no addresses, but their HMAC with a key of the store.
    """

    def add_subscriber(self, new: Subscriber) -> bool:
        """Add an address, or add newsletters and profile fields to a known one.

        Return whether anything changed. A known address keeps its id, and each profile field that is empty in
        `new`. Its tags are added. A confirmed address does not become pending. Nothing changes for an
        unsubscribed or suppressed address, nor for a newsletter that it unsubscribed from. If `new` is
        suppressed, its address is put on the suppression list.
        """
        ...

    def import_subscribers(self, batch: Sequence[ImportedSubscriber], *, now: datetime) -> list[ImportResult]:
        """Apply the rows of a file in one transaction, and return what became of each.

        A row without `no_mail` is added as by `add_subscriber`, after its unsubscriptions are recorded,
        except from newsletters that the subscriber gets. One with it makes an address that is unknown or
        pending unsubscribed, suppressed or, if it is `removed`, only suppressed. A suppressed subscriber
        who has unsubscribed becomes unsubscribed. A complaint, or a suppression of unknown reason, replaces
        an earlier bounce or removal, and is recorded for an unsubscribed subscriber too; a bounce is not.
        A confirmed subscriber stays as it is and the row is `unchanged`, unless the row `is_current`: then
        it gets no newsletter any more, unless its owner or an operator has subscribed it since. If the row
        has `no_mail_newsletters`, only those end.

        Args:
            now: the time of unsubscriptions and suppressions that have none (UTC).
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

    def count_subscribers(self) -> int:
        """Return the number of confirmed subscribers."""
        ...

    def subscribers(self, newsletter: str | None = None) -> Iterator[Subscriber]:
        """Return all subscribers, or those of one newsletter, by address."""
        ...

    def subscribers_with_unsubscriptions(self) -> Iterator[tuple[Subscriber, tuple[str, ...]]]:
        """Return all subscribers by address, each with the newsletters that it has unsubscribed from, sorted.

        Only a part of them is in memory.
        """
        ...

    def suppressed(self) -> list[tuple[str, str]]:
        """Return the suppression list without subscribers: the hash of each address, and the reason; sorted.

        The reason is `unsubscribed` for a subscriber who was removed.
        """
        ...

    def suppress_hashes(self, hashes: Sequence[tuple[str, str]], *, now: datetime) -> int:
        """Add entries that `suppressed` of a store with the same key has returned.

        Hashes of addresses of subscribers are left out. Return the number of those that may get mail: they
        are confirmed or pending.
        """
        ...

    def address_key_id(self) -> str:
        """Return an id of the key of the hashes, the same for equal keys; empty if there is none yet."""
        ...

    def subscriber_record(self, email: str) -> SubscriberRecord | None:
        """Return all that is kept about an address; None if nothing is."""
        ...

    def reinstate_subscriber(self, email: str) -> bool:
        """Undo the suppression of a subscriber by a bounce. Return whether there is one.

        A subscriber who was pending before becomes pending.

        Subscribers who have complained or unsubscribed, and removed ones, stay so. The bounces count no
        longer.
        """
        ...

    def reinstate_bounced(self, *, since: datetime, until: datetime) -> int:
        """Do so with all who were suppressed from `since` to before `until` (UTC). Return their number."""
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
