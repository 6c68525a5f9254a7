"""Images that a script would load: the real picture in place of the placeholder."""

from __future__ import annotations

import re
from html import escape
from typing import NamedTuple
from urllib.parse import urlsplit

from .html_regions import Change, Region, web_address, words_of
from .html_tokens import iterate_tags, read_attributes

LAZY_IMAGE = Change("late-loading image was restored", "late-loading images were restored")
NOSCRIPT_KEPT = Change(
    "part for browsers without scripts was kept", "parts for browsers without scripts were kept"
)
PLACEHOLDER_DROPPED = Change("placeholder of an image was left out", "placeholders of images were left out")
DATA_IMAGE_DROPPED = Change(
    "image inside of the text (data:) was left out", "images inside of the text (data:) were left out"
)

_LAZY_SOURCES = (
    *("data-src", "data-lazy-src", "data-lazy", "data-cfsrc", "data-ezsrc", "data-orig-src", "data-lazyload"),
    *("data-original", "data-echo", "data-actualsrc", "data-imgsrc", "data-real-src", "data-hi-res-src"),
    *(
        "data-pagespeed-lazy-src",
        "data-delayed-url",
        "data-img-src",
        "data-img-url",
        "data-image",
        "data-url",
    ),
    *(
        "data-full-src",
        "data-large-file",
        "data-orig-file",
        "data-canonical-src",
        "lazy-src",
        "lazysrc",
        "nitro-lazy-src",
    ),
)
"""Attributes with the address of the picture, the usual ones first."""
_ALWAYS_REAL = frozenset(_LAZY_SOURCES[:7])
_LAZY_SETS = (
    *(
        "data-srcset",
        "data-lazy-srcset",
        "data-lazysrcset",
        "data-cfsrcset",
        "data-ezsrcset",
        "data-original-set",
    ),
    *("nitro-lazy-srcset",),
)
_LAZY_SIZES = ("data-sizes", "data-lazy-sizes")
_PLACEHOLDER = re.compile(
    r"(?:^|[/_.-])(?:blank|spacer|transparent|pixel|1x1|placeholder|lazy[\w-]*|loading|loader|empty|dummy|grey|gray|clear)"
    r"(?:[_.-][\w-]*)?\.(?:gif|png|svg|jpe?g|webp)$",
    re.IGNORECASE,
)
_SIZE_IN_NAME = re.compile(r"-\d{2,5}x\d{2,5}(?=\.\w+$)|@\dx(?=\.\w+$)")
LAZY_MARKS = ("data-", "data:", "lazy", "srcset")
"""In lower case: an image without any of these has its picture."""


def is_placeholder(address: str) -> bool:
    """Whether an address of an image is that of a picture that only fills its place."""
    address = address.strip()
    return (
        not address
        or address.startswith(("data:", "about:", "#"))
        or bool(_PLACEHOLDER.search(address.partition("?")[0]))
    )


def largest_candidate(srcset: str) -> str:
    """Return the address of the largest picture of a `srcset` (HTML, 4.8.4.2)."""
    best, best_size = "", -1.0
    for candidate in re.finditer(r"([^\s,]\S*[^\s,])(?:\s+([\d.]{1,10})[wxh])?\s*(?:,|$)", srcset[:20_000]):
        size = (
            float(candidate[2]) if candidate[2] and candidate[2].count(".") < 2 and candidate[2] != "." else 0
        )
        if size > best_size and not candidate[1].startswith("data:"):
            best, best_size = candidate[1], size
    return best


def real_source(attributes: dict[str, str], base: str | None) -> str:
    """Return the absolute address of the picture of an `<img>`; nothing if only a placeholder is known."""
    source = attributes.get("src", "")
    no_picture = is_placeholder(source)
    for name in _LAZY_SOURCES:
        if name in attributes and (no_picture or name in _ALWAYS_REAL):
            address = attributes[name].strip()
            if (
                not is_placeholder(address)
                and _is_image_address(address)
                and (full := web_address(address, base))
            ):
                return full
    if not no_picture:
        return web_address(source, base)
    for name in (*_LAZY_SETS, "srcset"):
        if full := web_address(largest_candidate(attributes.get(name, "")), base):
            return full
    # A picture whose own name is `placeholder.png` is a picture if there is no other.
    return "" if source.strip().startswith(("data:", "about:", "#")) else web_address(source, base)


def _is_image_address(address: str) -> bool:
    return not address.startswith(("{", "[")) and not re.search(r"\s\d+w", address)


def picture_key(address: str) -> str:
    """Return a text that is equal for the sizes of one picture."""
    parts = urlsplit(address)
    return f"{(parts.hostname or '').removeprefix('www.')}{_SIZE_IN_NAME.sub('', parts.path)}"


def convert_image(region: Region, pictures: Pictures) -> str | None:
    """Return an image with its real address; None if it has it already."""
    attributes = region.attributes
    source = attributes.get("src", "")
    address = real_source(attributes, region.base)
    srcset = region.first(_LAZY_SETS)
    is_lazy = bool(address) and address != web_address(source, region.base)
    if not address:
        alt = attributes.get("alt", "").strip()
        is_data = source.strip().startswith("data:") and len(source) > 2_000
        if not source.strip() and not any(name.startswith("data-") for name in attributes):
            return None
        region.changes.add(DATA_IMAGE_DROPPED if is_data else PLACEHOLDER_DROPPED)
        # The picture itself follows in a part for browsers without scripts.
        is_shown = not alt or alt in pictures.descriptions
        return "" if is_shown else f"<em>{escape(alt, quote=False)}</em>"
    if not (is_lazy or srcset):
        return None
    if is_lazy:
        region.changes.add(LAZY_IMAGE)
    kept: dict[str, str] = {
        name: attributes[name]
        for name in ("alt", "width", "height", "title", "id", "sizes")
        if name in attributes
    }
    own_set = attributes.get("srcset", "")
    sizes = region.first(_LAZY_SIZES)
    if sizes and sizes != "auto":
        kept["sizes"] = sizes
    if srcset or (own_set and not own_set.strip().startswith("data:")):
        kept["srcset"] = srcset or own_set
    written = "".join(f' {name}="{escape(value)}"' for name, value in kept.items())
    return f'<img src="{escape(address)}"{written}>'


def convert_source(region: Region) -> str | None:
    """Return a `<source>` of a picture with its real candidates; None if it has them already."""
    attributes = region.attributes
    srcset, source = region.first(_LAZY_SETS), region.first(("data-src", "data-lazy-src"))
    if not srcset and not source:
        return None
    kept: dict[str, str] = {
        name: attributes[name] for name in ("type", "media", "sizes") if name in attributes
    }
    if srcset or "srcset" in attributes:
        kept["srcset"] = srcset or attributes["srcset"]
    if source or "src" in attributes:
        kept["src"] = source or attributes["src"]
    return "<source" + "".join(f' {name}="{escape(value)}"' for name, value in kept.items()) + ">"


def convert_picture(region: Region) -> str | None:
    """Return a picture whose image has no address with that of its first source; None if it has one."""
    images = [tag for tag in iterate_tags(region.inner) if tag.name == "img"]
    if any(real_source(read_attributes(tag.attributes), region.base) for tag in images):
        return None
    for tag in iterate_tags(region.inner):
        if tag.name == "source":
            attributes = read_attributes(tag.attributes)
            candidates = next(
                (attributes[name] for name in (*_LAZY_SETS, "srcset") if attributes.get(name)), ""
            )
            if address := web_address(largest_candidate(candidates), region.base):
                alt = read_attributes(images[0].attributes).get("alt", "") if images else ""
                region.changes.add(LAZY_IMAGE)
                return f'<img src="{escape(address)}" alt="{escape(alt)}">'
    return None


class Pictures(NamedTuple):
    """The pictures of a text.

    Attributes:
        keys: of those that every browser shows.
        descriptions: the `alt` of those in `<noscript>`.
    """

    keys: frozenset[str]
    descriptions: frozenset[str]


def find_pictures(html: str, base: str | None) -> Pictures:
    """Return the pictures of a text."""
    keys, descriptions = set(), set()
    inside = False
    for tag in iterate_tags(html):
        if tag.name == "noscript":
            inside = not tag.is_end
        elif tag.name in ("img", "amp-img"):
            attributes = read_attributes(tag.attributes)
            if inside:
                descriptions.add(attributes.get("alt", "").strip())
            elif address := real_source(attributes, base):
                keys.add(picture_key(address))
    return Pictures(frozenset(keys), frozenset(descriptions))


def convert_noscript(region: Region, pictures: Pictures) -> str:
    """Return what browsers without scripts show, unless it is a picture that stands beside it."""
    known = pictures.keys
    content = region.inner
    if "<" not in content and "&lt;" in content:
        # Some plugins escape it.
        return ""
    found, others = [], 0
    for tag in iterate_tags(content):
        if tag.name == "img" and not tag.is_end:
            attributes = read_attributes(tag.attributes)
            if {attributes.get(name, "").strip().removesuffix("px") for name in ("width", "height")} & {
                "0",
                "1",
            }:
                # Counts visitors.
                continue
            if address := real_source(attributes, region.base):
                found.append(picture_key(address))
        elif tag.name in ("iframe", "video", "audio", "embed", "object", "svg", "math"):
            others += 1
    is_notice = "javascript" in content.lower() and not found and not others
    has_link = "<a " in content and not is_notice
    if others or has_link or any(each not in known for each in found):
        region.changes.add(NOSCRIPT_KEPT)
        return region.convert_inner()
    if not found and not is_notice and words_of(content):
        region.changes.add(NOSCRIPT_KEPT)
        return region.convert_inner()
    return ""
