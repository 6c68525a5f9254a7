"""The feed: a definition of which articles, how many, in which formats."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args
from urllib.parse import quote

from pydantic import BeforeValidator, Field, field_validator

from .base import Frozen, Language, Line, NonEmptyLine, Uri, Url
from .element import Elements
from .extension_data import ExtensionData, FrozenDict
from .metadata import Author, Image, Tag
from .podcast import Podcast

Format = Literal["rss", "atom", "json"]
Facet = Literal["tag", "author", "section", "language"]
Day = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

FORMATS: tuple[Format, ...] = ("rss", "atom", "json")

MEDIA_TYPES: dict[Format, str] = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Words = Annotated[tuple[NonEmptyLine, ...], BeforeValidator(_as_tuple)]
"""One word or several."""

Hour = Annotated[int, Field(ge=0, le=23)]


class Selector(Frozen):
    """Which articles: those that have one of the wanted words in every facet named, and no unwanted one.

    Example: `where = {"tag": ["boats", "tides"], "language": "en"}`.
    """

    where: dict[Facet, Words] = Field(
        default_factory=dict, description="only articles with one of these words in each facet named"
    )
    without: dict[Facet, Words] = Field(
        default_factory=dict, description="no article with one of these words in a facet named"
    )


class Traits(Frozen):
    """What a feed says about itself beside its title, and that a config and a `Feed` have in common.

    Attributes:
        limit: how many articles, the newest; with an archive, at least so many.
        content: `full` for the body, `summary` for the summary alone.
        history: `archive` keeps what no longer fits in archive documents that readers can follow back
            (RFC 5005, section 4, and `next_url`); `complete` says that the feed shows all there ever was,
            so that readers forget what is gone (section 2).
        rights: the copyright line of the feed.
        image: its picture. RSS shows at most 144 x 400 pixels.
        icon: a small square picture.
        categories: what the feed as a whole is filed under.
        ttl: minutes for which a reader may keep it (RSS).
        skip_hours: hours, UTC, at which nothing new comes (RSS).
        skip_days: days on which nothing new comes (RSS).
        podcast: what makes it a podcast.
        elements: elements of the publisher's own namespaces.
        extensions: data of installed feed extensions, by the name of the extension.
    """

    limit: int = Field(default=50, ge=1, description="how many articles, the newest")
    formats: tuple[Format, ...] = Field(default=FORMATS, min_length=1)
    content: Literal["full", "summary"] = Field(default="full", description="full bodies, or summaries alone")
    history: Literal["none", "archive", "complete"] = Field(
        default="none",
        description="archive keeps what no longer fits in archive files; complete: the feed shows all",
    )
    rights: Line = Field(default="", description="the copyright line")
    image: Image | None = Field(default=None, description="the feed's picture: url, width, height, alt")
    icon: Url | None = Field(default=None, description="a small square picture")
    categories: tuple[Tag, ...] = Field(default=(), description="what the feed as a whole is about")
    ttl: int | None = Field(default=None, ge=1, description="minutes for which a reader may keep it (RSS)")
    skip_hours: tuple[Hour, ...] = Field(default=(), description="hours, UTC, without news (RSS)")
    skip_days: tuple[Day, ...] = Field(default=(), description="days without news (RSS)")
    podcast: Podcast | None = Field(default=None, description="what makes the feed a podcast")
    elements: Elements = Field(default=(), description="elements of namespaces of your own")
    extensions: ExtensionData = Field(
        default=FrozenDict(), description="data of installed feed extensions, by the extension's name"
    )

    @field_validator("skip_hours", "skip_days")
    @classmethod
    def _in_order(cls, values: tuple[Any, ...]) -> tuple[Any, ...]:
        # Readers expect them in the order of the clock and the week.
        days = get_args(Day)
        return tuple(sorted(values, key=lambda value: days.index(value) if value in days else value))

    @field_validator("formats", "skip_hours", "skip_days")
    @classmethod
    def _once(cls, values: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(set(values)) != len(values):
            raise ValueError("each of them at most once")
        return values


class Feed(Selector, Traits):
    """A feed, complete: everything that its documents say about themselves. More of it in `Traits`.

    Attributes:
        name: the file name without its ending; a slash makes a folder.
        id: what identifies it for ever, a URI (RFC 4287, section 4.2.6); its own address if absent.
        home: the page that the feed belongs to.
        base_url: where the folder with the feed files is served; without it there is no self link.
        author: stands in where an article names nobody.
        page: whether it has an HTML twin for people, beside it as NAME.html.
        hubs: WebSub hubs that tell subscribers at once.
    """

    name: NonEmptyLine = "feed"
    id: Uri | None = None
    title: NonEmptyLine
    home: Url
    description: Line = ""
    language: Language | None = None
    author: Author | None = None
    base_url: Url | None = None
    page: bool = False
    hubs: tuple[Url, ...] = ()

    @property
    def atom_id(self) -> str:
        """What identifies the feed in Atom: its id, else its address, else its page."""
        return self.id or self.url("atom") or self.home

    def path(self, format: Format | Literal["html"], page: int | None = None) -> str:  # noqa: A002
        """The file of this feed in a format, relative to the output folder.

        Args:
            format: the field's word for it; `html` is the twin for people.
            page: the number of an archive document.
        """
        return f"{self.name}.{format}" if page is None else f"{self.name}/archive/{page}.{format}"

    def url(self, format: Format | Literal["html"], page: int | None = None) -> str | None:  # noqa: A002
        """Where this feed is served in a format, if that is known."""
        if self.base_url is None:
            return None
        return f"{self.base_url.rstrip('/')}/{quote(self.path(format, page))}"
