"""A linter for feeds: bytes in, findings out. Pure: it reads no files and asks no network.

The format is told from the document. Whatever the bytes are, the answer is a tuple of findings, and never an
exception.
"""

from __future__ import annotations

from lxml import etree

from ...model.findings import Finding, FindingCollector, Place, Rule, problems
from .atom import check_atom
from .jsonfeed import check_json
from .namespaces import ATOM
from .rss import check_rss
from .rules import RULES
from .xml_parsing import check_spelling, parse

__all__ = ["RULES", "Finding", "Place", "Rule", "lint", "problems"]

_OLD = {
    "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF": "RSS 1.0 or 0.90",
    "{http://purl.org/atom/ns#}feed": "Atom 0.3",
    "{http://backend.userland.com/rss2}rss": "RSS 2.0 in a namespace",
    "{http://blogs.law.harvard.edu/tech/rss}rss": "RSS 2.0 in a namespace",
}
# How XML begins in UTF-16 and UTF-32.
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\0")
_SPACE = b"\xef\xbb\xbf \t\r\n"


def lint(document: bytes, *, url: str | None = None) -> tuple[Finding, ...]:
    """What is wrong with a feed, by the specifications and by what readers trip over.

    Args:
        document: RSS 2.0, Atom 1.0 or JSON Feed, as it is served.
        url: where it is served; the feed's link to itself must be equal. Not compared if it is None.

    Returns:
        A finding for each place that breaks a rule, by line; nothing if all is well. `RULES` describes each
        rule.
    """
    findings = FindingCollector(RULES)
    start = document.lstrip(_SPACE)
    if start.startswith((b"{", b"[")):
        check_json(findings, document, url)
    elif start.startswith((b"<", *_WIDE)):
        _xml(findings, document, url)
    else:
        findings.add("feed-unknown", "", "neither XML nor JSON" if start else "nothing in it", 1)
    return findings.findings()


def _xml(findings: FindingCollector, document: bytes, url: str | None) -> None:
    if document.lstrip(_SPACE)[:14].lower().startswith((b"<!doctype html", b"<html")):
        findings.add("feed-is-html", at=1)
        return
    root = parse(findings, document)
    if root is None:
        return
    tag = str(root.tag)
    # Most documents have none, and then no element needs to be asked.
    based = b"xml:base" in document
    if tag == "rss":
        if check_rss(findings, root, url, based):
            check_spelling(findings, document)
    elif tag in (f"{ATOM}feed", f"{ATOM}entry"):
        check_atom(findings, root, url, based)
    elif tag in _OLD:
        findings.add("feed-obsolete-format", "", _OLD[tag], root)
    elif etree.QName(root).localname.lower() == "html":
        findings.add("feed-is-html", at=root)
    else:
        findings.add("feed-unknown", "", f"<{tag}>", root)
