"""Podcasts in RSS: Apple's tags and Podcasting 2.0.

Source: Apple, "A Podcaster's Guide to RSS"; the Podcast Namespace (podcastindex.org/namespace/1.0).
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from ..model import Article, Feed, FeedMetadata, Format
from ..model.podcast import Episode
from .extension import Extension, XmlElement, xml_element

# The namespace that the specification names for podcast:guid.
_GUIDS = UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")


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
    }
    # The address of the page that documents the namespace.
    namespace_aliases = {
        "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast"
    }
    lint_elements = {
        "itunes": """
            applepodcastsverify c 1 text=filled
            author ci 1 text=filled
            block ci 1 text=yes
            category c@category * text!=filled
            complete c 1 text=yes
            duration i 1 text=duration
            email @owner 1 text=mail
            episode i 1 text=positive
            episodeType i 1 text=full|trailer|bonus
            explicit ci 1 text=explicit
            image ci 1 href!=picture
            keywords ci 1 text=keywords
            name @owner 1 text=filled
            new-feed-url c 1 text=url
            order i 1 text=count
            owner c 1
            season i 1 text=positive
            subtitle ci 1 text=itunes255
            summary ci 1 text=itunes4000
            title ci 1 text=filled
            type c 1 text=episodic|serial
        """,
        "podcast": """
            alternateEnclosure i * type!=media length=count bitrate=number height=count lang=language \
    title=upto32 rel=upto32 codecs=any default=true|false
            block c * text=yes|no id=token
            chapters i@liveItem 1 url!=url type!=media
            chat ci@liveItem 1 text=any server!=filled protocol!=filled accountId=any space=any embedUrl=url
            contentLink @liveItem * text=filled href!=url
            episode i@liveItem 1 text=decimal display=upto32
            funding c * text=upto128 url!=url
            guid c 1 text=uuid
            image ci@liveItem * text=any href!=url alt=any aspect-ratio=any width=count height=count \
    type=media purpose=any
            images ci@liveItem 1 srcset!=filled
            integrity @alternateEnclosure 1 type!=sri|pgp-signature value!=filled
            license ci@liveItem 1 text=upto128 url=url
            liveItem c * status!=pending|live|ended start!=rfc3339 end=rfc3339
            location ci@liveItem * text=upto128 geo=geo osm=osm rel=subject|creator country=country
            locked c 1 text=yes|no owner=mail
            medium c 1 text=medium
            person ci@liveItem * text=upto128 role=role group=group img=url href=url
            podping c 1 usesPodping=true|false
            podroll c 1
            publisher c 1
            remoteItem c@podroll,publisher,valueTimeSplit * feedGuid!=uuid feedUrl=url itemGuid=any \
    medium=medium title=any
            season i@liveItem 1 text=count name=upto128
            socialInteract i@liveItem * protocol!=filled uri=iri accountId=any accountUrl=url priority=count
            soundbite i * text=any startTime!=decimal duration!=decimal
            source @alternateEnclosure * uri!=iri contentType=media
            trailer c * text=filled url!=url pubdate!=rfc822 length=count type=media season=count
            transcript i@liveItem * url!=url type!=media language=language rel=any
            txt ci@liveItem * text=upto4000 purpose=upto128
            updateFrequency c 1 text=upto128 complete=true|false dtstart=any rrule=any
            value ci@liveItem * type!=filled method!=filled suggested=decimal
            valueRecipient @value,valueTimeSplit * name=any customKey=any customValue=any type!=filled \
    address!=filled split!=count fee=true|false
            valueTimeSplit @value * startTime!=decimal duration!=decimal remoteStartTime=decimal \
    remotePercentage=count
        """,
    }

    def root_prefixes(self, metadata: FeedMetadata, format: Format) -> Iterable[str]:
        return self.namespaces if format == "rss" and metadata.feed.podcast else ()

    def feed_elements(self, metadata: FeedMetadata, format: Format) -> Iterable[XmlElement]:
        feed = metadata.feed
        podcast = feed.podcast
        if podcast is None or format != "rss":
            return
        if author := podcast.author or (feed.author.label if feed.author else None):
            yield xml_element("itunes:author", author)
        if image := podcast.image or (feed.image.url if feed.image else None):
            yield xml_element("itunes:image", href=image)
        for each in podcast.categories:
            category, _, subcategory = (part.strip() for part in each.partition(">"))
            inner = [xml_element("itunes:category", text=subcategory)] if subcategory else []
            yield xml_element("itunes:category", None, *inner, text=category)
        yield xml_element("itunes:explicit", _boolean(podcast.explicit))
        if podcast.kind:
            yield xml_element("itunes:type", podcast.kind)
        if podcast.complete:
            yield xml_element("itunes:complete", "Yes")
        if owner := podcast.owner:
            children = xml_element("itunes:name", owner.label), xml_element("itunes:email", owner.email)
            yield xml_element("itunes:owner", None, *children)
        if guid := podcast_guid(feed):
            yield xml_element("podcast:guid", guid)
        if podcast.locked is not None:
            mail = podcast.owner.email if podcast.owner else None
            yield xml_element("podcast:locked", "yes" if podcast.locked else "no", owner=mail)
        if podcast.funding:
            yield xml_element("podcast:funding", podcast.funding_text, url=podcast.funding)
        if podcast.medium:
            yield xml_element("podcast:medium", podcast.medium)


class PodcastEpisodes(Extension):
    """An item as an episode, from `Article.episode`; its title, date and summary are elements of RSS."""

    name = "episodes"
    podcast_only = True

    def entry_elements(self, article: Article, format: Format) -> Iterable[XmlElement]:
        if format != "rss":
            return
        episode = article.episode or Episode()
        audio = article.attachments[0] if article.attachments else None
        for name, value in (
            ("duration", str(round(audio.duration)) if audio and audio.duration is not None else None),
            ("explicit", None if episode.explicit is None else _boolean(episode.explicit)),
            ("season", str(episode.season) if episode.season else None),
            ("episode", str(episode.number) if episode.number else None),
            ("episodeType", episode.kind),
        ):
            if value:
                yield xml_element(f"itunes:{name}", value)
        if article.image:
            yield xml_element("itunes:image", href=article.image.url)
        for transcript in episode.transcripts:
            yield xml_element(
                "podcast:transcript",
                url=transcript.url,
                type=transcript.media_type,
                language=transcript.language,
                rel="captions" if transcript.captions else None,
            )
        if episode.chapters:
            yield xml_element("podcast:chapters", url=episode.chapters, type="application/json+chapters")
        for person in episode.persons:
            yield xml_element(
                "podcast:person",
                person.name,
                role=person.role,
                group=person.group,
                href=person.url,
                img=person.image,
            )

    def unsupported_fields(self, article: Article, format: Format) -> Iterable[str]:
        if format != "rss" and article.episode:
            for name, value in article.episode:
                if value not in (None, ()):
                    yield f"episode.{name}"


def _boolean(value: bool) -> str:
    return "true" if value else "false"
