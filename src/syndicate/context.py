"""What every verb needs: settings, store, clock, and the folder that paths are relative to."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from .config import FeedSettings, NewsletterSettings, Settings, SourceSettings
from .errors import ConfigError, Where
from .mail import Tokens
from .scheduling.system_clock import Clock
from .store import SqlStore

Progress = Callable[[str], None]
Named = TypeVar("Named", SourceSettings, FeedSettings, NewsletterSettings)


def silent(_: str) -> None:
    """Progress that nobody watches."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The moment, UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class AppContext:
    """A config, opened.

    Attributes:
        base: the config's folder.
        owner: this process, for people who look at the ledgers.
    """

    settings: Settings
    base: Path
    store: SqlStore
    clock: Clock
    owner: str

    def tokens(self) -> Tokens:
        """The maker of signed words; the key is SYNDICATE_SECRET, else one that the store keeps."""
        return Tokens(os.environ.get("SYNDICATE_SECRET") or self.store.secret("tokens"))

    def sources(self, name: str | None) -> Sequence[SourceSettings]:
        """All sources, or the one of a name.

        Raises:
            ConfigError: there is none of that name.
        """
        return self.settings.source if name is None else [_named(self.settings.source, name, "source")]

    @property
    def source_names(self) -> frozenset[str]:
        """The names of the sources of the config; those of the store that are no more in it are retired."""
        return frozenset(each.name for each in self.settings.source)

    def feeds(self, name: str | None) -> Sequence[FeedSettings]:
        """All feeds, or the one of a name.

        Raises:
            ConfigError: there is none of that name.
        """
        return self.settings.feed if name is None else [_named(self.settings.feed, name, "feed")]

    def newsletter(self, name: str) -> NewsletterSettings:
        """A newsletter, with what it leaves open filled in from the site.

        Raises:
            ConfigError: there is none of that name.
        """
        return find_newsletter(self.settings, name)


def find_newsletter(settings: Settings, name: str) -> NewsletterSettings:
    """Return the newsletter of a name, with the defaults of the site.

    Raises:
        ConfigError: there is no newsletter of that name.
    """
    found = _named(settings.newsletter, name, "newsletter")
    site = settings.site
    return found.model_copy(
        update={
            "home": found.home or site.home,
            "language": found.language or site.language,
            "timezone": found.timezone or site.timezone,
        }
    )


def this_process() -> str:
    """A name for this process that no other has."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


def _named(all_: Sequence[Named], name: str, kind: str) -> Named:
    for each in all_:
        if each.name == name:
            return each
    known = ", ".join(each.name for each in all_) or "none"
    raise ConfigError(f"there is no {kind} {name!r}", where=Where(field=kind), hint=f"known: {known}")


@dataclass(frozen=True, slots=True)
class _FixedClock:
    moment: datetime

    def now(self) -> datetime:
        return self.moment


def transitional_context(settings: Settings, base: Path, store: Any, now: datetime) -> AppContext:
    """The context for functions that still take one, from the few things that their callers have."""
    return AppContext(settings, base, store, _FixedClock(now), "")
