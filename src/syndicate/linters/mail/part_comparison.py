"""Compares the HTML part with the text part: articles, their order, links."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from lxml import etree

from ...model import Article, Digest
from ...model.findings import FindingCollector
from ...text.illegal_characters import clean_text, has_illegal_character
from ...text.wrap import WIDTH, display_width, visible_text, wrap
from .html_tree import Page, tag_of

_LINK = re.compile(r"(?:https?|mailto|tel):[^\s<>\"]+")
# Indented code is not wrapped.
_CODE = re.compile(r"(?:[> ]|[-*•] |[0-9]+\. )*    \S")
# An address on its own line, or in a footnote; one in a sentence is part of the text.
_ONLY_LINK = re.compile(rf"\s*(?:\[[0-9]+\]\s*)?(?:{_LINK.pattern})\s*")
# Columns for what precedes a link on its line, such as its number.
_LABEL_COLUMNS = 10
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_CONTROLS = re.compile("[\x7f-\x9f]")


def check_characters(findings: FindingCollector, digest: Digest) -> None:
    """Check for characters that no terminal and no parser should receive."""
    for path, text in (("text", digest.text), ("html", digest.html)):
        if not has_illegal_character(text) and not _CONTROLS.search(text):
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if has_illegal_character(line) or _CONTROLS.search(line):
                char = next(each for each in line if has_illegal_character(each) or _CONTROLS.match(each))
                findings.add("character-illegal", path, f"U+{ord(char):04X}", number)
                break


def check_text(findings: FindingCollector, digest: Digest) -> None:
    """Check the length of the lines of the text part."""
    for number, line in enumerate(digest.text.splitlines(), 1):
        columns = display_width(line)
        if columns <= WIDTH or _is_unbreakable(line):
            continue
        findings.add("text-line-long", "text", f"{columns} columns", number, snippet=line)


def _is_unbreakable(line: str) -> bool:
    return _CODE.match(line) is not None or any(
        display_width(each) > WIDTH - (_LABEL_COLUMNS if _LINK.search(each) else 0) for each in wrap(line)
    )


def check_parts(findings: FindingCollector, page: Page, digest: Digest, articles: Sequence[Article]) -> None:
    """Compare the parts with each other and with the articles of the edition."""
    headings = [each for each in page.elements if tag_of(each) in _HEADINGS]
    titles = {title: article for article in articles if (title := without_space(clean_text(article.title)))}
    places: dict[str, tuple[int, etree._Element]] = {}
    for order, heading in enumerate(headings):
        places.setdefault(without_space(page.text(heading)), (order, heading))
    body = without_space(digest.text)
    lines = [without_space(line) for line in digest.text.split("\n")]
    for title, article in titles.items():
        if title not in places:
            findings.add("article-missing-html", "(//body)[1]", f"“{article.title[:60]}”", entry=article.id)
        if title not in body:
            findings.add("article-missing-text", "text", f"“{article.title[:60]}”", entry=article.id)
    _check_order(
        findings, page, [title for title in titles if title in places and title in body], places, body
    )
    _check_links(findings, page, digest, [places[title][1] for title in titles if title in places], lines)
    _check_article_links(findings, page, articles)


def without_space(text: str) -> str:
    """Return the text without white space, which wrapping and markup change."""
    return re.sub(r"\s+", "", visible_text(text))


def _check_order(
    findings: FindingCollector,
    page: Page,
    titles: list[str],
    places: dict[str, tuple[int, etree._Element]],
    body: str,
) -> None:
    """Find the titles in the text in the order of the HTML; a title may be part of another, or in a list."""
    at = 0
    for title in sorted(titles, key=lambda each: places[each][0]):
        found = body.find(title, at)
        if found < 0:
            heading = places[title][1]
            findings.add("article-order", page.path(heading), f"“{page.text(heading)[:60]}”", heading,
                      snippet=page.snippet(heading))  # fmt: skip
            return
        at = found + len(title)


def _check_links(
    findings: FindingCollector, page: Page, digest: Digest, headings: list[etree._Element], lines: list[str]
) -> None:
    visible = [visible_text(line) for line in digest.text.split("\n")]
    in_text = {_strip_punctuation(link) for line in visible for link in _LINK.findall(line)}
    whole = "\n".join(lines)
    main = {link for heading in headings for link in heading.iter("a")}
    main |= {link for heading in headings for link in heading.iterancestors("a")}
    shown = without_space(page.text(page.body)) if page.body is not None else ""
    seen_links: set[str] = set()
    for link in page.elements:
        href = (link.get("href") or "").strip() if tag_of(link) == "a" else ""
        if not _LINK.match(href):
            continue
        bare = _strip_punctuation(href)
        known = bare in in_text or without_space(href) in whole
        if not known and (bare not in seen_links or link in main):
            rule = "article-link-missing" if link in main else "link-html-only"
            findings.add(rule, page.path(link), href, link, snippet=page.snippet(link))
        seen_links.add(bare)
    for number, line in enumerate(visible, 1):
        for address in _LINK.findall(line) if _ONLY_LINK.fullmatch(line) else ():
            if (
                _strip_punctuation(address) not in seen_links
                and without_space(_strip_punctuation(address)) not in shown
            ):
                # The HTML part may show an address without linking it.
                findings.add("link-text-only", "text", address, number, snippet=line)


def _strip_punctuation(link: str) -> str:
    """Return the link without the punctuation that may follow it in a sentence."""
    return link.rstrip(".,;:!?)]}>'\"…、。）」").rstrip("/")


def _check_article_links(findings: FindingCollector, page: Page, articles: Sequence[Article]) -> None:
    """Check that each article is linked, with parameters or through a redirect."""
    hrefs = [link.get("href") or "" for link in page.elements if tag_of(link) == "a"]
    known = "\n".join(hrefs) + "\n" + "\n".join(unquote(href) for href in hrefs)
    for article in articles:
        if not article.link:
            continue
        parts = urlsplit(article.link)
        if f"{parts.netloc}{parts.path}" not in known:
            findings.add("article-unlinked", "(//body)[1]", article.link, entry=article.id)
