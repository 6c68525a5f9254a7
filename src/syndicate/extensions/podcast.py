"""A channel of RSS as a podcast: Apple's tags and Podcasting 2.0.

Source: Apple, "A Podcaster's Guide to RSS"; the Podcast Namespace (podcastindex.org/namespace/1.0).
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from ..model import Feed, FeedMetadata, Format
from ..model.podcast import Podcast
from . import podcast_elements as elements
from .extension import Extension, XmlElement, xml_element
from .podcast_lint_elements import ITUNES, PODCAST, SIMPLE_CHAPTERS

# The namespace that the specification names for podcast:guid.
_GUIDS = UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
# The short name of Apple in the list of platforms.
_APPLE = "apple"


def podcast_guid(feed: Feed) -> str | None:
    """Return the permanent id of a podcast: as configured, else made from the address of its RSS."""
    if feed.podcast and feed.podcast.guid:
        return str(feed.podcast.guid)
    url = feed.url("rss")
    if url is None:
        return None
    parts = urlsplit(url)
    return str(uuid5(_GUIDS, f"{parts.netloc}{parts.path}".rstrip("/")))


class PodcastChannel(Extension):
    """A channel as a podcast, from `Feed.podcast`."""

    name = "podcast"
    namespaces = {
        "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
        "podcast": "https://podcastindex.org/namespace/1.0",
        "psc": "http://podlove.org/simple-chapters",
    }
    # The address of the page that documents the namespace.
    namespace_aliases = {
        "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast"
    }
    lint_elements = {"itunes": ITUNES, "podcast": PODCAST, "psc": SIMPLE_CHAPTERS}

    def root_prefixes(self, metadata: FeedMetadata, format: Format) -> Iterable[str]:
        return self.namespaces if format == "rss" and metadata.feed.podcast else ()

    def feed_elements(self, metadata: FeedMetadata, format: Format) -> Iterable[XmlElement]:
        podcast = metadata.feed.podcast
        if podcast is None or format != "rss":
            return ()
        return (*_apple(podcast, metadata.feed), *_podcasting(podcast, metadata.feed))


def _apple(podcast: Podcast, feed: Feed) -> Iterable[XmlElement]:
    if podcast.title:
        yield xml_element("itunes:title", podcast.title)
    if author := podcast.author or (feed.author.label if feed.author else None):
        yield xml_element("itunes:author", author)
    if image := podcast.image or (feed.image.url if feed.image else None):
        yield xml_element("itunes:image", href=image)
    for each in podcast.categories:
        category, _, subcategory = (part.strip() for part in each.partition(">"))
        inner = [xml_element("itunes:category", text=subcategory)] if subcategory else []
        yield xml_element("itunes:category", None, *inner, text=category)
    yield xml_element("itunes:explicit", elements.boolean(podcast.explicit))
    if podcast.kind:
        yield xml_element("itunes:type", podcast.kind)
    if podcast.complete:
        yield xml_element("itunes:complete", "Yes")
    if podcast.new_feed_url:
        yield xml_element("itunes:new-feed-url", podcast.new_feed_url)
    blocked = podcast.block and _APPLE not in podcast.allowed_platforms
    if blocked or _APPLE in podcast.blocked_platforms:
        yield xml_element("itunes:block", "Yes")
    if owner := podcast.owner:
        children = xml_element("itunes:name", owner.label), xml_element("itunes:email", owner.email)
        yield xml_element("itunes:owner", None, *children)


def _podcasting(podcast: Podcast, feed: Feed) -> Iterable[XmlElement]:
    if guid := podcast_guid(feed):
        yield xml_element("podcast:guid", guid)
    if podcast.locked is not None:
        mail = podcast.owner.email if podcast.owner else None
        yield xml_element("podcast:locked", "yes" if podcast.locked else "no", owner=mail)
    if podcast.block:
        yield xml_element("podcast:block", "yes")
    for platforms, answer in ((podcast.blocked_platforms, "yes"), (podcast.allowed_platforms, "no")):
        for platform in platforms:
            yield xml_element("podcast:block", answer, id=platform)
    for page in podcast.funding:
        yield elements.funding(page, podcast.funding_text)
    if podcast.medium:
        yield xml_element("podcast:medium", podcast.medium)
    yield from map(elements.person, podcast.persons)
    yield from map(elements.place, podcast.places)
    if podcast.license:
        yield elements.license_of(podcast.license)
    yield from map(elements.image, podcast.images)
    yield from map(elements.trailer, podcast.trailers)
    if podcast.update_frequency:
        yield elements.update_frequency(podcast.update_frequency)
    yield from map(elements.payment, podcast.values)
    if podcast.chat:
        yield elements.chat(podcast.chat)
    yield from map(elements.social_interact, podcast.social_interacts)
    if podcast.podping is not None:
        yield xml_element("podcast:podping", usesPodping=elements.boolean(podcast.podping))
    if podcast.publisher:
        parent = elements.remote_item(podcast.publisher, "publisher")
        yield xml_element("podcast:publisher", None, parent)
    if podcast.podroll:
        yield xml_element("podcast:podroll", None, *map(elements.remote_item, podcast.podroll))
    yield from map(elements.remote_item, podcast.remote_items)
    yield from map(elements.txt, podcast.txt)
