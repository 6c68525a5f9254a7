"""Replaces what sanitizing would lose: frames, late images, formulas, drawings, forms and widgets.

A body without such elements is returned as it is, after a fast search. The result is not safe:
sanitize it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from .drawings import convert_drawing
from .embeds import (
    CUSTOM_ELEMENTS,
    WIDGET_MARKS,
    convert_custom_element,
    convert_frame,
    convert_object,
    convert_portal,
    convert_quoted_post,
    convert_script,
    convert_widget,
)
from .forms import convert_form, convert_input
from .html_regions import Change, Changes, Region, make_link, web_address, words_of
from .html_tokens import VOID_ELEMENTS, Tag, iterate_tags, read_attributes
from .images import (
    LAZY_MARKS,
    Pictures,
    convert_image,
    convert_noscript,
    convert_picture,
    convert_source,
    find_pictures,
)
from .mathml import convert_formula, convert_math
from .media import convert_media

TEMPLATE_KEPT = Change("template became its content", "templates became their content")
AREA_LINK = Change("area of an image map became a link", "areas of an image map became links")

Converter = Callable[[Region], str | None]
"""Return what replaces an element; None if it stays."""

_MAX_DEPTH = 30
_CONSTRUCTS = re.compile(
    r"<(?:iframe|frame\b|embed|object|applet|portal|video|audio|math|svg|script|form|noscript|template|input|base\b"
    r"|area|lite-|amp-|youtube-|vimeo-|spotify-|mjx-)"
)
# The names of their classes; the elements of MathJax are among the constructs.
_IMAGE = re.compile(r"<img[^>]*+")
_CLASS = re.compile(r"class\s*+=[^>]*+")
_FORMULA_MARKS = ("katex", "mathjax", "mwe-math")
_POST_MARKS = (
    *(
        "twitter-",
        "instagram-media",
        "tiktok-embed",
        "text-post-media",
        "bluesky-embed",
        "reddit-",
        "imgur-embed",
    ),
    "mastodon-embed",
)
_DIVISIONS = frozenset({"div", "span", "p", "section", "mjx-container", "nobr"})
_BLOCKS = frozenset(
    {
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "center",
            "details",
            "div",
            "dl",
            "fieldset",
            "footer",
        ),
        *(
            "form",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "main",
            "ol",
            "section",
            "table",
            "ul",
            "figure",
        ),
        *("pre", "nav", "summary"),
    }
)


class ConvertedHtml(NamedTuple):
    """A body after conversion.

    Attributes:
        base: the address that relative addresses in it refer to, which it may have stated itself.
        note: what was changed, in words; empty if nothing was.
    """

    html: str
    base: str | None
    note: str


def convert_html(html: str, base: str | None = None) -> ConvertedHtml:
    """Return a body in which nothing is left that readers would lose.

    Args:
        html: a fragment from anywhere.
        base: the address of the article.
    """
    marks = _find_marks(html)
    if not marks:
        return ConvertedHtml(html, base, "")
    converter = _HtmlConverter(html, base, marks)
    return ConvertedHtml(converter.convert(), converter.base, converter.changes.describe())


class _Marks(NamedTuple):
    """Which kinds of constructs a text may have."""

    has_elements: bool
    has_lazy_images: bool
    has_formulas: bool
    has_widgets: bool
    has_posts: bool
    has_formula_sources: bool


def _find_marks(html: str) -> _Marks | None:
    """Return what a text may have; None if it has nothing that is to be converted."""
    lower = html.lower()
    # Few tags are images, and few have classes. Searching all of the text for each mark would take longer.
    images = " ".join(_IMAGE.findall(lower)) if "<img" in lower else ""
    classes = " ".join(_CLASS.findall(lower)) if "class" in lower else ""
    has_elements = _CONSTRUCTS.search(lower) is not None
    has_formulas = any(mark in classes for mark in _FORMULA_MARKS) or (has_elements and "<mjx-" in lower)
    marks = _Marks(
        has_elements,
        any(mark in images for mark in LAZY_MARKS),
        has_formulas,
        any(mark in classes for mark in WIDGET_MARKS),
        any(mark in classes for mark in _POST_MARKS),
        has_elements and "math/tex" in lower,
    )
    return marks if any(marks) else None


class _Element(NamedTuple):
    """An element that may be converted.

    Attributes:
        tag: its start tag.
        last: the index of the first element after it.
        content_end: where its end tag begins.
        end: where its end tag ends.
        caption: of the figure that it is in: where its words begin and end.
    """

    tag: Tag
    last: int
    content_end: int
    end: int
    is_block: bool
    caption: tuple[int, int] | None


class _HtmlConverter:
    def __init__(self, html: str, base: str | None, marks: _Marks) -> None:
        self._html = html
        self._marks = marks
        self.base = base
        self.changes = Changes()
        self._converters = self._choose_converters()
        self._elements = _find_elements(html, frozenset(self._converters) | {"base"})
        self.base = self._stated_base() or base
        self._pictures = Pictures(frozenset(), frozenset())
        if marks.has_lazy_images or any(each.tag.name == "noscript" for each in self._elements):
            self._pictures = find_pictures(html, self.base)

    def convert(self) -> str:
        return self._convert_range(0, len(self._elements), 0, len(self._html), 0)

    def _choose_converters(self) -> dict[str, Converter]:
        """Return a converter by the name of the element."""
        converters: dict[str, Converter] = {}
        if self._marks.has_lazy_images or self._marks.has_elements:
            converters["noscript"] = lambda region: convert_noscript(region, self._pictures)
        if self._marks.has_lazy_images:
            converters["img"] = lambda region: convert_image(region, self._pictures)
            converters |= {"source": convert_source, "picture": convert_picture}
        if self._marks.has_elements:
            converters |= _CONVERTERS
            converters["amp-img"] = lambda region: convert_image(region, self._pictures) or _as_image(region)
        if self._marks.has_posts:
            converters["blockquote"] = convert_quoted_post
        if self._marks.has_formulas or self._marks.has_widgets:
            converters |= dict.fromkeys(_DIVISIONS, partial(_convert_division, marks=self._marks))
        return converters

    def _stated_base(self) -> str:
        for each in self._elements:
            if each.tag.name == "base":
                href = read_attributes(each.tag.attributes).get("href", "")
                if address := web_address(href, self.base):
                    return address
        return ""

    def _convert_range(self, first: int, last: int, start: int, end: int, depth: int) -> str:
        """Return a part of the text with the elements in it replaced."""
        parts = []
        position = start
        index = first
        while index < last:
            element = self._elements[index]
            converter = self._converters.get(element.tag.name)
            replacement = converter(self._region(index, depth)) if converter else None
            if replacement is None:
                index += 1
                continue
            parts += [self._html[position : element.tag.start], replacement]
            position, index = element.end, element.last
        parts.append(self._html[position:end])
        return "".join(parts)

    def _region(self, index: int, depth: int) -> Region:
        element = self._elements[index]
        start, end = element.tag.end, element.content_end
        if element.tag.name == "script":
            start = self._html.find(">", element.tag.start) + 1 or end
        inner = self._html[start:end]

        def convert_inner() -> str:
            if depth >= _MAX_DEPTH:
                return words_of(inner)
            return self._convert_range(index + 1, element.last, start, end, depth + 1)

        caption = element.caption
        return Region(
            tag=element.tag,
            inner=inner,
            base=self.base,
            caption=words_of(self._html[slice(*caption)]) if caption else "",
            is_block=element.is_block,
            changes=self.changes,
            convert_inner=convert_inner,
        )


def _find_elements(html: str, names: frozenset[str]) -> list[_Element]:
    """Return the elements of some names in the order of their start, in one pass.

    An element without an end tag is empty. Each figure lends its caption to the elements in it.
    """
    found: list[tuple[Tag, bool, int]] = []
    ends: dict[int, tuple[int, Tag]] = {}
    open_elements: dict[str, list[int]] = {}
    figures: list[int] = []
    captions: dict[int, tuple[int, int]] = {}
    figure_count = 0
    previous_end = 0
    previous_is_block = True
    for tag in iterate_tags(html):
        name = tag.name
        is_adjacent = not html[previous_end : tag.start].strip()
        is_block = previous_is_block and is_adjacent
        previous_end = tag.end
        previous_is_block = name in _BLOCKS or (name == "p" and tag.is_end)
        if name in names or name in _OPAQUE:
            previous_is_block = is_block
        if name == "figure":
            if tag.is_end and figures:
                figures.pop()
            elif not tag.is_end:
                figure_count += 1
                figures.append(figure_count)
                # A caption of its own stands around what is in a figure.
                previous_is_block = False
        elif name == "figcaption" and figures:
            if tag.is_end:
                begin, _ = captions.get(figures[-1], (tag.start, 0))
                captions[figures[-1]] = (begin, tag.start)
            else:
                captions[figures[-1]] = (tag.end, tag.end)
        if name not in names:
            continue
        waiting = open_elements.setdefault(name, [])
        if tag.is_end:
            if waiting:
                ends[waiting.pop()] = (len(found), tag)
            continue
        if name not in VOID_ELEMENTS and not tag.attributes.endswith("/"):
            waiting.append(len(found))
        found.append((tag, is_block, figures[-1] if figures else 0))
    elements = []
    for index, (tag, is_block, figure) in enumerate(found):
        last, end = ends.get(index, (index + 1, tag._replace(start=tag.end)))
        elements.append(_Element(tag, last, end.start, max(end.end, tag.end), is_block, captions.get(figure)))
    return elements


_OPAQUE = frozenset({"param", "source", "track", "script", "style", "noscript"})


def _as_image(region: Region) -> str:
    return f"<img {region.tag.attributes.strip().rstrip('/')}>"


def _convert_template(region: Region) -> str:
    inner = region.convert_inner()
    if words_of(inner):
        region.changes.add(TEMPLATE_KEPT)
    return inner


def _convert_area(region: Region) -> str:
    """Return an area of an image map as a link: the map itself cannot work outside of its page."""
    address = region.address(("href",))
    if not address:
        return ""
    region.changes.add(AREA_LINK)
    return f" {make_link(address, region.first(('alt', 'title')) or address)} "


def _convert_division(region: Region, marks: _Marks) -> str | None:
    """Return a division that a script fills, or the one copy of a formula that people can read."""
    lower = region.tag.attributes.lower()
    if marks.has_formulas and ("katex" in lower or "math" in lower or region.tag.name == "mjx-container"):
        return convert_formula(region, has_source=marks.has_formula_sources)
    if marks.has_widgets and any(mark in lower for mark in WIDGET_MARKS):
        return convert_widget(region)
    return None


_CONVERTERS: dict[str, Converter] = {
    "iframe": convert_frame,
    "frame": convert_frame,
    "portal": convert_portal,
    "fencedframe": convert_frame,
    "embed": convert_object,
    "object": convert_object,
    "applet": convert_object,
    "script": convert_script,
    **dict.fromkeys(CUSTOM_ELEMENTS, convert_custom_element),
    "video": convert_media,
    "audio": convert_media,
    "amp-video": convert_media,
    "amp-audio": convert_media,
    "math": convert_math,
    "svg": convert_drawing,
    "form": convert_form,
    "input": convert_input,
    "template": _convert_template,
    "area": _convert_area,
}
