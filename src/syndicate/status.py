"""`syndicate status` and `syndicate next`: what ran, what is waiting, and what is due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Protocol

from .config import BOUNCES, REFRESH, Settings
from .delivery.bounces.refusals import held_problems
from .delivery.limits.waiting_problems import waiting_problems
from .ingest.mass_changes import describe_held
from .model import (
    BounceStatus,
    Due,
    EditionStatus,
    EditionSummary,
    HeldChange,
    Problem,
    Refusal,
    Run,
    ScheduleStatus,
    Status,
    Waiting,
)
from .scheduling import Schedule

_MAX_EDITIONS = 3
_MAX_NAMES = 3
_BOUNCE_PERIOD = timedelta(days=30)
# Older ones are of a server that was corrected since, or of an edition that nobody sends again.
_HELD_PERIOD = timedelta(days=7)


class StatusStore(Protocol):
    """What the status is made of; the stores of each package specify the methods."""

    def count(self, *, now: datetime) -> int:
        """Return the number of visible articles."""
        ...

    def bounce_counts(self, *, since: datetime) -> Mapping[str, int]:
        """Return the number of bounces and complaints received since a time, by kind."""
        ...

    def held_refusals(self, *, since: datetime) -> list[Refusal]:
        """Return the refusals that were not about the addresses."""
        ...

    def held_changes(self) -> Sequence[HeldChange]:
        """Return the change that is held of each source."""
        ...

    def counts(self, edition_id: str) -> Mapping[str, int]:
        """Return the number of an edition's deliveries by state."""
        ...

    def last_stop(self, edition_id: str) -> str | None:
        """Return why the last send of an edition stopped; None if it did not."""
        ...

    def waiting(self, edition_id: str, *, now: datetime) -> Sequence[Waiting]:
        """Return how many deliveries of an edition wait because of a limit, until when and why."""
        ...

    def editions(self, newsletter: str, *, limit: int = 10) -> list[EditionSummary]:
        """Return the last editions, newest first."""
        ...

    def runs(self, *, schedule: str | None = None, limit: int = 10) -> Sequence[Run]:
        """Return the last runs, the newest first."""
        ...

    def count_subscribers(self) -> int:
        """Return the number of confirmed subscribers."""
        ...


def upcoming_slots(settings: Settings, count: int, now: datetime) -> list[Due]:
    """Return the next slots of all schedules, soonest first.

    Only the next refresh and the next reading of bounces are included.
    """

    def slots_of(schedule: Schedule) -> Iterator[Due]:
        # A refresh every few minutes would fill the whole list.
        limit = 1 if schedule.name in (REFRESH, BOUNCES) else count
        for slot in islice(schedule.slots(now), limit):
            yield Due(
                schedule=schedule.name,
                slot=slot,
                local=slot.astimezone(schedule.zone),
                note=schedule.note(slot),
            )

    slots = merge(*map(slots_of, settings.schedules()), key=lambda due: due.slot)
    return list(islice(slots, count))


def read_status(
    settings: Settings, store: StatusStore, *, failed_feeds: Sequence[str], now: datetime
) -> Status:
    """Return what ran and what is waiting at `now` (UTC).

    Args:
        failed_feeds: names of the feeds that the last publish could not build or write.

    Raises:
        StoreError: the database failed.
    """
    schedules = []
    for schedule in settings.schedules():
        slot = next(schedule.slots(now), None)
        last = next(iter(store.runs(schedule=schedule.name, limit=1)), None)
        note = schedule.note(slot) if slot else ""
        schedules.append(ScheduleStatus(name=schedule.name, next_slot=slot, note=note, last_run=last))
    editions = [
        EditionStatus(
            edition=each.id,
            newsletter=each.newsletter,
            subject=each.subject,
            composed_at=each.composed_at,
            deliveries=store.counts(each.id),
            stopped=store.last_stop(each.id),
            waiting=tuple(store.waiting(each.id, now=now)),
        )
        for newsletter in settings.newsletter
        for each in store.editions(newsletter.name, limit=_MAX_EDITIONS)
    ]
    return Status(
        articles=store.count(now=now),
        subscribers=store.count_subscribers(),
        schedules=tuple(schedules),
        editions=tuple(editions),
        bounces=BounceStatus(**store.bounce_counts(since=now - _BOUNCE_PERIOD)),
        problems=(
            *_report_held_changes(settings, store.held_changes()),
            *_report_failed(failed_feeds),
            *_report_unsent(editions),
            *_report_waiting(editions),
            *held_problems(store.held_refusals(since=now - _HELD_PERIOD)),
        ),
    )


def _report_held_changes(settings: Settings, changes: Sequence[HeldChange]) -> Iterator[Problem]:
    for change in changes:
        if change.source in settings.source_names:
            yield describe_held(change).model_copy(update={"severity": "warning"})


def _report_failed(feeds: Sequence[str]) -> Iterator[Problem]:
    if feeds:
        more = f" and {len(feeds) - _MAX_NAMES} more" if len(feeds) > _MAX_NAMES else ""
        yield Problem(
            message=f"the last publish failed for these feeds: {', '.join(feeds[:_MAX_NAMES])}{more}",
            severity="warning",
            hint="run syndicate publish to try again and see the reason",
        )


def _report_waiting(editions: Sequence[EditionStatus]) -> Iterator[Problem]:
    for each in editions:
        yield from waiting_problems(each.newsletter, each.edition, each.waiting)


def _report_unsent(editions: Sequence[EditionStatus]) -> Iterator[Problem]:
    for each in editions:
        if each.stopped:
            yield Problem(
                message=f"the last send of {each.edition} stopped: {each.stopped}",
                severity="warning",
                hint=f"correct it and run syndicate send {each.newsletter} --edition {each.edition}",
            )
        if not each.is_sent:
            yield Problem(
                message=f"the edition {each.edition} is composed but not sent",
                severity="note",
                hint=f"run syndicate send {each.newsletter} --edition {each.edition}",
            )
