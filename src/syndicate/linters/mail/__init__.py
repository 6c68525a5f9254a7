"""The mail linter: a rendered digest in, findings out.

It fetches nothing, and no digest and no message raises an exception.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...model import Article, Digest
from ...model.findings import Finding, FindingCollector, Place, Rule, problems
from .cascade import ComputedStyles
from .clients import DEFAULT, check_clients, table
from .contrast import check_contrast
from .dark_mode import check_sheets, has_dark_styles, has_scheme
from .html_tree import Page
from .link_text import check_links, check_preheader
from .message_checks import check_message, check_size
from .part_comparison import check_characters, check_parts, check_text
from .rules import RULES
from .structure import check_structure
from .stylesheets import read_sheets
from .unsubscribe_checks import check_unsubscribing

__all__ = ["DEFAULT", "RULES", "Finding", "Place", "Rule", "clients", "lint_digest", "problems"]


def clients() -> dict[str, str]:
    """Return the mail clients that an edition can be checked for: caniemail's id to display name."""
    return dict(table().clients)


def lint_digest(
    digest: Digest,
    *,
    articles: Sequence[Article] = (),
    clients: Sequence[str] = (),
    message: bytes | None = None,
) -> tuple[Finding, ...]:
    """Lint an edition as a subscriber receives it.

    Args:
        digest: with personal values in place of their markers.
        articles: those that it must show; not checked if empty.
        clients: the mail clients to check it for; the usual ones if empty.
        message: the complete mail, if there is one.

    Returns:
        The findings by line; `RULES` describes the rules. The path of a finding is `text`, `html` or
        `message`, or the XPath of an element of the HTML part.

    Raises:
        ValueError: a client is unknown.
    """
    findings = FindingCollector(RULES)
    page = Page(digest.html)
    check_characters(findings, digest)
    sent = check_message(findings, message, page) if message is not None else None
    check_size(findings, digest, sent)
    if message is not None:
        check_unsubscribing(findings, message, page, digest.text)
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
    light = ComputedStyles(page, sheets, "light", schemes=schemes)
    check_contrast(findings, page, light, ComputedStyles(page, sheets, "dark", schemes=schemes))
    check_preheader(findings, page, light, digest.preheader)
    check_clients(findings, page, sheets, clients)
    return findings.findings()
