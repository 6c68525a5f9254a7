"""The facade: opens a config, wires the parts, and has a method for every task."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self, TextIO
from uuid import uuid4
from zoneinfo import ZoneInfo

from .config import REFRESH, BounceSettings, Settings, load
from .errors import ConfigError, Where
from .model import (
    AudienceReport,
    BouncesReport,
    ComposeReport,
    DnsRecord,
    Due,
    Explanation,
    IngestReports,
    Newsletter,
    PublishReport,
    ReinstateReport,
    Report,
    RetryReport,
    SendReport,
    Status,
    Subscriber,
    SubscriberFilter,
    SubscriberRecord,
    SubscribersReport,
)
from .publishing.id_change_guard import IdPolicy
from .resources import version
from .scheduling.system_clock import Clock, SystemClock
from .store import SqlStore

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from .deliverability import UnsubscribeLink
    from .delivery import DispatchReport, Transport
    from .delivery.bounces.bounce_processor import BounceProcessor
    from .delivery.bounces.listener import BounceListener
    from .delivery.edition_sender import EditionSender
    from .delivery.limits.limit_states import SendLimits
    from .mail import CompiledMessage, Tokens
    from .newsletters.edition_lint import LintMode
    from .preview.preview import Preview
    from .scheduling import Scheduler

__all__ = ["IdPolicy", "Newsroom"]

# Each method imports the module that does the work, so that a command loads only what it uses.


def _never() -> bool:
    return False


def _ignore(_: str) -> None:
    """Progress that nobody watches."""


def _ignore_lines(_done: int, _of: int) -> None:
    """Progress that nobody watches."""


class Newsroom:
    """Everything that a config describes. A context manager: leaving it closes the store.

    Methods return reports. A problem with one record, feed or recipient is in the report. If a method raises,
    the operation as a whole failed.

    Example:
        >>> with Newsroom.open("syndicate.toml") as newsroom:   # doctest: +SKIP
        ...     newsroom.ingest()
        ...     newsroom.publish()
    """

    def __init__(
        self, settings: Settings, base: Path, clock: Clock, transport: Transport | None = None
    ) -> None:
        self._settings = settings
        self._base = base
        self._clock = clock
        self._transport = transport
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
        self._opening = Lock()
        self._opened: SqlStore | None = None

    @classmethod
    def open(
        cls,
        path: str | Path = "syndicate.toml",
        *,
        clock: Clock | None = None,
        transport: Transport | None = None,
    ) -> Self:
        """Open a config. The first method that writes opens the store, and creates or upgrades it.

        Args:
            path: the config; paths in it are relative to its folder.
            clock: replaces the clock of the machine, for tests.
            transport: replaces the transport of the config.

        Raises:
            ConfigError: the config is wrong.
        """
        file = Path(path)
        return cls(load(file), file.resolve().parent, clock or SystemClock(), transport)

    @property
    def settings(self) -> Settings:
        """The settings, frozen."""
        return self._settings

    @property
    def database_url(self) -> str:
        """The URL of the database; the path of an SQLite file is absolute."""
        url, prefix = self._settings.store.url, "sqlite:///"
        path = url.removeprefix(prefix)
        if not url.startswith(prefix) or path.startswith("/") or path in ("", ":memory:"):
            return url
        return f"{prefix}{self._base / path}"

    @property
    def _store(self) -> SqlStore:
        with self._opening:
            if self._opened is None:
                self._opened = SqlStore(self.database_url, wait=self._lock_timeout)
            return self._opened

    @property
    def _lock_timeout(self) -> float:
        return self._settings.store.wait.total_seconds()

    @contextmanager
    def _open_to_read(self) -> Iterator[SqlStore]:
        """Open the store read-only, unless it is open already."""
        if self._opened is not None:
            yield self._opened
            return
        store = SqlStore.open_read_only(self.database_url, wait=self._lock_timeout)
        try:
            yield store
        finally:
            store.close()

    @property
    def _web_url(self) -> str | None:
        return self._settings.web.base_url if self._settings.web else None

    @property
    def _user_agent(self) -> str:
        return f"syndicate/{version()} (+{self._settings.site.home})"

    def _tokens(self) -> Tokens:
        """Return the signer of links: by SYNDICATE_SECRET, or by a key in the store."""
        from .mail import Tokens

        return Tokens(os.environ.get("SYNDICATE_SECRET") or self._store.secret("tokens"))

    def _open_transport(self) -> Transport:
        if self._transport is not None:
            return self._transport
        from .delivery.relays import open_relays

        return open_relays(self._settings.delivery, self._base)

    def _send_limits(self) -> SendLimits:
        from .delivery.limits.limit_states import SendLimits

        settings = self._settings.delivery
        relays = settings.relays if self._transport is None else settings.only_transport
        return SendLimits(
            relays, settings.domain, settings.warm_up, settings.canary, ZoneInfo(self._settings.site.timezone)
        )

    def _sender(self, store: SqlStore) -> EditionSender:
        from .delivery.dkim_keys import load_dkim_keys
        from .delivery.edition_sender import EditionSender
        from .newsletters.edition_lint import lint_edition

        settings = self._settings.delivery
        return EditionSender(
            store,
            find_newsletter=self._settings.find_newsletter,
            find_segment=self._find_segment,
            lint_edition=partial(lint_edition, web_url=self._web_url),
            open_transport=self._open_transport,
            tokens=self._tokens,
            dkim_keys=partial(load_dkim_keys, settings, self._base),
            web_url=self._web_url,
            clock=self._clock,
            owner=self._owner,
            retry=settings.retry,
            in_doubt=settings.in_doubt,
            lease=settings.lease,
            refusals=settings.refusals,
            timeouts=settings.timeouts,
            limits=self._send_limits(),
            bounce_address=self._settings.bounces.address if self._settings.bounces else None,
        )

    def _find_segment(self, newsletter: Newsletter) -> SubscriberFilter | None:
        from .newsletters.segments import segment_of

        return segment_of(newsletter, self._base)

    def _send_copy(
        self, newsletter: Newsletter, message: CompiledMessage, address: str, edition_id: str, subject: str
    ) -> SendReport:
        with self._open_to_read() as store:
            return self._sender(store).send_copy(newsletter, message, address, edition_id, subject)

    def ingest(
        self,
        source: str | None = None,
        *,
        reread: bool = False,
        confirm: bool = False,
        progress: Callable[[str], None] = _ignore,
    ) -> IngestReports:
        """Read articles from all sources, or from one. The report has a part for each source.

        Args:
            source: a name from the config; all sources if absent.
            reread: read files that have not changed too.
            confirm: apply a change of many articles at once; with several sources, only of those whose change
                is held already. Without it the change is held until a second ingest shows the same.
            progress: called with the key of each record that is read.

        Raises:
            ConfigError: there is no such source.
            StoreError: the database failed.
        """
        from .ingest.ingestor import Ingestor

        sources = self._settings.source if source is None else [self._settings.find_source(source)]
        ingestor = Ingestor(
            self._store,
            self._store,
            site=self._settings.site,
            source_names=self._settings.source_names,
            base=self._base,
            now=self._clock.now(),
            progress=progress,
        )
        # Without a name, nobody has seen what a source would change whose change is not held yet.
        held = {each.source for each in self._store.held_changes()} if confirm and len(sources) > 1 else None
        parts = tuple(
            ingestor.ingest(each, reread=reread, is_confirmed=confirm and (held is None or each.name in held))
            for each in sources
        )
        return IngestReports(parts=parts, external_failure=any(each.external_failure for each in parts))

    def explain(self, article: str) -> Explanation:
        """Return how a record becomes an article, step by step, and which feeds show it. Stores nothing.

        Args:
            article: an id, a link, the path of a file with one record, or the key of a record in its source.

        Raises:
            ConfigError: no source has such a record.
            StoreError: the database cannot be read, or is of an older version.
        """
        from .explain import explain

        with self._open_to_read() as store:
            return explain(article, self._settings, self._base, store, now=self._clock.now())

    def publish(
        self,
        feed: str | None = None,
        *,
        full: bool = False,
        ids: IdPolicy = "ask",
        progress: Callable[[str], None] = _ignore,
    ) -> PublishReport:
        """Write the feed files that changed, of all feeds or of one, and notify the hubs.

        Args:
            feed: a name from the config; for a family, its pattern.
            full: build every document, even if nothing is known to have changed.
            ids: what to do if many articles of a feed have new ids: `ask` does not publish that feed and
                reports it, `keep` gives them their former ids, `accept` publishes them as new.
            progress: called with the name of each finished feed.

        Raises:
            ConfigError: there is no such feed.
            PublishError: the output folder cannot be used, or there is no space for temporary files.
            StoreError: the database failed.
        """
        from .publishing.file_publisher import FilePublisher
        from .publishing.site_publisher import SitePublisher

        settings = self._settings
        only = None if feed is None else settings.find_feed(feed)
        files = FilePublisher(self._base / settings.site.output, compress=settings.compress)
        publisher = SitePublisher(
            self._store,
            files,
            site=settings.site,
            feeds=settings.feed,
            configured_sources=settings.source_names,
            clock=self._clock,
        )
        return publisher.publish(only, full=full, ids=ids, progress=progress)

    def compose(
        self,
        newsletter: str,
        *,
        slot: datetime | None = None,
        note: str | Path | None = None,
        pin: Sequence[str] = (),
        exclude: Sequence[str] = (),
        lint: LintMode = "refuse",
    ) -> ComposeReport:
        """Compose the next edition of a newsletter of the articles that no edition has contained.

        Without such articles no edition is composed. If the linter finds errors, no edition is composed, its
        articles stay queued, and the report says why.

        Args:
            newsletter: its name.
            slot: the due time that it is for (UTC); a second call for the same slot returns the same edition.
            note: a Markdown file with an editor's note for this edition.
            pin: ids or links of articles that come first, unless an edition has contained them.
            exclude: ids or links of articles to leave for later editions.
            lint: `report` composes the edition even if the linter finds errors.

        Raises:
            ConfigError: there is no such newsletter, or its theme, subject or note is wrong.
            DigestError: the edition cannot be rendered; no article is consumed.
            StoreError: the database failed.
        """
        from .newsletters.compose_options import ComposeOptions
        from .newsletters.composer import Composer

        composer = Composer(
            store=self._store,
            folder=self._base,
            user_agent=self._user_agent,
            web_url=self._web_url,
            now=self._clock.now,
        )
        options = ComposeOptions(note=note, pin=pin, exclude=exclude, lint=lint)
        return composer.compose(self._settings.find_newsletter(newsletter), options, slot=slot)

    def send(
        self,
        newsletter: str,
        *,
        edition: str | None = None,
        lint: LintMode = "refuse",
        stop: Callable[[], bool] = _never,
    ) -> SendReport:
        """Send an edition to every subscriber who has not had it.

        If the linter finds errors, nobody gets it, and the report says why.

        Args:
            newsletter: its name.
            edition: the id of the edition; the last one if absent.
            lint: `report` sends it although the linter finds errors.
            stop: called between messages; if it returns True, no further message is started.

        Raises:
            ConfigError: there is no such newsletter or edition, or the transport's settings are wrong.
            StoreError: the database failed.
        """
        return self._sender(self._store).send(newsletter, edition_id=edition, lint=lint, stop=stop)

    def resume(self, newsletter: str, *, edition: str | None = None) -> str | None:
        """Let an edition continue whose first deliveries had too many failures (`[delivery.canary]`).

        The next `send` or the daemon sends the rest. Return the id of the edition; None if there is none.

        Args:
            newsletter: its name.
            edition: the id of the edition; the last one if absent.

        Raises:
            ConfigError: there is no such newsletter or edition.
            StoreError: the database failed.
        """
        return self._sender(self._store).resume(newsletter, edition_id=edition)

    def send_test(
        self,
        newsletter: str,
        address: str,
        *,
        edition: str | None = None,
        language: str | None = None,
        timezone: str | None = None,
    ) -> SendReport:
        """Send one copy of an edition to an address, also if the linter finds errors.

        It is no delivery, and its links unsubscribe nobody.

        Args:
            newsletter: its name.
            address: the recipient.
            edition: the id of the edition; the last one if absent.
            language, timezone: of the subscriber whose copy it is (BCP 47, IANA); the newsletter's own if
                absent.

        Raises:
            ConfigError: there is no such newsletter, edition, language or time zone, the address is wrong, or
                the transport's settings are wrong.
            StoreError: the database failed.
            TransportError: the transport cannot be used.
        """
        from .subscribers.subscriber_profile import parse_locale

        locale = parse_locale(language, timezone)
        with self._open_to_read() as store:
            return self._sender(store).send_test(newsletter, address, edition_id=edition, locale=locale)

    def audience(
        self, newsletter: str, *, edition: str | None = None, lint: LintMode = "refuse"
    ) -> AudienceReport:
        """Return who would get an edition if it were sent now. Nothing is sent or written.

        Args:
            newsletter: its name.
            edition: the id of the edition; the last one if absent.
            lint: as for `send`; with `refuse`, errors that the linter finds are problems of the report.

        Raises:
            ConfigError: there is no such newsletter or edition.
            StoreError: the database failed.
        """
        with self._open_to_read() as store:
            return self._sender(store).audience(newsletter, edition_id=edition, lint=lint)

    def dispatch(self, *, stop: Callable[[], bool] = _never) -> DispatchReport:
        """Send every delivery that is due, of all editions.

        Args:
            stop: called between messages; if it returns True, no further message is started.

        Raises:
            ConfigError: the transport's settings are wrong.
            StoreError: the database failed.
        """
        return self._sender(self._store).dispatch(stop=stop)

    def dkim_records(self) -> list[DnsRecord]:
        """Return the DNS records that publish the DKIM keys of the config.

        Raises:
            ConfigError: a key cannot be read or cannot sign mail.
        """
        from .delivery.dkim_keys import load_dkim_keys

        keys = load_dkim_keys(self._settings.delivery, self._base)
        return [DnsRecord(name=key.record_name, type="TXT", value=key.record) for key in keys]

    def process_bounces(self, *, stop: Callable[[], bool] = _never) -> BouncesReport:
        """Read bounces, complaints and unsubscribe mails from the mailbox, and do what follows from them.

        A mail that is read twice counts once.

        Args:
            stop: called between mails; if it returns True, the rest waits for the next call.

        Raises:
            ConfigError: the config has no `[bounces]`, or its mailbox is wrong.
            StoreError: the database failed.
        """
        from .delivery.bounces.bounce_run import process_mailbox
        from .delivery.bounces.mailbox import open_mailbox

        settings = self._bounce_settings()
        mailbox = open_mailbox(settings.mailbox, self._base)
        return process_mailbox(self._bounce_processor(), mailbox, stop=stop)

    def bounce_listener(self, report: Callable[[str], None]) -> BounceListener | None:
        """Return the server that takes bounces, for a daemon; None if the config has none.

        Args:
            report: called with one line about each mail and each error.

        Raises:
            ConfigError: the address is wrong, or aiosmtpd is not installed.
        """
        from .delivery.bounces.mailbox_url import LISTENERS, MailboxUrl

        settings = self._settings.bounces
        if settings is None:
            return None
        url = MailboxUrl(settings.mailbox, self._base)
        if url.scheme not in LISTENERS:
            return None
        try:
            from .delivery.bounces.listener import BounceListener
        except ImportError as error:
            raise ConfigError(
                f"taking bounces needs {error.name}",
                where=Where(field="bounces.mailbox"),
                hint="pip install 'syndicate-feeds[mail]'",
            ) from None
        processor = self._bounce_processor()
        return BounceListener(
            url, is_return_path=processor.is_return_path, record=processor.process, report=report
        )

    def _bounce_settings(self) -> BounceSettings:
        if self._settings.bounces is None:
            raise ConfigError(
                "the config does not say where bounces arrive",
                where=Where(field="bounces"),
                hint="add [bounces] with address and mailbox",
            )
        return self._settings.bounces

    def _bounce_processor(self) -> BounceProcessor:
        from .delivery.bounces.bounce_processor import BounceProcessor
        from .mail import ReturnPaths

        settings, tokens = self._bounce_settings(), self._tokens()
        return BounceProcessor(
            self._store,
            ReturnPaths(tokens, settings.address),
            tokens,
            unsubscribe=self.unsubscribe,
            clock=self._clock,
            soft=settings.soft,
            within=settings.within,
        )

    def retry_deliveries(
        self,
        newsletter: str,
        *,
        state: Literal["failed", "held", "deferred"] = "failed",
        edition: str | None = None,
    ) -> RetryReport:
        """Make the deliveries of an edition in this state due now, as if none had been tried.

        Deliveries of subscribers who have unsubscribed or complained, were removed or are suppressed stay as
        they are.

        Args:
            newsletter: its name.
            state: `held` deliveries may have arrived: some subscribers may get a second copy.
            edition: the id of the edition; the last one if absent.

        Raises:
            ConfigError: there is no such newsletter or edition.
            StoreError: the database failed.
        """
        return self._sender(self._store).retry_deliveries(newsletter, edition_id=edition, state=state)

    def enqueue(self, newsletter: str, edition: str) -> int:
        """Create a delivery for each subscriber who has none of this edition yet. Return the count."""
        segment = self._find_segment(self._settings.find_newsletter(newsletter))
        return self._store.enqueue(edition, newsletter, now=self._clock.now(), segment=segment)

    def seconds_until_delivery(self) -> float | None:
        """Return the seconds until the next delivery is due, 0 if one is due; None if none is waiting.

        Raises:
            StoreError: the database failed.
        """
        now = self._clock.now()
        due = self._store.next_due(now=now, longest_wait=self._settings.delivery.retry.longest_wait)
        return None if due is None else max((due - now).total_seconds(), 0.0)

    def scheduler(self) -> Scheduler:
        """Return the scheduler of the config, for a daemon.

        Raises:
            StoreError: the database failed.
        """
        from .scheduling import Scheduler

        return Scheduler(self._store, self._settings.schedules(), clock=self._clock, owner=self._owner)

    def has_ingested(self) -> bool:
        """Return whether the store has ever got an article.

        Raises:
            StoreError: the database failed.
        """
        return self._store.sequence() > 0

    def ping(self) -> None:
        """Raise StoreError if the database does not answer."""
        self._store.sequence()

    def web_app(self) -> Starlette:
        """Return the web pages as an ASGI application: `/feeds/...`, `/unsubscribe/TOKEN`, `/health`.

        It needs `syndicate-feeds[web]`. The newsroom must stay open while it is served.
        """
        from .web import create_app

        site = self._settings.site
        return create_app(
            site,
            output=self._base / site.output,
            refresh=next((each for each in self._settings.schedules() if each.name == REFRESH), None),
            clock=self._clock,
            ping=self.ping,
            newsletter_of_link=self.newsletter_of_link,
            unsubscribe=self.unsubscribe,
        )

    def next(self, count: int = 10) -> list[Due]:
        """Return the next slots of all schedules, soonest first. Only the next refresh is included."""
        from .status import upcoming_slots

        return upcoming_slots(self._settings, count, self._clock.now())

    def status(self) -> Status:
        """Return what ran and what is waiting. Nothing is written.

        Raises:
            StoreError: the database cannot be read, or is of an older version.
        """
        from .publishing.site_publisher import failed_feeds
        from .status import read_status

        with self._open_to_read() as store:
            failed = failed_feeds(store)
            return read_status(self._settings, store, failed_feeds=failed, now=self._clock.now())

    def check(self) -> Report:
        """Try everything without writing or sending, and report what would go wrong.

        Raises:
            StoreError: the database cannot be read, or is of an older version.
        """
        from .check import check

        with self._open_to_read() as store:
            return check(
                self._settings,
                self._base,
                store,
                find_newsletter=self._settings.find_newsletter,
                open_transport=self._open_transport,
                now=self._clock.now(),
            )

    def check_dns(self, *, server: str | None = None) -> Report:
        """Check what receivers demand of mail: DNS records, TLS of the relay, unsubscribing with one click.

        Nothing is written or sent. This is the only method that looks up DNS records of senders.

        Args:
            server: the IP address of a DNS server to ask, if not the system's; may have a port.

        Raises:
            ConfigError: a DKIM key cannot be read, `server` is not an address, or dnspython is missing.
            StoreError: the database cannot be read, or is of an older version.
        """
        from .deliverability import DnsResolver, check_deliverability
        from .delivery.dkim_keys import load_dkim_keys
        from .mail import wire_address

        settings = self._settings
        bounces = settings.bounces

        def return_path(newsletter: Newsletter) -> str:
            address = bounces.address if bounces else newsletter.sender.email
            return wire_address(address).rpartition("@")[2].lower()

        return check_deliverability(
            settings,
            self._base,
            DnsResolver(server),
            keys=load_dkim_keys(settings.delivery, self._base),
            return_path=return_path,
            test_link=self._test_link,
            now=self._clock.now(),
        )

    def _test_link(self, newsletter: Newsletter, web_url: str) -> UnsubscribeLink:
        from .deliverability import UnsubscribeLink
        from .mail import UNSUBSCRIBE, Tokens, unsubscribe_url
        from .subscribers.unsubscribe_links import TEST_SUBSCRIBER

        key = os.environ.get("SYNDICATE_SECRET")
        if not key:
            with self._open_to_read() as store:
                key = store.recall("tokens")
        token = Tokens(key).make(UNSUBSCRIBE, TEST_SUBSCRIBER, newsletter.name) if key else TEST_SUBSCRIBER
        return UnsubscribeLink(unsubscribe_url(web_url, token), is_valid=bool(key))

    def preview(self) -> Preview:
        """Return a preview of what would be published and mailed now. Nothing is stored, consumed or sent.

        The store is opened to read for each request, so the preview follows what other processes write.
        """
        from .preview.preview import Preview

        return Preview(
            self._settings,
            self._base,
            clock=self._clock,
            open_store=self._open_to_read,
            find_newsletter=self._settings.find_newsletter,
            send_copy=self._send_copy,
        )

    def add_subscriber(
        self,
        email: str,
        *,
        name: str = "",
        language: str = "",
        timezone: str = "",
        newsletters: Sequence[str] = (),
        tags: Sequence[str] = (),
        consent_text: str = "",
        consent_ip: str = "",
    ) -> SubscribersReport:
        """Subscribe an address, on the operator's word that its owner consented.

        An address that has unsubscribed or is suppressed stays so.

        Args:
            language: BCP 47. An invalid language or time zone is reported and left empty.
            timezone: an IANA name.
            newsletters: names from the config; all of them if empty.
            consent_text: what the owner agreed to: the text of a form, or its URL.
            consent_ip: the owner's IP address.

        Raises:
            ConfigError: there is no such newsletter.
            StoreError: the database failed.
        """
        from .subscribers.subscriptions import add_subscriber, subscriber_row

        row = subscriber_row(email, name, language, timezone, tags, consent_text, consent_ip)
        return add_subscriber(
            self._store, row, newsletters=newsletters, known=self._titles(), now=self._clock.now()
        )

    def resubscribe(
        self,
        email: str,
        *,
        name: str = "",
        language: str = "",
        timezone: str = "",
        newsletters: Sequence[str] = (),
        tags: Sequence[str] = (),
        consent_text: str = "",
        consent_ip: str = "",
    ) -> SubscribersReport:
        """Subscribe an address whose owner unsubscribed and asked to be added again; see `add_subscriber`.

        An address that is suppressed for another reason, such as a bounce, stays suppressed.
        """
        from .subscribers.subscriptions import resubscribe, subscriber_row

        row = subscriber_row(email, name, language, timezone, tags, consent_text, consent_ip)
        return resubscribe(
            self._store, row, newsletters=newsletters, known=self._titles(), now=self._clock.now()
        )

    def import_subscribers(
        self,
        path: str | Path,
        *,
        newsletters: Sequence[str] = (),
        format: str = "auto",  # noqa: A002 - the usual word
        rejects: str | Path | None = None,
        progress: Callable[[int, int], None] = _ignore_lines,
    ) -> SubscribersReport:
        """Subscribe the addresses of a file: CSV with a header, or one address a line.

        Addresses that have unsubscribed or are suppressed stay so. Rows are stored in batches. After a
        failure, import the file again: what is stored already does not change.

        Args:
            newsletters: names from the config; they override the column `newsletters`.
            format: `auto`, `csv`, `plain`, or the product that wrote the file, such as `mailchimp`.
            rejects: a CSV file to write, with the rows that were not stored and the reasons.
            progress: called with the number of lines done, and of all lines.

        Raises:
            ConfigError: there is no such newsletter or format, the file does not exist, or it is not text.
            ExternalError: the file cannot be read, or the database failed.
        """
        from .subscribers.subscriber_import import import_subscribers

        return import_subscribers(
            self._store,
            Path(path),
            newsletters=newsletters,
            known=self._titles(),
            now=self._clock.now(),
            format_name=format,
            rejects=None if rejects is None else Path(rejects),
            progress=progress,
        )

    def export_subscribers(self, file: TextIO) -> None:
        """Write all subscribers and suppressed addresses to a file as CSV. The store does not change."""
        from .subscribers.subscriber_export import export_subscribers

        with self._open_to_read() as store:
            export_subscribers(store, file)

    def subscribers(self, newsletter: str | None = None) -> list[Subscriber]:
        """Return all subscribers, or those of one newsletter, by address. Nothing is written.

        Raises:
            ConfigError: there is no such newsletter.
        """
        return list(self.iterate_subscribers(newsletter))

    def iterate_subscribers(self, newsletter: str | None = None) -> Iterator[Subscriber]:
        """Yield all subscribers, or those of one newsletter, by address. Only a part of them is in memory.

        Raises:
            ConfigError: there is no such newsletter.
        """
        with self._open_to_read() as store:
            if newsletter is not None:
                self._settings.find_newsletter(newsletter)
            yield from store.subscribers(newsletter)

    def remove_subscriber(self, email: str) -> bool:
        """Delete a subscriber's data and suppress the address.

        Return False, with nothing written, if the address is unknown.
        """
        from .subscribers.subscriptions import remove_subscriber

        return remove_subscriber(self._store, email, now=self._clock.now())

    def show_subscriber(self, email: str) -> SubscriberRecord | None:
        """Return all that is kept about an address. None if nothing is, or if it is no address.

        Raises:
            StoreError: the database failed.
        """
        from .subscribers.subscriptions import find_record

        with self._open_to_read() as store:
            return find_record(store, email)

    def reinstate_subscribers(
        self,
        email: str | None = None,
        *,
        bounced_since: datetime | None = None,
        until: datetime | None = None,
    ) -> ReinstateReport:
        """Send mail again to an address that is suppressed because mail bounced, or to all of some time.

        Who has unsubscribed, was removed or has complained stays so.

        Args:
            email: one address; then the times are not used.
            bounced_since: the addresses that were suppressed since then (UTC).
            until: and before then (UTC); now if absent.

        Raises:
            ConfigError: neither an address nor a time is given.
            StoreError: the database failed.
        """
        from .subscribers.subscriptions import reinstate

        until = until or self._clock.now()
        return reinstate(self._store, email, bounced_since=bounced_since, until=until)

    def newsletter_of_link(self, token: str) -> str | None:
        """Return the title of the newsletter of an unsubscribe link. None if the token is not valid."""
        from .subscribers.unsubscribe_links import newsletter_of_link

        return newsletter_of_link(token, tokens=self._tokens(), titles=self._titles())

    def unsubscribe(self, token: str) -> str | None:
        """Unsubscribe by the token of a link, and return the newsletter's title. None if it is not valid."""
        from .subscribers.unsubscribe_links import unsubscribe

        return unsubscribe(
            self._store, token, tokens=self._tokens(), titles=self._titles(), now=self._clock.now()
        )

    def _titles(self) -> dict[str, str]:
        """Return the title of each newsletter of the config, by name."""
        return {each.name: each.title for each in self._settings.newsletter}

    def close(self) -> None:
        """Close the store."""
        if self._opened is not None:
            self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
