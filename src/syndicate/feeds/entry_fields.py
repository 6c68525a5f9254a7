"""An article in the form that the spellers fill in: every value a string, or not there.

What an entry has (how many authors, whether a summary) is its shape; the strings are what differs between
entries of one shape. The spellers build one document a shape and fill in the strings: see `compiled`.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from html import escape
from typing import NamedTuple

from ..model import Article, Attachment, Discussion, Element, Episode, Image, Location, Origin, Tag
from .dates import rfc822, rfc3339, whole_minutes


class Fixed(str):
    """A string that belongs to the shape, such as the name of an element."""

    __slots__ = ()


class PersonFields(NamedTuple):
    """An author."""

    label: str
    name: str | None
    email: str | None
    url: str | None


class TagFields(NamedTuple):
    """A tag or the section."""

    term: str
    label: str | None
    scheme: str | None


class FileFields(NamedTuple):
    """An attachment. `seconds` whole; `length` in bytes."""

    url: str
    media_type: str
    length: str | None
    title: str | None
    seconds: str | None


class ImageFields(NamedTuple):
    """The picture."""

    url: str
    media_type: str | None
    width: str | None
    height: str | None
    alt: str | None
    credit: str | None


class LinkFields(NamedTuple):
    """A link with what is to be said of its end."""

    url: str
    media_type: str | None = None
    language: str | None = None
    title: str | None = None


class ReplyFields(NamedTuple):
    """What it answers."""

    id: str
    url: str | None


class DiscussionFields(NamedTuple):
    """Where people talk about it."""

    url: str | None
    feed: str | None
    feed_type: str | None
    said: str | None


class OriginFields(NamedTuple):
    """The feed that it came from."""

    title: str
    feed: str
    home: str | None
    id: str | None
    updated: str | None


class LocationFields(NamedTuple):
    """Where it happened; `point` as GeoRSS-Simple writes it."""

    point: str
    name: str | None


class PodcastPersonFields(NamedTuple):
    """Somebody in an episode."""

    name: str
    role: str | None
    group: str | None
    url: str | None
    image: str | None


class TranscriptFields(NamedTuple):
    """The words of an episode."""

    url: str
    media_type: str
    language: str | None
    captions: bool


class EpisodeFields(NamedTuple):
    """An episode of a podcast."""

    number: str | None
    season: str | None
    kind: str | None
    explicit: str | None
    seconds: str | None
    image: str | None
    transcripts: tuple[TranscriptFields, ...]
    chapters: str | None
    persons: tuple[PodcastPersonFields, ...]


class ElementFields(NamedTuple):
    """An element of the publisher's own."""

    namespace: Fixed
    prefix: Fixed
    name: Fixed
    text: str | None
    attributes: tuple[tuple[Fixed, str], ...]


class EntryFields(NamedTuple):
    """An entry.

    `description` is the summary as RSS has it, where a description is HTML by definition; `date_822` when it
    appeared, or else last changed, as RSS has it; `revised` says that it changed after it appeared. `updated`
    is as Atom requires it: of an undated article it is the first ingest, and `dated` is false.
    """

    id: str
    permalink: bool
    title: str
    link: str | None
    summary: str | None
    description: str | None
    html: bool
    published: str | None
    updated: str | None
    date_822: str | None
    dated: bool
    revised: bool
    language: str | None
    rights: str | None
    license: LinkFields | None
    canonical: str | None
    authors: tuple[PersonFields, ...]
    tags: tuple[TagFields, ...]
    files: tuple[FileFields, ...]
    image: ImageFields | None
    alternates: tuple[LinkFields, ...]
    discussion: DiscussionFields | None
    replies: tuple[ReplyFields, ...]
    origin: OriginFields | None
    place: LocationFields | None
    episode: EpisodeFields | None
    elements: tuple[ElementFields, ...]


def entry_fields(article: Article, uri: str, *, full: bool, podcast: bool) -> EntryFields:
    """The form of an article whose texts are legal.

    Args:
        article: it.
        uri: its id as feeds write it.
        full: whether feeds show the body.
        podcast: whether they are podcasts.
    """
    published, updated = whole_minutes(article.published), whole_minutes(article.changed)
    appeared = rfc3339(published) if published else None
    revised = updated is not published and updated != published
    changed = updated or whole_minutes(article.ingested)
    summary = article.summary or None
    license_, link, talk, place = article.license, article.link, article.discussion, article.location
    return EntryFields(
        id=uri,
        permalink=uri == link,
        title=article.title,
        link=link,
        summary=summary,
        description=escape(summary, quote=False) if summary else None,
        html=full and bool(article.content_html),
        published=appeared,
        updated=rfc3339(changed) if changed and changed is not published else appeared,
        date_822=rfc822(first) if (first := published or updated) else None,
        dated=updated is not None,
        revised=revised and published is not None,
        language=article.language,
        rights=_rights(article),
        license=LinkFields(license_.url, title=license_.name) if license_ and license_.url else None,
        canonical=article.canonical if article.canonical != link else None,
        authors=tuple(
            [PersonFields(each.label, each.name, each.email, each.url) for each in article.authors]
        ),
        tags=_tags(article),
        files=tuple([_file(each) for each in article.attachments]) if article.attachments else (),
        image=_image(article.image) if article.image else None,
        alternates=_alternates(article) if article.alternates else (),
        discussion=_discussion(talk) if talk else None,
        replies=tuple([ReplyFields(each.id, each.url) for each in article.replies_to])
        if article.replies_to
        else (),
        origin=_origin(article.origin) if article.origin else None,
        place=LocationFields(_point(place), place.name or None) if place else None,
        episode=_episode(article) if podcast else None,
        elements=tuple([_element(each) for each in article.elements]) if article.elements else (),
    )


def _tags(article: Article) -> tuple[TagFields, ...]:
    tags: Sequence[Tag] = article.tags
    if section := article.section:
        first = next((tag for tag in tags if tag.term == section), None) or Tag(term=section)
        tags = [first, *(tag for tag in tags if tag.term != section)]
    return tuple([TagFields(each.term, each.label, each.scheme) for each in tags])


def _file(file: Attachment) -> FileFields:
    seconds = None if file.duration is None else str(round(file.duration))
    return FileFields(file.url, file.media_type, _number(file.length), file.title, seconds)


def _image(image: Image) -> ImageFields:
    return ImageFields(
        image.url,
        image.media_type,
        _number(image.width),
        _number(image.height),
        image.alt or None,
        image.credit or None,
    )


def _alternates(article: Article) -> tuple[LinkFields, ...]:
    found = article.alternates
    return tuple([LinkFields(each.url, each.media_type, each.language, each.title) for each in found])


def _discussion(talk: Discussion) -> DiscussionFields:
    return DiscussionFields(talk.url, talk.feed, talk.feed_type if talk.feed else None, _number(talk.count))


def _rights(article: Article) -> str | None:
    # Terms that are nowhere to be read in full are words like any others.
    terms = article.license.name if article.license and not article.license.url else ""
    return "; ".join(filter(None, (article.rights, terms))) or None


def _point(place: Location) -> str:
    # Without an exponent, which no reader of coordinates expects.
    latitude, longitude = (format(Decimal(str(each)), "f") for each in (place.latitude, place.longitude))
    return f"{latitude} {longitude}"


def _origin(origin: Origin) -> OriginFields:
    updated = whole_minutes(origin.updated)
    return OriginFields(
        origin.title,
        origin.feed,
        origin.home,
        origin.id,
        rfc3339(updated) if updated else None,
    )


def _episode(article: Article) -> EpisodeFields:
    episode = article.episode or Episode()
    sound = article.attachments[0] if article.attachments else None
    return EpisodeFields(
        _number(episode.number),
        _number(episode.season),
        episode.kind,
        None if episode.explicit is None else str(episode.explicit).lower(),
        str(round(sound.duration)) if sound and sound.duration is not None else None,
        article.image.url if article.image else None,
        tuple([TranscriptFields(t.url, t.media_type, t.language, t.captions) for t in episode.transcripts]),
        episode.chapters,
        tuple([PodcastPersonFields(p.name, p.role, p.group, p.url, p.image) for p in episode.persons]),
    )


def _element(element: Element) -> ElementFields:
    return ElementFields(
        Fixed(element.namespace),
        Fixed(element.prefix),
        Fixed(element.name),
        element.text or None,
        tuple([(Fixed(name), value) for name, value in element.attributes.items()]),
    )


def _number(value: float | None) -> str | None:
    return None if value is None else str(value)
