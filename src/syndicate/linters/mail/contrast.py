"""Whether text can be read: in the light, in the dark, and where a client turns the colours round."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ...model.findings import FindingCollector
from ...text.wrap import visible_text
from .cascade import Branding, Looks
from .colours import Colour, contrast, inverted, over
from .html_tree import Page

NORMAL, LARGE = 4.5, 3.0
"""The least contrast of text, and of large text (WCAG 2.2, success criterion 1.4.3)."""

_TURNED = 3.0
# Smaller letters are meant to be unseen, as those of a preheader.
_UNSEEN = 2.0


def check_contrast(findings: FindingCollector, page: Page, light: Looks, dark: Looks) -> None:
    """Compare text with what is behind it.

    Args:
        findings: gets what is wrong.
        page: the document.
        light, dark: how it looks on either kind of screen.
    """
    texts = [*_texts(page)]
    _pass(findings, page, texts, light, "contrast-light")
    _pass(findings, page, texts, dark, "contrast-dark")
    _turned(findings, page, texts, light)
    _grounds(findings, page, texts, light)


def _texts(page: Page) -> Iterator[tuple[etree._Element, str]]:
    """Each element that words stand in directly, with these words."""
    for element in page.elements:
        own = element.text or ""
        for child in element:
            if child.tail:
                own += f" {child.tail}"
        if own and (words := visible_text(own)):
            yield element, words


def _shown(look: Branding) -> bool:
    return not look.hidden and look.size >= _UNSEEN


def _pair(look: Branding, looks: Looks) -> tuple[Colour, Colour]:
    ground = look.ground or looks.canvas
    ink = look.ink or looks.ink
    return over(ink._replace(alpha=ink.alpha * look.opacity), ground), ground


def _pass(
    findings: FindingCollector,
    page: Page,
    texts: list[tuple[etree._Element, str]],
    looks: Looks,
    rule: str,
) -> None:
    told: set[tuple[Colour, Colour]] = set()
    for element, words in texts:
        look = looks.of[element]
        if not _shown(look):
            continue
        ink, ground = _pair(look, looks)
        ratio = contrast(ink, ground)
        least = LARGE if look.large else NORMAL
        if ratio >= least or (ink, ground) in told:
            continue
        told.add((ink, ground))
        detail = f"{ink} on {ground} is {_shortened(ratio)}:1 and must be {least:g}:1, at {_quoted(words)}"
        findings.add(rule, page.path(element), detail, element, snippet=page.snippet(element))


def _shortened(ratio: float) -> str:
    # Never rounded up to what it fails to be.
    return f"{int(ratio * 100) / 100:g}"


def _quoted(words: str) -> str:
    return f"“{words if len(words) <= 40 else f'{words[:39]}…'}”"


def _turned(
    findings: FindingCollector, page: Page, texts: list[tuple[etree._Element, str]], looks: Looks
) -> None:
    told: set[tuple[Colour, Colour]] = set()
    for element, words in texts:
        look = looks.of[element]
        if not _shown(look):
            continue
        ink, ground = _pair(look, looks)
        if contrast(ink, ground) < (LARGE if look.large else NORMAL):
            continue
        ratio = contrast(inverted(ink), inverted(ground))
        if ratio < _TURNED and (ink, ground) not in told:
            told.add((ink, ground))
            detail = (
                f"{ink} on {ground} becomes {inverted(ink)} on {inverted(ground)}, "
                f"which is {_shortened(ratio)}:1, at {_quoted(words)}"
            )
            findings.add(
                "contrast-inverted", page.path(element), detail, element, snippet=page.snippet(element)
            )


def _grounds(
    findings: FindingCollector, page: Page, texts: list[tuple[etree._Element, str]], looks: Looks
) -> None:
    """Text that lies on an image, or on whatever colour a client has."""
    pictures = bare = False
    for element, words in texts:
        look = looks.of[element]
        if not _shown(look):
            continue
        if look.picture and not pictures:
            pictures = True
            findings.add(
                "contrast-image",
                page.path(element),
                f"at {_quoted(words)}",
                element,
                snippet=page.snippet(element),
            )
        if look.asked and look.ground is None and not bare:
            bare = True
            findings.add(
                "background-missing",
                page.path(element),
                f"at {_quoted(words)}",
                element,
                snippet=page.snippet(element),
            )
