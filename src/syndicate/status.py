"""What ran, what is waiting, and what is due next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from heapq import merge
from itertools import islice

from .config import REFRESH, Settings
from .context import AppContext
from .model import Due, EditionStatus, Problem, ScheduleStatus, Status
from .publishing.site_publisher import failed_feeds
from .scheduling import Schedule

_SHOWN = 3
"""How many editions of a newsletter, and how many names in a list, are shown."""


def coming(settings: Settings, count: int, now: datetime) -> list[Due]:
    """The next slots, soonest first; of the refresh, which would hide the others, only one."""

    def of(schedule: Schedule) -> Iterator[Due]:
        shown = 1 if schedule.name == REFRESH else count
        for slot in islice(schedule.slots(now), shown):
            yield Due(
                schedule=schedule.name,
                slot=slot,
                local=slot.astimezone(schedule.zone),
                note=schedule.note(slot),
            )

    every = (of(schedule) for schedule in settings.schedules())
    return list(islice(merge(*every, key=lambda due: due.slot), count))


def status(desk: AppContext) -> Status:
    """What ran, and what is waiting."""
    now = desk.clock.now()
    store = desk.store
    schedules = []
    for schedule in desk.settings.schedules():
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
        )
        for newsletter in desk.settings.newsletter
        for each in store.editions(newsletter.name, limit=_SHOWN)
    ]
    return Status(
        articles=store.count(now=now),
        subscribers=sum(each.state == "confirmed" for each in store.subscribers()),
        schedules=tuple(schedules),
        editions=tuple(editions),
        problems=(*_held_up(desk), *_waiting(editions)),
    )


def _held_up(desk: AppContext) -> Iterator[Problem]:
    if names := failed_feeds(desk.store):
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        yield Problem(
            message=f"not published completely: {', '.join(names[:_SHOWN])}{more}",
            severity="warning",
            hint="syndicate publish tries again and says why",
        )


def _waiting(editions: list[EditionStatus]) -> Iterator[Problem]:
    for each in editions:
        if not each.is_sent:
            yield Problem(
                message=f"{each.edition} is composed and not sent",
                severity="note",
                hint=f"syndicate send {each.newsletter} --edition {each.edition}",
            )
