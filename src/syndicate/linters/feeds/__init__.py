"""A linter for RSS, Atom and JSON Feed. Pure: it reads no files and uses no network.

It detects the format from the document. For any bytes it returns findings and raises no exception.
"""

from __future__ import annotations

from lxml import etree

from ...model.findings import Finding, FindingCollector, Place, Rule, problems
from .atom import check_atom
from .jsonfeed import check_json
from .namespaces import ATOM
from .rss import check_rss
from .rules import RULES
from .xml_parsing import check_rss_escaping, parse

__all__ = ["RULES", "Finding", "Place", "Rule", "lint", "problems"]

_OBSOLETE = {
    "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF": "RSS 1.0 or 0.90",
    "{http://purl.org/atom/ns#}feed": "Atom 0.3",
    "{http://backend.userland.com/rss2}rss": "RSS 2.0 in a namespace",
    "{http://blogs.law.harvard.edu/tech/rss}rss": "RSS 2.0 in a namespace",
}
# The first bytes of XML in UTF-16 and UTF-32.
_WIDE_ENCODINGS = (b"\xff\xfe", b"\xfe\xff", b"\0")
_SPACE = b"\xef\xbb\xbf \t\r\n"


def lint(document: bytes, *, url: str | None = None) -> tuple[Finding, ...]:
    """Return what is wrong with a feed: violations of the specifications, and causes of trouble in readers.

    Args:
        document: RSS 2.0, Atom 1.0 or JSON Feed, as it is served.
        url: the address of the document, which its self link must have; None to skip this check.

    Returns:
        One finding for each place that breaks a rule, sorted by line. `RULES` describes the rules.
    """
    findings = FindingCollector(RULES)
    start = document.lstrip(_SPACE)
    if start.startswith((b"{", b"[")):
        check_json(findings, document, url)
    elif start.startswith((b"<", *_WIDE_ENCODINGS)):
        _check_xml(findings, document, url)
    else:
        findings.add("feed-unknown", "", "neither XML nor JSON" if start else "the document is empty", 1)
    return findings.findings()


def _check_xml(findings: FindingCollector, document: bytes, url: str | None) -> None:
    if document.lstrip(_SPACE)[:14].lower().startswith((b"<!doctype html", b"<html")):
        findings.add("feed-is-html", at=1)
        return
    root = parse(findings, document)
    if root is None:
        return
    tag = str(root.tag)
    # Most documents have no xml:base, and then no element is searched for it.
    has_base = b"xml:base" in document
    if tag == "rss":
        if check_rss(findings, root, url, has_base):
            check_rss_escaping(findings, document)
    elif tag in (f"{ATOM}feed", f"{ATOM}entry"):
        check_atom(findings, root, url, has_base)
    elif tag in _OBSOLETE:
        findings.add("feed-obsolete-format", "", _OBSOLETE[tag], root)
    elif etree.QName(root).localname.lower() == "html":
        findings.add("feed-is-html", at=root)
    else:
        findings.add("feed-unknown", "", f"<{tag}>", root)
