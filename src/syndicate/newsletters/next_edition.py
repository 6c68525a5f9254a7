"""The contents of the next edition if it were composed now, for `check` and the preview. Stores nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal, Protocol

from ..config import NewsletterSettings
from ..ingest.trial_ingest import UnsavedArticles
from ..mail import CompiledMessage
from ..model import Article, Digest, EditionSummary, Facet, Newsletter, StoredArticle
from ..model.selection import newest_first, select
from . import load_theme
from .article_selection import select_articles
from .edition_message import render_message
from .editor_note import load_note

Basis = Literal["new", "newest", "sample"]
"""Where the articles come from: no edition has had them; nothing is new, so they are the newest ones; or
there are no articles at all, so the edition shows a sample."""


class NextEditionStore(Protocol):
    """What the next edition depends on; `ArticleStore` and `EditionStore` specify the methods."""

    def articles(
        self,
        *,
        now: datetime,
        where: Mapping[Facet, Sequence[str]] | None = None,
        without: Mapping[Facet, Sequence[str]] | None = None,
        limit: int | None = None,
        unseen_by: str | None = None,
    ) -> list[StoredArticle]:
        """Return the articles that are visible at `now`, newest first."""
        ...

    def consumed(self, newsletter: str, ids: Iterable[str]) -> set[str]:
        """Return those ids that an edition has contained or the first edition counted as seen."""
        ...

    def editions(self, newsletter: str, *, limit: int = 10) -> list[EditionSummary]:
        """Return the last editions, newest first."""
        ...

    def next_number(self, newsletter: str) -> int:
        """Return the number of the next edition, counted from 1."""
        ...


@dataclass(frozen=True, slots=True)
class NextEdition:
    """The contents of an edition that is not composed yet.

    Attributes:
        number: the number that the edition would have.
        more: how many further articles it would only count.
    """

    number: int
    basis: Basis
    articles: tuple[Article, ...]
    more: int = 0


def plan_next_edition(
    newsletter: Newsletter, unsaved: UnsavedArticles, store: NextEditionStore, *, now: datetime
) -> NextEdition:
    """Choose the articles of the next edition as after an ingest of the unsaved ones. There is at least one.

    Args:
        now: UTC.

    Raises:
        StoreError: the database failed.
    """
    number = store.next_number(newsletter.name)
    name, where, without = newsletter.name, newsletter.where, newsletter.without
    fresh = select(newsletter, unsaved.articles, now=now, limit=len(unsaved.articles)).articles
    stored = store.articles(now=now, where=where, without=without, unseen_by=name)
    consumed = store.consumed(name, [each.id for each in fresh])
    unseen = _merge(stored, unsaved, [each for each in fresh if each.id not in consumed])
    shown, counted = select_articles(newsletter, unseen, first=number == 1)
    if shown:
        return NextEdition(number, "new", _articles(shown), len(counted))
    limit = newsletter.limit + len(unsaved.replaced_ids) + len(newsletter.excluded)
    stored = store.articles(now=now, where=where, without=without, limit=limit)
    shown, _ = select_articles(newsletter, _merge(stored, unsaved, fresh), first=False)
    if shown:
        return NextEdition(number, "newest", _articles(shown))
    return NextEdition(number, "sample", (sample_article(newsletter.home),))


def renderer_of(
    planned: NextEdition,
    newsletter: NewsletterSettings,
    store: NextEditionStore,
    *,
    folder: Path,
    now: datetime,
) -> partial[tuple[Digest, CompiledMessage]]:
    """Return `render_message` with the contents, the theme and the editor's note of the next edition.

    The locale and the embedded images remain to be given.

    Args:
        folder: that of the config.
        now: UTC.

    Raises:
        ConfigError: the note cannot be read.
        TemplateError: the theme cannot be read.
        StoreError: the database failed.
    """
    previous_note = next((each.note for each in store.editions(newsletter.name, limit=1)), "")
    return partial(
        render_message,
        newsletter,
        planned.articles,
        theme=load_theme(newsletter.theme, folder),
        number=planned.number,
        date=now,
        more=planned.more,
        note=load_note(newsletter, folder=folder, previous=previous_note).html,
    )


def sample_article(link: str | None) -> Article:
    """Return an article that stands in where there are none."""
    return Article(
        id="urn:example:sample", title="A sample article", link=link, summary="The summary of the article."
    )


def _merge(
    stored: Sequence[StoredArticle], unsaved: UnsavedArticles, fresh: Sequence[Article]
) -> list[StoredArticle]:
    """Put unsaved articles in the place of the stored ones that they replace, newest first."""
    by_id = {each.article.id: each for each in stored if each.article.id not in unsaved.replaced_ids}
    by_id |= {each.id: StoredArticle(each, revision=0, sequence=0, first_sequence=0) for each in fresh}
    return [by_id[article.id] for article in newest_first(each.article for each in by_id.values())]


def _articles(stored: Sequence[StoredArticle]) -> tuple[Article, ...]:
    return tuple(each.article for each in stored)
