"""What every kind of source has in common: the keys of its table in the config, and how it is opened."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from ..extensions import extensions
from ..model import Duration, Problem
from ..model.base import Frozen, Language, NonEmptyLine, Url
from ..model.custom_element import Namespaces
from ..model.durations import UpToOneDay
from ..model.feed import NonEmptyLines
from .field_rules import FieldRule, Rule
from .file_source import FileSource, KnownFiles
from .files import Files, TextFile
from .limited_source import LimitedSource
from .limits import FieldLimits
from .record_fields import NAMES
from .source import RawRecord, Source, SourceState

if TYPE_CHECKING:
    from .http_cache import ConditionalFetcher
    from .media_metadata import MediaMetadata

# For one request about an attachment, and between two to one host.
_MEDIA_SECONDS = 10.0
_MEDIA_PAUSE = 0.2
# The most bytes that a character takes in UTF-8.
_BYTES_PER_CHARACTER = 4
# How many records a file of many records may hold at the size limit of one.
_RECORDS_PER_FILE = 50


@dataclass(frozen=True, slots=True)
class SourceEnvironment:
    """What a source can use besides its settings.

    Attributes:
        base: the folder of the config; paths are relative to it.
        state: where the source keeps what it needs at its next read.
        now: the time of the read, UTC.
        user_agent: what HTTP requests name as their sender (RFC 9110, section 10.1.5).
        home: the site's home page.
        timezone: of dates without one.
        conversion: identifies the rules by which bytes become articles; with another text, a source reads
            everything again.
        is_sample: whether a few records are enough, because nothing is stored.
        known_files: the files that were read before; None reads all of them.
        is_reread: whether pages and feeds are fetched that have not changed.
    """

    base: Path
    state: SourceState
    now: datetime
    user_agent: str = "syndicate"
    home: str | None = None
    timezone: tzinfo = UTC
    conversion: str = ""
    is_sample: bool = False
    known_files: KnownFiles | None = None
    is_reread: bool = False


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _without_login(urls: tuple[str, ...]) -> tuple[str, ...]:
    if any("@" in urlsplit(url).netloc for url in urls):
        raise ValueError("a URL with a login in it is not fetched; take the login out")
    return urls


def _known_fields(fields: dict[str, FieldRule]) -> dict[str, FieldRule]:
    of_extensions = {f"{each.name}.{name}" for each in extensions() for name in each.record_fields}
    if unknown := set(fields) - set(NAMES) - of_extensions:
        raise ValueError(f"an article has no {min(unknown)!r}; known are {', '.join(NAMES)}")
    return fields


Urls = Annotated[tuple[Url, ...], BeforeValidator(_as_tuple)]
"""One URL or several."""

FetchedUrls = Annotated[Urls, AfterValidator(_without_login)]
"""URLs that are fetched."""


class SourceSettings(Frozen):
    """`[[source]]`: the keys that every kind has.

    A kind of source is a subclass: its fields are the keys of its table, `kind: Literal["NAME"]` is one of
    them, and `open` makes its reader. The registry finds it by that name.
    """

    has_own_records: ClassVar[bool] = True
    """Whether the records are the publisher's own, and not what anybody may have published."""
    required_packages: ClassVar[tuple[str, ...]] = ()
    """The packages that the kind needs and syndicate does not install without an extra."""

    name: NonEmptyLine
    kind: str
    home: Urls = Field(
        default=(),
        description="the site that its articles belong to, if it is not that of `url`; one URL or several",
    )
    complete: bool | None = Field(
        default=None,
        description="whether each read returns all records, so that articles without a record are withdrawn",
    )
    link: NonEmptyLine | None = Field(
        default=None,
        description="link template for records without a link: {path} {slug} {date:%Y/%m/%d} or any field",
    )
    fields: Annotated[dict[str, Rule], AfterValidator(_known_fields)] = Field(
        default_factory=dict,
        description="maps fields of an article to fields of the record: a name, several names, or a rule",
    )
    day_first: bool | None = Field(
        default=None, description="whether 03/04/2026 is in April; without it, such a date is refused"
    )
    elements: dict[str, str] = Field(
        default_factory=dict,
        description="custom elements of each article: maps prefix:name to a field of the record",
    )
    namespaces: Namespaces = Field(
        default_factory=dict,
        description="custom namespaces that its records may use, by prefix",
    )
    language: Language | None = Field(default=None, description="language of records without one")
    max_size: float = Field(
        default=10, gt=0, le=2000, description="the largest record, in millions of characters"
    )
    max_records: int = Field(default=1_000_000, ge=1, description="how many records one read takes")
    deadline: UpToOneDay = Field(
        default=timedelta(days=1), description="how long one read may take; what was read until then is kept"
    )
    media_folders: dict[str, NonEmptyLine] = Field(
        default_factory=dict,
        description="maps the beginning of URLs to the folder with their files, for the length, type and "
        "duration of attachments without them",
    )
    media_requests: bool = Field(
        default=False,
        description="whether servers are asked for the length and type of attachments without them (HEAD)",
    )
    max_seconds: float = Field(
        default=5, gt=0, le=3600, description="how long a record may take to become an article"
    )
    limits: FieldLimits = Field(
        default_factory=FieldLimits, description="the longest texts and lists of a record"
    )

    @property
    def packages(self) -> tuple[str, ...]:
        """The packages that the source needs and syndicate does not install without an extra."""
        return (*self.required_packages, *(("tinytag",) if self.media_folders else ()))

    def media_metadata(self, environment: SourceEnvironment) -> MediaMetadata | None:
        """Return what completes the attachments of the records; None if the settings ask for nothing."""
        if not self.media_folders and not self.media_requests:
            return None
        from .media_metadata import MediaMetadata

        folders = {url: environment.base / folder for url, folder in self.media_folders.items()}
        fetcher = None
        if self.media_requests and not environment.is_sample:
            from ..http import Fetcher

            fetcher = Fetcher(
                environment.user_agent,
                private=self.may_fetch_privately,
                seconds=_MEDIA_SECONDS,
                pause=_MEDIA_PAUSE,
                robots=False,
            )
        return MediaMetadata(folders, fetcher, environment.state, self.name, environment.now)

    @property
    def may_fetch_privately(self) -> bool:
        """Whether addresses of this machine and its network may be asked."""
        return False

    def open(self, environment: SourceEnvironment) -> Source:
        """Return the source, ready to be read once.

        Raises:
            ConfigError: the settings name something that does not exist.
        """
        raise NotImplementedError

    def with_limits(self, source: Source) -> Source:
        """Return a source that ends after the records and the time that the settings allow."""
        return LimitedSource(source, self.max_records, self.deadline.total_seconds())

    def watched_files(self, base: Path) -> Files | None:
        """Return the files that alone decide what the source gives; None if there is more, such as a URL."""
        del base
        return None

    def configuration_files(self, base: Path) -> Sequence[Path]:
        """Return files besides the records that decide what records become, such as a generator's config.

        If one of them changes, everything is read again.
        """
        del base
        return ()

    def record_namespaces(self, site_namespaces: Mapping[str, str]) -> dict[str, str]:
        """Return the namespaces of which records may bring elements: those that this table names."""
        known = {**site_namespaces, **self.namespaces}
        prefixes = [*self.namespaces, *(name.partition(":")[0] for name in self.elements)]
        return {prefix: known[prefix] for prefix in prefixes}

    @property
    def max_characters(self) -> int:
        """The characters that one record may have."""
        return int(self.max_size * 1e6)

    @property
    def max_bytes(self) -> int:
        """The bytes that the document of one record may have."""
        return self.max_characters * _BYTES_PER_CHARACTER


class FileSettings(SourceSettings):
    """The keys of the kinds that read files only."""

    path: NonEmptyLines = Field(
        min_length=1, description="files, such as posts/**/*.md; one pattern or several"
    )

    def watched_files(self, base: Path) -> Files | None:
        """Return the files of the source."""
        return Files(base, self.path)

    def one_record_files(self, base: Path) -> Files:
        """Return the files, each of which holds one record."""
        return Files(base, self.path, self.max_bytes)

    def many_records_files(self, base: Path) -> Files:
        """Return the files, each of which holds any number of records."""
        return Files(base, self.path, self.max_bytes * _RECORDS_PER_FILE)

    @property
    def is_complete(self) -> bool:
        """Whether a missing record was withdrawn; true unless the config denies it."""
        return self.complete is not False

    def file_source(
        self,
        files: Files,
        parse: Callable[[TextFile], Iterable[RawRecord | Problem]],
        environment: SourceEnvironment,
    ) -> Source:
        """Return a source that gives the records of text files.

        Args:
            parse: returns the records of one file, and a problem in place of each that cannot be read.
        """
        return FileSource(self.name, files, parse, self.is_complete, environment.known_files)


class FetchedSettings(SourceSettings):
    """The keys of the kinds that fetch URLs."""

    has_own_records = False
    fetch_keys: ClassVar[frozenset[str]] = frozenset(
        ("url", "private", "delay", "timeout", "complete", "max_records", "deadline")
    )
    """The keys that decide what is fetched and how, but not what becomes of it."""

    url: FetchedUrls = Field(default=(), description="one address or several")
    private: bool = Field(
        default=False, description="whether addresses of this machine and its network may be fetched from"
    )
    delay: float = Field(
        default=1,
        ge=0,
        le=60,
        description="seconds between two requests to one host; robots.txt may ask for more",
    )
    timeout: Duration = Field(default=timedelta(seconds=30), description="how long one URL may take")
    max_records: int = Field(default=100_000, ge=1, description="how many records one read takes")
    deadline: UpToOneDay = Field(
        default=timedelta(minutes=10),
        description="how long one read may take; what was read until then is kept",
    )

    def with_limits(self, source: Source) -> Source:
        """Return a source that ends after so many records. The fetcher ends it after its time."""
        return LimitedSource(source, self.max_records)

    @property
    def may_fetch_privately(self) -> bool:
        """Whether addresses of this machine and its network may be asked."""
        return self.private

    def conditional_fetcher(self, environment: SourceEnvironment) -> ConditionalFetcher:
        """Return a fetcher that asks only for what has changed since the last read."""
        from ..http import Fetcher
        from .http_cache import ConditionalFetcher

        fetcher = Fetcher(
            environment.user_agent,
            private=self.private,
            seconds=self.timeout.total_seconds(),
            pause=self.delay,
            robots=bool(self.url),
        )
        conversion = f"{environment.conversion}\n{self.model_dump_json(exclude=set(self.fetch_keys))}"
        return ConditionalFetcher(
            fetcher,
            environment.state,
            source=self.name,
            conversion=hashlib.sha256(conversion.encode()).hexdigest(),
            now=environment.now,
            max_bytes=self.max_bytes,
            seconds=self.deadline.total_seconds(),
            is_reread=environment.is_reread,
        )


class FileOrFetchedSettings(FetchedSettings):
    """The keys of the kinds that read files, URLs, or both."""

    path: NonEmptyLines = Field(
        default=(), validate_default=True, description="files, such as pages/*.html; one pattern or several"
    )

    @field_validator("path")
    @classmethod
    def _require_path_or_url(cls, path: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if not path and info.data.get("url") == ():
            raise ValueError('the source needs url = "https://..." or path = "..."')
        return path

    def watched_files(self, base: Path) -> Files | None:
        """Return the files of the source, if it fetches nothing."""
        return Files(base, self.path) if self.path and not self.url else None

    def one_record_files(self, base: Path) -> Files:
        """Return the files, each of which holds one record."""
        return Files(base, self.path, self.max_bytes)
