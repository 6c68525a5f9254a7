"""Images and files of entries: enclosures, Media RSS, and the images of podcasts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import etree

from .links import Link, resolve
from .names import attribute, children
from .text import plain_text

Elements = Mapping[str, Sequence[etree._Element]]

_KINDS = ("image", "audio", "video")
# WordPress describes the author's avatar like an image of the post.
_AVATARS = ("gravatar.com/avatar/",)
# A player in place of a file, which browsers no longer run.
_PLAYER_TYPES = {"application/x-shockwave-flash"}


def read_attachments(
    elements: Elements, links: Sequence[Link], image: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    """Return the files of an entry: all enclosures, then the audio and video files and images of Media RSS.

    Args:
        image: of the entry, which is not a file of it too.
    """
    duration = next((plain_text(each) for each in elements.get("itunes:duration", ())), None)
    found: list[dict[str, Any]] = []
    for each in elements.get("enclosure", ()):
        url = attribute(each, "url") or attribute(each, "href") or attribute(each, "uri")
        found.append(
            _attachment(
                resolve(each, url) if url else None, attribute(each, "type"), attribute(each, "length")
            )
        )
    found += [
        _attachment(each.url, _given_type(each), each.length, title=each.title)
        for each in links
        if each.rel == "enclosure"
    ]
    for content in _contents(elements):
        if image and image["url"] == _media_url(content):
            continue
        found.append(
            _attachment(
                _media_url(content),
                attribute(content, "type"),
                attribute(content, "filesize"),
                duration=attribute(content, "duration"),
                title=_text_in(content, "media:title"),
            )
        )
    distinct: dict[str, dict[str, Any]] = {}
    for attachment in found:
        if url := attachment.get("url"):
            known = distinct.setdefault(url, attachment)
            known.update({name: value for name, value in attachment.items() if name not in known})
    attachments = list(distinct.values())
    if attachments and duration:
        attachments[0].setdefault("duration", duration)
    return attachments


def read_image(elements: Elements) -> dict[str, Any] | None:
    """Return the image of an entry: an image or thumbnail of Media RSS, of the podcast, or of the format."""
    large = next((each for each in _contents(elements, "image") if _media_url(each)), None)
    thumbnails = [each for each in _in_media(elements, "media:thumbnail") if _media_url(each)]
    if large is not None:
        return _image(large)
    if thumbnails:
        return _image(thumbnails[0])
    for name in ("itunes:image", "image"):
        for each in elements.get(name, ()):
            url = (
                attribute(each, "href") or attribute(each, "url") or _text_in(each, "url") or plain_text(each)
            )
            if url:
                return {"url": resolve(each, url)}
    for each in elements.get("enclosure", ()):
        address = attribute(each, "url")
        if address and (attribute(each, "type") or "").startswith("image/"):
            return {"url": resolve(each, address)}
    return None


def media_text(elements: Elements, name: str) -> etree._Element | None:
    """Return the first element of Media RSS with a name: of the entry, of its group, or of a file."""
    return next(_in_media(elements, name), None)


def _image(element: etree._Element) -> dict[str, Any]:
    image: dict[str, Any] = {"url": _media_url(element)}
    media_type = attribute(element, "type") or ""
    if media_type.startswith("image/"):
        image["media_type"] = media_type
    for name in ("width", "height"):
        size = attribute(element, name) or ""
        if size.isascii() and size.isdigit() and 0 < len(size) < 6:
            image[name] = int(size)
    # The description of a group is about its video.
    alt = _text_in(element, "media:description")
    credit = _text_in(element, "media:credit")
    return {**image, **({"alt": alt} if alt else {}), **({"credit": credit} if credit else {})}


def _contents(elements: Elements, *kinds: str) -> Iterator[etree._Element]:
    """Yield the files of Media RSS; of a group, whose files are the same in other forms, only the best."""
    for group in elements.get("media:group", ()):
        files = [each for name, each in children(group) if name == "media:content"]
        files = [each for each in files if _kind(each) in (kinds or _KINDS)]
        best = next((each for each in files if attribute(each, "isdefault") == "true"), None)
        if files:
            yield best if best is not None else files[0]
    for each in elements.get("media:content", ()):
        if _kind(each) in (kinds or _KINDS):
            yield each


def _kind(content: etree._Element) -> str:
    """Return `image`, `audio`, `video`, or empty text if a file is something else or unknown."""
    media_type = (attribute(content, "type") or "").lower()
    url = _media_url(content) or ""
    if not url or media_type in _PLAYER_TYPES or any(each in url for each in _AVATARS):
        return ""
    medium = (attribute(content, "medium") or "").lower()
    return medium if medium in _KINDS else media_type.partition("/")[0]


def _in_media(elements: Elements, name: str) -> Iterator[etree._Element]:
    yield from elements.get(name, ())
    for outer in ("media:group", "media:content"):
        for each in elements.get(outer, ()):
            for own_name, child in children(each):
                if own_name == name:
                    yield child
                elif own_name == "media:content":
                    yield from (inner for inner_name, inner in children(child) if inner_name == name)


def _media_url(element: etree._Element) -> str | None:
    url = attribute(element, "url") or plain_text_url(element)
    return resolve(element, url) if url else None


def plain_text_url(element: etree._Element) -> str | None:
    """Return the address that is the text of an element."""
    text = (element.text or "").strip()
    return text if text.startswith(("http://", "https://", "/")) else None


def _text_in(element: etree._Element, name: str) -> str:
    return next((plain_text(child) for own_name, child in children(element) if own_name == name), "")


def _given_type(link: Link) -> str | None:
    return None if link.media_type in ("text/html", "") else link.media_type


def _attachment(
    url: str | None,
    media_type: str | None,
    length: str | None,
    *,
    duration: str | None = None,
    title: str | None = None,
) -> dict[str, Any]:
    length = (length or "").strip()
    values = {
        "url": url,
        "type": media_type,
        "length": int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None,
        "duration": duration,
        "title": title,
    }
    return {name: value for name, value in values.items() if value not in (None, "")}
