"""Image addresses for trafilatura, which keeps only images whose address has a known file extension."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

# Added to other addresses, and removed again.
_EXTENSION = "#picture.jpg"
_KNOWN_EXTENSION = re.compile(r"\.(?:avif|bmp|gif|hei[cf]|jpe?g|png|webp)(?![\w.-])", re.IGNORECASE)
_FIRST_CANDIDATE = re.compile(r"\s*([^\s,]+)")
# Pages with lazy loading have the address in one of these attributes.
_LAZY_ATTRIBUTES = ("data-src", "data-lazy-src", "data-original", "data-lazy")


def prepare_images(tree: HtmlElement, base: str | None) -> None:
    """Give each image of a page an absolute address, and remove images without an address.

    Args:
        tree: the page; changed in place.
        base: the URL that relative addresses are relative to.
    """
    for image in list(tree.iter("img")):
        address = _address(image, base)
        if address is None:
            image.drop_tree()
        else:
            image.set("src", address if _KNOWN_EXTENSION.search(address) else address + _EXTENSION)


def restore_addresses(html: str) -> str:
    """Return the HTML without the extensions that `prepare_images` added."""
    return html.replace(_EXTENSION, "")


def _address(image: HtmlElement, base: str | None) -> str | None:
    sets = [_FIRST_CANDIDATE.match(image.get(name) or "") for name in ("srcset", "data-srcset")]
    candidates = [
        *(image.get(name) for name in _LAZY_ATTRIBUTES),
        image.get("src"),
        *(match[1] for match in sets if match),
    ]
    for each in candidates:
        try:
            url: str = urljoin(base or "", (each or "").strip())
            scheme = urlsplit(url).scheme
        except ValueError:
            continue
        if each and scheme in ("http", "https", "") and each.strip():
            return url.partition("#")[0]
    return None
