"""What is kept: articles, editions, subscribers, deliveries, runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from ..errors import Where
from ..model import (
    Article,
    Delivery,
    Edition,
    EditionKey,
    Facet,
    Outcome,
    Reader,
    Run,
    Subscriber,
    Variant,
    VariantKey,
)
from ..model.identity import Standing


@dataclass(frozen=True, slots=True)
class Incoming:
    """An article on its way into the store.

    Attributes:
        article: it, under the id that its record claims.
        key: that its record has in the source.
        where: for messages.
        id_standing, link_standing: how good the source's right to the id and to the link is.
    """

    article: Article
    key: str
    where: Where = field(default_factory=Where)
    id_standing: Standing = Standing.STRANGER
    link_standing: Standing = Standing.STRANGER


@dataclass(frozen=True, slots=True)
class Stored:
    """An article as the store has it.

    `sequence` is the number of its last change; `born` that of its first. Both count over the whole store.
    `source` is the name of its source; `claimed` the id of its record where that belongs to an article of
    another source, none otherwise.
    """

    article: Article
    revision: int
    sequence: int
    born: int
    source: str = ""
    claimed: str | None = None


@dataclass(frozen=True, slots=True)
class Contest:
    """An article whose id or link another source has as well.

    Attributes:
        incoming: it.
        other: the other source.
        hidden: whether only the other's article is shown; otherwise this one has an id of its own.
    """

    incoming: Incoming
    other: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class UpsertResult:
    """What a batch of incoming articles came to.

    `clashes` were not taken in: each with the key of the record of this source that has its id or link.
    `contests` were taken in, and are hidden or have an id of their own.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    clashes: tuple[tuple[Incoming, str], ...] = ()
    contests: tuple[Contest, ...] = ()


class ArticleStore(Protocol):
    """Articles with their revisions and the sequence of changes."""

    def put(
        self,
        source: str,
        batch: Sequence[Incoming],
        now: datetime,
        *,
        seen: set[str],
        retired: Collection[str] = (),
    ) -> UpsertResult:
        """Take in a batch as one transaction.

        A record is matched to an article of the source by its key, else by its id, else by its link; the
        article keeps the id of its first ingest. Where nothing differs, nothing is written; otherwise a new
        revision gets the next sequence number. An article that was withdrawn and comes back is changed.

        Each source has articles of its own, also where another source has the same id or link. The id goes
        to the article that came first, and the other gets one of its own, made from the source's name and the
        id; unless the later one `outranks` the first, which then gives the id up. An article is hidden, and
        visible nowhere, as long as another source has one, not withdrawn, with the same id or link that
        outranks it. To be hidden and to be shown again are changes.

        Args:
            source: the name of the source.
            batch: what to take in, in order.
            now: the moment, UTC; the first ingest of what is new.
            seen: the keys that this read of the source gave before; grows by those of the batch. Two
                records of one read that come to the same article clash, and the first one stands.
            retired: names of sources that are no more; their articles are taken over, ids and all, unless
                the source is a stranger where the article was at home.
        """
        ...

    def withdraw_missing(self, source: str, keys: Iterable[str], now: datetime) -> int:
        """Mark as withdrawn every article of the source whose key is not among these; count them."""
        ...

    def articles(
        self,
        *,
        now: datetime,
        where: Mapping[Facet, Sequence[str]] | None = None,
        without: Mapping[Facet, Sequence[str]] | None = None,
        limit: int | None = None,
        unseen_by: str | None = None,
    ) -> list[Stored]:
        """What is visible at `now` (UTC), newest first by date, then by id; undated articles last.

        Undated articles are visible at once; the last ingested comes first. Articles that are withdrawn,
        hidden or dated in the future are left out. `unseen_by` names a newsletter: only what none of its
        editions had and what its first edition did not count as seen.
        """
        ...

    def facets(self, facet: Facet, *, now: datetime) -> list[str]:
        """The words in use among articles visible at `now`, withdrawn ones included, sorted.

        A word stays when its last article goes: the feed that readers follow turns empty, not missing.
        """
        ...

    def sequence(self) -> int:
        """The number of the last change; 0 in an empty store."""
        ...

    def sources(self) -> set[str]:
        """The names of sources that articles came from."""
        ...

    def count(self, *, now: datetime) -> int:
        """How many articles are visible."""
        ...

    def ids(self, source: str) -> set[str]:
        """The ids of the articles of a source, without withdrawn ones."""
        ...

    def recognise(
        self, source: str, batch: Sequence[Incoming], *, retired: Collection[str] = ()
    ) -> list[str | None]:
        """The id that each article of a batch would have after `put`; None for one that would not be shown.

        Nothing is written.
        """
        ...


@dataclass(frozen=True, slots=True)
class Draft:
    """An edition to be kept: what it shows, what it only counts, and its rendered form.

    `sequence` is the store's from before the articles were looked up, so that what came in since is not
    taken for seen; none means that nothing can have come in. What is in `held` is not taken for seen either.
    `variants` are the edition in other languages and time zones.
    `pictures` are the bytes of those that travel in its mails, by the names that the messages have for them.
    """

    edition: Edition
    shown: Sequence[Stored]
    counted: Sequence[Stored] = ()
    sequence: int | None = None
    held: Sequence[Stored] = ()
    variants: Sequence[Variant] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict)


class EditionStore(Protocol):
    """Editions and what they have consumed."""

    def next_number(self, newsletter: str) -> int:
        """The number that the next edition gets, counted from 1."""
        ...

    def add_edition(self, draft: Draft, *, now: datetime) -> bool:
        """Keep an edition with its variants and pictures, and consume its articles, as one transaction.

        False, with nothing written, if an edition of that number or slot is there already or an article
        has been consumed by another: somebody else composed at the same time. With the first edition of a
        newsletter everything that was born by the draft's sequence and is visible by now counts as seen.
        """
        ...

    def edition(self, edition_id: str) -> Edition | None:
        """An edition by its id."""
        ...

    def edition_for_slot(self, newsletter: str, slot: datetime) -> Edition | None:
        """The edition composed for a slot, if there is one."""
        ...

    def editions(self, newsletter: str, *, limit: int = 10) -> list[EditionKey]:
        """The last editions, newest first, without what is in them."""
        ...

    def consumed(self, newsletter: str, ids: Iterable[str]) -> set[str]:
        """Which of some articles an edition of the newsletter has had, or its first one counted as seen."""
        ...

    def variants(self, edition_id: str) -> list[VariantKey]:
        """For whom there are variants of an edition, by number, without what is in them."""
        ...

    def variant(self, edition_id: str, number: int) -> Variant | None:
        """A variant of an edition by its number."""
        ...

    def pictures(self, edition_id: str) -> dict[str, bytes]:
        """The pictures that travel in an edition's mails and in those of its variants, by name."""
        ...


class SubscriberStore(Protocol):
    """Subscribers, and the list of those who are never mailed."""

    def add_subscriber(self, new: Subscriber, *, rejoin: bool = False) -> bool:
        """Add, or join newsletters to, an address. False if nothing changed.

        Who has left or is suppressed stays so, unless `rejoin` says that the person asked again.
        """
        ...

    def subscriber(self, email: str) -> Subscriber | None:
        """By address, whatever its case."""
        ...

    def subscribers(self, newsletter: str | None = None) -> Iterator[Subscriber]:
        """All, or all of one newsletter, by address."""
        ...

    def departures(self) -> list[tuple[str, str]]:
        """Who has left which newsletter: addresses in lower case, and names."""
        ...

    def never_mailed(self) -> list[tuple[str, str]]:
        """Addresses, in lower case, that are never mailed and belong to nobody who is known; and why."""
        ...

    def leave(self, subscriber_id: str, newsletter: str | None, *, now: datetime) -> bool:
        """Take somebody off one newsletter, or off all; idempotent. False if there is no such subscriber."""
        ...

    def remove_subscriber(self, email: str, *, now: datetime) -> bool:
        """Forget the person but keep the no: the address stays on the suppression list."""
        ...


class DeliveryStore(Protocol):
    """The delivery ledger: pending -> claimed -> in_doubt -> accepted | deferred | failed | held."""

    def enqueue(self, edition_id: str, newsletter: str, *, now: datetime) -> int:
        """Make a pending delivery for every confirmed subscriber without one for this edition; count them.

        Each keeps address, name, language and time zone as they are at this moment.
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
    ) -> list[Delivery]:
        """Take due deliveries for one worker: pending, deferred and due, or left behind by an expired lease.

        Each gets a fence of its own, higher than any before. Who has left or is suppressed by now is not
        given out but failed.
        """
        ...

    def doubt(self, deliveries: Sequence[Delivery], *, until: datetime) -> set[str]:
        """Commit, before the final dot, that these are about to go; give the ids still this worker's.

        Their leases are prolonged, so that nobody else judges them before the server can have answered.
        """
        ...

    def settle(self, outcomes: Sequence[tuple[Delivery, Outcome]], *, now: datetime) -> set[str]:
        """Commit what became of them; give the ids that were still this worker's to settle."""
        ...

    def release(self, deliveries: Sequence[Delivery]) -> None:
        """Give back claims that were not acted on."""
        ...

    def recover(self, *, now: datetime, policy: str) -> int:
        """Deal with deliveries in doubt whose lease is over: `resend` makes them due, `hold` holds them.

        Each counts as an attempt. A first doubt is due at once, a later one when `next_attempt` says, and
        held when that gives up: a server that always hangs up must not get the mail for ever.
        """
        ...

    def audience(self, edition_id: str, newsletter: str) -> list[str]:
        """The addresses of those who would be mailed an edition now, ordered without regard to case.

        Confirmed subscribers without a delivery of it, or with one that is pending, claimed or deferred.
        """
        ...

    def readers(self, newsletter: str) -> list[Reader]:
        """The languages and time zones of those who would be mailed now, each pair once, in one order.

        The work of the database, whatever the number of people.
        """
        ...

    def counts(self, edition_id: str) -> dict[str, int]:
        """Deliveries of an edition by state."""
        ...

    def failures(self, edition_id: str, *, limit: int) -> list[tuple[str, str]]:
        """The last deliveries of an edition that failed for good: address and reason."""
        ...

    def next_due(self) -> datetime | None:
        """When the next open delivery is due or its lease expires; none if nothing is open."""
        ...


class RunStore(Protocol):
    """The run ledger: one run a slot, whatever the number of daemons."""

    def cursor(self, schedule_name: str, *, spec: str, now: datetime, reset: bool = True) -> datetime | None:
        """Up to which moment the slots of this schedule have been decided.

        A schedule that is new, or whose `spec` has changed, starts at `now`: nothing fires at once. None if
        the spec is another one and `reset` is false, or another process changed it at the same moment.
        """
        ...

    def decide(
        self,
        schedule_name: str,
        *,
        after: datetime,
        upto: datetime,
        run_slots: Sequence[datetime],
        skipped: Sequence[tuple[datetime, str]],
        now: datetime,
    ) -> bool:
        """Move the cursor from `after` to `upto`, writing a waiting run or a skipped row for each slot named.

        False, with nothing written, if another daemon moved it first.
        """
        ...

    def take(self, owner: str, *, now: datetime, lease: timedelta, schedules: Sequence[str]) -> Run | None:
        """Take the oldest run that waits or whose lease has expired, of a schedule that runs nothing else."""
        ...

    def extend(self, value: Run, *, until: datetime) -> bool:
        """Prolong the lease. False if the run is somebody else's by now."""
        ...

    def finish(self, value: Run, *, state: str, note: str, now: datetime) -> bool:
        """Record the end of a run. False if the run is somebody else's by now."""
        ...

    def runs(self, *, schedule: str | None = None, limit: int = 10) -> list[Run]:
        """The last runs, newest slot first."""
        ...
