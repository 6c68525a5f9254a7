"""The feed: which articles, how many, in which formats."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args
from urllib.parse import quote

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from .article_metadata import Author, Image, Tag
from .base import Frozen, Language, NonEmptyLine, SingleLine, Uri, Url
from .custom_element import Elements
from .extension_data import ExtensionData, FrozenDict
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


NonEmptyLines = Annotated[tuple[NonEmptyLine, ...], BeforeValidator(_as_tuple)]
"""One line or several. A string is the same as a tuple of one."""

Hour = Annotated[int, Field(ge=0, le=23)]


class Selector(Frozen):
    """Selects articles that have one of the values in each facet of `where`, and none of those of `without`.

    Example: `where = {"tag": ["boats", "tides"], "language": "en"}`.
    """

    where: dict[Facet, NonEmptyLines] = Field(
        default_factory=dict, description="only articles with one of these values in each facet"
    )
    without: dict[Facet, NonEmptyLines] = Field(
        default_factory=dict, description="no article with one of these values in a facet"
    )


class FeedOptions(Frozen):
    """The options of a feed that `Feed` and a `[[feed]]` table of the configuration have in common."""

    limit: int = Field(default=50, ge=1, description="the number of articles, the newest")
    formats: tuple[Format, ...] = Field(default=FORMATS, min_length=1)
    content: Literal["full", "summary"] = Field(default="full", description="full bodies, or summaries only")
    history: Literal["none", "archive", "complete"] = Field(
        default="none",
        description="archive: older entries move to archives (RFC 5005); complete: the feed has all entries",
    )
    atom_content: Literal["html", "xhtml"] = Field(
        default="html", description="how Atom has full bodies: escaped HTML, or XHTML"
    )
    rights: SingleLine = Field(default="", description="the copyright line")
    editor: Author | None = Field(
        default=None, description="who is responsible for the content (managingEditor); the author if absent"
    )
    webmaster: Author | None = Field(
        default=None, description="who is responsible for technical matters (webMaster); needs an email"
    )
    publisher: NonEmptyLine | None = Field(
        default=None, description="who publishes it (dc:publisher); not together with webmaster"
    )
    contributors: tuple[Author, ...] = Field(default=(), description="who contributes besides the author")
    image: Image | None = Field(
        default=None,
        description="the image of the feed: url, width, height, alt; RSS shows at most 144 x 400 pixels",
    )
    icon: Url | None = Field(default=None, description="a small square image")
    categories: tuple[Tag, ...] = Field(default=(), description="the categories of the feed itself")
    ttl: int | None = Field(default=None, ge=1, description="minutes for which a reader may cache it (RSS)")
    skip_hours: tuple[Hour, ...] = Field(default=(), description="hours (UTC) without new entries (RSS)")
    skip_days: tuple[Day, ...] = Field(default=(), description="days without new entries (RSS)")
    podcast: Podcast | None = Field(default=None, description="the metadata of a podcast")
    elements: Elements = Field(default=(), description="elements of your own namespaces")
    extensions: ExtensionData = Field(
        default=FrozenDict(), description="data of installed feed extensions, by the extension's name"
    )

    @field_validator("skip_hours", "skip_days")
    @classmethod
    def _sort(cls, values: tuple[Any, ...]) -> tuple[Any, ...]:
        # Readers expect them in the order of the clock or the week.
        days = get_args(Day)
        return tuple(sorted(values, key=lambda value: days.index(value) if value in days else value))

    @field_validator("editor", "webmaster")
    @classmethod
    def _require_email(cls, person: Author | None) -> Author | None:
        if person is not None and person.email is None:
            # RSS 2.0, managingEditor and webMaster.
            raise ValueError("RSS requires the email of this person")
        return person

    @field_validator("publisher")
    @classmethod
    def _reject_webmaster(cls, publisher: str | None, info: ValidationInfo) -> str | None:
        if publisher and info.data.get("webmaster"):
            # The W3C validator takes dc:publisher for the same as webMaster.
            raise ValueError("RSS has either a webmaster or a publisher")
        return publisher

    @field_validator("formats", "skip_hours", "skip_days")
    @classmethod
    def _reject_duplicates(cls, values: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(set(values)) != len(values):
            raise ValueError("each value may occur only once")
        return values


class Feed(Selector, FeedOptions):
    """A feed: everything that its documents say about the feed itself. `FeedOptions` has more attributes.

    Attributes:
        name: the file name without its suffix; a slash makes a folder.
        id: a permanent URI (RFC 4287, section 4.2.6); the URL of the feed if absent.
        home: the web page that the feed belongs to.
        base_url: the URL of the folder with the feed files; without it the documents have no self link.
        author: the author of articles that have none.
        page: whether the feed has an HTML page, NAME.html.
        markdown: whether its RSS has the Markdown of articles beside their full bodies.
        hubs: WebSub hubs, which notify subscribers.
    """

    name: NonEmptyLine = "feed"
    id: Uri | None = None
    title: NonEmptyLine
    home: Url
    description: SingleLine = ""
    language: Language | None = None
    author: Author | None = None
    base_url: Url | None = None
    page: bool = False
    markdown: bool = True
    hubs: tuple[Url, ...] = ()

    @property
    def atom_id(self) -> str:
        """The id of the feed in Atom: its id, else its URL, else its home page."""
        return self.id or self.url("atom") or self.home

    def path(self, format: Format | Literal["html"], page: int | None = None) -> str:  # noqa: A002
        """Return the path of a document, relative to the output folder.

        Args:
            format: `html` is the HTML page.
            page: the number of an archive document; None for the feed itself.
        """
        return f"{self.name}.{format}" if page is None else f"{self.name}/archive/{page}.{format}"

    def url(self, format: Format | Literal["html"], page: int | None = None) -> str | None:  # noqa: A002
        """Return the URL of a document; see `path`. None without a `base_url`."""
        if self.base_url is None:
            return None
        return f"{self.base_url.rstrip('/')}/{quote(self.path(format, page))}"
