"""Preview: what would be published and mailed now, without keeping, consuming or sending anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from threading import Lock
from typing import Literal

from ..config import NewsletterSettings
from ..context import AppContext
from ..delivery.edition_messages import EditionMessages
from ..delivery.edition_sender import COPY_TOKENS, EditionSender
from ..errors import ConfigError, FeedError, Where
from ..feeds import Document
from ..i18n import shipped_catalogues
from ..mail import CompiledMessage, personalizer
from ..model import (
    Article,
    Delivery,
    Digest,
    Edition,
    EditionSummary,
    Feed,
    Format,
    Locale,
    Problem,
    SendReport,
    Subscriber,
)
from ..model.findings import Finding
from ..newsletters import load_theme
from ..newsletters.article_selection import select_articles
from ..newsletters.edition_lint import find_in_message
from ..newsletters.edition_message import render_message
from ..newsletters.editor_note import load_note
from ..newsletters.embedded_images import EmbeddedImages
from ..publishing.documents import build_targets, document_of
from ..publishing.site_feeds import FeedTarget, SiteFeeds
from ..resources import version
from ..subscribers.profile import parse_locale
from .unsaved import StoreAfterIngest, UnsavedArticles, UnsavedReader, newest, unseen
from .watch_paths import WatchPaths

DRAFT = "draft"
"""Stands for the next edition where the id of a stored one may stand."""

SOMEBODY = "reader@example.org"
"""Whom a letter is filled for if nobody is named."""

Shows = Literal["new", "newest", "sample", "stored"]
"""What a letter is made of: what the next edition would have; the newest articles, where nothing is new; a
made-up one, where there is none; or what a stored edition was composed of."""

_EDITIONS = 50


@dataclass(frozen=True, slots=True)
class PreviewEdition:
    """One edition as it would come to one person.

    Attributes:
        newsletter: what it is an edition of.
        edition: the id of a stored edition; none for the next one.
        shows: what it is made of.
        digest: as it was rendered, with markers where personal values go.
        compiled: its message for everybody.
        message: the bytes for this person.
        articles: those shown.
        problems: pictures that do not travel, and a language that the edition was not made in.
    """

    newsletter: NewsletterSettings
    edition: str | None
    number: int
    shows: Shows
    digest: Digest
    compiled: CompiledMessage
    message: bytes
    articles: tuple[Article, ...]
    problems: tuple[Problem, ...]

    def parsed(self) -> EmailMessage:
        """The message as a mail program reads it."""
        return message_from_bytes(self.message, policy=default)

    def findings(self) -> tuple[Finding, ...]:
        """What the linter says of it; nothing if the newsletter has turned the linter off."""
        if self.newsletter.lint == "off":
            return ()
        return find_in_message(self.newsletter, self.digest, self.message, self.articles)


@dataclass(frozen=True, slots=True)
class ShownFeed:
    """A feed as it would be published.

    Attributes:
        files: its documents by format.
        page: its page for people, if it is to have one.
        problems: what had to be mended or left out.
    """

    feed: Feed
    document: Document
    files: Mapping[Format, bytes]
    page: bytes | None
    problems: tuple[Problem, ...]


class Preview:
    """What a config makes at this moment: records of files as they are now, all else from the store.

    For several threads at once; those that want letters of one newsletter with pictures wait for each other.

    Args:
        desk: the newsroom's.
        sender: sends copies for review.
    """

    def __init__(self, desk: AppContext, sender: EditionSender) -> None:
        self._desk = desk
        self._sender = sender
        self._drafting = UnsavedReader(desk)
        self._drafts: UnsavedArticles | None = None
        self._user_agent = f"syndicate/{version()} (+{desk.settings.site.home})"
        self._pictures: dict[str, tuple[object, EmbeddedImages]] = {}
        self._reading = Lock()
        self._fetching = {each.name: Lock() for each in desk.settings.newsletter}

    def drafts(self) -> UnsavedArticles:
        """What the files say, read when first asked for after `changed`."""
        with self._reading:
            if self._drafts is None:
                base = self._desk.base
                files = [each for each in self._desk.settings.source if each.watched_files(base)]
                self._drafts = self._drafting.read(files)
            return self._drafts

    def changed(self) -> None:
        """A file or the store may have changed: look again."""
        with self._reading:
            self._drafts = None

    def watched(self) -> WatchPaths:
        """The files that a change of which shows here."""
        return WatchPaths.of(self._desk)

    def pulse(self) -> tuple[int, ...]:
        """What is another when somebody else has ingested or composed.

        Raises:
            StoreError: the database failed.
        """
        store = self._desk.store
        return (store.sequence(), *(store.next_number(each.name) for each in self._desk.settings.newsletter))

    def editions(self, newsletter: str) -> list[EditionSummary]:
        """The stored editions of a newsletter, newest first; the last fifty at most."""
        return self._desk.store.editions(newsletter, limit=_EDITIONS)

    def languages(self) -> list[str]:
        """The languages in which letters have words of their own (BCP 47)."""
        return sorted({"en", *shipped_catalogues()})

    def feeds(self) -> list[Feed]:
        """Every feed, families member by member, as the config has them.

        Raises:
            StoreError: the database failed.
        """
        return [each.feed for each in self._targets(self.drafts())]

    def letter(
        self,
        newsletter: str,
        *,
        edition: str = DRAFT,
        subscriber: str | None = None,
        language: str | None = None,
    ) -> PreviewEdition:
        """The next edition, or a stored one, as it would come to somebody.

        Args:
            newsletter: its name.
            edition: the id of a stored edition, or `DRAFT`.
            subscriber: the address of a person in the store; nobody in particular if absent.
            language: instead of the person's own (BCP 47).

        Raises:
            ConfigError: there is no such newsletter, edition or subscriber, or the language is malformed.
            TemplateError: the theme or the subject is wrong.
            DigestError: it cannot be made into a mail.
            StoreError: the database failed.
        """
        settings = self._desk.newsletter(newsletter)
        person = self._person(subscriber)
        wished = parse_locale(language, None).language
        reader = Locale.model_construct(
            language=wished or (person.language if person else None),
            timezone=person.timezone if person else None,
        )
        if edition == DRAFT:
            return self._draft(settings, person, reader)
        stored = self._desk.store.edition(edition)
        if stored is None or stored.newsletter != newsletter:
            raise ConfigError(f"{newsletter} has no edition {edition}", where=Where(field="edition"))
        return self._frozen(settings, stored, person, reader)

    def feed(self, name: str) -> ShownFeed:
        """A feed as it would be published.

        Args:
            name: the file name without its ending, such as `tag/boats`.

        Raises:
            ConfigError: there is no such feed.
            FeedError: it cannot be made.
            StoreError: the database failed.
        """
        drafts = self.drafts()
        target = next((each for each in self._targets(drafts) if each.feed.name == name), None)
        if target is None:
            raise ConfigError(f"there is no feed {name!r}", where=Where(field="feed"))
        now = self._desk.clock.now()
        view = StoreAfterIngest(self._desk.store, drafts, now=now)
        # The archive documents come first, and the feed itself last.
        *_, (_, built, problems) = build_targets(view, [target], now=now)
        if built is None:
            raise FeedError(problems[-1].message, where=Where(file=problems[-1].file), hint=problems[-1].hint)
        return ShownFeed(
            feed=target.feed,
            document=document_of(view, built),
            files={kind: built.bodies[kind] for kind in target.feed.formats},
            page=built.bodies.get("html"),
            problems=tuple(problems),
        )

    def send_test(self, letter: PreviewEdition, address: str) -> SendReport:
        """Send one copy of a letter to an address; it is nobody's delivery, and its links unsubscribe nobody.

        Raises:
            ConfigError: the address is none, or the transport's settings are wrong.
            TransportError: it could not be handed on.
        """
        edition = letter.edition or f"{letter.newsletter.name}-{DRAFT}"
        return self._sender.send_copy(
            letter.newsletter, letter.compiled, address, edition, letter.digest.subject
        )

    def _targets(self, drafts: UnsavedArticles) -> list[FeedTarget]:
        site_feeds = SiteFeeds(self._desk.store, self._desk.settings.site, self._desk.settings.feed)
        now = self._desk.clock.now()
        return site_feeds.claim_names(site_feeds.all_targets(now=now, unsaved=drafts.articles))[0]

    def _person(self, email: str | None) -> Subscriber | None:
        if not email:
            return None
        found = self._desk.store.subscriber(email)
        if found is None:
            raise ConfigError(
                f"{email} is not among the subscribers",
                where=Where(field="subscriber"),
                hint="choose one from the list, or leave it empty",
            )
        return found

    def _frozen(
        self, newsletter: NewsletterSettings, stored: Edition, person: Subscriber | None, reader: Locale
    ) -> PreviewEdition:
        message = EditionMessages(self._desk.store).for_subscriber(
            stored.id, reader.language, reader.timezone
        )
        got = message.language
        told = []
        if reader.language and reader.language.lower() != got.lower():
            note = f"shown in {got}: the edition was not made in {reader.language}"
            told.append(Problem(message=note, severity="note"))
        return PreviewEdition(
            newsletter=newsletter,
            edition=stored.id,
            number=stored.number,
            shows="stored",
            digest=message.digest,
            compiled=message.compiled,
            message=self._filled(newsletter, message.compiled, stored.id, person),
            articles=stored.articles,
            problems=tuple(told),
        )

    @contextmanager
    def _carried(
        self, newsletter: NewsletterSettings, articles: Sequence[Article]
    ) -> Iterator[EmbeddedImages | None]:
        """The pictures that travel; those of the same articles are fetched once."""
        if not newsletter.images.embed:
            yield None
            return
        shown = tuple((each.image, each.content_html) for each in articles)
        with self._fetching[newsletter.name]:
            known = self._pictures.get(newsletter.name)
            if known is None or known[0] != shown:
                known = self._pictures[newsletter.name] = shown, EmbeddedImages(newsletter, self._user_agent)
            yield known[1]

    def _draft(
        self, newsletter: NewsletterSettings, person: Subscriber | None, reader: Locale
    ) -> PreviewEdition:
        desk = self._desk
        drafts = self.drafts()
        number = desk.store.next_number(newsletter.name)
        shown, counted = select_articles(newsletter, unseen(desk, drafts, newsletter), first=number == 1)
        shows: Shows = "new"
        if not shown:
            # Nothing waits: what has been mailed already shows how a letter would look.
            mailed = newest(desk, drafts, newsletter)
            shows, (shown, _), counted = "newest", select_articles(newsletter, mailed, first=False), ()
        articles = tuple(each.article for each in shown)
        if not articles:
            shows, articles = "sample", (sample(desk),)
        with self._carried(newsletter, articles) as carried:
            previous = next((each.note for each in desk.store.editions(newsletter.name, limit=1)), "")
            note = load_note(newsletter, folder=desk.base, previous=previous)
            digest, compiled = render_message(
                newsletter,
                articles,
                theme=load_theme(newsletter.theme, desk.base),
                number=number,
                date=desk.clock.now(),
                more=len(counted),
                locale=reader,
                note=note.html,
                embedded=carried,
            )
            told = tuple(carried.problems(articles)) if carried else ()
        return PreviewEdition(
            newsletter=newsletter,
            edition=None,
            number=number,
            shows=shows,
            digest=digest,
            compiled=compiled,
            message=self._filled(newsletter, compiled, f"{newsletter.name}-{DRAFT}", person),
            articles=articles,
            problems=told,
        )

    def _filled(
        self,
        newsletter: NewsletterSettings,
        compiled: CompiledMessage,
        edition: str,
        person: Subscriber | None,
    ) -> bytes:
        web = self._desk.settings.web
        delivery = Delivery(
            id=f"preview.{edition}",
            edition_id=edition,
            subscriber_id=person.id if person else "",
            email=person.email if person else SOMEBODY,
            name=person.name if person else "",
            state="claimed",
            created_at=self._desk.clock.now(),
        )
        return personalizer(compiled, newsletter, COPY_TOKENS, web.base_url if web else None)(delivery)


def sample(desk: AppContext) -> Article:
    """An article to look at where there is none."""
    return Article(id="urn:example:sample", title="A sample", link=desk.settings.site.home, summary="Words.")
