"""What a podcast or an episode refers to: other feeds, discussions, chats, pages, texts for services."""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from ..base import NonEmptyLine, SingleLine, Uri, Url
from .element import PodcastElement

MEDIUMS = (
    *("podcast", "music", "video", "film", "audiobook"),
    *("newsletter", "blog", "publisher", "course", "mixed"),
)

Medium = Annotated[str, StringConstraints(pattern=rf"^({'|'.join(MEDIUMS)})L?$")]
"""A medium of Podcasting 2.0; with an `L` at its end, a list of such."""


class Funding(PodcastElement):
    """A web page where listeners can pay (Podcasting 2.0, `podcast:funding`). `text` is that of the link."""

    other_names = "href=url link=url title=text message=text"
    text_field = "url"

    url: Url
    text: SingleLine = ""


class RemoteItem(PodcastElement):
    """Another feed, or an item in it (Podcasting 2.0, `podcast:remoteItem`).

    Attributes:
        feed_guid: the `podcast:guid` of the feed.
        item_guid: the guid of the item.
    """

    text_field = "feed_guid"

    feed_guid: UUID
    feed_url: Url | None = None
    item_guid: NonEmptyLine | None = None
    medium: Medium | None = None
    title: NonEmptyLine | None = None


class SocialInteract(PodcastElement):
    """The post whose replies are the comments (Podcasting 2.0, `podcast:socialInteract`).

    Attributes:
        protocol: such as `activitypub`; `disabled` if no comments are wanted.
        uri: of the post.
        account_id, account_url: of its author.
        priority: a lower number comes first.
    """

    other_names = "url=uri"
    text_field = "uri"

    protocol: NonEmptyLine = "activitypub"
    uri: Uri | None = None
    account_id: NonEmptyLine | None = None
    account_url: Url | None = None
    priority: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _require_uri(self) -> Self:
        if self.uri is None and self.protocol != "disabled":
            raise ValueError("social_interacts need the uri of a post, or the protocol disabled")
        return self


class Chat(PodcastElement):
    """The chat of a podcast or an episode (Podcasting 2.0, `podcast:chat`).

    Attributes:
        server: its host name.
        protocol: such as `irc`, `xmpp`, `nostr` or `matrix`.
        account_id: of the podcaster.
        space: the room or channel.
        embed_url: a page with the chat, for a frame.
    """

    server: NonEmptyLine
    protocol: NonEmptyLine
    account_id: NonEmptyLine | None = None
    space: NonEmptyLine | None = None
    embed_url: Url | None = None


class ContentLink(PodcastElement):
    """Where else an episode or live stream can be found (Podcasting 2.0, `podcast:contentLink`)."""

    other_names = "href=url link=url title=text name=text"

    url: Url
    text: NonEmptyLine


class Txt(PodcastElement):
    """A text for a service, such as a proof of ownership (Podcasting 2.0, `podcast:txt`)."""

    other_names = "value=text"
    text_field = "text"

    text: NonEmptyLine
    purpose: NonEmptyLine | None = None
