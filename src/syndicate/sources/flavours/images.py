"""The image of a page, in the shapes that themes use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..field_names import normalize_name
from ..record_fields import NAMES

IMAGE_NAMES = (
    *("image", "images", "cover", "cover_image", "coverImage", "cover-image"),
    *("featured_image", "featuredImage", "featured-image", "featureImage", "feature_image", "feature"),
    *("featureimage", "featured", "header", "header-img", "header_image", "headerImage", "feature-img"),
    *("hero", "heroImage", "hero_image", "banner", "banner_image", "bannerImage", "teaser"),
    *("thumbnail", "thumb", "ogImage", "og_image", "socialImage", "social_image", "preview", "img", "photo"),
)
"""The names that themes have for it, the most telling first."""
_ADDRESSES = ("url", "src", "image", "path", "feature", "teaser", "og_image", "overlay_image", "href", "file")
_NAMES_OF_ALT = ("alt", "caption", "image_description", "title")
_MAX_DEPTH = 3
_FIELDS_WITH_IMAGES = {normalize_name(name.partition(".")[0]) for name in NAMES["image"]}


def image_fields(fields: Mapping[str, Any], resolve: Callable[[str], str | None]) -> dict[str, Any]:
    """Return the image that front matter names as the field `image`.

    An image whose address nobody can know is taken out of all fields that records have images in.

    Args:
        resolve: returns the address of an image by what the page calls it; None if nobody can know it.
    """
    image = read_front_image(fields, resolve)
    if image:
        return {"image": image}
    return {name: None for name in fields if normalize_name(name) in _FIELDS_WITH_IMAGES}


def read_front_image(
    fields: Mapping[str, Any], resolve: Callable[[str], str | None]
) -> dict[str, str] | None:
    """Return the image that front matter names, with `url` and possibly `alt`.

    Args:
        resolve: returns the address of an image by what the page calls it; None if nobody can know it.
    """
    extra = fields.get("extra"), fields.get("params")
    for place in (fields, *(each for each in extra if isinstance(each, Mapping))):
        for name in IMAGE_NAMES:
            for address, alt in _candidates(place.get(name)):
                url = address if "://" in address else resolve(address)
                if url:
                    description = alt or _text(place.get(f"{name}_alt")) or _text(place.get(f"{name}Alt"))
                    return {"url": url, "alt": description} if description else {"url": url}
    return None


def _candidates(value: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if _is_address(value.strip()):
            yield value.strip(), ""
    elif depth == _MAX_DEPTH:
        return
    elif isinstance(value, list):
        for each in value[:10]:
            yield from _candidates(each, depth + 1)
    elif isinstance(value, Mapping):
        alt = next((text for name in _NAMES_OF_ALT if (text := _text(value.get(name)))), "")
        for name in _ADDRESSES:
            for address, own in _candidates(value.get(name), depth + 1):
                yield address, own or alt


def _is_address(text: str) -> bool:
    """Return whether a text is an address and no word such as `featured: yes` or `header: large`."""
    if not text or len(text) > 2000 or "\n" in text or "{{" in text:
        return False
    return "/" in text or "." in text[-6:]


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
