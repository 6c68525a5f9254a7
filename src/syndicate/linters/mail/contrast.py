"""Contrast of text: in light mode, in dark mode, and in clients that invert colors."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ...model.findings import FindingCollector
from ...text.wrap import visible_text
from .cascade import ComputedStyles, TextStyle
from .colors import Color, blend, contrast, invert
from .html_tree import Page

MIN_CONTRAST, MIN_CONTRAST_LARGE = 4.5, 3.0
"""Of text and of large text (WCAG 2.2, success criterion 1.4.3)."""

_MIN_INVERTED = 3.0
# Smaller text, such as a preheader, is hidden on purpose.
_MIN_VISIBLE_SIZE = 2.0


def check_contrast(
    findings: FindingCollector, page: Page, light: ComputedStyles, dark: ComputedStyles
) -> None:
    """Compare text with what is behind it.

    Args:
        findings: gets what is wrong.
        page: the document.
        light, dark: how it looks on either kind of screen.
    """
    texts = [*_texts(page)]
    _check_mode(findings, page, texts, light, "contrast-light")
    _check_mode(findings, page, texts, dark, "contrast-dark")
    _check_inverted(findings, page, texts, light)
    _check_backgrounds(findings, page, texts, light)


def _texts(page: Page) -> Iterator[tuple[etree._Element, str]]:
    """Yield each element that directly contains text, with this text."""
    for element in page.elements:
        own = element.text or ""
        for child in element:
            if child.tail:
                own += f" {child.tail}"
        if own and (text := visible_text(own)):
            yield element, text


def _is_visible(look: TextStyle) -> bool:
    return not look.hidden and look.size >= _MIN_VISIBLE_SIZE


def _pair(look: TextStyle, looks: ComputedStyles) -> tuple[Color, Color]:
    background = look.background or looks.canvas
    color = look.color or looks.color
    return blend(color._replace(alpha=color.alpha * look.opacity), background), background


def _check_mode(
    findings: FindingCollector,
    page: Page,
    texts: list[tuple[etree._Element, str]],
    looks: ComputedStyles,
    rule: str,
) -> None:
    reported: set[tuple[Color, Color]] = set()
    for element, text in texts:
        look = looks.of[element]
        if not _is_visible(look):
            continue
        color, background = _pair(look, looks)
        ratio = contrast(color, background)
        least = MIN_CONTRAST_LARGE if look.large else MIN_CONTRAST
        if ratio >= least or (color, background) in reported:
            continue
        reported.add((color, background))
        detail = (
            f"{color} on {background} is {_format_ratio(ratio)}:1 and must be {least:g}:1, at {_quote(text)}"
        )
        findings.add(rule, page.path(element), detail, element, snippet=page.snippet(element))


def _format_ratio(ratio: float) -> str:
    # Rounding up could show the required ratio.
    return f"{int(ratio * 100) / 100:g}"


def _quote(text: str) -> str:
    return f"“{text if len(text) <= 40 else f'{text[:39]}…'}”"


def _check_inverted(
    findings: FindingCollector, page: Page, texts: list[tuple[etree._Element, str]], looks: ComputedStyles
) -> None:
    reported: set[tuple[Color, Color]] = set()
    for element, text in texts:
        look = looks.of[element]
        if not _is_visible(look):
            continue
        color, background = _pair(look, looks)
        if contrast(color, background) < (MIN_CONTRAST_LARGE if look.large else MIN_CONTRAST):
            continue
        ratio = contrast(invert(color), invert(background))
        if ratio < _MIN_INVERTED and (color, background) not in reported:
            reported.add((color, background))
            detail = (
                f"{color} on {background} becomes {invert(color)} on {invert(background)}, "
                f"which is {_format_ratio(ratio)}:1, at {_quote(text)}"
            )
            findings.add(
                "contrast-inverted", page.path(element), detail, element, snippet=page.snippet(element)
            )


def _check_backgrounds(
    findings: FindingCollector, page: Page, texts: list[tuple[etree._Element, str]], looks: ComputedStyles
) -> None:
    """Report the first text on an image, and the first text with a color but no background."""
    on_image = without_background = False
    for element, text in texts:
        look = looks.of[element]
        if not _is_visible(look):
            continue
        if look.on_image and not on_image:
            on_image = True
            findings.add(
                "contrast-image",
                page.path(element),
                f"at {_quote(text)}",
                element,
                snippet=page.snippet(element),
            )
        if look.is_declared and look.background is None and not without_background:
            without_background = True
            findings.add(
                "background-missing",
                page.path(element),
                f"at {_quote(text)}",
                element,
                snippet=page.snippet(element),
            )
