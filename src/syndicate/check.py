"""Looking without touching: what would go wrong."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from .config import NewsletterSettings
from .context import AppContext
from .delivery import Transport
from .dry_run.preview import sample
from .dry_run.unsaved import StoreAfterIngest, UnsavedArticles, UnsavedReader
from .errors import SyndicateError
from .linters.feeds import lint
from .linters.feeds import problems as lint_problems
from .model import Article, Edition, Problem, Reports
from .newsletters import load_theme
from .newsletters.article_selection import is_named
from .newsletters.compose_options import warn_unmatched
from .newsletters.edition_lint import lint_message
from .newsletters.edition_message import render_message
from .newsletters.editor_note import load_note
from .newsletters.localizations import localize
from .publishing.documents import build_targets
from .publishing.site_feeds import SiteFeeds


def check(desk: AppContext, open_transport: Callable[[], Transport]) -> Reports:
    """Try everything without writing or sending anything, and report what would go wrong.

    The desk's store may be one that can only be read.
    """
    with _no_bytecode():
        drafts = UnsavedReader(desk).read(desk.settings.source)
    articles = list(drafts.articles)
    problems = [
        *drafts.problems,
        *_feeds(desk, drafts),
        *_newsletters(desk, articles),
        *_transport(desk, open_transport),
    ]
    if not desk.settings.source:
        problems.append(Problem(message="the config has no [[source]]", severity="warning"))
    if not desk.settings.feed and not desk.settings.newsletter:
        problems.append(
            Problem(message="the config has no [[feed]] and no [[newsletter]]", severity="warning")
        )
    return Reports(problems=tuple(dict.fromkeys(problems)))


@contextmanager
def _no_bytecode() -> Iterator[None]:
    """Python writes no `__pycache__` beside the modules of sources."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before


def _feeds(desk: AppContext, drafts: UnsavedArticles) -> Iterator[Problem]:
    """What a publish after an ingest would report, and what the linter says of every document."""
    now = desk.clock.now()
    site_feeds = SiteFeeds(desk.store, desk.settings.site, desk.settings.feed)
    targets, name_conflicts = site_feeds.claim_names(site_feeds.all_targets(now=now, unsaved=drafts.articles))
    yield from name_conflicts
    view = StoreAfterIngest(desk.store, drafts, now=now)
    output = desk.base / desk.settings.site.output
    yield from _output(output)
    for target, built, problems in build_targets(view, targets, now=now):
        yield from problems
        for path in (output / target.path(each) for each in target.formats):
            if path.is_dir():
                yield Problem(
                    message="a folder has the name of a feed file",
                    file=str(path),
                    hint="remove or rename the folder",
                )
        for kind in target.feed.formats if built else ():
            assert built is not None
            found = lint_problems(lint(built.bodies[kind], url=target.url(kind)))
            yield from (each.model_copy(update={"file": target.path(kind)}) for each in found)
    if desk.settings.feed and desk.settings.site.base_url is None:
        yield Problem(
            message="feeds will have no self link, and archives no links between their documents",
            severity="warning",
            field="site.base_url",
            hint="say where the output folder is served: base_url = ...",
        )


def _output(folder: Path) -> Iterator[Problem]:
    """Whether feed files could be written to a folder, which need not exist yet."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        yield Problem(
            message="feed files cannot be written here",
            file=str(folder),
            field="site.output",
            hint="is site.output right, and may this user write there?",
        )


def _newsletters(desk: AppContext, articles: list[Article]) -> Iterator[Problem]:
    for settings in desk.settings.newsletter:
        newsletter: NewsletterSettings = desk.newsletter(settings.name)
        shown = articles[: newsletter.limit] or [sample(desk)]
        yield from _named(desk, newsletter, articles)
        yield from _catalogues(desk, newsletter)
        try:
            yield from _letter(desk, newsletter, shown)
        except SyndicateError as error:
            yield Problem.of(error)


def _named(desk: AppContext, newsletter: NewsletterSettings, articles: list[Article]) -> Iterator[Problem]:
    names = (*newsletter.pinned, *newsletter.excluded)
    if not all(any(is_named((name,), article) for article in articles) for name in names):
        articles = [*articles, *(each.article for each in desk.store.articles(now=desk.clock.now()))]
    for field in ("pinned", "excluded"):
        yield from warn_unmatched(
            getattr(newsletter, field),
            articles,
            "no article has this id or link",
            field=f"newsletter.{newsletter.name}.{field}",
        )


def _catalogues(desk: AppContext, newsletter: NewsletterSettings) -> Iterator[Problem]:
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


def _letter(desk: AppContext, newsletter: NewsletterSettings, shown: list[Article]) -> Iterator[Problem]:
    now = desk.clock.now()
    web_url = desk.settings.web.base_url if desk.settings.web else None
    theme = load_theme(newsletter.theme, desk.base)
    previous = next((each.note for each in desk.store.editions(newsletter.name, limit=1)), "")
    note = load_note(newsletter, folder=desk.base, previous=previous)
    render = partial(render_message, newsletter, shown, theme=theme, number=1, date=now, note=note.html)
    digest, message = render()
    yield from lint_message(newsletter, digest, message, shown, web_url=web_url).problems
    edition = Edition(
        id=newsletter.name,
        newsletter=newsletter.name,
        number=1,
        composed_at=now,
        digest=digest,
        articles=tuple(shown),
        message=message.dumps(),
    )
    locales = desk.store.locales(newsletter.name)
    yield from localize(newsletter, edition, locales, render, catalogues=theme.catalogues, web_url=web_url)[1]


def _transport(desk: AppContext, open_transport: Callable[[], Transport]) -> Iterator[Problem]:
    if not desk.settings.newsletter:
        return
    try:
        asyncio.run(open_transport().check())
    except SyndicateError as error:
        yield Problem.of(error)
