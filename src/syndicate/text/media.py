"""Videos and recordings with a link for readers that cannot play them."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import unquote, urlsplit

from .html_regions import Change, Region, host_of, make_link, shorten_name, web_address, words_of
from .html_tokens import iterate_tags, read_attributes

VIDEO_LINK = Change("video got a link to its file", "videos got links to their files")
AUDIO_LINK = Change("recording got a link to its file", "recordings got links to their files")
UNPLAYABLE = Change("video without an address was left out", "videos without an address were left out")

_SOURCES = ("src", "data-src", "data-lazy-src", "data-video-src", "data-mp4", "data-url")
_POSTERS = ("poster", "data-poster")
_KEPT = ("controls", "loop", "muted", "preload", "width", "height", "title", "id", "lang", "dir")
_LINK = re.compile(r"<a\b", re.IGNORECASE)
_UNSUPPORTED = re.compile(
    r"\b(?:browser|navigateur|navegador|navigatore|Browser|браузер|浏览器|ブラウザ)", re.IGNORECASE
)


def convert_media(region: Region) -> str:
    """Return a video or a recording with its poster, its files, and a link for those who cannot play it."""
    kind = region.tag.name.removeprefix("amp-")
    sources = [region.address(_SOURCES)]
    inner = region.convert_inner()
    parts = []
    for tag in iterate_tags(inner):
        if tag.name in ("source", "track") and not tag.is_end:
            attributes = read_attributes(tag.attributes)
            address = next(
                (full for name in _SOURCES if (full := web_address(attributes.get(name, ""), region.base))),
                "",
            )
            if not address:
                continue
            if tag.name == "source":
                sources.append(address)
            kept = {"src": address} | {
                name: attributes[name]
                for name in ("type", "media", "srclang", "kind", "label")
                if name in attributes
            }
            parts.append(_tag(tag.name, kept))
    address = next(filter(None, sources), "")
    poster = region.address(_POSTERS)
    if not address:
        return _without_file(region, poster, inner)
    attributes = {name: region.attributes[name] for name in _KEPT if name in region.attributes}
    if sources[0]:
        attributes["src"] = sources[0]
    if poster:
        attributes["poster"] = poster
    # Scripts bring their own controls. Without scripts there would be none.
    attributes["controls"] = ""
    fallback = _fallback(inner)
    if fallback is None:
        fallback = make_link(address, region.name or file_name(address))
        region.changes.add(VIDEO_LINK if kind == "video" else AUDIO_LINK, host_of(address))
    return f"{_tag(kind, attributes)}{''.join(parts)}{fallback}</{kind}>"


def _fallback(inner: str) -> str | None:
    """Return what the author wrote for those who cannot play it, if that has a link."""
    if not _LINK.search(inner):
        return None
    text = re.sub(r"<(?:source|track)\b[^>]*>|</(?:source|track)\s*>", "", inner, flags=re.IGNORECASE)
    return (
        text
        if any(tag.name == "a" and "href" in read_attributes(tag.attributes) for tag in iterate_tags(text))
        else None
    )


def _without_file(region: Region, poster: str, inner: str) -> str:
    """Return what is left of a video whose file only a script knows."""
    if _LINK.search(inner):
        return inner
    words = words_of(inner)
    name = region.name or ("" if _UNSUPPORTED.search(words) else words)
    region.changes.add(UNPLAYABLE)
    image = f'<img src="{escape(poster)}" alt="{escape(name)}">' if poster else ""
    if image and region.base:
        return f'<a href="{escape(region.base)}">{image}</a>'
    return image or escape(name, quote=False)


def file_name(address: str) -> str:
    """Return the name of the file of an address, else its host."""
    name = unquote(urlsplit(address).path.rpartition("/")[2])
    return shorten_name(re.sub(r"[\x00-\x1f\x7f]", "", name)) or host_of(address)


def _tag(name: str, attributes: dict[str, str]) -> str:
    return f"<{name}" + "".join(f' {key}="{escape(value)}"' for key, value in attributes.items()) + ">"
