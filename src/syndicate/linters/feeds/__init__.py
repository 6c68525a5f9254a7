"""A linter for RSS, Atom, JSON Feed and OPML. Pure: it reads no files and uses no network.

It detects the format from the document. For any bytes it returns findings and raises no exception.
"""

from __future__ import annotations

from lxml import etree

from ...model.findings import Finding, FindingCollector, Place, Rule, problems
from .atom import check_atom
from .character_encodings import charset_of
from .content_type import check_content_type
from .jsonfeed import check_json
from .namespaces import ATOM
from .opml import OPML_ROOTS, check_opml
from .rss import RSS_VERSIONS, check_rss
from .rss1 import NAMESPACES_OF_RSS_1, RDF_ROOT, RSS_1_1_ROOT, check_rss1
from .rules import RULES
from .xml_parsing import ParsedXml, check_rss_escaping, parse

__all__ = ["RULES", "Finding", "Place", "Rule", "lint", "lint_feed", "problems"]

_OBSOLETE = {
    "{http://purl.org/atom/ns#}feed": "Atom 0.3",
    "{http://backend.userland.com/rss2}rss": "RSS 2.0 in a namespace",
    "{http://blogs.law.harvard.edu/tech/rss}rss": "RSS 2.0 in a namespace",
}
# The first bytes of XML in UTF-16 and UTF-32.
_WIDE_ENCODINGS = (b"\xff\xfe", b"\xfe\xff", b"\0")
_SPACE = b"\xef\xbb\xbf \t\r\n"
_MAX_MEGABYTES = 64


def lint(document: bytes, *, url: str | None = None, content_type: str | None = None) -> tuple[Finding, ...]:
    """Return what is wrong with a feed: violations of the specifications, and causes of trouble in readers.

    Args:
        document: RSS, Atom, JSON Feed or OPML, as it is served.
        url: the address of the document, which its self link must have; None to skip this check.
        content_type: the Content-Type that it is served with; None if unknown.

    Returns:
        One finding for each place that breaks a rule, sorted by line. `RULES` describes the rules.
    """
    findings = FindingCollector(RULES)
    lint_feed(findings, document, url, content_type)
    return findings.findings()


def lint_feed(
    findings: FindingCollector, document: bytes, url: str | None = None, content_type: str | None = None
) -> str:
    """Check a feed or OPML document; see `lint`.

    Returns:
        The name of its format, such as `RSS 2.0`; empty if it is none of them.
    """
    start = document[:1000].lstrip(_SPACE)
    if len(document) > _MAX_MEGABYTES * 1_000_000:
        findings.add("feed-too-large", "", f"{len(document) / 1e6:.0f} MB", 1)
        return ""
    if start.startswith((b"{", b"[")):
        name = check_json(findings, document, url)
    elif start.startswith((b"<", *_WIDE_ENCODINGS)):
        name = _check_xml(findings, document, url, charset_of(content_type or ""))
    else:
        findings.add("feed-unknown", "", "neither XML nor JSON" if start else "the document is empty", 1)
        return ""
    if content_type is not None:
        check_content_type(findings, content_type, name)
    return name


def _check_xml(findings: FindingCollector, document: bytes, url: str | None, charset: str) -> str:
    if document[:1000].lstrip(_SPACE)[:14].lower().startswith((b"<!doctype html", b"<html")):
        findings.add("feed-is-html", at=1)
        return ""
    parsed = parse(findings, document, charset)
    if parsed is None:
        return ""
    try:
        return _check_root(findings, parsed, url)
    except RecursionError:
        findings.path = ""
        findings.add("xml-too-deep", at=parsed.root)
        return ""


def _check_root(findings: FindingCollector, parsed: ParsedXml, url: str | None) -> str:
    """Check a document by the format of its root; return the name of the format."""
    root = parsed.root
    tag = str(root.tag)
    # Most documents have no xml:base, and then no element is searched for it.
    has_base = b"xml:base" in parsed.document
    if tag == "rss":
        version = root.get("version") or "2.0"
        if check_rss(findings, root, url, has_base):
            check_rss_escaping(findings, parsed.document)
        return f"RSS {version}" if version in RSS_VERSIONS else "RSS"
    if tag in (f"{ATOM}feed", f"{ATOM}entry"):
        check_atom(findings, root, url, has_base)
        return "Atom 1.0"
    if tag == RSS_1_1_ROOT or (tag == RDF_ROOT and NAMESPACES_OF_RSS_1 & _namespaces_of_children(root)):
        return check_rss1(findings, root, has_base)
    if tag in OPML_ROOTS:
        return check_opml(findings, root)
    if tag in _OBSOLETE:
        findings.add("feed-obsolete-namespace", "", _OBSOLETE[tag], root)
        return _OBSOLETE[tag]
    name = etree.QName(root).localname
    if name.lower() == "html":
        findings.add("feed-is-html", at=root)
    elif name in ("rss", "feed", "RDF", "Channel", "opml"):
        findings.add("feed-namespace-wrong", "", etree.QName(root).namespace or "none", root)
    else:
        findings.add("feed-unknown", "", f"<{tag}>", root)
    return ""


def _namespaces_of_children(root: etree._Element) -> set[str]:
    tags = (str(child.tag) for child in root.iterchildren(etree.Element))
    return {tag[: tag.find("}") + 1] for tag in tags}
