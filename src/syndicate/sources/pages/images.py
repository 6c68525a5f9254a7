"""Images made ready for trafilatura, which keeps only those whose address ends as a picture's does."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

_MARK = "#picture.jpg"
_KNOWN = re.compile(r"\.(?:avif|bmp|gif|hei[cf]|jpe?g|png|webp)(?![\w.-])", re.IGNORECASE)
_FIRST = re.compile(r"\s*([^\s,]+)")
# Pages that load pictures late keep the address in one of these.
_LATE = ("data-src", "data-lazy-src", "data-original", "data-lazy")


def prepare_images(tree: HtmlElement, base: str | None) -> None:
    """Give every image of a page its whole address, and take out those that have none.

    Args:
        tree: the page; changed in place.
        base: what relative addresses are relative to.
    """
    for image in list(tree.iter("img")):
        address = _address(image, base)
        if address is None:
            image.drop_tree()
        else:
            image.set("src", address if _KNOWN.search(address) else address + _MARK)


def restored(html: str) -> str:
    """The HTML with addresses as they were."""
    return html.replace(_MARK, "")


def _address(image: HtmlElement, base: str | None) -> str | None:
    full: str
    sets = [_FIRST.match(image.get(name) or "") for name in ("srcset", "data-srcset")]
    candidates = [
        *(image.get(name) for name in _LATE),
        image.get("src"),
        *(found[1] for found in sets if found),
    ]
    for each in candidates:
        try:
            full = urljoin(base or "", (each or "").strip())
            scheme = urlsplit(full).scheme
        except ValueError:
            continue
        if each and scheme in ("http", "https", "") and each.strip():
            return full.partition("#")[0]
    return None
