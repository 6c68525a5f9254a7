"""Parse XML, and check its encoding, its prolog and how RSS escapes text."""

from __future__ import annotations

import codecs
import re

from lxml import etree

from ...model.findings import FindingCollector

_DECLARATION = re.compile(
    r"<\?xml\s+version\s*=\s*[\"']([^\"']*)[\"'](?:\s+encoding\s*=\s*[\"']([^\"']*)[\"'])?[^>]*\?>"
)
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# Documents in other encodings are not parsed.
_SUPPORTED_ENCODINGS = re.compile(
    r"us-ascii|ascii|utf-16(?:[lb]e)?|iso-8859-\d{1,2}|latin-?1|windows-125\d|cp125\d|koi8-[ru]|shift_jis|euc-jp|"
    r"euc-kr|gbk|gb2312|gb18030|big5"
)
_RULES_OF_ERRORS = {
    etree.ErrorTypes.ERR_INVALID_CHAR: "xml-illegal-character",
    etree.ErrorTypes.ERR_MISPLACED_CDATA_END: "xml-cdata-end",
    etree.ErrorTypes.ERR_UNDECLARED_ENTITY: "xml-entity-unknown",
    etree.ErrorTypes.WAR_UNDECLARED_ENTITY: "xml-entity-unknown",
    etree.ErrorTypes.ERR_INVALID_ENCODING: "xml-invalid-bytes",
    etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE: "xml-prefix-unbound",
}
_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)
_PLAIN_TEXT_ELEMENTS = re.compile(
    rb"<(title|category|copyright|generator)(?:\s[^<>]*)?>(?:([^<]*)|<!\[CDATA\[(.*?)\]\]>)</|<!\[CDATA\[.*?\]\]>|"
    rb"<!--.*?-->",
    re.DOTALL,
)
_AMBIGUOUS_ESCAPE = re.compile(rb"&(?:amp|lt|#0*38|#0*60);")


def parse(findings: FindingCollector, document: bytes) -> etree._Element | None:
    """Return the root of an XML document; None if it cannot be parsed, which is a finding."""
    document = _as_utf8(findings, document)
    if not document:
        return None
    prolog = _PROLOG.match(document)
    if prolog:
        line = document[: prolog.end()].count(b"\n") + 1
        # A few nested entities can expand to more than fits into the memory.
        if b"<!ENTITY" in document:
            findings.add("xml-entity-declared", at=line)
            return None
        findings.add("xml-doctype", at=line)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, load_dtd=False)
    try:
        return etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        rule = _RULES_OF_ERRORS.get(parser.error_log[0].type if len(parser.error_log) else 0, "xml-malformed")
        findings.add(rule, "", _message(error), error.lineno or None)
    except (ValueError, RecursionError) as error:
        findings.add("xml-malformed", "", str(error))
    return None


def _message(error: etree.XMLSyntaxError) -> str:
    text = str(error.msg or error)
    # The finding has the line.
    return re.sub(r", line \d+, column (\d+).*", r", column \1", text)


def _as_utf8(findings: FindingCollector, document: bytes) -> bytes:
    """Return the document in UTF-8; without its XML declaration if it was in another encoding."""
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS.items() if document.startswith(mark)), "")
    if not encoding and document[:2] in (b"<\0", b"\0<"):
        encoding = "utf-16-le" if document[:1] == b"<" else "utf-16-be"
    if encoding and encoding != "utf-8":
        findings.add("xml-encoding", "", encoding.upper(), 1)
        return _transcode(findings, document, encoding)
    beginning = document[:200].decode("latin-1").removeprefix("\xef\xbb\xbf").lstrip()
    declared = _DECLARATION.match(beginning)
    name = (declared[2] or "") if declared else ""
    if not name:
        findings.add("xml-encoding-undeclared", at=1)
    elif name.lower() not in ("utf-8", "utf8"):
        findings.add("xml-encoding", "", name, 1)
        if not _SUPPORTED_ENCODINGS.fullmatch(name.lower()):
            return b""
        return _transcode(findings, document, name.lower())
    if declared and declared[1] != "1.0":
        findings.add("xml-version", "", declared[1], 1)
    return document


def _transcode(findings: FindingCollector, document: bytes, encoding: str) -> bytes:
    try:
        text = document.decode(encoding).removeprefix("\ufeff")
    except (UnicodeError, LookupError):
        findings.add("xml-invalid-bytes", "", f"not {encoding}")
        return b""
    return _DECLARATION.sub("", text, count=1).encode("utf-8", "replace").lstrip()


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
