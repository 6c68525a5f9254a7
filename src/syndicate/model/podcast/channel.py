"""A podcast: the metadata of its channel."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from ..article_metadata import Author
from ..base import MediaType, NonEmptyLine, SingleLine, Url, ZonedDatetime
from .categories import CATEGORIES
from .credits import LicenseOrName, Person, Place
from .element import PodcastElement, Several
from .links import Chat, Funding, Medium, RemoteItem, SocialInteract, Txt
from .media import PodcastImage
from .payments import Value


class Trailer(PodcastElement):
    """A trailer of the podcast or of a season (Podcasting 2.0, `podcast:trailer`). `length` is in bytes."""

    other_names = "pubdate=published pub_date=published type=media_type text=title"

    url: Url
    title: NonEmptyLine
    published: ZonedDatetime
    length: int | None = Field(default=None, ge=0)
    media_type: MediaType | None = None
    season: int | None = Field(default=None, ge=1)


class UpdateFrequency(PodcastElement):
    """How often episodes come (Podcasting 2.0, `podcast:updateFrequency`).

    Attributes:
        text: for people, such as `Every other Monday`.
        rrule: for programs (RFC 5545, section 3.3.10), such as `FREQ=WEEKLY;INTERVAL=2;BYDAY=MO`.
        dtstart: when the rule begins; a rule with COUNT needs it.
        complete: whether no more episodes are planned.
    """

    text_field = "text"

    text: NonEmptyLine
    rrule: (
        Annotated[
            str,
            StringConstraints(
                pattern=r"^[A-Z-]+=[^;=\s]+(;[A-Z-]+=[^;=\s]+)*$", max_length=500, strip_whitespace=True
            ),
        ]
        | None
    ) = None
    dtstart: ZonedDatetime | None = None
    complete: bool = False

    @model_validator(mode="after")
    def _require_start(self) -> Self:
        names = {part.partition("=")[0] for part in (self.rrule or "FREQ=").split(";")}
        if "FREQ" not in names:
            raise ValueError("the rrule needs a FREQ, such as FREQ=WEEKLY")
        if "COUNT" in names and self.dtstart is None:
            raise ValueError("an rrule with COUNT needs a dtstart")
        return self


Platform = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$", strip_whitespace=True), AfterValidator(str.lower)
]
"""The short name of a platform, as in the list of the podcast namespace: `apple`, `google`, `spotify`."""


class Podcast(PodcastElement):
    """The metadata of a podcast. The RSS of its feed has Apple's and Podcasting 2.0's elements.

    Attributes:
        categories: from Apple's list; `Arts > Books` for a subcategory.
        explicit: whether it is unsuitable for children.
        author: the author of the feed if absent.
        owner: the contact for podcast directories; needs an email.
        title: the title that Apple shows, if it differs from that of the feed.
        kind: players show an `episodic` podcast from the newest episode, a `serial` one from the first.
        image: square, 1400 to 3000 pixels; the image of the feed if absent.
        images: images for several uses (Podcasting 2.0).
        locked: whether other platforms must not import it.
        guid: permanent; computed from the URL of the RSS if absent (Podcasting 2.0, `podcast:guid`).
        funding: web pages where listeners can pay.
        funding_text: the text of a link to a page that has none of its own.
        medium: what the episodes are.
        complete: whether there will be no more episodes.
        new_feed_url: the address that the feed has moved to.
        block: whether no platform may show it.
        blocked_platforms: platforms that must not show it.
        allowed_platforms: platforms that may show it although it is blocked.
        persons: the regular hosts.
        places: what it is about, and where it is made.
        license: of the audio and video.
        trailers: of the podcast and of its seasons.
        update_frequency: how often episodes come.
        values: how listeners pay while they listen.
        chat: its permanent chat.
        social_interacts: posts whose replies are the comments.
        podroll: podcasts that it recommends.
        remote_items: what a list, such as `medium = "musicL"`, consists of.
        publisher: the feed of its publisher.
        podping: whether changes are announced by a podping.
        txt: texts for services.
    """

    other_names = (
        "image_url=image type=kind new_feed=new_feed_url person=persons location=places "
        "locations=places trailer=trailers value=values social_interact=social_interacts "
        "remote_item=remote_items"
    )

    categories: tuple[NonEmptyLine, ...] = ()
    explicit: bool = False
    author: NonEmptyLine | None = None
    owner: Author | None = None
    title: NonEmptyLine | None = None
    kind: Literal["episodic", "serial"] | None = None
    image: Url | None = None
    images: Annotated[tuple[PodcastImage, ...], Several] = ()
    locked: bool | None = None
    guid: UUID | None = None
    funding: Annotated[tuple[Funding, ...], Several] = ()
    funding_text: SingleLine = "Support the show"
    medium: Medium | None = None
    complete: bool = False
    new_feed_url: Url | None = None
    block: bool = False
    blocked_platforms: tuple[Platform, ...] = ()
    allowed_platforms: tuple[Platform, ...] = ()
    persons: Annotated[tuple[Person, ...], Several] = ()
    places: Annotated[tuple[Place, ...], Several] = ()
    license: LicenseOrName | None = None
    trailers: Annotated[tuple[Trailer, ...], Several] = ()
    update_frequency: UpdateFrequency | None = None
    values: Annotated[tuple[Value, ...], Several] = ()
    chat: Chat | None = None
    social_interacts: Annotated[tuple[SocialInteract, ...], Several] = ()
    podroll: Annotated[tuple[RemoteItem, ...], Several] = ()
    remote_items: Annotated[tuple[RemoteItem, ...], Several] = ()
    publisher: RemoteItem | None = None
    podping: bool | None = None
    txt: Annotated[tuple[Txt, ...], Several] = ()

    @field_validator("categories")
    @classmethod
    def _require_known_categories(cls, categories: tuple[str, ...]) -> tuple[str, ...]:
        for each in categories:
            top, _, sub = (part.strip() for part in each.partition(">"))
            if top not in CATEGORIES:
                raise ValueError(f"{top!r} is not a category of Apple's; known: {', '.join(CATEGORIES)}")
            if sub and sub not in CATEGORIES[top]:
                known = ", ".join(CATEGORIES[top]) or "none"
                raise ValueError(f"{sub!r} is not a subcategory of {top}; known: {known}")
        return categories

    @field_validator("owner")
    @classmethod
    def _require_owner_email(cls, owner: Author | None) -> Author | None:
        if owner is not None and owner.email is None:
            raise ValueError("the owner of a podcast needs an email")
        return owner
