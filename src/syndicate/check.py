"""`syndicate check`: try everything without writing or sending, and report what would go wrong."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from .config import NewsletterSettings, Settings
from .delivery import Transport
from .delivery.bounces.bounce_check import check_bounces
from .delivery.dkim_keys import check_dkim_keys
from .delivery.limits.domains import domain_of_address
from .errors import SyndicateError
from .ingest.trial_ingest import TrialIngest, TrialStore, UnsavedArticles
from .linters.feeds import problems as to_problems
from .model import Edition, Locale, Problem, Report, SubscriberFilter
from .newsletters import load_theme
from .newsletters.article_selection import is_named
from .newsletters.compose_options import warn_unmatched
from .newsletters.edition_lint import lint_message
from .newsletters.localizations import localize
from .newsletters.next_edition import NextEditionStore, plan_next_edition, renderer_of
from .newsletters.segments import segment_of
from .publishing.documents import build_targets
from .publishing.feed_lint import SELF_LINK_RULE, lint_for_publishing
from .publishing.feed_store import ArticleView, SiteFeedStore
from .publishing.site_feeds import SiteFeeds
from .publishing.view_after_ingest import ViewAfterIngest

_DUPLICATE_TIME_RULE = "atom-updated-duplicate"


class CheckStore(TrialStore, ArticleView, SiteFeedStore, NextEditionStore, Protocol):
    """What `check` reads. Nothing is written."""

    def locales(self, newsletter: str, *, segment: SubscriberFilter | None) -> Sequence[Locale]:
        """Return the languages and time zones of the subscribers of a newsletter, or of a segment."""
        ...


def check(
    settings: Settings,
    base: Path,
    store: CheckStore,
    *,
    find_newsletter: Callable[[str], NewsletterSettings],
    open_transport: Callable[[], Transport],
    now: datetime,
) -> Report:
    """Return the problems that an ingest, a publish and a compose at `now` (UTC) would have.

    Args:
        base: the folder of the config.
        find_newsletter: returns the newsletter of a name, with the defaults of the site.
        open_transport: returns the transport, or raises ConfigError.

    Raises:
        StoreError: the database failed.
    """
    with _without_bytecode():
        unsaved = TrialIngest(settings, base).read(settings.source, store, now=now)
    newsletters = [find_newsletter(each.name) for each in settings.newsletter]
    problems = [
        *unsaved.problems,
        *_check_feeds(settings, base, store, unsaved, now),
        *(
            problem
            for newsletter in newsletters
            for problem in _check_newsletter(newsletter, settings, base, store, unsaved, now)
        ),
        *_check_transport(settings, open_transport),
        *check_bounces(settings.bounces, base),
        *check_dkim_keys(settings.delivery, base, newsletters),
        *_check_tables(settings),
        *_check_warm_ups(settings),
    ]
    return Report(problems=tuple(dict.fromkeys(problems)))


@contextmanager
def _without_bytecode() -> Iterator[None]:
    """Keep Python from writing `__pycache__` next to the modules of sources."""
    previous, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = previous


def _check_tables(settings: Settings) -> Iterator[Problem]:
    if not settings.source:
        yield Problem(
            message="the config has no [[source]], so there are no articles",
            severity="warning",
            field="source",
            hint="add a [[source]] table with name, kind and path",
        )
    if not settings.feed and not settings.newsletter:
        yield Problem(
            message="the config has no [[feed]] and no [[newsletter]], so nothing is published",
            severity="warning",
            field="feed",
            hint="add a [[feed]] table with a name",
        )
    if settings.newsletter and settings.web is None:
        yield _unsubscribing_by_mail(settings)
    if settings.feed and settings.site.base_url is None:
        yield Problem(
            message="base_url is missing: feeds have no self link, archive documents no link to each other",
            severity="warning",
            field="site.base_url",
            hint='set it to the URL of the output folder: base_url = "https://example.org/feeds/"',
        )


def _unsubscribing_by_mail(settings: Settings) -> Problem:
    if settings.bounces is None:
        return Problem(
            message="subscribers can unsubscribe by mail only, and nothing reads these mails",
            severity="warning",
            field="web",
            hint="add a [web] table for the unsubscribe page, or a [bounces] table that reads these mails",
        )
    return Problem(
        message="mail programs cannot unsubscribe with one click, as Gmail and Yahoo demand of bulk senders",
        severity="note",
        field="web",
        hint="add a [web] table for the unsubscribe page",
    )


def _check_warm_ups(settings: Settings) -> Iterator[Problem]:
    sending = {domain_of_address(each.sender.email) for each in settings.newsletter}
    for number, warm_up in enumerate(settings.delivery.warm_up, 1):
        if warm_up.domain not in sending:
            yield Problem(
                message=f"no newsletter is sent from {warm_up.domain}, so its warm-up limits nothing",
                severity="warning",
                field=f"delivery.warm_up.{number}.domain",
                hint=f"write the domain of `from`: {', '.join(sorted(sending)) or 'there is no newsletter'}",
            )


def _check_feeds(
    settings: Settings, base: Path, store: CheckStore, unsaved: UnsavedArticles, now: datetime
) -> Iterator[Problem]:
    """Build and lint every document that a publish after an ingest would write."""
    site_feeds = SiteFeeds(store, settings.site, settings.feed)
    targets, conflicts = site_feeds.choose_targets(site_feeds.all_targets(now=now, unsaved=unsaved.articles))
    yield from conflicts
    output = base / settings.site.output
    yield from _check_output(output)
    for target, built, problems in build_targets(ViewAfterIngest(store, unsaved, now=now), targets, now=now):
        yield from problems
        for document_format in target.formats:
            path = output / target.path(document_format)
            if path.is_dir():
                yield Problem(
                    message="a folder has the name of a feed file",
                    file=str(path),
                    hint="remove or rename the folder",
                )
        if built is None:
            continue
        for feed_format in target.feed.formats:
            body, url = built.bodies[feed_format], target.url(feed_format)
            yield from _lint_document(target.path(feed_format), body, url)


def _lint_document(file: str, body: bytes, url: str | None) -> Iterator[Problem]:
    """Report the findings of one feed document, and equal `updated` times only once with their number."""
    # A missing `base_url` is reported once, for all feeds.
    findings = [
        each for each in lint_for_publishing(body, url) if url is not None or each.rule != SELF_LINK_RULE
    ]
    duplicates = [each for each in findings if each.rule == _DUPLICATE_TIME_RULE]
    for problem in to_problems(each for each in findings if each.rule != _DUPLICATE_TIME_RULE):
        yield problem.model_copy(update={"file": file})
    if duplicates:
        count = "1 entry has" if len(duplicates) == 1 else f"{len(duplicates)} entries have"
        yield Problem(
            message=f"{count} the same updated time as an earlier entry, so their order is undefined "
            f"[{_DUPLICATE_TIME_RULE}]",
            severity=duplicates[0].severity,
            file=file,
            id=duplicates[0].place.id,
            hint="give each article a date and time; articles without a date get the time of their ingest",
        )


def _check_output(folder: Path) -> Iterator[Problem]:
    """Report an output folder that cannot be written to. It need not exist yet."""
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        yield Problem(
            message="feed files cannot be written to this folder",
            file=str(folder),
            field="site.output",
            hint="change site.output, or give this user permission to write there",
        )


def _check_newsletter(
    newsletter: NewsletterSettings,
    settings: Settings,
    base: Path,
    store: CheckStore,
    unsaved: UnsavedArticles,
    now: datetime,
) -> Iterator[Problem]:
    yield from _check_names(newsletter, store, unsaved, now)
    yield from _check_catalogues(newsletter, base)
    web_url = settings.web.base_url if settings.web else None
    try:
        yield from _check_edition(newsletter, base, store, unsaved, web_url, now)
    except SyndicateError as error:
        yield Problem.of(error)


def _check_names(
    newsletter: NewsletterSettings, store: CheckStore, unsaved: UnsavedArticles, now: datetime
) -> Iterator[Problem]:
    """Report pinned and excluded ids and links that no article has."""
    articles = [*unsaved.articles]
    names = (*newsletter.pinned, *newsletter.excluded)
    if not all(any(is_named((name,), article) for article in articles) for name in names):
        articles += [each.article for each in store.articles(now=now)]
    for field in ("pinned", "excluded"):
        yield from warn_unmatched(
            getattr(newsletter, field),
            articles,
            "no article has this id or link",
            field=f"newsletter.{newsletter.name}.{field}",
        )


def _check_catalogues(newsletter: NewsletterSettings, base: Path) -> Iterator[Problem]:
    """Report invalid catalogues, including those of languages that no subscriber has."""
    try:
        catalogues = load_theme(newsletter.theme, base).catalogues
    except SyndicateError:
        # Rendering the edition reports it.
        return
    for language in catalogues:
        try:
            catalogues[language]
        except SyndicateError as error:
            yield Problem.of(error).model_copy(update={"severity": "warning"})


def _check_edition(
    newsletter: NewsletterSettings,
    base: Path,
    store: CheckStore,
    unsaved: UnsavedArticles,
    web_url: str | None,
    now: datetime,
) -> Iterator[Problem]:
    """Render and lint the next edition in every language that it would have. No image is fetched."""
    planned = plan_next_edition(newsletter, unsaved, store, now=now)
    render = renderer_of(planned, newsletter, store, folder=base, now=now)
    digest, compiled = render()
    yield from lint_message(newsletter, digest, compiled, planned.articles, web_url=web_url).problems
    edition = Edition(
        id=newsletter.name,
        newsletter=newsletter.name,
        number=planned.number,
        composed_at=now,
        digest=digest,
        articles=planned.articles,
        message=compiled.dumps(),
    )
    catalogues = load_theme(newsletter.theme, base).catalogues
    locales = store.locales(newsletter.name, segment=segment_of(newsletter, base))
    _, problems = localize(newsletter, edition, locales, render, catalogues=catalogues, web_url=web_url)
    yield from problems


def _check_transport(settings: Settings, open_transport: Callable[[], Transport]) -> Iterator[Problem]:
    if not settings.newsletter:
        return
    try:
        asyncio.run(open_transport().check())
    except SyndicateError as error:
        yield Problem.of(error)
