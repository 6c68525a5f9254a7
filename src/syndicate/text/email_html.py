"""The body of an article, made fit for mail. Pure.

Mail programs know a small part of HTML. What they drop is replaced by what they show: a film by a link to it,
a section by a division. Nothing here makes HTML safe; that was done when the article came in.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from lxml import etree
from lxml import html as lxml_html

from .html import escape
from .plain_text import tidy
from .wrap import one_line, seen

_DIVISIONS = frozenset(
    [
        *(
            "article",
            "aside",
            "details",
            "dialog",
            "figcaption",
            "figure",
            "footer",
            "header",
            "hgroup",
            "main",
        ),
        *("nav", "section", "summary"),
    ]
)
_CLASSES = {"figure": "fig", "figcaption": "cap"}
"""What themes can know divisions by."""
_MEDIA = frozenset(["audio", "video"])
_DROPPED = frozenset(
    [
        *(
            "base",
            "button",
            "canvas",
            "embed",
            "form",
            "frame",
            "head",
            "iframe",
            "input",
            "link",
            "map",
            "area",
        ),
        *("meta", "noscript", "object", "script", "select", "source", "style", "svg", "template", "textarea"),
        *("title", "track", "math"),
    ]
)
_KEPT = frozenset(
    [
        *(
            "href",
            "title",
            "lang",
            "dir",
            "src",
            "alt",
            "width",
            "height",
            "start",
            "reversed",
            "type",
            "value",
        ),
        *("colspan", "rowspan", "scope", "cite", "datetime", "hreflang", "role", "aria-label", "aria-hidden"),
    ]
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

VOID = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source"),
        *("track", "wbr"),
    }
)
"""What has no end tag (HTML, section 13.1.2)."""

_VALUES = r"""(?:[^<>"']|"[^"]*"|'[^']*')*"""
_TAG = re.compile(rf"<(/?)([a-z][a-z0-9-]*){_VALUES}>")
# The parser loses all that follows on something 2046 levels deep, and no person nests like that.
_DEEPEST = 200

Change = Callable[[str], str]
Picture = Callable[[str, int], str]


def fit(html: str, *, link: Change, picture: Picture, width: int = 600, top: int = 3) -> str:
    """HTML that mail programs show as it was meant.

    Headings go below the title of the article, pictures get a width that fits and an `alt`, links that lead
    nowhere without the page lose their `<a>`.

    Args:
        html: safe and balanced.
        link: changes a link's address.
        picture: gives the address of a picture that is shown so many pixels wide.
        width: of the column, in pixels.
        top: the level of its highest heading, below that of the article's title.
    """
    if not html.strip():
        return ""
    # The parser does not know that these have no end.
    html = re.sub(rf"(<(source|track|embed)\b{_VALUES}>)", r"\1</\2>", html)
    html = re.sub(rf"<wbr\b{_VALUES}>", "", html)
    root = parsed(_shallow(html))
    for element in list(root.iter()):
        if element is not root:
            _mend(element, link, picture, width)
    _lower(root, top)
    _name(root)
    _unmark(root)
    return escape(root.text or "", quote=False) + "".join(
        lxml_html.tostring(child, encoding="unicode") for child in root
    )


def parsed(html: str) -> etree._Element:
    """The body of a document that holds this HTML.

    lxml's own function for fragments raises for text that begins with a reference to a control character.
    """
    # Without this, what is nested more than 255 levels deep is lost.
    parser = lxml_html.HTMLParser(huge_tree=True)
    document = lxml_html.document_fromstring(f"<html><body>{html}</body></html>", parser=parser)
    body: etree._Element = document.body  # type: ignore[attr-defined]
    return body


def _shallow(html: str) -> str:
    """The HTML without the tags, but with the words, of what stands too deep."""
    if html.count("</") <= _DEEPEST:
        return html
    depth = 0

    def kept(tag: re.Match[str]) -> str:
        nonlocal depth
        level = depth + (not tag[1])
        if tag[2] not in VOID:
            depth += -1 if tag[1] else 1
        return tag[0] if level <= _DEEPEST else ""

    return _TAG.sub(kept, html)


def _mend(element: etree._Element, link: Change, picture: Picture, width: int) -> None:
    if element.getparent() is None:
        return
    tag = element.tag
    if not isinstance(tag, str) or tag in _DROPPED:
        _drop(element)
        return
    if tag in _MEDIA:
        _to_link(element, link)
        return
    for name in [name for name in element.attrib if name not in _KEPT]:
        del element.attrib[name]
    if tag == "pre":
        # A phone is narrower than code, and nothing may make a letter wider than its window.
        element.set("style", "white-space:pre-wrap")
    if tag in _CLASSES:
        element.set("class", _CLASSES[tag])
    if tag in _DIVISIONS:
        element.tag = "div"
    elif tag == "mark":
        # Browsers paint it yellow in the dark as well, where links on it cannot be read.
        element.tag = "b"
    elif tag == "picture":
        element.drop_tag()  # type: ignore[attr-defined]
    elif tag == "a":
        _lead(element, link)
    elif tag == "img":
        _show(element, picture, width)
    elif tag == "table" and next(element.iter("th", "caption"), None) is None:
        # Without headings a screen reader would count rows and columns for nothing.
        element.set("role", "presentation")


def _drop(element: etree._Element) -> None:
    # With `remove` the text behind the element would go as well.
    element.drop_tree()  # type: ignore[attr-defined]


def _lead(element: etree._Element, link: Change) -> None:
    href = element.get("href", "")
    if _page(href):
        element.set("href", link(href))
    elif not href.startswith(("mailto:", "tel:")):
        element.drop_tag()  # type: ignore[attr-defined]


def _to_link(element: etree._Element, link: Change) -> None:
    """A film or a recording as a link to its file."""
    sources = [element.get("src"), *(each.get("src") for each in element.iter("source"))]
    url = next((each for each in sources if each and _page(each)), None)
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
    element.set("href", link(url))


def _file_name(url: str) -> str:
    """What people would call a file by its address."""
    parts = urlsplit(url)
    # Percent signs can hide what no text may hold.
    return one_line(tidy(unquote(parts.path.rpartition("/")[2]))) or parts.netloc


def _page(url: str) -> bool:
    """Whether an address leads somewhere; of some that browsers take nobody else can make anything."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


_SAFE = ("https://", "cid:")


def shown_at(source: str, width: int, picture: Picture) -> str | None:
    """Where a letter takes a picture from; none where mail programs would not show it.

    One that would come without encryption is blocked, or spoils the lock of the whole letter.
    """
    if not source.lower().startswith((*_SAFE, "http://")):
        return None
    address = picture(source, width)
    return address if address.lower().startswith(_SAFE) else None


def _show(element: etree._Element, picture: Picture, width: int) -> None:
    source = element.get("src", "")
    alt = re.sub(r"\s+", " ", element.get("alt", "")).strip()
    size = [_pixels(element.get(name)) for name in ("width", "height")]
    shown = min(size[0] or width, width)
    address = shown_at(source, shown, picture)
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
    # Outlook goes by the attribute; the others show a small picture as small as it is. In the cell of a table
    # a share of it holds as `width`, and as `max-width` only where the table's layout is fixed.
    fitting = f"width:100%;max-width:{shown}px" if size[0] else "width:auto;max-width:100%"
    element.set("style", f"{fitting};height:auto")


def _pixels(value: str | None) -> int | None:
    match = re.fullmatch(r"\s*(\d{1,5})(?:\.\d+)?(?:px)?\s*", value or "")
    return int(match[1]) or None if match else None


def _name(root: etree._Element) -> None:
    """Give each link something that a screen reader can say; one that nobody could see goes."""
    for link in list(root.iter("a")):
        shown = "".join(str(part) for part in link.itertext())
        words = [shown, *(image.get("alt", "") for image in link.iter("img")), link.get("aria-label", "")]
        if any(seen(each) for each in words):
            continue
        if next(link.iter("img"), None) is None:
            link.drop_tag()  # type: ignore[attr-defined]
        else:
            link.set("aria-label", re.sub(r"^[a-z]+:(?://)?|[?#].*", "", link.get("href", "")))


def _unmark(root: etree._Element) -> None:
    """No attribute that looks like a comment: libxml2 takes it for a server's and writes it as it is."""
    for element in root.iter():
        for name, value in element.attrib.items():
            if "<!--" in value:
                element.set(name, str(value).replace("<!--", "<! --"))


def _lower(root: etree._Element, top: int) -> None:
    """Headings from `top` downwards, none left out between two."""
    depth: list[int] = []
    for element in list(root.iter(*_HEADINGS)):
        if next(element.iterancestors(*_HEADINGS), None) is not None:
            element.drop_tag()  # type: ignore[attr-defined]
            continue
        level = _HEADINGS.index(str(element.tag))
        while depth and depth[-1] >= level:
            depth.pop()
        depth.append(level)
        element.tag = f"h{min(top + len(depth) - 1, 6)}"
