"""A linter for letters: a rendered digest in, findings out. Pure: it fetches nothing.

Whatever the digest and the message are, the answer is a tuple of findings, and never an exception.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...model import Article, Digest
from ...model.findings import Finding, FindingCollector, Place, Rule, problems
from .cascade import Looks
from .clients import DEFAULT, check_clients, table
from .contrast import check_contrast
from .dark_mode import check_sheets, has_dark_styles, has_scheme
from .html_tree import Page
from .link_text import check_links, check_preheader
from .message import check_message, check_size
from .part_comparison import check_characters, check_parts, check_text
from .rules import RULES
from .structure import check_structure
from .stylesheets import read_sheets

__all__ = ["DEFAULT", "RULES", "Finding", "Place", "Rule", "clients", "lint_digest", "problems"]


def clients() -> dict[str, str]:
    """The clients that a letter can be judged for: ids as caniemail has them, to names for people."""
    return dict(table().clients)


def lint_digest(
    digest: Digest,
    *,
    articles: Sequence[Article] = (),
    clients: Sequence[str] = (),
    message: bytes | None = None,
) -> tuple[Finding, ...]:
    """What is wrong with an edition as people get it.

    Personal values must stand in it, not their markers: a marker is no address.

    Args:
        digest: rendered.
        articles: those that it should show; none are looked for if it is empty.
        clients: for which mail programs it is judged; the usual ones if it is empty.
        message: the whole mail as it is sent, if there is one already.

    Returns:
        A finding for each place that breaks a rule, by line. `RULES` describes each rule. The path of a
        finding is `text`, `html` or `message`, or an XPath of an element of the HTML part.

    Raises:
        ValueError: there is no such client.
    """
    findings = FindingCollector(RULES)
    page = Page(digest.html)
    check_characters(findings, digest)
    sent = check_message(findings, message, page) if message is not None else None
    check_size(findings, digest, sent)
    if not digest.text.strip():
        findings.add("text-empty", "text", at=1)
    check_text(findings, digest)
    if page.body is None or not (page.text(page.body) or any(each.tag == "img" for each in page.elements)):
        findings.add("html-empty", "html", at=1)
        return findings.findings()
    sheets = read_sheets(page)
    check_structure(findings, page)
    check_links(findings, page)
    check_parts(findings, page, digest, articles)
    check_sheets(findings, page, sheets)
    schemes = has_scheme(page) or has_dark_styles(sheets)
    light = Looks(page, sheets, "light", schemes=schemes)
    check_contrast(findings, page, light, Looks(page, sheets, "dark", schemes=schemes))
    check_preheader(findings, page, light, digest.preheader)
    check_clients(findings, page, sheets, clients)
    return findings.findings()
