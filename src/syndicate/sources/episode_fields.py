"""Episodes of podcasts in records: field names as in front matters, in XML and in JSON exports.

A value that a reader here does not understand is returned as it is. The validation of the article reports it.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from typing import Any

from ..model.podcast import (
    AlternateEnclosure,
    Chapter,
    Chat,
    ContentLink,
    Episode,
    Funding,
    Integrity,
    Live,
    MediaSource,
    Person,
    Place,
    PodcastElement,
    PodcastImage,
    RemoteItem,
    SocialInteract,
    Soundbite,
    Transcript,
    Txt,
    Value,
    ValueRecipient,
    ValueTimeSplit,
)
from .durations import read_duration
from .field_readers import read_license
from .value_conversion import absolute_url, as_list, is_absent

_CAPTION_TYPES = {"text/vtt", "application/srt", "application/x-subrip"}
_ADDRESSES = {"url", "uri", "image", "account_url", "embed_url", "feed_url"}
_TIMES = {"start", "duration", "remote_start"}
# The elements inside each element; those of an episode first.
_INNER: Mapping[type[PodcastElement], Mapping[str, type[PodcastElement]]] = {
    Episode: {
        "alternate_enclosures": AlternateEnclosure,
        "chapter_list": Chapter,
        "chat": Chat,
        "content_links": ContentLink,
        "funding": Funding,
        "images": PodcastImage,
        "live": Live,
        "persons": Person,
        "places": Place,
        "social_interacts": SocialInteract,
        "soundbites": Soundbite,
        "transcripts": Transcript,
        "txt": Txt,
        "values": Value,
    },
    AlternateEnclosure: {"sources": MediaSource, "integrity": Integrity},
    Value: {"recipients": ValueRecipient, "time_splits": ValueTimeSplit},
    ValueTimeSplit: {"recipients": ValueRecipient, "remote_item": RemoteItem},
}
_SINGLE = (Chat, Integrity, Live, RemoteItem)


def read_episode(value: Any, base: str | None) -> Any:
    """Return an episode from its number or a mapping.

    Args:
        base: the URL that relative addresses are relative to.
    """
    given = _known_fields(Episode, value if isinstance(value, Mapping) else {"number": value})
    _read_chapters(given, base)
    episode = _read_inner(Episode, given, base)
    if isinstance(explicit := episode.get("explicit"), str) and explicit.strip().lower() in ("clean", "no"):
        episode["explicit"] = False
    if isinstance(kind := episode.get("kind"), str):
        episode["kind"] = kind.strip().lower()
    if "license" in episode:
        episode["license"] = read_license(episode["license"])
    return episode


def _read_chapters(episode: dict[str, Any], base: str | None) -> None:
    """Put chapters where they belong: the address of their file, or a list of them."""
    chapters = episode.pop("chapters", None)
    if isinstance(chapters, Mapping):
        if not is_absent(inner := chapters.get("chapters")):
            chapters = inner
        else:
            names = {str(name): each for name, each in chapters.items()}
            url = next((names[name] for name in ("url", "href", "link") if names.get(name)), None)
            media_type = next((names[name] for name in ("type", "media_type") if names.get(name)), None)
            chapters, more = url, {"chapters_type": media_type} if media_type else {}
            episode.update(more)
    if isinstance(chapters, list | tuple):
        episode.setdefault("chapter_list", chapters)
    elif chapters is not None:
        episode["chapters"] = absolute_url(chapters, base)


def _known_fields(model: type[PodcastElement], value: Mapping[Any, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, each in value.items():
        field = model.field_of(str(name))
        if field is not None and not is_absent(each):
            fields.setdefault(field, each)
    return fields


def _read_inner(model: type[PodcastElement], fields: dict[str, Any], base: str | None) -> dict[str, Any]:
    for name, inner in _INNER.get(model, {}).items():
        if name in fields:
            if inner in _SINGLE:
                first = next(iter(as_list(fields[name])), None)
                fields[name] = _read_element(inner, first, base)
            else:
                fields[name] = [_read_element(inner, each, base) for each in as_list(fields[name])]
    return fields


def _read_element(model: type[PodcastElement], value: Any, base: str | None) -> Any:
    if model is Transcript:
        return _read_transcript(value, base)
    if not isinstance(value, Mapping):
        if not model.text_field:
            return value
        value = {model.text_field: value}
    fields = _read_inner(model, _known_fields(model, value), base)
    for name in _ADDRESSES & fields.keys():
        fields[name] = absolute_url(fields[name], base)
    for name in _TIMES & fields.keys():
        fields[name] = read_duration(fields[name])
    return fields


def _read_transcript(value: Any, base: str | None) -> dict[str, Any]:
    given: Mapping[Any, Any] = value if isinstance(value, Mapping) else {"url": value}
    fields = _known_fields(Transcript, {**given, **({"url": given["link"]} if "link" in given else {})})
    url = fields["url"] = absolute_url(fields.get("url"), base)
    if "media_type" not in fields and isinstance(url, str):
        fields["media_type"] = mimetypes.guess_type(url.partition("?")[0])[0] or "text/plain"
    if "captions" not in fields:
        media_type = fields.get("media_type")
        is_captions = isinstance(media_type, str) and media_type in _CAPTION_TYPES
        fields["captions"] = given.get("rel") == "captions" or is_captions
    return fields
