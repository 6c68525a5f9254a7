"""Drawings (SVG) as their title and description, or as the words in them."""

from __future__ import annotations

import re
from html import escape

from .html_regions import Change, Region, make_link, shorten_name, web_address
from .markup_tree import Node, parse_markup

DRAWING_TEXT = Change("drawing became text", "drawings became text")
DRAWING_LINK = Change("drawing became a link", "drawings became links")
DRAWING_IMAGE = Change("drawing became an image", "drawings became images")

_ICON_SIZE = 64
_LONGEST = 1_000


def convert_drawing(region: Region) -> str:
    """Return a drawing as the picture in it, its title, its words, or a link to the article."""
    attributes = region.attributes
    if attributes.get("aria-hidden") == "true" or attributes.get("role") in ("presentation", "none"):
        return ""
    root = parse_markup(region.inner)
    text = _description(root, region)
    for node in root.descendants():
        if node.name in ("image", "img"):
            address = next(
                (
                    full
                    for name in ("href", "xlink:href", "src")
                    if (full := web_address(node.attributes.get(name, ""), region.base))
                ),
                "",
            )
            if address:
                region.changes.add(DRAWING_IMAGE)
                return f'<img src="{escape(address)}" alt="{escape(shorten_name(text))}">'
    text = text or _labels(root)
    if text:
        region.changes.add(DRAWING_TEXT)
        written = escape(text, quote=False)
        return f"<p>{written}</p>" if region.is_block else f" {written} "
    if _is_icon(attributes) or region.base is None:
        return ""
    region.changes.add(DRAWING_LINK)
    link = make_link(region.base, shorten_name(region.caption) or "Drawing")
    return f"<p>{link}</p>" if region.is_block else link


def _description(root: Node, region: Region) -> str:
    """Return the title and the description: of the drawing, not of the parts of it."""
    label = region.first(("aria-label", "title"))
    parts = {node.name: node.text for node in reversed(root.children) if node.name in ("title", "desc")}
    title = label or parts.get("title", "")
    if not (title or parts.get("desc")):
        group = next((node for node in root.children if node.name in ("g", "symbol")), None)
        inner = (
            {node.name: node.text for node in group.children if node.name in ("title", "desc")}
            if group
            else {}
        )
        title, parts = inner.get("title", ""), inner
    text = ": ".join(dict.fromkeys(filter(None, (title, parts.get("desc", "")))))
    return text[:_LONGEST]


def _labels(root: Node) -> str:
    """Return the words in the drawing: a chart has its names and numbers there."""
    texts = [node.text for node in root.descendants() if node.name in ("text", "foreignobject")]
    line = ", ".join(dict.fromkeys(filter(None, texts)))
    return line if len(line) <= _LONGEST else line[:_LONGEST].rsplit(",", 1)[0] + "…"


def _is_icon(attributes: dict[str, str]) -> bool:
    """Whether it is as small as the icons of a page."""
    sizes = [
        float(match[0])
        for name in ("width", "height")
        if (match := re.match(r"\d{1,6}(?:\.\d{1,6})?(?=px|$)", attributes.get(name, "")))
    ]
    if not sizes:
        box = attributes.get("viewbox", "").replace(",", " ").split()
        sizes = [float(each) for each in box[2:4] if re.fullmatch(r"\d{1,6}(?:\.\d{1,6})?", each)]
    return not sizes or max(sizes) <= _ICON_SIZE
