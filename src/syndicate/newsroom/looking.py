"""Looking without touching: what is due, what ran, what would go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from heapq import merge
from itertools import islice

from ..config import REFRESH, NewsletterSettings, SourceSettings
from ..delivery import open_transport
from ..digests import load_theme
from ..errors import SyndicateError
from ..feeds import SPELLERS, document
from ..feeds.lint import lint
from ..feeds.lint import problems as lint_problems
from ..model import Article, Due, Edition, EditionStatus, Problem, Reports, ScheduleStatus, Status
from ..ports import Incoming, RawRecord
from ..scheduling import Schedule
from ..selection import named
from ..sources import to_article
from .composing import rendered
from .desk import Desk
from .ingesting import Deferred, open_source, shape_of, told_of_undated
from .linting import judge_rendered
from .planning import all_feeds
from .previewing import sample
from .publishing import articles_of, waiting
from .variants import variants_of
from .wishes import note_of, unmatched

_SHOWN = 3


def coming(desk: Desk, count: int) -> list[Due]:
    """The next slots, soonest first; of the refresh, which would hide the others, only one."""
    now = desk.clock.now()

    def of(schedule: Schedule) -> Iterator[Due]:
        shown = 1 if schedule.name == REFRESH else count
        for slot in islice(schedule.slots(now), shown):
            yield Due(
                schedule=schedule.name,
                slot=slot,
                local=slot.astimezone(schedule.zone),
                note=schedule.note(slot),
            )

    every = (of(schedule) for schedule in desk.settings.schedules())
    return list(islice(merge(*every, key=lambda due: due.slot), count))


def status(desk: Desk) -> Status:
    """What ran, and what is waiting."""
    now = desk.clock.now()
    store = desk.store
    schedules = []
    for schedule in desk.settings.schedules():
        slot = next(schedule.slots(now), None)
        last = next(iter(store.runs(schedule=schedule.name, limit=1)), None)
        note = schedule.note(slot) if slot else ""
        schedules.append(ScheduleStatus(name=schedule.name, next_slot=slot, note=note, last=last))
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


def _held_up(desk: Desk) -> Iterator[Problem]:
    if names := waiting(desk):
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        yield Problem(
            message=f"not published as they should be: {', '.join(names[:_SHOWN])}{more}",
            severity="warning",
            hint="syndicate publish tries again and says why",
        )


def _waiting(editions: list[EditionStatus]) -> Iterator[Problem]:
    for each in editions:
        if each.unsent:
            yield Problem(
                message=f"{each.edition} is composed and not sent",
                severity="note",
                hint=f"syndicate send {each.newsletter} --edition {each.edition}",
            )


def check(desk: Desk) -> Reports:
    """Try everything without keeping or sending anything, and report what would go wrong."""
    articles, told = _read(desk)
    problems = [*told, *_feeds(desk, articles), *_newsletters(desk, articles), *_transport(desk)]
    if not desk.settings.source:
        problems.append(Problem(message="the config has no [[source]]", severity="warning"))
    if not desk.settings.feed and not desk.settings.newsletter:
        problems.append(
            Problem(message="the config has no [[feed]] and no [[newsletter]]", severity="warning")
        )
    return Reports(problems=tuple(dict.fromkeys(problems)))


def _read(desk: Desk) -> tuple[list[Article], list[Problem]]:
    articles: list[Article] = []
    problems: list[Problem] = []
    for settings in desk.settings.source:
        try:
            articles += _of_source(desk, settings, problems)
        except SyndicateError as error:
            problems.append(Problem.of(error))
    return articles, problems


def _of_source(desk: Desk, settings: SourceSettings, problems: list[Problem]) -> Iterator[Article]:
    shape = shape_of(desk, settings)
    undated: list[Incoming] = []
    # What it learns is never committed: the next ingest must not take for known what only a check has seen.
    for item in open_source(desk, settings, Deferred(desk.store), sample=True).read():
        if isinstance(item, Problem):
            problems.append(item)
        if not isinstance(item, RawRecord):
            continue
        incoming, told = to_article(item, shape)
        problems += told
        if incoming:
            if incoming.article.dated is None:
                undated.append(incoming)
            yield incoming.article.model_copy(update={"ingested": desk.clock.now()})
    problems += told_of_undated(undated, "warning")


def _feeds(desk: Desk, articles: list[Article]) -> Iterator[Problem]:
    now = desk.clock.now()
    for settings in desk.settings.feed:
        for feed in (wanted.feed for wanted in all_feeds(desk, settings, now)):
            problems: list[Problem] = []
            shown = articles_of(desk, feed, now) or articles
            try:
                whole = document(feed, shown, problems)
                for kind in feed.formats:
                    found = lint(SPELLERS[kind].whole(whole), url=feed.url(kind))
                    path = feed.path(kind)
                    problems += [each.model_copy(update={"file": path}) for each in lint_problems(found)]
            except SyndicateError as error:
                problems.append(Problem.of(error))
            yield from problems
    if desk.settings.feed and desk.settings.site.base_url is None:
        yield Problem(
            message="feeds will have no self link",
            severity="warning",
            field="site.base_url",
            hint="say where the output folder is served: base_url = ...",
        )


def _newsletters(desk: Desk, articles: list[Article]) -> Iterator[Problem]:
    for settings in desk.settings.newsletter:
        newsletter: NewsletterSettings = desk.newsletter(settings.name)
        shown = articles[: newsletter.limit] or [sample(desk)]
        yield from _named(desk, newsletter, articles)
        yield from _catalogues(desk, newsletter)
        try:
            yield from _letter(desk, newsletter, shown)
        except SyndicateError as error:
            yield Problem.of(error)


def _named(desk: Desk, newsletter: NewsletterSettings, articles: list[Article]) -> Iterator[Problem]:
    names = (*newsletter.pinned, *newsletter.excluded)
    if not all(any(named((name,), article) for article in articles) for name in names):
        articles = [*articles, *(each.article for each in desk.store.articles(now=desk.clock.now()))]
    for field in ("pinned", "excluded"):
        yield from unmatched(
            getattr(newsletter, field),
            articles,
            "no article has this id or link",
            field=f"newsletter.{newsletter.name}.{field}",
        )


def _catalogues(desk: Desk, newsletter: NewsletterSettings) -> Iterator[Problem]:
    """What is wrong with catalogues, whether or not anybody reads their language yet."""
    try:
        catalogues = load_theme(newsletter.theme, desk.base).catalogues
    except SyndicateError:
        # Told with the letter.
        return
    for language in catalogues:
        try:
            catalogues[language]
        except SyndicateError as error:
            yield Problem.of(error).model_copy(update={"severity": "warning"})


def _letter(desk: Desk, newsletter: NewsletterSettings, shown: list[Article]) -> Iterator[Problem]:
    now = desk.clock.now()
    render = partial(
        rendered, desk, newsletter, shown, number=1, date=now, note=note_of(desk, newsletter).html
    )
    digest, message = render()
    yield from judge_rendered(desk, newsletter, digest, message, shown).problems
    edition = Edition(
        id=newsletter.name,
        newsletter=newsletter.name,
        number=1,
        composed_at=now,
        digest=digest,
        articles=tuple(shown),
        message=message.dumps(),
    )
    yield from variants_of(desk, newsletter, edition, render)[1]


def _transport(desk: Desk) -> Iterator[Problem]:
    if not desk.settings.newsletter:
        return

    async def knock() -> None:
        async with open_transport(desk.settings.delivery.transport, desk.base).session():
            pass

    try:
        asyncio.run(knock())
    except SyndicateError as error:
        yield Problem.of(error)
