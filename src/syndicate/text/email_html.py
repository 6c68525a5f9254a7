"""Bodies adapted for mail.

Mail programs know a small part of HTML. What they drop is replaced by what they show: a video by a link to
its file, a section by a division. Nothing here makes HTML safe; `sanitize` did that when the article came in.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from urllib.parse import unquote, urlsplit

from lxml import etree
from lxml import html as lxml_html

from .illegal_characters import clean_text
from .sanitize import VOID_ELEMENTS, parse_body
from .wrap import one_line, visible_text

_TO_DIV = frozenset(
    {
        *("article", "aside", "details", "dialog", "figcaption", "figure", "footer", "header", "hgroup"),
        *("main", "nav", "section", "summary"),
    }
)
_CLASSES = {"figure": "fig", "figcaption": "cap"}
"""Classes by which themes know the divisions."""
_MEDIA = frozenset(["audio", "video"])
_DROPPED = frozenset(
    {
        *("area", "base", "button", "canvas", "embed", "form", "frame", "head", "iframe", "input", "link"),
        *("map", "math", "meta", "noscript", "object", "script", "select", "source", "style", "svg"),
        *("template", "textarea", "title", "track"),
    }
)
_ALLOWED_ATTRIBUTES = frozenset(
    {
        *("href", "title", "lang", "dir", "src", "alt", "width", "height", "start", "reversed", "type"),
        *("value", "colspan", "rowspan", "scope", "cite", "datetime", "hreflang", "role"),
        *("aria-label", "aria-hidden"),
    }
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

_VALUES = r"""(?:[^<>"']|"[^"]*"|'[^']*')*+"""
_TAG = re.compile(rf"<(/?)([a-z][a-z0-9-]*+){_VALUES}>")
# Below 2046 levels the parser loses everything that follows, and no person nests like that.
_MAX_DEPTH = 200

ChangeLink = Callable[[str], str]
"""Return the address that a link gets in the edition."""

ImageAddress = Callable[[str, int], str]
"""Return the address of an image from its source and the width in pixels that it is shown at."""


def adapt_html(
    html: str, *, change_link: ChangeLink, image_address: ImageAddress, width: int = 600, top_level: int = 3
) -> str:
    """Return HTML that mail programs show as the author meant it.

    Headings start below the title of the article, images get a width that fits and an `alt`, links that lead
    nowhere outside of their page become their words.

    Args:
        html: safe and balanced.
        width: of the column, in pixels.
        top_level: the level of its highest heading.
    """
    if not html.strip():
        return ""
    # The parser does not know that these elements have no end tag.
    html = re.sub(rf"(<(source|track|embed)\b{_VALUES}>)", r"\1</\2>", html)
    html = re.sub(rf"<wbr\b{_VALUES}>", "", html)
    root = parse_body(_limit_depth(html))
    for element in list(root.iter()):
        if element is not root:
            _adapt(element, change_link, image_address, width)
    _lower_headings(root, top_level)
    _label_links(root)
    _break_comment_starts(root)
    return escape(root.text or "", quote=False) + "".join(
        lxml_html.tostring(child, encoding="unicode") for child in root
    )


def _limit_depth(html: str) -> str:
    """Remove the tags, but not the words, of elements that are nested too deep."""
    if html.count("</") <= _MAX_DEPTH:
        return html
    depth = 0

    def limited(tag: re.Match[str]) -> str:
        nonlocal depth
        level = depth + (not tag[1])
        if tag[2] not in VOID_ELEMENTS:
            depth += -1 if tag[1] else 1
        return tag[0] if level <= _MAX_DEPTH else ""

    return _TAG.sub(limited, html)


def _adapt(element: etree._Element, change_link: ChangeLink, image_address: ImageAddress, width: int) -> None:
    if element.getparent() is None:
        return
    tag = element.tag
    if not isinstance(tag, str) or tag in _DROPPED:
        _drop(element)
        return
    if tag in _MEDIA:
        _replace_media(element, change_link)
        return
    for name in [name for name in element.attrib if name not in _ALLOWED_ATTRIBUTES]:
        del element.attrib[name]
    if tag == "pre":
        # Code is wider than a phone, and nothing may make an edition wider than its window.
        element.set("style", "white-space:pre-wrap")
    if tag in _CLASSES:
        element.set("class", _CLASSES[tag])
    if tag in _TO_DIV:
        element.tag = "div"
    elif tag == "mark":
        # Browsers paint it yellow in dark mode as well, where links on it are illegible.
        element.tag = "b"
    elif tag == "picture":
        element.drop_tag()  # type: ignore[attr-defined]
    elif tag == "a":
        _adapt_link(element, change_link)
    elif tag == "img":
        _adapt_image(element, image_address, width)
    elif tag == "table" and next(element.iter("th", "caption"), None) is None:
        # Without headers a screen reader would announce rows and columns that mean nothing.
        element.set("role", "presentation")


def _drop(element: etree._Element) -> None:
    # `remove` would also remove the text after the element.
    element.drop_tree()  # type: ignore[attr-defined]


def _adapt_link(element: etree._Element, change_link: ChangeLink) -> None:
    href = element.get("href", "")
    if _is_web_page(href):
        element.set("href", change_link(href))
    elif not href.startswith(("mailto:", "tel:")):
        element.drop_tag()  # type: ignore[attr-defined]


def _replace_media(element: etree._Element, change_link: ChangeLink) -> None:
    """Replace a video or a recording by a link to its file."""
    sources = [element.get("src"), *(each.get("src") for each in element.iter("source"))]
    url = next((each for each in sources if each and _is_web_page(each)), None)
    if url is None:
        _drop(element)
        return
    name = _file_name(url)
    tail = element.tail
    for child in list(element):
        element.remove(child)
    element.attrib.clear()
    element.text, element.tail = name, tail
    if next(element.iterancestors("a"), None) is not None:
        element.drop_tag()  # type: ignore[attr-defined]
        return
    element.tag = "a"
    element.set("href", change_link(url))


def _file_name(url: str) -> str:
    """Return the file name in an address, else its host."""
    parts = urlsplit(url)
    # Percent-encoding can hide control characters.
    return one_line(clean_text(unquote(parts.path.rpartition("/")[2]))) or parts.netloc


def _is_web_page(url: str) -> bool:
    """Whether the address is an absolute HTTP URL; some that browsers accept cannot be parsed."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


_SHOWN_SCHEMES = ("https://", "cid:")


def mail_image_url(source: str, width: int, image_address: ImageAddress) -> str | None:
    """Return the address of an image in the edition; None if mail programs would not show it.

    They block images that are loaded without encryption, or warn about the whole edition.
    """
    if not source.lower().startswith((*_SHOWN_SCHEMES, "http://")):
        return None
    address = image_address(source, width)
    return address if address.lower().startswith(_SHOWN_SCHEMES) else None


def _adapt_image(element: etree._Element, image_address: ImageAddress, width: int) -> None:
    source = element.get("src", "")
    alt = re.sub(r"\s+", " ", element.get("alt", "")).strip()
    size = [_pixels(element.get(name)) for name in ("width", "height")]
    shown = min(size[0] or width, width)
    address = mail_image_url(source, shown, image_address)
    if address is None:
        if alt:
            element.tag, element.text = "em", alt
            element.attrib.clear()
        else:
            _drop(element)
        return
    element.attrib.clear()
    element.set("src", address)
    element.set("alt", alt)
    element.set("width", str(shown))
    if size[0] and size[1]:
        element.set("height", str(max(1, round(size[1] * shown / size[0]))))
    # Outlook uses the attribute; others show a small image at its own size. In a table cell a percentage
    # works as `width`, and as `max-width` only if the table's layout is fixed.
    style = f"width:100%;max-width:{shown}px" if size[0] else "width:auto;max-width:100%"
    element.set("style", f"{style};height:auto")


def _pixels(value: str | None) -> int | None:
    match = re.fullmatch(r"\s*(\d{1,5})(?:\.\d+)?(?:px)?\s*", value or "")
    return int(match[1]) or None if match else None


def _label_links(root: etree._Element) -> None:
    """Label image links without words for screen readers, and remove links that nobody can see."""
    for link in list(root.iter("a")):
        shown = "".join(str(part) for part in link.itertext())
        words = [shown, *(image.get("alt", "") for image in link.iter("img")), link.get("aria-label", "")]
        if any(visible_text(each) for each in words):
            continue
        if next(link.iter("img"), None) is None:
            link.drop_tag()  # type: ignore[attr-defined]
        else:
            link.set("aria-label", re.sub(r"^[a-z]+:(?://)?|[?#].*", "", link.get("href", "")))


def _break_comment_starts(root: etree._Element) -> None:
    """Change `<!--` in attributes: libxml2 takes it for a server-side include and does not escape it."""
    for element in root.iter():
        for name, value in element.attrib.items():
            if "<!--" in value:
                element.set(name, str(value).replace("<!--", "<! --"))


def _lower_headings(root: etree._Element, top_level: int) -> None:
    """Renumber the headings from `top_level` on, without gaps."""
    depth: list[int] = []
    for element in list(root.iter(*_HEADINGS)):
        if next(element.iterancestors(*_HEADINGS), None) is not None:
            element.drop_tag()  # type: ignore[attr-defined]
            continue
        level = _HEADINGS.index(str(element.tag))
        while depth and depth[-1] >= level:
            depth.pop()
        depth.append(level)
        element.tag = f"h{min(top_level + len(depth) - 1, 6)}"
