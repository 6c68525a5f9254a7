"""Opens the sources of a config, and says how their records become articles."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

from .. import __version__
from ..config import SiteSettings
from ..errors import ConfigError, ExternalError, SyndicateError, Where
from ..extensions import fingerprint
from ..model import Problem
from ..sources import (
    FileRead,
    KnownFiles,
    RawRecord,
    RecordMapping,
    Source,
    SourceEnvironment,
    SourceSettings,
    SourceState,
    Unchanged,
    UnchangedFiles,
)

# The number of the rules by which bytes become articles and standings. With another number, everything is
# read again, also what a server says has not changed.
READING_RULES = 3


class UncommittedState:
    """The state of a source during a read, to be stored after the records of the read; see `SourceState`."""

    def __init__(self, stored: SourceState) -> None:
        self._stored = stored
        self._values: dict[str, str] = {}

    def recall(self, name: str) -> str | None:
        """Return the value last stored under a name."""
        return self._values[name] if name in self._values else self._stored.recall(name)

    def remember(self, name: str, value: str) -> None:
        """Keep a value until `commit`."""
        self._values[name] = value

    def commit(self) -> None:
        """Store the values."""
        for name, value in self._values.items():
            self._stored.remember(name, value)


def conversion_of(settings: SourceSettings, site: SiteSettings, base: Path) -> str:
    """Return what the articles of a source depend on besides its records, as a digest.

    Args:
        base: the folder of the config.
    """
    digest = hashlib.sha256(f"{_conversion(site)}\n{settings.model_dump_json()}".encode())
    for path in settings.configuration_files(base):
        try:
            content = path.read_bytes()
        except OSError:
            content = b""
        digest.update(f"\n{path}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()


def _conversion(site: SiteSettings) -> str:
    namespaces = sorted(site.namespaces.items())
    return f"{__version__}\n{READING_RULES}\n{fingerprint()}\n{site.home}\n{site.timezone}\n{namespaces}"


def source_environment(
    *,
    site: SiteSettings,
    base: Path,
    state: SourceState,
    now: datetime,
    is_sample: bool = False,
    known_files: KnownFiles | None = None,
    is_reread: bool = False,
) -> SourceEnvironment:
    """Return what a source can use besides its settings; see `open_source`."""
    return SourceEnvironment(
        base=base,
        state=state,
        now=now,
        user_agent=f"syndicate/{__version__} (+{site.home})",
        home=site.home,
        timezone=ZoneInfo(site.timezone),
        conversion=_conversion(site),
        is_sample=is_sample,
        known_files=known_files,
        is_reread=is_reread,
    )


def open_source(
    settings: SourceSettings,
    *,
    site: SiteSettings,
    base: Path,
    state: SourceState,
    now: datetime,
    is_sample: bool = False,
    known_files: KnownFiles | None = None,
    is_reread: bool = False,
) -> Source:
    """Return the source that a table of the config describes.

    Args:
        base: the folder of the config.
        now: the time of the read, UTC.
        is_sample: whether a few records are enough.
        known_files: the files that were read before; None reads all of them.
        is_reread: whether pages and feeds are fetched that have not changed.

    Raises:
        ConfigError: the settings name something that does not exist, or a package is not installed.
    """
    environment = source_environment(
        site=site,
        base=base,
        state=state,
        now=now,
        is_sample=is_sample,
        known_files=known_files,
        is_reread=is_reread,
    )
    try:
        for package in settings.packages:
            import_module(package)
        return settings.with_limits(settings.open(environment))
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"a source of kind {settings.kind} needs {error.name}",
            where=Where(field="source.kind"),
            hint="pip install 'syndicate-feeds[sources]'",
        ) from None


def read_records(source: Source) -> Iterator[RawRecord | Unchanged | Problem | FileRead | UnchangedFiles]:
    """Yield what a source returns; see `Source.read`.

    Raises:
        ExternalError: the source cannot be reached, or its code raised an error.
    """
    try:
        yield from source.read()
    except SyndicateError:
        raise
    except Exception as error:  # the code of a source from outside may raise anything
        raise ExternalError(
            f"the source {source.name} raised {type(error).__name__}: {error}",
            hint="correct the code of the source; the records before the error were kept",
        ) from error


def record_mapping(settings: SourceSettings, site: SiteSettings) -> RecordMapping:
    """Return how the records of a source become articles."""
    return RecordMapping(
        source=settings.name,
        fields=settings.fields,
        link=settings.link,
        base=site.home,
        timezone=ZoneInfo(site.timezone),
        day_first=settings.day_first,
        language=settings.language,
        max_characters=settings.max_characters,
        max_seconds=settings.max_seconds,
        limits=settings.limits,
        namespaces=settings.record_namespaces(site.namespaces),
        elements=settings.elements,
        home_urls=settings.home,
        is_own=settings.has_own_records,
    )
