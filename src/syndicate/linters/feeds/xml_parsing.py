"""Parse XML, and check its encoding, its prolog and how RSS escapes text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from ...model.findings import FindingCollector
from .character_encodings import decode_xml

_RULES_OF_ERRORS = {
    etree.ErrorTypes.ERR_INVALID_CHAR: "xml-illegal-character",
    etree.ErrorTypes.ERR_MISPLACED_CDATA_END: "xml-cdata-end",
    etree.ErrorTypes.ERR_UNDECLARED_ENTITY: "xml-entity-unknown",
    etree.ErrorTypes.WAR_UNDECLARED_ENTITY: "xml-entity-unknown",
    etree.ErrorTypes.ERR_INVALID_ENCODING: "xml-invalid-bytes",
    etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE: "xml-prefix-unbound",
}
_SPACE_BEFORE_DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?(\s+)(<\?xml\s[^>]{0,200}\?>)")
# What libxml2 says about an ampersand that is not escaped.
_AMPERSAND = re.compile(r"xmlParseEntityRef: no name|EntityRef: expecting ';'")
_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)
_PLAIN_TEXT_ELEMENTS = re.compile(
    rb"<(title|category|copyright|generator)(?:\s[^<>]*)?>"
    rb"(?:([^<]*)|<!\[CDATA\[([^\]]*+(?:\](?!\]>)[^\]]*+)*+)\]\]>)</|<!\[CDATA\[.*?\]\]>|<!--.*?-->",
    re.DOTALL,
)
_AMBIGUOUS_ESCAPE = re.compile(rb"&(?:amp|lt|#0*38|#0*60);")


@dataclass(frozen=True, slots=True)
class ParsedXml:
    """A document that was parsed.

    Attributes:
        root: its root element.
        document: its text in UTF-8.
        encoding: the name of the encoding that it came in.
    """

    root: etree._Element
    document: bytes
    encoding: str


def parse(findings: FindingCollector, document: bytes, charset: str = "") -> ParsedXml | None:
    """Return an XML document; None if it cannot be parsed, which is a finding.

    Args:
        findings: receives the findings.
        document: as it is served.
        charset: the charset of its Content-Type; empty if unknown.
    """
    if space := _SPACE_BEFORE_DECLARATION.match(document):
        findings.add("xml-space-before-declaration", at=space[1].count(b"\n") + 1)
        # The lines stay the same: the declaration is put before the space.
        document = space[2] + space[1] + document[space.end() :]
    decoded = decode_xml(findings, document, charset)
    document = decoded.document
    if not document:
        return None
    prolog = _PROLOG.match(document)
    if prolog:
        line = document[: prolog.end()].count(b"\n") + 1
        # A few nested entities can expand to more than fits into the memory.
        if b"<!ENTITY" in document:
            findings.add("xml-entity-declared", at=line)
            return None
        is_abandoned = (
            b"//my.netscape.com/publish/formats/rss-0.91.dtd" in document[prolog.end() : prolog.end() + 500]
        )
        findings.add("xml-doctype-abandoned" if is_abandoned else "xml-doctype", at=line)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, load_dtd=False)
    try:
        return ParsedXml(etree.fromstring(document, parser), document, decoded.encoding)
    except etree.XMLSyntaxError as error:
        rule = _RULES_OF_ERRORS.get(parser.error_log[0].type if len(parser.error_log) else 0, "xml-malformed")
        findings.add(rule, "", _message(error), error.lineno or None)
    except (ValueError, RecursionError) as error:
        findings.add("xml-malformed", "", str(error))
    return None


def _message(error: etree.XMLSyntaxError) -> str:
    text = _AMPERSAND.sub("an & is not escaped as &amp;", str(error.msg or error))
    # The finding has the line.
    return re.sub(r", line \d+, column (\d+).*", r", column \1", text)


def check_rss_escaping(findings: FindingCollector, document: bytes) -> None:
    """Check how plain text in RSS escapes `&` and `<`, which only the bytes show (RSS profile)."""
    findings.path = ""
    line, counted_to = 1, 0
    for match in _PLAIN_TEXT_ELEMENTS.finditer(document):
        name, text, cdata = match.groups()
        if name is None:
            continue
        escape = _AMBIGUOUS_ESCAPE.search(text) if text else None
        if escape or (cdata and re.search(rb"[&<]", cdata)):
            line += document.count(b"\n", counted_to, match.start())
            counted_to = match.start()
            detail = (escape[0] if escape else cdata[:40]).decode("utf-8", "replace")
            findings.add("rss-text-escaping", name.decode(), detail, line)
