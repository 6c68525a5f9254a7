"""What would be published and mailed now. Nothing is stored, consumed or sent, except a test copy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Protocol

from ..config import NewsletterSettings, Settings
from ..errors import ConfigError, FeedError, Where
from ..feeds import Document
from ..i18n import shipped_catalogues
from ..ingest.trial_ingest import TrialIngest, UnsavedArticles
from ..mail import CompiledMessage
from ..model import EditionSummary, Feed, Format, Newsletter, Problem, SendReport, Subscriber
from ..publishing.documents import build_targets, document_of
from ..publishing.site_feeds import FeedTarget, SiteFeeds
from ..publishing.view_after_ingest import ViewAfterIngest
from ..scheduling.system_clock import Clock
from .edition_preview import NEXT, EditionPreview, EditionPreviewer
from .preview_store import OpenStore, PreviewStore

_MAX_EDITIONS = 50
_MAX_ADDRESSES = 200


@dataclass(frozen=True, slots=True)
class FeedPreview:
    """A feed as it would be published.

    Attributes:
        files: the documents by format.
        page: the HTML page of the feed, if it has one.
        problems: what had to be repaired or left out.
    """

    feed: Feed
    document: Document
    files: Mapping[Format, bytes]
    page: bytes | None
    problems: tuple[Problem, ...]


class SendCopy(Protocol):
    """Sends one copy of an edition that is no delivery; see `EditionSender.send_copy`."""

    def __call__(
        self, newsletter: Newsletter, message: CompiledMessage, address: str, edition_id: str, subject: str
    ) -> SendReport: ...


class Preview:
    """The feeds and editions of a config: articles from local files as they are now, all else from the store.

    Usable by several threads at once.

    Args:
        base: the folder of the config.
        find_newsletter: returns the newsletter of a name, or raises ConfigError.
    """

    def __init__(
        self,
        settings: Settings,
        base: Path,
        *,
        clock: Clock,
        open_store: OpenStore,
        find_newsletter: Callable[[str], NewsletterSettings],
        send_copy: SendCopy,
    ) -> None:
        self.settings = settings
        self.base = base
        self._clock = clock
        self._open_store = open_store
        self._find_newsletter = find_newsletter
        self._send_copy = send_copy
        self._previewer = EditionPreviewer(settings, base, clock)
        self._trial_ingest = TrialIngest(settings, base)
        self._unsaved: UnsavedArticles | None = None
        self._reading = Lock()

    def unsaved_articles(self) -> UnsavedArticles:
        """Return the articles of local files. They are read again after each call of `refresh`.

        Raises:
            StoreError: the database failed.
        """
        with self._open_store() as store:
            return self._read_unsaved(store)

    def refresh(self) -> None:
        """Read the files again when they are needed next."""
        with self._reading:
            self._unsaved = None

    def store_state(self) -> tuple[int, ...]:
        """Return numbers that differ after another process has ingested or composed.

        Raises:
            StoreError: the database failed.
        """
        with self._open_store() as store:
            numbers = [store.next_number(each.name) for each in self.settings.newsletter]
            return (store.sequence(), *numbers)

    def editions(self, newsletter: str) -> list[EditionSummary]:
        """Return the last 50 stored editions of a newsletter, newest first."""
        with self._open_store() as store:
            return store.editions(newsletter, limit=_MAX_EDITIONS)

    def subscriber_addresses(self, newsletter: str) -> list[str]:
        """Return the first 200 addresses of the subscribers of a newsletter."""
        with self._open_store() as store:
            return [each.email for each in islice(store.subscribers(newsletter), _MAX_ADDRESSES)]

    def languages(self) -> list[str]:
        """Return the languages of the catalogues that this package includes (BCP 47)."""
        return sorted({"en", *shipped_catalogues()})

    def feeds(self) -> list[Feed]:
        """Return every feed, with the members of families, in the order of the config.

        Raises:
            StoreError: the database failed.
        """
        with self._open_store() as store:
            targets = self._targets(store, self._read_unsaved(store), self._clock.now())
            return [each.feed for each in targets]

    def feed(self, name: str) -> FeedPreview:
        """Return a feed as it would be published.

        Args:
            name: the file name without its extension, such as `tag/boats`.

        Raises:
            ConfigError: there is no such feed.
            FeedError: it cannot be built.
            StoreError: the database failed.
        """
        now = self._clock.now()
        with self._open_store() as store:
            unsaved = self._read_unsaved(store)
            targets = self._targets(store, unsaved, now)
            target = next((each for each in targets if each.feed.name == name), None)
            if target is None:
                raise ConfigError(f"there is no feed {name!r}", where=Where(field="feed"))
            view = ViewAfterIngest(store, unsaved, now=now)
            # The feed itself comes after its archive documents.
            *_, (_, built, problems) = build_targets(view, [target], now=now)
            if built is None:
                cause = problems[-1]
                raise FeedError(cause.message, where=Where(file=cause.file), hint=cause.hint)
            return FeedPreview(
                feed=target.feed,
                document=document_of(view, built),
                files={kind: built.bodies[kind] for kind in target.feed.formats},
                page=built.bodies.get("html"),
                problems=tuple(problems),
            )

    def edition(
        self,
        newsletter: str,
        *,
        edition: str = NEXT,
        subscriber: str | None = None,
        language: str | None = None,
    ) -> EditionPreview:
        """Return the next edition of a newsletter, or a stored one, as a subscriber would receive it.

        Args:
            edition: the id of a stored edition, or `NEXT`.
            subscriber: the address of a subscriber in the store.
            language: in place of the subscriber's language (BCP 47).

        Raises:
            ConfigError: there is no such newsletter, edition or subscriber, or the language is malformed.
            TemplateError: the theme or the subject is wrong.
            DigestError: the edition cannot be rendered.
            StoreError: the database failed.
        """
        with self._open_store() as store:
            settings = self._find_newsletter(newsletter)
            recipient = _find_subscriber(store, subscriber) if subscriber else None
            if edition != NEXT:
                return self._previewer.load_stored(settings, edition, store, recipient, language)
            unsaved = self._read_unsaved(store)
            return self._previewer.render_next(settings, unsaved, store, recipient, language)

    def send_test(self, preview: EditionPreview, address: str) -> SendReport:
        """Send one copy of an edition to an address. It is no delivery, and its links unsubscribe nobody.

        Raises:
            ConfigError: the address is malformed, or the transport's settings are wrong.
            TransportError: the copy could not be handed to the transport.
        """
        return self._send_copy(
            preview.newsletter, preview.compiled, address, preview.edition_id, preview.digest.subject
        )

    def _read_unsaved(self, store: PreviewStore) -> UnsavedArticles:
        with self._reading:
            if self._unsaved is None:
                local = [each for each in self.settings.source if each.watched_files(self.base)]
                self._unsaved = self._trial_ingest.read(local, store, now=self._clock.now())
            return self._unsaved

    def _targets(self, store: PreviewStore, unsaved: UnsavedArticles, now: datetime) -> list[FeedTarget]:
        site_feeds = SiteFeeds(store, self.settings.site, self.settings.feed)
        targets, _ = site_feeds.choose_targets(site_feeds.all_targets(now=now, unsaved=unsaved.articles))
        return targets


def _find_subscriber(store: PreviewStore, address: str) -> Subscriber:
    found = store.subscriber(address)
    if found is None:
        raise ConfigError(
            f"{address} is not a subscriber",
            where=Where(field="subscriber"),
            hint="choose an address from the list, or leave the field empty",
        )
    return found
