"""Computed styles: media queries, specificity, inheritance (CSS Cascading 4).

Only the properties that matter for the contrast of text are computed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

import tinycss2
from lxml import etree

from .colors import BLACK, TRANSPARENT, WHITE, Color, blend, parse_color, parse_legacy_color
from .html_tree import Page, tag_of
from .stylesheets import Declaration, Sheets, declarations_of

Scheme = Literal["light", "dark"]

_DESKTOP_WIDTH = 1024
_FEATURE = re.compile(r"\(\s*([a-z-]+)\s*(?::([^()]*))?\)")
_LENGTH = re.compile(r"([0-9.]+)(px|em|rem)")
_NUMBER = re.compile(r"(-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+))([a-z%]*)")
_PROPERTIES = frozenset(
    {
        *("color", "background", "background-color", "background-image", "display", "visibility", "opacity"),
        *("font", "font-size", "font-weight", "color-scheme"),
    }
)
_SIZES = {
    "xx-small": 9.0,
    "x-small": 10.0,
    "small": 13.0,
    "medium": 16.0,
    "large": 18.0,
    "x-large": 24.0,
    "xx-large": 32.0,
    "xxx-large": 48.0,
}
_HEADINGS = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h4": 1.0, "h5": 0.83, "h6": 0.67, "small": 0.83}
_BOLD = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "b", "strong", "th"})
_HIDDEN = frozenset({"head", "script", "style", "title", "template", "noscript", "map"})
_STYLED_TAGS = _BOLD | _HIDDEN | {"small", "mark"}
_PX = {"px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 37.8, "mm": 3.78, "q": 0.945}
# The default colors of links in browsers, by color scheme.
_LINK = {"light": Color(0, 0, 238 / 255), "dark": Color(158 / 255, 158 / 255, 1)}
_DARK_CANVAS = Color(18 / 255, 18 / 255, 18 / 255)


def applies(condition: str, scheme: Scheme) -> bool:
    """Whether a condition of a style sheet applies on a wide screen with this color scheme."""
    name, _, query = condition.partition(" ")
    if name == "@media":
        return any(_media(part.strip().lower(), scheme) for part in query.split(","))
    # The rules about clients check what is supported; few clients know nested rules.
    return name in ("@supports", "@layer")


def _media(query: str, scheme: Scheme) -> bool:
    negated = query.startswith("not ")
    words = _FEATURE.sub(" ", query).replace(" and ", " ").split()
    kinds = [word for word in words if word not in ("and", "only", "not")]
    matches = all(kind in ("all", "screen") for kind in kinds)
    features = _FEATURE.findall(query)
    matches = matches and all(_feature(name, value.strip(), scheme) for name, value in features)
    return matches != negated


def _feature(name: str, value: str, scheme: Scheme) -> bool:
    if name == "prefers-color-scheme":
        return value == scheme
    length = _LENGTH.fullmatch(value)
    if length and name in ("min-width", "max-width", "min-device-width", "max-device-width"):
        try:
            pixels = float(length[1]) * (1 if length[2] == "px" else 16)
        except ValueError:
            return False
        return pixels <= _DESKTOP_WIDTH if name.startswith("min") else pixels >= _DESKTOP_WIDTH
    return False


class _Rank(NamedTuple):
    important: bool
    inline: bool
    specificity: tuple[int, int, int]
    order: int


Declared = dict[str, tuple[_Rank, str]]


@lru_cache(maxsize=4096)
def longhands(name: str, value: str) -> tuple[tuple[str, str], ...]:
    """Return a declaration as those of the longhand properties that matter here."""
    if name not in _PROPERTIES:
        return ()
    lower = value.lower()
    if name == "background":
        return _background(lower)
    if name == "background-image":
        return ((name, "image" if _is_image(lower) else "none"),)
    if name == "font":
        return tuple(_font(lower))
    return ((name, lower),)


def _is_image(value: str) -> bool:
    return "url(" in value or "gradient(" in value or "image-set(" in value


def _background(value: str) -> tuple[tuple[str, str], ...]:
    shown = "transparent"
    if value in ("inherit", "initial", "unset"):
        return (("background-color", value), ("background-image", "none"))
    for token in tinycss2.parse_component_value_list(value):
        text = token.serialize()
        if parse_color(text) is not None or text == "currentcolor":
            shown = text
    return (("background-color", shown), ("background-image", "image" if _is_image(value) else "none"))


def _font(value: str) -> Iterator[tuple[str, str]]:
    yield "font-weight", "normal"
    for word in value.split():
        if word in ("bold", "bolder") or re.fullmatch("[1-9]00", word):
            yield "font-weight", word
        elif word in _SIZES or _NUMBER.match(word):
            yield "font-size", word.partition("/")[0]
            return


@dataclass(frozen=True, slots=True)
class TextStyle:
    """The computed style of text in an element.

    Attributes:
        color: of the text; None if not set.
        is_declared: whether the document sets the color; otherwise it is the client's color of links.
        background: the color behind it; None if not set, so that the client's own is visible.
        on_image: whether an image is between the text and that color.
        size: of the font in CSS pixels.
    """

    color: Color | None = None
    is_declared: bool = False
    background: Color | None = None
    on_image: bool = False
    size: float = 16.0
    weight: int = 400
    opacity: float = 1.0
    hidden: bool = False

    @property
    def large(self) -> bool:
        """Whether this is large text by WCAG 2.2: 18 points, or 14 points in bold."""
        return self.size >= 24 or (self.size >= 18.66 and self.weight >= 700)


class ComputedStyles:
    """The computed styles of all elements of a page in one color scheme.

    Attributes:
        canvas, color: the client's colors of background and text where the document sets none.
        of: the style of each element.
    """

    def __init__(self, page: Page, sheets: Sheets, scheme: Scheme, *, schemes: bool) -> None:
        """
        Args:
            scheme: of the subscriber's screen.
            schemes: whether the document supports dark mode.
        """
        self._scheme: Scheme = scheme if schemes else "light"
        # A document without dark mode is shown as it is.
        self.canvas, self.color = (_DARK_CANVAS, WHITE) if self._scheme == "dark" else (WHITE, BLACK)
        self._declared = _declared(page, sheets, scheme)
        self.of: dict[etree._Element, TextStyle] = {}
        for element in page.elements:
            parent = element.getparent()
            base = self.of.get(parent, TextStyle()) if parent is not None else TextStyle()
            self.of[element] = self._compute(element, base)

    def _compute(self, element: etree._Element, base: TextStyle) -> TextStyle:
        tag = tag_of(element)
        declarations = self._declared.get(element)
        attributes = element.attrib
        if not declarations and not attributes and tag not in _STYLED_TAGS:
            return base
        values = {name: value for name, (_, value) in declarations.items()} if declarations else {}
        color, is_declared = self._color(element, tag, values.get("color"), base)
        background, on_image = self._background_of(element, values, base, color)
        opacity = base.opacity * _opacity(values.get("opacity"))
        hidden = (
            base.hidden
            or tag in _HIDDEN
            or values.get("display") == "none"
            or values.get("visibility") in ("hidden", "collapse")
            or ("hidden" in attributes and "display" not in values)
            or opacity <= 0
        )
        return TextStyle(
            color=color,
            is_declared=is_declared,
            background=background,
            on_image=on_image,
            size=_size(values.get("font-size"), base.size, _HEADINGS.get(tag)),
            weight=_weight(values.get("font-weight"), base.weight, bold=tag in _BOLD),
            opacity=opacity,
            hidden=hidden,
        )

    def _color(
        self, element: etree._Element, tag: str, value: str | None, base: TextStyle
    ) -> tuple[Color | None, bool]:
        if value in ("inherit", "currentcolor", "unset"):
            return base.color, base.is_declared
        if value and (found := parse_color(value)):
            return found, True
        old = element.get("color") if tag == "font" else element.get("text") if tag == "body" else None
        if old and (found := parse_legacy_color(old)):
            return found, True
        if tag == "a" and element.get("href") is not None:
            return _LINK[self._scheme], False
        if tag == "mark":
            return BLACK, False
        return base.color, base.is_declared

    def _background_of(
        self, element: etree._Element, values: dict[str, str], base: TextStyle, color: Color | None
    ) -> tuple[Color | None, bool]:
        value = values.get("background-color")
        painted: Color | None = TRANSPARENT
        if value == "currentcolor":
            painted = color
        elif value:
            painted = parse_color(value)
        elif old := element.get("bgcolor"):
            painted = parse_legacy_color(old)
        elif tag_of(element) == "mark":
            painted = Color(1, 1, 0)
        image = values.get("background-image") == "image" or bool(element.get("background"))
        if painted is None or painted.alpha <= 0:
            return base.background, base.on_image or image
        if painted.alpha >= 1:
            return painted, image
        return blend(painted, base.background or self.canvas), base.on_image or image


def _declared(page: Page, sheets: Sheets, scheme: Scheme) -> dict[etree._Element, Declared]:
    declared: dict[etree._Element, Declared] = {}
    root = page.root
    for order, rule in enumerate(sheets.rules):
        relevant = [each for each in rule.declarations if each.name in _PROPERTIES]
        if root is None or not relevant or not all(applies(each, scheme) for each in rule.conditions):
            continue
        for match in rule.matches:
            if match.find is None:
                continue
            for element in _evaluate(match.find, root):
                _set(declared.setdefault(element, {}), relevant, match.specificity, order, inline=False)
    for element in page.elements:
        if style := element.get("style"):
            own = [each for each in declarations_of(style) if each.name in _PROPERTIES]
            if own:
                _set(declared.setdefault(element, {}), own, (0, 0, 0), 0, inline=True)
    return declared


def _evaluate(find: etree.XPath, root: etree._Element) -> list[etree._Element]:
    try:
        found = find(root)
    except etree.XPathError:
        return []
    return [each for each in found if isinstance(each, etree._Element)] if isinstance(found, list) else []


def _set(
    into: Declared,
    declarations: list[Declaration],
    specificity: tuple[int, int, int],
    order: int,
    *,
    inline: bool,
) -> None:
    for declaration in declarations:
        rank = _Rank(declaration.important, inline, specificity, order)
        for name, value in longhands(declaration.name, declaration.value):
            # An invalid value invalidates the declaration (CSS Syntax 3, section 8.2).
            if (
                name == "color"
                and value not in ("inherit", "currentcolor", "unset")
                and not parse_color(value)
            ):
                continue
            if name not in into or rank >= into[name][0]:
                into[name] = (rank, value)


def _opacity(value: str | None) -> float:
    try:
        return max(0.0, min(1.0, float(value))) if value else 1.0
    except ValueError:
        return 1.0


def _size(value: str | None, base: float, own: float | None) -> float:
    if value is None:
        return base * own if own else base
    if value in _SIZES:
        return _SIZES[value]
    if value in ("larger", "smaller"):
        return base * 1.2 if value == "larger" else base / 1.2
    found = _NUMBER.fullmatch(value)
    if not found:
        return base
    number, unit = float(found[1]), found[2]
    if unit in ("em", "%"):
        return base * (number if unit == "em" else number / 100)
    return number * (16.0 if unit == "rem" else _PX.get(unit, 1.0))


def _weight(value: str | None, base: int, *, bold: bool) -> int:
    if value is None or value in ("inherit", "unset"):
        return 700 if bold and value is None else base
    if value.isdecimal():
        return min(int(value[:4]), 1000)
    return {"bold": 700, "bolder": max(base, 700), "lighter": 400, "normal": 400}.get(value, base)
