"""An edition as one subscriber would receive it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from threading import Lock
from typing import Literal

from ..config import NewsletterSettings, Settings
from ..delivery.edition_sender import COPY_TOKENS
from ..delivery.subscriber_messages import EditionMessages
from ..errors import ConfigError, Where
from ..ingest.trial_ingest import UnsavedArticles
from ..mail import CompiledMessage, personalizer
from ..model import Article, Delivery, Digest, Locale, Problem, Subscriber
from ..model.findings import Finding
from ..newsletters.edition_lint import find_in_message
from ..newsletters.embedded_images import EmbeddedImages
from ..newsletters.next_edition import Basis, plan_next_edition, renderer_of
from ..resources import version
from ..scheduling.system_clock import Clock
from ..subscribers.subscriber_profile import parse_locale
from .preview_store import PreviewStore

NEXT = "next"
"""Stands in place of the id of a stored edition for the edition that is not composed yet."""

EXAMPLE_ADDRESS = "reader@example.org"
"""The recipient of a message if no subscriber is chosen."""


@dataclass(frozen=True, slots=True)
class EditionPreview:
    """One edition with the message for one subscriber.

    Attributes:
        edition_id: the id of a stored edition; `WEEKLY-next` for the next edition of the newsletter WEEKLY.
        basis: where the articles come from; `stored` for a stored edition.
        digest: the rendered content, with markers in place of personal values.
        compiled: the message before it is personalised.
        message: the message for this subscriber.
        problems: images that could not be embedded; a language that the edition was not composed in.
    """

    newsletter: NewsletterSettings
    edition_id: str
    number: int
    basis: Basis | Literal["stored"]
    digest: Digest
    compiled: CompiledMessage
    message: bytes
    articles: tuple[Article, ...]
    problems: tuple[Problem, ...]

    def parse_message(self) -> EmailMessage:
        """Return the message as a mail program parses it."""
        return message_from_bytes(self.message, policy=default)

    def lint(self) -> tuple[Finding, ...]:
        """Return the findings of the mail linter; none if the newsletter's `lint` is `off`."""
        if self.newsletter.lint == "off":
            return ()
        return find_in_message(self.newsletter, self.digest, self.message, self.articles)


class EditionPreviewer:
    """Renders editions for the preview, in several threads at once.

    Threads that render the same newsletter with embedded images wait for each other.
    """

    def __init__(self, settings: Settings, base: Path, clock: Clock) -> None:
        self._settings = settings
        self._base = base
        self._clock = clock
        self._user_agent = f"syndicate/{version()} (+{settings.site.home})"
        self._images: dict[str, tuple[object, EmbeddedImages]] = {}
        self._image_locks = {each.name: Lock() for each in settings.newsletter}

    def render_next(
        self,
        newsletter: NewsletterSettings,
        unsaved: UnsavedArticles,
        store: PreviewStore,
        subscriber: Subscriber | None,
        language: str | None,
    ) -> EditionPreview:
        """Render the edition that would be composed now.

        Raises:
            TemplateError: the theme or the subject is wrong.
            DigestError: the edition cannot be rendered.
            StoreError: the database failed.
        """
        now = self._clock.now()
        planned = plan_next_edition(newsletter, unsaved, store, now=now)
        render = renderer_of(planned, newsletter, store, folder=self._base, now=now)
        with self._embedded_images(newsletter, planned.articles) as images:
            digest, compiled = render(locale=_locale(subscriber, language), embedded=images)
            problems = tuple(images.problems(planned.articles)) if images else ()
        edition_id = f"{newsletter.name}-{NEXT}"
        return EditionPreview(
            newsletter=newsletter,
            edition_id=edition_id,
            number=planned.number,
            basis=planned.basis,
            digest=digest,
            compiled=compiled,
            message=self._personalise(newsletter, compiled, edition_id, subscriber),
            articles=planned.articles,
            problems=problems,
        )

    def load_stored(
        self,
        newsletter: NewsletterSettings,
        edition_id: str,
        store: PreviewStore,
        subscriber: Subscriber | None,
        language: str | None,
    ) -> EditionPreview:
        """Load a stored edition, in the localization that is nearest to the subscriber's.

        Raises:
            ConfigError: the newsletter has no edition of this id.
            StoreError: the database failed.
        """
        edition = store.edition(edition_id)
        if edition is None or edition.newsletter != newsletter.name:
            raise ConfigError(
                f"the newsletter {newsletter.name} has no edition {edition_id}", where=Where(field="edition")
            )
        locale = _locale(subscriber, language)
        message = EditionMessages(store).for_subscriber(edition_id, locale.language, locale.timezone)
        problems = []
        if locale.language and locale.language.lower() != message.language.lower():
            text = f"shown in {message.language}: the edition was not composed in {locale.language}"
            problems.append(Problem(message=text, severity="note"))
        return EditionPreview(
            newsletter=newsletter,
            edition_id=edition_id,
            number=edition.number,
            basis="stored",
            digest=message.digest,
            compiled=message.compiled,
            message=self._personalise(newsletter, message.compiled, edition_id, subscriber),
            articles=edition.articles,
            problems=tuple(problems),
        )

    @contextmanager
    def _embedded_images(
        self, newsletter: NewsletterSettings, articles: Sequence[Article]
    ) -> Iterator[EmbeddedImages | None]:
        """Give the embedded images, which are fetched again only if the articles changed."""
        if not newsletter.images.embed:
            yield None
            return
        content = tuple((each.image, each.content_html) for each in articles)
        with self._image_locks[newsletter.name]:
            cached = self._images.get(newsletter.name)
            if cached is None or cached[0] != content:
                cached = self._images[newsletter.name] = content, EmbeddedImages(newsletter, self._user_agent)
            yield cached[1]

    def _personalise(
        self,
        newsletter: NewsletterSettings,
        compiled: CompiledMessage,
        edition_id: str,
        subscriber: Subscriber | None,
    ) -> bytes:
        web = self._settings.web
        delivery = Delivery(
            id=f"preview.{edition_id}",
            edition_id=edition_id,
            subscriber_id=subscriber.id if subscriber else "",
            email=subscriber.email if subscriber else EXAMPLE_ADDRESS,
            name=subscriber.name if subscriber else "",
            state="claimed",
            created_at=self._clock.now(),
        )
        return personalizer(compiled, newsletter, COPY_TOKENS, web.base_url if web else None)(delivery)


def _locale(subscriber: Subscriber | None, language: str | None) -> Locale:
    """Return the subscriber's language and time zone, with `language` in place of theirs if it is given."""
    chosen = parse_locale(language, None).language
    return Locale.model_construct(
        language=chosen or (subscriber.language if subscriber else None),
        timezone=subscriber.timezone if subscriber else None,
    )
