"""The facade: opens a config, wires the parts, and has a verb for everything that people do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Self

from .config import Settings, load
from .context import AppContext, Progress, SystemClock, silent, this_process
from .model import (
    AudienceReport,
    ComposeReport,
    Due,
    IngestReport,
    PublishReport,
    Reports,
    SendReport,
    Status,
    Subscriber,
    SubscribersReport,
)
from .publishing.id_changes import Ids
from .scheduling.system_clock import Clock
from .store import SqlStore

if TYPE_CHECKING:
    from .delivery import Dispatched
    from .preview.preview import Preview

__all__ = ["Ids", "Newsroom"]

# Each verb imports the module that does it, so that a command loads only what it uses.


def _never() -> bool:
    return False


class Newsroom:
    """Everything that a config describes, ready to work. A context manager: leaving it closes the store.

    Each verb returns a report that says what was done, what was left, and why. What concerns one record, one
    feed or one recipient is in the report; an exception means that the verb as a whole could not be done.

    Example:
        >>> with Newsroom.open("syndicate.toml") as newsroom:   # doctest: +SKIP
        ...     newsroom.ingest()
        ...     newsroom.publish()
    """

    def __init__(self, settings: Settings, base: Path, clock: Clock) -> None:
        self._settings = settings
        self._base = base
        self._clock = clock
        self._owner = this_process()
        self._opening = Lock()
        self._desk: AppContext | None = None

    @classmethod
    def open(cls, path: str | Path = "syndicate.toml", *, clock: Clock | None = None) -> Self:
        """Open a config. The store is opened, and made or upgraded, by the first verb that writes.

        Args:
            path: the config; paths in it are relative to its folder.
            clock: another time than the machine's, for tests.

        Raises:
            ConfigError: the config is wrong; says file, line, field and how to correct it.
        """
        file = Path(path)
        return cls(load(file), file.resolve().parent, clock or SystemClock())

    @property
    def settings(self) -> Settings:
        """The settings, frozen."""
        return self._settings

    @property
    def desk(self) -> AppContext:
        """Settings, store and clock, for the parts that work with them.

        Raises:
            StoreError: the database cannot be opened.
        """
        with self._opening:
            if self._desk is None:
                self._desk = self._with(SqlStore)
            return self._desk

    @contextmanager
    def _reading(self) -> Iterator[AppContext]:
        """A desk for a verb that only reads: unless the store is open already, it cannot be written to."""
        if self._desk is not None:
            yield self._desk
            return
        desk = self._with(SqlStore.open_to_read)
        try:
            yield desk
        finally:
            desk.store.close()

    @contextmanager
    def _open_to_read(self) -> Iterator[SqlStore]:
        with self._reading() as desk:
            yield desk.store

    def _with(self, open_store: Callable[..., SqlStore]) -> AppContext:
        settings = self._settings.store
        store = open_store(_beside(settings.url, self._base), wait=settings.wait.total_seconds())
        return AppContext(self._settings, self._base, store, self._clock, self._owner)

    def ingest(self, source: str | None = None, *, progress: Progress = silent) -> Reports:
        """Take in articles from every source, or from one; one report a source.

        Raises:
            ConfigError: there is no such source.
            StoreError: the database failed.
        """
        from .ingest import ingest as ingesting

        parts = [ingesting.ingest(self.desk, each, progress) for each in self.desk.sources(source)]
        return _together(parts)

    def publish(
        self,
        feed: str | None = None,
        *,
        full: bool = False,
        ids: Ids = "ask",
        progress: Progress = silent,
    ) -> PublishReport:
        """Write the feed files that changed, of every feed or of one, and tell the hubs.

        Args:
            feed: a name from the config; a family's is its pattern.
            full: build every feed, even where the store knows of no change.
            ids: where many articles of a feed come with new ids: `ask` stops that feed and says so, `keep`
                gives them their former ids, `accept` publishes them as new.
            progress: told each feed's name.

        Raises:
            ConfigError: there is no such feed.
            StoreError: the database failed.
        """
        from .publishing import publish as publishing

        return publishing.publish_site(self.desk, feed, full=full, ids=ids, progress=progress)

    def compose(
        self,
        newsletter: str,
        *,
        slot: datetime | None = None,
        note: str | Path | None = None,
        pin: Sequence[str] = (),
        exclude: Sequence[str] = (),
        anyway: bool = False,
    ) -> ComposeReport:
        """Compose the next edition of a newsletter from what no earlier one had; nothing new, no edition.

        Where the linter finds errors none is made, and no article is consumed; the report says why.

        Args:
            newsletter: its name.
            slot: the due moment it is for; a second call for the same slot gives the same edition.
            note: a Markdown file that is put in front of this edition.
            pin: ids or links of articles that come first, if no edition has had them.
            exclude: ids or links of articles that this edition leaves to later ones.
            anyway: make it whatever the linter finds.

        Raises:
            ConfigError: there is no such newsletter, or its theme, subject or note is wrong.
            DigestError: the edition cannot be made; no article is consumed.
            StoreError: the database failed.
        """
        from .newsletters import compose as composing
        from .newsletters.compose_options import ComposeOptions

        wishes = ComposeOptions(note=note, pin=pin, exclude=exclude, anyway=anyway)
        return composing.compose(self.desk, newsletter, slot, wishes)

    def send(
        self,
        newsletter: str,
        *,
        edition: str | None = None,
        anyway: bool = False,
        stop: Callable[[], bool] = _never,
    ) -> SendReport:
        """Send an edition to everybody who subscribes and has not had it.

        If the linter finds errors, nobody gets it; the report says why.

        Args:
            newsletter: its name.
            edition: which one; the last if absent.
            anyway: send it whatever the linter finds.
            stop: asked between mails; what is in hand is finished.

        Raises:
            ConfigError: there is no such newsletter or edition, or the transport's settings are wrong.
            StoreError: the database failed.
        """
        from .delivery import send as sending

        return sending.send(self.desk, newsletter, edition_id=edition, anyway=anyway, stop=stop)

    def send_test(
        self,
        newsletter: str,
        address: str,
        *,
        edition: str | None = None,
        language: str | None = None,
        timezone: str | None = None,
    ) -> SendReport:
        """Send one copy of an edition to an address, outside the ledger, whatever the linter finds.

        It counts as nobody's delivery, and its links unsubscribe nobody.

        Args:
            newsletter: its name.
            address: to whom.
            edition: which one; the last if absent.
            language, timezone: of the subscriber whose copy it is (BCP 47, IANA); the newsletter's own if
                absent.

        Raises:
            ConfigError: there is no such newsletter, edition, language or time zone, the address is not one,
                or the transport's settings are wrong.
            StoreError: the database failed.
            TransportError: the copy could not be handed on.
        """
        from .delivery import send as sending
        from .subscribers.profile import parse_locale

        locale = parse_locale(language, timezone)
        with self._reading() as desk:
            return sending.send_test(desk, newsletter, address, edition_id=edition, reader=locale)

    def audience(
        self, newsletter: str, *, edition: str | None = None, anyway: bool = False
    ) -> AudienceReport:
        """Who would get an edition if it were sent now. Nothing is sent or written.

        Args:
            newsletter: its name.
            edition: which one; the last if absent.
            anyway: as for `send`: whether errors that the linter finds are problems of the report.

        Raises:
            ConfigError: there is no such newsletter or edition.
            StoreError: the database failed.
        """
        from .delivery import send as sending

        with self._reading() as desk:
            return sending.audience(desk, newsletter, edition_id=edition, anyway=anyway)

    def dispatch(self, *, stop: Callable[[], bool] = _never) -> Dispatched:
        """Hand on every delivery that is due, whatever its edition."""
        from .delivery import send as sending

        return sending.dispatch(self.desk, stop=stop)

    def enqueue(self, newsletter: str, edition: str) -> int:
        """Put an edition's deliveries into the ledger without sending; count the new ones."""
        return self.desk.store.enqueue(edition, newsletter, now=self.desk.clock.now())

    def next(self, count: int = 10) -> list[Due]:
        """Return the next slots of all schedules, soonest first. Only the next refresh is included."""
        from .status import upcoming_slots

        return upcoming_slots(self._settings, count, self._clock.now())

    def status(self) -> Status:
        """Return what ran and what is waiting. Nothing is written.

        Raises:
            StoreError: the database cannot be read, or is of an older version.
        """
        from .status import read_status

        with self._open_to_read() as store:
            return read_status(self._settings, store, now=self._clock.now())

    def check(self) -> Reports:
        """Try everything without writing or sending, and report what would go wrong.

        Raises:
            StoreError: the database cannot be read, or is of an older version.
        """
        from .check import check

        with self._open_to_read() as store:
            return check(self._settings, self._base, store, now=self._clock.now())

    def preview(self) -> Preview:
        """Return a preview of what would be published and mailed now. Nothing is stored, consumed or sent.

        The store is opened to read for each request, so the preview follows what other processes write.
        """
        from .preview.preview import Preview

        return Preview(self._settings, self._base, self._clock, self._open_to_read)

    def add_subscriber(
        self,
        email: str,
        *,
        name: str = "",
        language: str = "",
        timezone: str = "",
        newsletters: Sequence[str] = (),
    ) -> SubscribersReport:
        """Subscribe an address, on the operator's word that its owner consented.

        An address that has unsubscribed or is suppressed stays so.

        Args:
            language: BCP 47. An invalid language or time zone is reported and left empty.
            timezone: an IANA name.
            newsletters: names from the config; all of them if empty.

        Raises:
            ConfigError: there is no such newsletter.
            StoreError: the database failed.
        """
        from .subscribers.subscribe import add_subscriber

        row = {"email": email, "name": name, "language": language, "timezone": timezone}
        return add_subscriber(
            self.desk.store, row, newsletters=newsletters, known=self._titles(), now=self._clock.now()
        )

    def resubscribe(
        self,
        email: str,
        *,
        name: str = "",
        language: str = "",
        timezone: str = "",
        newsletters: Sequence[str] = (),
    ) -> SubscribersReport:
        """Subscribe an address whose owner unsubscribed and asked to be added again; see `add_subscriber`.

        An address that is suppressed for another reason, such as a bounce, stays suppressed.
        """
        from .subscribers.subscribe import resubscribe

        row = {"email": email, "name": name, "language": language, "timezone": timezone}
        return resubscribe(
            self.desk.store, row, newsletters=newsletters, known=self._titles(), now=self._clock.now()
        )

    def import_subscribers(self, path: str | Path, *, newsletters: Sequence[str] = ()) -> SubscribersReport:
        """Subscribe the addresses of a CSV file with a header, or of a text file with one address a line.

        Addresses that have unsubscribed or are suppressed stay so.

        Args:
            newsletters: names from the config; they override the column `newsletters`.

        Raises:
            ConfigError: there is no such newsletter, the file does not exist, or it is not text.
            WorldError: the file cannot be read, or the database failed.
        """
        from .subscribers.subscribe import import_subscribers

        return import_subscribers(
            self.desk.store,
            Path(path),
            newsletters=newsletters,
            known=self._titles(),
            now=self._clock.now(),
        )

    def export_subscribers(self) -> str:
        """Return all subscribers and suppressed addresses as CSV. Nothing is written."""
        from .subscribers.csv_files import export_subscribers

        with self._reading() as desk:
            return export_subscribers(desk.store)

    def subscribers(self, newsletter: str | None = None) -> list[Subscriber]:
        """All subscribers, or those of one newsletter, by address. Nothing is written.

        Raises:
            ConfigError: there is no such newsletter.
        """
        with self._reading() as desk:
            if newsletter is not None:
                desk.newsletter(newsletter)
            return list(desk.store.subscribers(newsletter))

    def remove_subscriber(self, email: str) -> bool:
        """Delete a subscriber's data and suppress the address.

        Return False, with nothing written, if the address is unknown.
        """
        from .subscribers.subscribe import remove_subscriber

        return remove_subscriber(self.desk.store, email, now=self._clock.now())

    def newsletter_of_link(self, token: str) -> str | None:
        """Return the title of the newsletter of an unsubscribe link. None if the token is not valid."""
        from .subscribers.unsubscribe_links import newsletter_of_link

        return newsletter_of_link(token, tokens=self.desk.tokens(), titles=self._titles())

    def unsubscribe(self, token: str) -> str | None:
        """Unsubscribe by the token of a link, and return the newsletter's title. None if it is not valid."""
        from .subscribers.unsubscribe_links import unsubscribe

        return unsubscribe(
            self.desk.store, token, tokens=self.desk.tokens(), titles=self._titles(), now=self._clock.now()
        )

    def _titles(self) -> dict[str, str]:
        """Return the title of each newsletter of the config, by name."""
        return {each.name: each.title for each in self._settings.newsletter}

    def close(self) -> None:
        """Close the store."""
        if self._desk is not None:
            self._desk.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _together(parts: Sequence[IngestReport]) -> Reports:
    return Reports(parts=tuple(parts), outside=any(part.outside for part in parts))


def _beside(url: str, base: Path) -> str:
    """An SQLite path relative to the config, not to where the command was typed."""
    prefix = "sqlite:///"
    path = url.removeprefix(prefix)
    if not url.startswith(prefix) or path.startswith("/") or path in ("", ":memory:"):
        return url
    return f"{prefix}{base / path}"
