"""Composes an edition: selects articles, renders them for every locale, lints the result, stores it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from ..config import NewsletterSettings
from ..errors import DigestError, StoreError, Where
from ..mail import CompiledMessage
from ..model import (
    ComposeReport,
    Digest,
    Edition,
    EditionSummary,
    Facet,
    Locale,
    LocalizationKey,
    NewEdition,
    Problem,
    StoredArticle,
    SubscriberFilter,
)
from .article_selection import is_named, select_articles
from .compose_options import ComposeOptions
from .edition_lint import lint_edition
from .edition_message import render_message
from .editor_note import EditorNote, load_note
from .embedded_images import EmbeddedImages
from .layout import articles_of, lay_out
from .localizations import localize
from .segments import segment_of
from .themes import load_theme

_ATTEMPTS = 5


class NewsletterStore(Protocol):
    """What composing needs of a store; specified by `EditionStore`, `ArticleStore` and `DeliveryStore`."""

    def articles(
        self,
        *,
        now: datetime,
        where: Mapping[Facet, Sequence[str]] | None = None,
        without: Mapping[Facet, Sequence[str]] | None = None,
        unseen_by: str | None = None,
    ) -> list[StoredArticle]: ...

    def sequence(self) -> int: ...

    def locales(self, newsletter: str, *, segment: SubscriberFilter | None) -> list[Locale]: ...

    def next_number(self, newsletter: str) -> int: ...

    def add_edition(self, new: NewEdition, *, now: datetime) -> bool: ...

    def edition_for_slot(self, newsletter: str, slot: datetime) -> Edition | None: ...

    def editions(self, newsletter: str, *, limit: int = 10) -> list[EditionSummary]: ...

    def localizations(self, edition_id: str) -> list[LocalizationKey]: ...


@dataclass(frozen=True, slots=True)
class Composer:
    """Composes editions.

    Attributes:
        folder: that of the config, which themes and notes are relative to.
        user_agent: for requests for images.
        web_url: the address of the daemon's pages, for links in messages.
        now: returns the time (UTC).
    """

    store: NewsletterStore
    folder: Path
    user_agent: str
    web_url: str | None
    now: Callable[[], datetime]

    def compose(
        self, newsletter: NewsletterSettings, options: ComposeOptions, *, slot: datetime | None = None
    ) -> ComposeReport:
        """Compose the next edition, or return the one that was composed for the slot.

        If the linter refuses the edition, nothing is stored and its articles stay queued.

        Raises:
            ConfigError: the note cannot be read.
            TemplateError: the theme or the subject is wrong.
            DigestError: the edition cannot be rendered.
            StoreError: the database failed, or other processes composed at the same time.
        """
        newsletter = options.apply_to(newsletter)
        name = newsletter.name
        embedded = EmbeddedImages(newsletter, self.user_agent) if newsletter.images.embed else None
        if existing := self._existing(name, slot):
            return existing
        for _ in range(_ATTEMPTS):
            now = self.now()
            sequence = self.store.sequence()
            unseen = self.store.articles(
                now=now, where=newsletter.where, without=newsletter.without, unseen_by=name
            )
            number = self.store.next_number(name)
            shown, counted = select_articles(newsletter, unseen, first=number == 1)
            warnings = tuple(options.warn_unknown(unseen))
            if not shown:
                return ComposeReport(newsletter=name, problems=warnings)
            shown = _in_order(newsletter, shown)
            theme = load_theme(newsletter.theme, self.folder)
            previous = next((each.note for each in self.store.editions(name, limit=1)), "")
            note = load_note(newsletter, folder=self.folder, previous=previous, file=options.note)
            render = partial(
                render_message,
                newsletter,
                [each.article for each in shown],
                theme=theme,
                number=number,
                date=now,
                more=len(counted),
                note=note.html,
                embedded=embedded,
            )
            edition = _edition(newsletter, number, shown, len(counted), now, slot, note, render)
            images = embedded.images if embedded else {}
            lint = lint_edition(newsletter, edition, images, web_url=self.web_url, lint=options.lint)
            if lint.is_refused:
                hint = f"correct that, or overrule the linter: syndicate compose {name} --anyway"
                refusal = lint.refusal("no edition was composed", hint)
                problems = (refusal, *lint.problems, *warnings)
                return ComposeReport(newsletter=name, subject=edition.digest.subject, problems=problems)
            localizations, localization_problems = localize(
                newsletter,
                edition,
                self.store.locales(name, segment=segment_of(newsletter, self.folder)),
                render,
                catalogues=theme.catalogues,
                web_url=self.web_url,
                lint=options.lint,
            )
            new = NewEdition(
                edition=edition,
                shown=shown,
                counted=counted,
                sequence=sequence,
                held=[each for each in unseen if is_named(newsletter.excluded, each.article)],
                localizations=localizations,
                # A localization may show an image for which the edition itself had no space.
                images=embedded.images if embedded else {},
            )
            if self.store.add_edition(new, now=now):
                problems = (
                    *_warn_shortened(edition.digest, *(each.digest for each in localizations)),
                    *(embedded.problems(edition.articles) if embedded else ()),
                    *lint.problems,
                    *localization_problems,
                    *warnings,
                )
                return _report(edition, localizations, problems)
            if existing := self._existing(name, slot):
                return existing
        raise StoreError(
            f"{name}: other processes composed at the same time, {_ATTEMPTS} times in a row",
            where=Where(field="newsletter", id=name),
            hint="run it again; no article was consumed",
        )

    def _existing(self, name: str, slot: datetime | None) -> ComposeReport | None:
        edition = self.store.edition_for_slot(name, slot) if slot else None
        if edition is None:
            return None
        return _report(edition, self.store.localizations(edition.id), tuple(_warn_shortened(edition.digest)))


def _in_order(newsletter: NewsletterSettings, shown: Sequence[StoredArticle]) -> Sequence[StoredArticle]:
    """Return the articles in the order in which the edition shows them."""
    by_id = {each.article.id: each for each in shown}
    sections = lay_out(newsletter, [each.article for each in shown])
    return [by_id[article.id] for article in articles_of(sections)]


def _edition(
    newsletter: NewsletterSettings,
    number: int,
    shown: Sequence[StoredArticle],
    more: int,
    now: datetime,
    slot: datetime | None,
    note: EditorNote,
    render: partial[tuple[Digest, CompiledMessage]],
) -> Edition:
    try:
        digest, message = render()
    except UnicodeError as error:
        raise DigestError(
            f"the edition cannot be encoded: {error}", where=Where(id=newsletter.name)
        ) from None
    return Edition(
        id=f"{newsletter.name}-{number}",
        newsletter=newsletter.name,
        number=number,
        composed_at=now,
        slot=slot,
        digest=digest.model_copy(update={"note": note.mark}),
        articles=tuple(each.article for each in shown),
        more=more,
        message=message.dumps(),
    )


def _report(
    edition: Edition, localizations: Sequence[LocalizationKey], problems: tuple[Problem, ...]
) -> ComposeReport:
    languages = (edition.digest.language, *(each.language for each in localizations))
    return ComposeReport(
        newsletter=edition.newsletter,
        edition=edition.id,
        number=edition.number,
        subject=edition.digest.subject,
        articles=tuple(article.id for article in edition.articles),
        more=edition.more,
        languages=tuple(dict.fromkeys(languages)),
        problems=problems,
    )


def _warn_shortened(own: Digest, *localized: Digest) -> Iterator[Problem]:
    """Yield a warning for each article that was shortened to stay below the size limit of mail programs.

    The same text has more bytes in some languages, so it may be shortened in a localization alone.
    """
    warned: set[str] = set()
    for digest in (own, *localized):
        language = "" if digest is own else f" in {digest.language}"
        for each in digest.shortened:
            if each.id not in warned:
                warned.add(each.id)
                yield Problem(
                    message=f"{each.title!r} is shown in part{language}, which saves {each.saved:,} bytes: "
                    "the edition would be too large for Gmail",
                    severity="warning",
                    id=each.id,
                    hint="lower the limit of articles, or use a theme that shows less of each article",
                )
