"""The elements of Podcasting 2.0 that a podcast, its episodes or both can have.

Source: the Podcast Namespace (podcastindex.org/namespace/1.0).
"""

from __future__ import annotations

from collections.abc import Iterable

from ..model import License
from ..model.feed_dates import rfc822, rfc3339, whole_minutes
from ..model.podcast import (
    AlternateEnclosure,
    Chat,
    ContentLink,
    Funding,
    Person,
    Place,
    PodcastImage,
    RemoteItem,
    SocialInteract,
    Soundbite,
    Trailer,
    Transcript,
    Txt,
    UpdateFrequency,
    Value,
    ValueRecipient,
    ValueTimeSplit,
)
from ..model.podcast.element import decimal_text
from .extension import XmlElement, xml_element


def alternate_enclosure(file: AlternateEnclosure) -> XmlElement:
    """Return `podcast:alternateEnclosure` with its sources."""
    children = [
        xml_element("podcast:source", uri=source.uri, contentType=source.media_type)
        for source in file.sources
    ]
    if proof := file.integrity:
        children.append(xml_element("podcast:integrity", type=proof.type, value=proof.value))
    return xml_element(
        "podcast:alternateEnclosure",
        None,
        *children,
        type=file.media_type,
        length=number(file.length),
        bitrate=file.bitrate,
        height=number(file.height),
        lang=file.language,
        title=file.title,
        rel=file.rel,
        codecs=file.codecs,
        default=None if file.default is None else boolean(file.default),
    )


def chat(value: Chat) -> XmlElement:
    """Return `podcast:chat`."""
    return xml_element(
        "podcast:chat",
        server=value.server,
        protocol=value.protocol,
        accountId=value.account_id,
        space=value.space,
        embedUrl=value.embed_url,
    )


def content_link(link: ContentLink) -> XmlElement:
    """Return `podcast:contentLink`."""
    return xml_element("podcast:contentLink", link.text, href=link.url)


def funding(page: Funding, text: str) -> XmlElement:
    """Return `podcast:funding`; `text` is for a page that has none of its own."""
    return xml_element("podcast:funding", page.text or text, url=page.url)


def image(value: PodcastImage) -> XmlElement:
    """Return `podcast:image`."""
    return xml_element(
        "podcast:image",
        href=value.url,
        alt=value.alt or None,
        width=number(value.width),
        height=number(value.height),
        type=value.media_type,
        purpose=value.purpose,
        **{"aspect-ratio": value.aspect_ratio},
    )


def license_of(terms: License) -> XmlElement:
    """Return `podcast:license`."""
    return xml_element("podcast:license", terms.name, url=terms.url)


def person(value: Person) -> XmlElement:
    """Return `podcast:person`."""
    return xml_element(
        "podcast:person",
        value.name,
        role=value.role,
        group=value.group,
        href=value.url,
        img=value.image,
    )


def place(value: Place) -> XmlElement:
    """Return `podcast:location`."""
    return xml_element(
        "podcast:location",
        value.name,
        rel=value.rel,
        geo=value.geo,
        osm=value.osm,
        country=value.country,
    )


def remote_item(item: RemoteItem, medium: str | None = None) -> XmlElement:
    """Return `podcast:remoteItem`, of the given medium if it names none."""
    return xml_element(
        "podcast:remoteItem",
        feedGuid=str(item.feed_guid),
        feedUrl=item.feed_url,
        itemGuid=item.item_guid,
        medium=item.medium or medium,
        title=item.title,
    )


def social_interact(post: SocialInteract) -> XmlElement:
    """Return `podcast:socialInteract`."""
    return xml_element(
        "podcast:socialInteract",
        protocol=post.protocol,
        uri=post.uri,
        accountId=post.account_id,
        accountUrl=post.account_url,
        priority=number(post.priority),
    )


def soundbite(part: Soundbite) -> XmlElement:
    """Return `podcast:soundbite`."""
    return xml_element(
        "podcast:soundbite",
        part.title or None,
        startTime=decimal_text(part.start),
        duration=decimal_text(part.duration),
    )


def trailer(value: Trailer) -> XmlElement:
    """Return `podcast:trailer`."""
    return xml_element(
        "podcast:trailer",
        value.title,
        url=value.url,
        pubdate=rfc822(whole_minutes(value.published) or value.published),
        length=number(value.length),
        type=value.media_type,
        season=number(value.season),
    )


def transcript(value: Transcript) -> XmlElement:
    """Return `podcast:transcript`."""
    return xml_element(
        "podcast:transcript",
        url=value.url,
        type=value.media_type,
        language=value.language,
        rel="captions" if value.captions else None,
    )


def txt(value: Txt) -> XmlElement:
    """Return `podcast:txt`."""
    return xml_element("podcast:txt", value.text, purpose=value.purpose)


def update_frequency(value: UpdateFrequency) -> XmlElement:
    """Return `podcast:updateFrequency`."""
    start = whole_minutes(value.dtstart)
    return xml_element(
        "podcast:updateFrequency",
        value.text,
        complete="true" if value.complete else None,
        dtstart=rfc3339(start) if start else None,
        rrule=value.rrule,
    )


def payment(value: Value) -> XmlElement:
    """Return `podcast:value` with its recipients and time splits."""
    children = [*map(_recipient, value.recipients), *map(_time_split, value.time_splits)]
    return xml_element(
        "podcast:value",
        None,
        *children,
        type=value.type,
        method=value.method,
        suggested=value.suggested,
    )


def _recipient(value: ValueRecipient) -> XmlElement:
    return xml_element(
        "podcast:valueRecipient",
        name=value.name,
        customKey=value.custom_key,
        customValue=value.custom_value,
        type=value.type,
        address=value.address,
        split=str(value.split),
        fee=None if value.fee is None else boolean(value.fee),
    )


def _time_split(value: ValueTimeSplit) -> XmlElement:
    children: Iterable[XmlElement] = map(_recipient, value.recipients)
    if value.remote_item:
        children = (remote_item(value.remote_item),)
    return xml_element(
        "podcast:valueTimeSplit",
        None,
        *children,
        startTime=decimal_text(value.start),
        duration=decimal_text(value.duration),
        remoteStartTime=None if value.remote_start is None else decimal_text(value.remote_start),
        remotePercentage=number(value.remote_percentage),
    )


def boolean(value: bool) -> str:
    """Return `true` or `false`."""
    return "true" if value else "false"


def number(value: int | None) -> str | None:
    """Return a number as text, or None."""
    return None if value is None else str(value)
