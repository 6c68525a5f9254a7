"""An item of RSS as an episode: Apple's tags, Podcasting 2.0 and Podlove Simple Chapters.

Source: Apple, "A Podcaster's Guide to RSS"; the Podcast Namespace (podcastindex.org/namespace/1.0);
Podlove Simple Chapters 1.2.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..model import Article, Format
from ..model.podcast import Chapter, ContentLink, Episode
from ..model.podcast.element import decimal_text
from . import podcast_elements as elements
from .extension import Extension, XmlElement, xml_element

_FUNDING_TEXT = "Support the show"


class PodcastEpisodes(Extension):
    """An item as an episode, from `Article.episode`; its title, date and summary are elements of RSS."""

    name = "episodes"
    podcast_only = True

    def entry_elements(self, article: Article, format: Format) -> Iterable[XmlElement]:
        if format != "rss":
            return ()
        episode = article.episode or Episode()
        return (*_apple(episode, article), *_podcasting(episode, article), *_chapters(episode))

    def unsupported_fields(self, article: Article, format: Format) -> Iterable[str]:
        if format != "rss" and article.episode:
            for name in Episode.model_fields:
                if getattr(article.episode, name) != Episode.model_fields[name].default:
                    yield f"episode.{name}"


def _apple(episode: Episode, article: Article) -> Iterable[XmlElement]:
    audio = article.attachments[0] if article.attachments else None
    for name, value in (
        ("title", episode.title),
        ("duration", str(round(audio.duration)) if audio and audio.duration is not None else None),
        ("explicit", None if episode.explicit is None else elements.boolean(episode.explicit)),
        ("season", elements.number(episode.season)),
        ("episode", _whole_number(episode.number)),
        ("episodeType", episode.kind),
        ("block", "Yes" if episode.block else None),
    ):
        if value:
            yield xml_element(f"itunes:{name}", value)
    if article.image:
        yield xml_element("itunes:image", href=article.image.url)


def _whole_number(value: float | None) -> str | None:
    """Return the number as Apple takes it: a whole number from 1; None for others."""
    return str(int(value)) if value is not None and value >= 1 and value == int(value) else None


def _podcasting(episode: Episode, article: Article) -> Iterable[XmlElement]:
    if episode.season is not None:
        yield xml_element("podcast:season", str(episode.season), name=episode.season_name)
    if episode.number is not None:
        yield xml_element("podcast:episode", decimal_text(episode.number), display=episode.number_text)
    yield from map(elements.transcript, episode.transcripts)
    if episode.chapters:
        yield xml_element("podcast:chapters", url=episode.chapters, type=episode.chapters_type)
    yield from map(elements.soundbite, episode.soundbites)
    yield from map(elements.person, episode.persons)
    yield from map(elements.place, episode.places)
    if terms := episode.license or article.license:
        yield elements.license_of(terms)
    yield from map(elements.image, episode.images)
    yield from map(elements.alternate_enclosure, episode.alternate_enclosures)
    yield from map(elements.payment, episode.values)
    for page in episode.funding:
        yield elements.funding(page, _FUNDING_TEXT)
    yield from map(elements.social_interact, episode.social_interacts)
    if episode.chat:
        yield elements.chat(episode.chat)
    links = episode.content_links
    if episode.live and not links and article.link:
        # A live stream requires one.
        links = (ContentLink(url=article.link, text=article.title or article.link),)
    yield from map(elements.content_link, links)
    yield from map(elements.txt, episode.txt)


def _chapters(episode: Episode) -> Iterable[XmlElement]:
    if episode.chapter_list:
        yield xml_element("psc:chapters", None, *map(_chapter, episode.chapter_list), version="1.2")


def _chapter(chapter: Chapter) -> XmlElement:
    return xml_element(
        "psc:chapter",
        start=_play_time(chapter.start),
        title=chapter.title,
        href=chapter.url,
        image=chapter.image,
    )


def _play_time(seconds: float) -> str:
    """Return a time as `01:02:03.500` (RFC 2326, section 3.6)."""
    thousandths = round(seconds * 1000)
    minutes, thousandths = divmod(thousandths, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{thousandths / 1000:06.3f}"
