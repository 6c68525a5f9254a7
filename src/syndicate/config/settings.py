"""The settings, frozen: what `syndicate.toml` may say, and what each part of it means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from ..errors import ConfigError
from ..extensions import extensions
from ..model import (
    Author,
    Duration,
    Element,
    Facet,
    Feed,
    FeedOptions,
    Image,
    Newsletter,
    RetryPolicy,
    Selector,
)
from ..model.base import Frozen, Language, NonEmptyLine, SingleLine, Url
from ..model.element import Elements
from ..model.families import FamilyMember, member_name
from ..model.feed import NonEmptyLines
from ..model.identity import is_uri
from ..scheduling import Schedule, parse
from ..sources import NAMES
from ..sources.scraped.rules import DEFAULT, Rules
from .namespaces import Namespaces, checked, long_form

REFRESH = "refresh"
"""The name of the schedule that ingests and publishes."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"no such time zone: {name!r}; write an IANA name such as Europe/London") from None
    return name


def _schedule(spec: str) -> str:
    try:
        parse(spec)
    except ConfigError as error:
        raise ValueError(f"{error.message}; {error.hint}") from None
    return spec


def _or_never(spec: object) -> object:
    return None if spec == "never" else spec


Zone = Annotated[NonEmptyLine, AfterValidator(_zone)]
"""The name of a time zone that this machine knows (IANA)."""

ScheduleText = Annotated[NonEmptyLine, AfterValidator(_schedule)]


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Urls = Annotated[tuple[Url, ...], BeforeValidator(_several)]

Kind = Literal[
    "json", "jsonl", "csv", "markdown", "text", "html", "feed", "sitemap", "wordpress", "sql", "python"
]

_FETCHED = ("html", "feed", "sitemap")
_KINDS = {
    **dict.fromkeys(("url", "private", "delay", "timeout"), _FETCHED),
    **dict.fromkeys(("include", "limit"), ("sitemap",)),
    **dict.fromkeys(("database", "query"), ("sql",)),
    "types": ("wordpress",),
}


class SiteSettings(Frozen):
    """`[site]`: what all feeds and newsletters have in common."""

    title: NonEmptyLine = Field(description="the publication's name")
    home: Url = Field(description="its page")
    description: SingleLine = ""
    language: Language = "en"
    timezone: Zone = Field(default="UTC", description="an IANA name; for dates and schedules that name none")
    author: Author | None = Field(default=None, description="stands in where a record names nobody")
    output: NonEmptyLine = Field(default="public", description="the folder that feeds are written to")
    base_url: Url | None = Field(
        default=None, description="where that folder is served; makes the self links"
    )
    rights: SingleLine = Field(default="", description="the copyright line of feeds")
    image: Image | None = Field(default=None, description="the picture of feeds: url, width, height")
    icon: Url | None = Field(default=None, description="a small square picture for feeds")
    hubs: tuple[Url, ...] = Field(default=(), description="WebSub hubs, which tell subscribers at once")
    page: bool = Field(default=False, description="a page for people beside each feed, NAME.html")
    namespaces: Namespaces = Field(
        default_factory=dict, description="prefixes of namespaces of your own, for elements"
    )
    opml: NonEmptyLine | None = Field(
        default=None, description="a list of all feeds for feed readers, such as feeds.opml"
    )
    lint: Literal["refuse", "report", "off"] = Field(
        default="refuse",
        description="an entry with errors is left out (refuse), or only reported (report); off does not lint",
    )
    compress: bool | None = Field(
        default=None, description="gzip and brotli variants beside each file; if absent, where [web] is"
    )
    refresh: Annotated[ScheduleText | None, BeforeValidator(_or_never)] = Field(
        default="every 5 minutes",
        description="when the daemon ingests and then publishes; `never` leaves it to you",
    )


class StoreSettings(Frozen):
    """`[store]`: where everything is kept."""

    url: NonEmptyLine = Field(
        default="sqlite:///syndicate.db",
        description="sqlite:///PATH, or postgresql+psycopg://user@host/database",
    )
    wait: Duration = Field(
        default=timedelta(seconds=30), description="how long to wait for another process that writes"
    )


class SourceSettings(Frozen):
    """`[[source]]`: where article records come from."""

    name: NonEmptyLine
    kind: Kind
    path: NonEmptyLines = Field(
        default=(), description="files, such as posts/**/*.md; one pattern or several"
    )
    url: Urls = Field(default=(), description="for html, feed and sitemap: one address or several")
    function: NonEmptyLine | None = Field(default=None, description="for python: module:function")
    database: NonEmptyLine | None = Field(
        default=None, description="for sql: an SQLAlchemy URL; ${NAME} is taken from the environment"
    )
    query: NonEmptyLine | None = Field(default=None, description="for sql: the SELECT that gives the records")
    types: NonEmptyLines = Field(default=("post",), description="for wordpress: which types of posts")
    include: NonEmptyLines = Field(
        default=(), description="for sitemap: patterns of addresses; all if absent"
    )
    limit: int = Field(default=100, ge=1, description="for sitemap: how many pages a run may fetch")
    home: Urls = Field(
        default=(),
        description="where its articles are at home, if that is not where `url` is: one address or several",
    )
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
    complete: bool | None = Field(
        default=None, description="whether a read gives everything, so that what is missing was withdrawn"
    )
    link: NonEmptyLine | None = Field(
        default=None,
        description="how a record without a link gets one: {path} {slug} {date:%Y/%m/%d} or any field",
    )
    fields: dict[str, str] = Field(
        default_factory=dict, description="where a record keeps a field under another name"
    )
    elements: dict[str, str] = Field(
        default_factory=dict,
        description="elements of your own for each article: prefix:name to the record's field",
    )
    namespaces: Namespaces = Field(
        default_factory=dict,
        description="prefixes of namespaces of your own, of which its records may bring elements",
    )
    language: Language | None = Field(default=None, description="of records that name none")
    max_size: float = Field(
        default=10, gt=0, le=2000, description="the largest record, in millions of characters"
    )
    debris: Rules = Field(default=DEFAULT, description="for text: what to drop and what to keep besides")

    def known_namespaces(self, site: SiteSettings) -> dict[str, str]:
        """The namespaces by their prefixes, for `elements`."""
        return {**site.namespaces, **self.namespaces}

    def record_namespaces(self, site: SiteSettings) -> dict[str, str]:
        """The namespaces of which records may bring elements, by prefix: those that the table names."""
        known = self.known_namespaces(site)
        prefixes = [*self.namespaces, *(full.partition(":")[0] for full in self.elements)]
        return {prefix: known[prefix] for prefix in prefixes}

    @field_validator("fields")
    @classmethod
    def _known(cls, fields: dict[str, str]) -> dict[str, str]:
        of_extensions = {f"{each.name}.{name}" for each in extensions() for name in each.record_fields}
        if unknown := set(fields) - set(NAMES) - of_extensions:
            raise ValueError(f"an article has no {min(unknown)!r}; known are {', '.join(NAMES)}")
        return fields

    @field_validator("url")
    @classmethod
    def _no_login(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        if any("@" in urlsplit(url).netloc for url in urls):
            raise ValueError("a URL with a login in it is not fetched; take the login out")
        return urls

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind == "python" and self.function is None:
            raise ValueError('a python source needs function = "module:function"')
        if self.kind == "sql" and (self.database is None or self.query is None):
            raise ValueError('an sql source needs database = "..." and query = "select ..."')
        if self.kind == "sitemap" and not self.url:
            raise ValueError('a sitemap source needs url = "https://..."')
        if self.kind in ("html", "feed") and not self.path and not self.url:
            raise ValueError('the source needs url = "https://..." or path = "..."')
        if self.kind not in ("python", "sql", "sitemap", "html", "feed") and not self.path:
            raise ValueError('the source needs path = "..."')
        for key, kinds in _KINDS.items():
            if key in self.model_fields_set and self.kind not in kinds:
                raise ValueError(
                    f"{key} is for {' and '.join(kinds)}; a source of kind {self.kind} has no use for it"
                )
        return self


# What a feed takes from the site if it says nothing itself.
_SHARED = {"rights", "image", "icon"}


def _valid_feed_data(values: Any) -> Any:
    """Check the data of extensions for a feed against the models of the installed extensions."""
    models = {each.name: each.feed_data for each in extensions() if each.feed_data is not None}
    for name, data in values.items():
        if (model := models.get(name)) is None:
            known = ", ".join(models) or "none"
            raise ValueError(f"no extension {name!r} for feeds is installed; installed are {known}")
        try:
            model.model_validate(data)
        except ValidationError as error:
            mistake = error.errors()[0]
            path = ".".join(map(str, (name, *mistake["loc"])))
            raise ValueError(f"{path}: {str(mistake['msg']).removeprefix('Value error, ')}") from None
    return values


class FeedSettings(Selector, FeedOptions):
    """`[[feed]]`: one feed, or with `each` a family of them."""

    name: NonEmptyLine = Field(description="the file name without its ending; a slash makes a folder")
    each: Facet | None = Field(default=None, description="one feed a tag, author, section or language")
    title: SingleLine = Field(
        default="", description="the site's title if absent; {tag} and so on in a family"
    )
    description: SingleLine = ""
    language: Language | None = None
    id: NonEmptyLine | None = Field(
        default=None, description="what identifies the feed for ever, a URI; its address if absent"
    )
    page: bool | None = Field(
        default=None, description="a page for people beside the feed, NAME.html; as [site] says if absent"
    )

    # The whole config has made the short form long before.
    elements: Annotated[
        Elements,
        BeforeValidator(lambda value: value, json_schema_input_type=tuple[Element, ...] | dict[str, str]),
    ] = Field(default=(), description='elements of your own: { "ex:edition" = "morning" }, or tables')

    _check_extensions = field_validator("extensions")(_valid_feed_data)

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.each and f"{{{self.each}}}" not in self.name:
            raise ValueError(
                f'the name of a family needs {{{self.each}}} in it, such as "{self.each}/{{{self.each}}}"'
            )
        if not self.each and "{" in self.name:
            raise ValueError('a name with {} in it needs each = "tag", "author", "section" or "language"')
        if self.each and self.id and f"{{{self.each}}}" not in self.id:
            raise ValueError(f"the id of a family needs {{{self.each}}} in it: each feed has one of its own")
        if self.id and not is_uri(self.id.replace(f"{{{self.each}}}", "x")):
            raise ValueError(f"the id is no URI, such as tag:example.org,2026:main: {self.id!r}")
        if re.fullmatch(r".+/archive/\d+", self.name):
            raise ValueError(f"{self.name!r} is the name of an archive document; choose another")
        if self.name.startswith("/") or ".." in self.name.split("/"):
            raise ValueError("the name leads out of the output folder")
        return self

    def resolved(self, site: SiteSettings) -> Feed:
        """The complete feed; of a family, what its members have in common."""
        return Feed(
            name=self.name,
            title=self.title or (f"{site.title}: {{{self.each}}}" if self.each else site.title),
            home=site.home,
            description=self.description or site.description,
            language=self.language or site.language,
            author=site.author,
            base_url=site.base_url,
            page=site.page if self.page is None else self.page,
            hubs=site.hubs,
            where=self.where,
            without=self.without,
            id=None if self.each else self.id,
            **{name: getattr(self, name) or getattr(site, name) for name in _SHARED},
            **{name: getattr(self, name) for name in set(FeedOptions.model_fields) - _SHARED},
        )

    def family(self, site: SiteSettings, members: Iterable[FamilyMember]) -> list[Feed]:
        """The complete feeds of some members of the family."""
        each = self.each
        assert each is not None
        common = self.resolved(site)
        mark = f"{{{each}}}"
        return [
            # Copied, not checked again: there may be thousands, and each differs in words only.
            common.model_copy(
                update={
                    "name": member_name(self.name, each, member.slug),
                    "title": common.title.replace(mark, member.label),
                    "description": common.description.replace(mark, member.label),
                    "id": self.id and self.id.replace(mark, quote(member.slug)),
                    "language": member.label if each == "language" else common.language,
                    "where": {**self.where, each: member.facet_values},
                }
            )
            for member in members
        ]


class NewsletterSettings(Newsletter):
    """`[[newsletter]]`."""

    timezone: Zone | None = None
    schedule: ScheduleText | None = Newsletter.model_fields["schedule"]  # type: ignore[assignment]

    @field_validator("clients")
    @classmethod
    def _known(cls, clients: tuple[str, ...]) -> tuple[str, ...]:
        if clients:
            # A large table, which few configs ask for.
            from ..linters.mail.clients import check_names

            check_names(clients)
        return clients


class DeliverySettings(Frozen):
    """`[delivery]`: the way out for mail."""

    transport: NonEmptyLine = Field(
        default="maildir:outbox",
        description="maildir:FOLDER, or smtp://user@host:587?starttls=required; "
        "the password is in SYNDICATE_SMTP_PASSWORD",
    )
    in_doubt: Literal["resend", "hold"] = Field(
        default="resend", description="what becomes of a mail whose final reply was lost"
    )
    lease: Duration = Field(
        default=timedelta(minutes=5),
        description="how long the mails in hand of a process that died stay untouched",
    )
    retry: RetryPolicy = Field(
        default=RetryPolicy(), description="when a message that was deferred is tried again"
    )


class WebSettings(Frozen):
    """`[web]`: the daemon's pages: feeds, unsubscribing, health. Needs syndicate-feeds[web]."""

    listen: NonEmptyLine = Field(default="127.0.0.1:8080", pattern=r"^\S*:\d+$", description="HOST:PORT")
    base_url: Url = Field(description="where people reach it, for the links in mails")


def _paths_to(name: str) -> Iterator[str]:
    """The folders of a feed, and what of its own path is the same for all members of a family."""
    fixed = name.partition("{")[0]
    parts = fixed.split("/")
    for number in range(1, len(parts) + 1):
        if path := "/".join(parts[:number]):
            yield path


class Settings(Frozen):
    """The whole of `syndicate.toml`."""

    site: SiteSettings
    store: StoreSettings = StoreSettings()
    source: tuple[SourceSettings, ...] = ()
    feed: tuple[FeedSettings, ...] = ()
    newsletter: tuple[NewsletterSettings, ...] = ()
    delivery: DeliverySettings = DeliverySettings()
    web: WebSettings | None = None

    @field_validator("feed", mode="before")
    @classmethod
    def _elements(cls, feeds: object, info: ValidationInfo) -> object:
        return long_form(feeds, info.data["site"].namespaces if "site" in info.data else None)

    @field_validator("source")
    @classmethod
    def _known_prefixes(
        cls, sources: tuple[SourceSettings, ...], info: ValidationInfo
    ) -> tuple[SourceSettings, ...]:
        if "site" in info.data:
            checked([(each.elements, each.known_namespaces(info.data["site"])) for each in sources])
        return sources

    @model_validator(mode="after")
    def _unique(self) -> Self:
        for kind in ("source", "feed", "newsletter"):
            names = [each.name for each in getattr(self, kind)]
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"two [[{kind}]] tables are named {name!r}; names are unique")
        spellings: dict[str, str] = {}
        for each in self.feed:
            for path in _paths_to(each.name):
                if spellings.setdefault(path.casefold(), path) != path:
                    raise ValueError(
                        f"the feed names {spellings[path.casefold()]!r} and {path!r} differ in case only: "
                        "they are one file on some disks"
                    )
        if any(each.name == REFRESH for each in self.newsletter):
            raise ValueError(f"a newsletter cannot be named {REFRESH!r}: that is the schedule of the feeds")
        return self

    @property
    def compress(self) -> bool:
        """Whether documents get compressed variants beside them."""
        return self.web is not None if self.site.compress is None else self.site.compress

    def schedules(self) -> list[Schedule]:
        """Everything that runs by the clock."""
        found = []
        if self.site.refresh:
            found.append(Schedule(REFRESH, self.site.refresh, ZoneInfo(self.site.timezone)))
        for each in self.newsletter:
            if each.schedule:
                zone = ZoneInfo(each.timezone or self.site.timezone)
                found.append(Schedule(each.name, each.schedule, zone, each.missed, each.catch_up))
        return found
