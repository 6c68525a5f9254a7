"""The two parts beside each other: the same articles in the same order, the same links."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from lxml import etree

from ...model import Article, Digest
from ...model.findings import FindingCollector
from ...text.characters import clean_text, has_illegal_character
from ...text.wrap import WIDTH, display_width, visible_text, wrap
from .html_tree import Page, tag_of

_LINK = re.compile(r"(?:https?|mailto|tel):[^\s<>\"]+")
# Lines of code stay as they are, set in from what they stand in.
_CODE = re.compile(r"(?:[> ]|[-*•] |[0-9]+\. )*    \S")
# An address on a line of its own, or in a note; one in a sentence is a word.
_ALONE = re.compile(rf"\s*(?:\[[0-9]+\]\s*)?(?:{_LINK.pattern})\s*")
# What stands before a link on its line, such as its number.
_LABEL = 10
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_CONTROLS = re.compile("[\x7f-\x9f]")


def check_characters(findings: FindingCollector, digest: Digest) -> None:
    """Look for what no terminal and no parser should get."""
    for path, text in (("text", digest.text), ("html", digest.html)):
        if not has_illegal_character(text) and not _CONTROLS.search(text):
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if has_illegal_character(line) or _CONTROLS.search(line):
                bad = next(char for char in line if has_illegal_character(char) or _CONTROLS.match(char))
                findings.add("character-illegal", path, f"U+{ord(bad):04X}", number)
                break


def check_text(findings: FindingCollector, digest: Digest) -> None:
    """Look at the lines of the text part."""
    for number, line in enumerate(digest.text.splitlines(), 1):
        columns = display_width(line)
        if columns <= WIDTH or _unbreakable(line):
            continue
        findings.add("text-line-long", "text", f"{columns} columns", number, snippet=line)


def _unbreakable(line: str) -> bool:
    return _CODE.match(line) is not None or any(
        display_width(each) > WIDTH - (_LABEL if _LINK.search(each) else 0) for each in wrap(line)
    )


def check_parts(findings: FindingCollector, page: Page, digest: Digest, articles: Sequence[Article]) -> None:
    """Compare the parts with each other and with the articles that they are of."""
    headings = [each for each in page.elements if tag_of(each) in _HEADINGS]
    titles = {title: article for article in articles if (title := squeezed(clean_text(article.title)))}
    places: dict[str, tuple[int, etree._Element]] = {}
    for order, heading in enumerate(headings):
        places.setdefault(squeezed(page.text(heading)), (order, heading))
    body = squeezed(digest.text)
    lines = [squeezed(line) for line in digest.text.split("\n")]
    for title, article in titles.items():
        if title not in places:
            findings.add("article-lost-html", "(//body)[1]", f"“{article.title[:60]}”", entry=article.id)
        if title not in body:
            findings.add("article-lost-text", "text", f"“{article.title[:60]}”", entry=article.id)
    _order(findings, page, [title for title in titles if title in places and title in body], places, body)
    _links(findings, page, digest, [places[title][1] for title in titles if title in places], lines)
    _leads(findings, page, articles)


def squeezed(text: str) -> str:
    """The text without what wrapping and markup change: its white space."""
    return re.sub(r"\s+", "", visible_text(text))


def _order(
    findings: FindingCollector,
    page: Page,
    titles: list[str],
    places: dict[str, tuple[int, etree._Element]],
    body: str,
) -> None:
    """Walk through the text in the order of the HTML; a title may stand in another one, or in a list."""
    at = 0
    for title in sorted(titles, key=lambda each: places[each][0]):
        found = body.find(title, at)
        if found < 0:
            heading = places[title][1]
            findings.add("article-order", page.path(heading), f"“{page.text(heading)[:60]}”", heading,
                      snippet=page.snippet(heading))  # fmt: skip
            return
        at = found + len(title)


def _links(
    findings: FindingCollector, page: Page, digest: Digest, headings: list[etree._Element], lines: list[str]
) -> None:
    read = [visible_text(line) for line in digest.text.split("\n")]
    there = {_bare(link) for line in read for link in _LINK.findall(line)}
    whole = "\n".join(lines)
    main = {link for heading in headings for link in heading.iter("a")}
    main |= {link for heading in headings for link in heading.iterancestors("a")}
    shown = squeezed(page.text(page.body)) if page.body is not None else ""
    seen_links: set[str] = set()
    for link in page.elements:
        href = (link.get("href") or "").strip() if tag_of(link) == "a" else ""
        if not _LINK.match(href):
            continue
        bare = _bare(href)
        known = bare in there or squeezed(href) in whole
        if not known and (bare not in seen_links or link in main):
            rule = "article-link-lost" if link in main else "link-html-only"
            findings.add(rule, page.path(link), href, link, snippet=page.snippet(link))
        seen_links.add(bare)
    for number, line in enumerate(read, 1):
        for address in _LINK.findall(line) if _ALONE.fullmatch(line) else ():
            if _bare(address) not in seen_links and squeezed(_bare(address)) not in shown:
                # The words of the HTML part may have an address that is no link there.
                findings.add("link-text-only", "text", address, number, snippet=line)


def _bare(link: str) -> str:
    """The link without what may stand behind it in a sentence."""
    return link.rstrip(".,;:!?)]}>'\"…、。）」").rstrip("/")


def _leads(findings: FindingCollector, page: Page, articles: Sequence[Article]) -> None:
    """Each article's own address is somewhere, with parameters or behind a redirect."""
    hrefs = [link.get("href") or "" for link in page.elements if tag_of(link) == "a"]
    known = "\n".join(hrefs) + "\n" + "\n".join(unquote(href) for href in hrefs)
    for article in articles:
        if not article.link:
            continue
        parts = urlsplit(article.link)
        if f"{parts.netloc}{parts.path}" not in known:
            findings.add("article-unlinked", "(//body)[1]", article.link, entry=article.id)
