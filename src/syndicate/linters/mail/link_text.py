"""The text of links, and the preheader."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict

from lxml import etree

from ...model.findings import FindingCollector
from ...text.wrap import visible_text
from .cascade import ComputedStyles
from .html_tree import Page, tag_of

# Texts that do not say where a link leads, in the languages of the shipped catalogues.
_VAGUE = frozenset(
    {
        *("click here", "click", "here", "more", "read more", "learn more", "link", "this", "this link"),
        *("details", "continue", "go", "see more", "continue reading"),
        *("hier", "hier klicken", "klicken sie hier", "mehr", "mehr lesen", "weiterlesen", "mehr erfahren"),
        *("ici", "cliquez ici", "cliquer ici", "plus", "lire la suite", "lire plus", "en savoir plus"),
        *("aquí", "haga clic aquí", "haz clic aquí", "más", "leer más", "ver más", "seguir leyendo"),
        *("aqui", "clique aqui", "mais", "ler mais", "leia mais", "saiba mais", "continuar lendo"),
        *("هنا", "اضغط هنا", "انقر هنا", "المزيد", "اقرأ المزيد"),
        *("こちら", "ここ", "ここをクリック", "続きを読む", "もっと見る", "詳細", "詳しくはこちら"),
    }
)
_FILLED = re.compile("[\u00ad\u034f\u200b-\u200d\u2060\ufeff\u00a0\u2007\u2009\u200a\u202f\u2800]")
MIN_PREHEADER = 90
"""Characters of a preheader, with invisible space, that every client shows."""


def check_links(findings: FindingCollector, page: Page) -> None:
    """Check the names of links."""
    targets: dict[str, dict[str, etree._Element]] = defaultdict(dict)
    for link in page.elements:
        if tag_of(link) != "a" or link.get("href") is None:
            continue
        if (link.get("aria-hidden") or "").strip().lower() == "true":
            continue
        name = _name(page, link)
        href = (link.get("href") or "").strip()
        if not name:
            # Images without alt text have their own rule.
            if next(link.iter("img"), None) is None:
                _say(findings, page, "link-empty", link, href)
            continue
        if _normalize(name) in _VAGUE:
            _say(findings, page, "link-vague", link, f"“{name}”")
        else:
            targets[name.casefold()].setdefault(href, link)
    for name, links in targets.items():
        if len(links) > 1:
            second = [*links.values()][1]
            _say(findings, page, "link-ambiguous", second, f"“{name[:60]}” leads to {len(links)} places")


def _say(findings: FindingCollector, page: Page, rule: str, element: etree._Element, detail: str) -> None:
    findings.add(rule, page.path(element), detail, element, snippet=page.snippet(element))


def _name(page: Page, link: etree._Element) -> str:
    """Return the accessible name of a link (Accessible Name and Description Computation 1.2)."""
    return (
        visible_text(link.get("aria-label") or "") or page.text(link) or visible_text(link.get("title") or "")
    )


def _normalize(name: str) -> str:
    letters = "".join(char for char in name.casefold() if unicodedata.category(char)[0] not in "PSN")
    return " ".join(letters.split())


def check_preheader(findings: FindingCollector, page: Page, styles: ComputedStyles, preheader: str) -> None:
    """Check the preheader, which mail programs show beside the subject.

    Args:
        findings: gets what is wrong.
        page: the document.
        styles: tell what is hidden.
        preheader: the expected one, if it is known.
    """
    if page.body is None:
        return
    first = _first_text(page)
    if first is None:
        return
    element, text = first
    words = visible_text(text)
    hidden = styles.of[element].hidden
    wanted = visible_text(preheader)
    if not hidden:
        rule = "preheader-visible" if wanted and words == wanted else "preheader-missing"
        _say(findings, page, rule, element, f"“{words[:60]}”")
        return
    if wanted and words != wanted:
        _say(findings, page, "preheader-missing", element, f"“{words[:60]}” is shown instead")
        return
    if len(words) + len(_FILLED.findall(text)) < MIN_PREHEADER:
        _say(findings, page, "preheader-short", element, f"{len(words)} characters without invisible space")


def _first_text(page: Page) -> tuple[etree._Element, str] | None:
    """Return the first element of the body with visible text, and its text."""
    inside = False
    for element in page.elements:
        if element is page.body:
            inside = True
        elif inside and (element.text or "").strip() and tag_of(element) not in ("style", "script", "title"):
            text = "".join(str(part) for part in element.itertext())
            if visible_text(text):
                return element, text
    return None
