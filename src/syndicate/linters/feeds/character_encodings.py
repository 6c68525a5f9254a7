"""The encoding of an XML document: what its bytes, its declaration and HTTP say, and its text in UTF-8.

Source: RFC 7303, section 3; XML 1.0, appendix F; the WHATWG Encoding Standard for the labels.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

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
# Python has codecs that decode no text or are quadratic, so only these names are looked up.
_KNOWN = re.compile(
    r"us-ascii|ascii|utf-(?:16|32)(?:[lb]e|-[lb]e)?|iso-8859-(?:[1-9]|1[0134-6])|windows-125[0-8]|cp125[0-8]|"
    r"windows-874|koi8-[ru]|mac-roman|shift_jis|cp932|euc-jp|iso-2022-jp|euc-kr|cp949|gb18030|big5|big5hkscs|"
    r"ibm(?:437|850|852|855|866)|tis-620"
)
# Labels of the Encoding Standard that Python does not know, or reads more narrowly than browsers do.
_ALIASES = {
    "utf8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "utf16": "utf-16",
    "ansi": "windows-1252",
    "latin1": "iso-8859-1",
    "latin-1": "iso-8859-1",
    "iso8859-1": "iso-8859-1",
    "iso_8859-1": "iso-8859-1",
    "x-cp1252": "windows-1252",
    "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
    "sjis": "shift_jis",
    "shift-jis": "shift_jis",
    "x-sjis": "shift_jis",
    "ms_kanji": "shift_jis",
    "windows-31j": "cp932",
    "x-euc-jp": "euc-jp",
    "euc_jp": "euc-jp",
    "eucjp": "euc-jp",
    "euc_kr": "euc-kr",
    "euckr": "euc-kr",
    "ks_c_5601-1987": "cp949",
    "windows-949": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "euc-cn": "gb18030",
    "gb_2312-80": "gb18030",
    "cp936": "gb18030",
    "big5-hkscs": "big5hkscs",
    "cn-big5": "big5",
    "x-x-big5": "big5",
    "visual": "iso-8859-8",
    "iso-8859-8-i": "iso-8859-8",
    "dos-874": "windows-874",
}
_PYTHON_NAMES = {"windows-874": "cp874", "euc-kr": "cp949", "shift_jis": "cp932"}
# UTF-8, ISO-8859-1 and windows-1252: what every reader supports.
_USUAL = frozenset(
    ("utf-8", "us-ascii", "ascii", "iso-8859-1", "windows-1252", "utf-16", "utf-16-le", "utf-16-be")
)
_CHARSET = re.compile(r"(?i);\s*charset\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s;,]+))")
_CONTROLS = re.compile("[\x80-\x9f]")
_ENCODED_CONTROLS = re.compile(rb"\xc2[\x80-\x9f]")


@dataclass(frozen=True, slots=True)
class DecodedXml:
    """A document in UTF-8.

    Attributes:
        document: without a declaration of another encoding.
        encoding: the name of the encoding that it came in.
    """

    document: bytes
    encoding: str


def charset_of(content_type: str) -> str:
    """Return the charset parameter of a Content-Type; empty if it has none."""
    match = _CHARSET.search(content_type)
    return next(filter(None, match.groups()), "").strip() if match else ""


def python_codec(label: str) -> str | None:
    """Return the name of Python's codec for the label of an encoding; None if it is not known."""
    name = label.strip().lower()
    name = _ALIASES.get(name, name)
    if name == "utf-8":
        return name
    return _PYTHON_NAMES.get(name, name) if _KNOWN.fullmatch(name) else None


def decode_xml(findings: FindingCollector, document: bytes, charset: str = "") -> DecodedXml:
    """Return an XML document in UTF-8, and report what is wrong with its encoding.

    Args:
        findings: receives the findings.
        document: as it is served.
        charset: the charset of its Content-Type; empty if unknown.
    """
    mark = next((name for mark, name in _BYTE_ORDER_MARKS.items() if document.startswith(mark)), "")
    if not mark and document[:2] in (b"<\0", b"\0<"):
        mark = "utf-16-le" if document[:1] == b"<" else "utf-16-be"
    declared = _declaration(document, mark)
    label = (declared[2] or "") if declared else ""
    if declared and declared[1] != "1.0":
        findings.add("xml-version", "", declared[1], 1)
    encoding = mark or _known(findings, charset) or _known(findings, label) or "utf-8"
    if not label and not charset and not mark:
        findings.add("xml-encoding-undeclared", at=1)
    for other, place in ((label, "the XML declaration"), (charset, "Content-Type")):
        if other and (codec := python_codec(other)) and not _agree(codec, encoding):
            findings.add("xml-encoding-mismatch", "", f"{place} says {other}, it is {encoding}", 1)
    if encoding == "utf-8":
        document = _checked_utf8(findings, document)
        if label and python_codec(label) != "utf-8":
            document = _without_declaration(document.decode()).encode()
        return DecodedXml(document, "UTF-8")
    name = encoding if mark else next(filter(python_codec, (charset, label)), encoding)
    usual = name.lower() in _USUAL
    findings.add("xml-encoding" if usual else "xml-encoding-rare", "", name.upper() if mark else name, 1)
    return DecodedXml(_transcode(findings, document, encoding, name), name)


def _declaration(document: bytes, mark: str) -> re.Match[str] | None:
    start = document[:800].decode(mark or "latin-1", "replace")
    return _DECLARATION.match(start.removeprefix("\ufeff").removeprefix("\xef\xbb\xbf").lstrip())


def _known(findings: FindingCollector, label: str) -> str:
    if not label:
        return ""
    codec = python_codec(label)
    if codec is None:
        findings.add("xml-encoding-unknown", "", label, 1)
        return ""
    return codec


def _agree(one: str, other: str) -> bool:
    """Return whether two encodings are the same, or one the general name of the other."""
    one, other = one.replace("-", ""), other.replace("-", "")
    return one == other or (
        one.startswith("utf") and other.startswith("utf") and one[:5] == other[:5] != "utf8"
    )


def _checked_utf8(findings: FindingCollector, document: bytes) -> bytes:
    try:
        document.decode()
    except UnicodeDecodeError as error:
        detail = f"byte {document[error.start]:#04x} is not UTF-8"
        findings.add("xml-invalid-bytes", "", detail, document.count(b"\n", 0, error.start) + 1)
        return document.decode("utf-8", "replace").encode()
    if found := _ENCODED_CONTROLS.search(document):
        findings.add("xml-windows-characters", at=document.count(b"\n", 0, found.start()) + 1)
    return document


def _transcode(findings: FindingCollector, document: bytes, codec: str, name: str) -> bytes:
    try:
        text = document.decode(codec)
    except UnicodeDecodeError as error:
        line = document.count(b"\n", 0, error.start) + 1
        findings.add("xml-invalid-bytes", "", f"byte {document[error.start]:#04x} is not {name}", line)
        text = document.decode(codec, "replace")
    except UnicodeError:
        findings.add("xml-invalid-bytes", "", f"not {name}")
        return b""
    if found := _CONTROLS.search(text):
        findings.add("xml-windows-characters", at=text.count("\n", 0, found.start()) + 1)
    return _without_declaration(text).encode("utf-8", "replace").lstrip(b" \t")


def _without_declaration(text: str) -> str:
    """Return a document without its XML declaration, which names an encoding that it is no longer in."""
    text = text.removeprefix("\ufeff")
    # Line numbers stay the same.
    return _DECLARATION.sub(lambda match: "\n" * match[0].count("\n"), text, count=1)
