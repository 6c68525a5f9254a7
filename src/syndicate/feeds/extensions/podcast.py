"""Podcasts in RSS: Apple's tags and Podcasting 2.0.

Source: Apple, "A Podcaster's Guide to RSS"; the Podcast Namespace (podcastindex.org/namespace/1.0).
"""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import UUID, uuid5

from lxml import etree

from ...model import Feed
from .base import EntryExtension, FeedExtension, child

# The namespace that the specification names for podcast:guid.
_GUIDS = UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")


def podcast_guid(feed: Feed) -> str | None:
    """What identifies a podcast for ever: as given, else from the address of its RSS without the scheme."""
    if feed.podcast and feed.podcast.guid:
        return str(feed.podcast.guid)
    url = feed.url("rss")
    if url is None:
        return None
    parts = urlsplit(url)
    return str(uuid5(_GUIDS, f"{parts.netloc}{parts.path}".rstrip("/")))


class PodcastEntry(EntryExtension):
    """An item as an episode; what RSS says of it already (title, date, summary) is not repeated."""

    def extend_rss(self, item: etree._Element) -> etree._Element:
        """Add to an item."""
        episode = self.form.episode
        if episode is None:
            return item
        for name, value in (
            ("duration", episode.seconds),
            ("explicit", episode.explicit),
            ("season", episode.season),
            ("episode", episode.number),
            ("episodeType", episode.kind),
        ):
            if value:
                child(item, f"itunes:{name}", value)
        if episode.image:
            child(item, "itunes:image", href=episode.image)
        for each in episode.transcripts:
            child(
                item,
                "podcast:transcript",
                url=each.url,
                type=each.media_type,
                language=each.language,
                rel="captions" if each.captions else None,
            )
        if episode.chapters:
            child(item, "podcast:chapters", url=episode.chapters, type="application/json+chapters")
        for person in episode.persons:
            child(
                item,
                "podcast:person",
                person.name,
                role=person.role,
                group=person.group,
                href=person.url,
                img=person.image,
            )
        return item


class PodcastFeed(FeedExtension):
    """A channel as a podcast."""

    prefixes = ("itunes", "podcast")

    def extend_rss(self, root: etree._Element) -> etree._Element:
        """Add to a channel."""
        feed, channel = self.head.feed, root[0]
        show = feed.podcast
        if show is None:
            return root
        author = show.author or (feed.author.label if feed.author else None)
        image = show.image or (feed.image.url if feed.image else None)
        if author:
            child(channel, "itunes:author", author)
        if image:
            child(channel, "itunes:image", href=image)
        for each in show.categories:
            top, _, sub = (part.strip() for part in each.partition(">"))
            category = child(channel, "itunes:category")
            category.set("text", top)
            if sub:
                child(category, "itunes:category").set("text", sub)
        child(channel, "itunes:explicit", str(show.explicit).lower())
        if show.kind:
            child(channel, "itunes:type", show.kind)
        if show.complete:
            child(channel, "itunes:complete", "Yes")
        if show.owner:
            owner = child(channel, "itunes:owner")
            child(owner, "itunes:name", show.owner.label)
            child(owner, "itunes:email", show.owner.email)
        if guid := podcast_guid(feed):
            child(channel, "podcast:guid", guid)
        if show.locked is not None:
            mail = show.owner.email if show.owner else None
            child(channel, "podcast:locked", "yes" if show.locked else "no", owner=mail)
        if show.funding:
            child(channel, "podcast:funding", show.funding_text, url=show.funding)
        if show.medium:
            child(channel, "podcast:medium", show.medium)
        return root
