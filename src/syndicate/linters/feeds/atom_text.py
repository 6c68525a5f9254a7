"""Text and content of Atom (RFC 4287, sections 3.1 and 4.1.3)."""

from __future__ import annotations

import re

from lxml import etree

from ...model.findings import FindingCollector
from . import values
from .markup import check_body, check_element, markup_in
from .namespaces import ATOM, XHTML, XML, short_name
from .values import SPACE

_TEXT = ("text", "html", "xhtml")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_FILLED = frozenset((f"{ATOM}title",))
_DIV = f"{XHTML}div"
_ATTRIBUTES = frozenset(("type", "src", f"{XML}lang", f"{XML}base"))


def is_xml(media_type: str) -> bool:
    """Whether a media type is one of XML (RFC 7303)."""
    return media_type.partition(";")[0].strip().lower().endswith(("/xml", "+xml"))


def check_text(findings: FindingCollector, element: etree._Element, path: str, based: bool) -> None:
    """Look at a text construct: title, subtitle, summary or rights."""
    kind = element.get("type")
    if kind not in _TEXT and kind is not None:
        findings.add("atom-type-invalid", f"{path} / @type", kind, element)
        return
    _attributes(findings, element, path, src=False)
    text = _typed(findings, element, path, kind or "text", based)
    if not text and element.tag in _FILLED:
        findings.add("value-empty", path, at=element)


def check_content(findings: FindingCollector, element: etree._Element, based: bool) -> None:
    """Look at the content of an entry."""
    kind = element.get("type")
    src = element.get("src")
    _attributes(findings, element, "content", src=True)
    if kind is not None and kind not in _TEXT and not _media(findings, kind, element):
        return
    if src is not None:
        _by_source(findings, element, src, kind, based)
    elif kind in _TEXT or kind is None:
        _typed(findings, element, "content", kind or "text", based)
    else:
        _inline(findings, element, kind)


def _media(findings: FindingCollector, kind: str, element: etree._Element) -> bool:
    broken = values.media_type(kind)
    if broken and broken[0] == "media-type-invalid":
        findings.add("atom-type-invalid", "content / @type", kind, element)
        return False
    if kind.startswith(("multipart/", "message/")):
        findings.add("atom-type-composite", "content / @type", kind, element)
        return False
    if broken:
        findings.add(broken[0], "content / @type", broken[1], element)
    return True


def _by_source(
    findings: FindingCollector, element: etree._Element, src: str, kind: str | None, based: bool
) -> None:
    if not values.is_iri(src) and not (based and values.is_reference(src)):
        findings.add("atom-uri-invalid", "content / @src", src, element)
    if kind is None:
        findings.add("atom-content-src-type-missing", "content", at=element)
    elif kind in _TEXT:
        findings.add("atom-type-invalid", "content / @type", f"{kind}, with a src", element)
    if len(element) or (element.text or "").strip(SPACE):
        findings.add("atom-content-src-not-empty", "content", at=element)


def _inline(findings: FindingCollector, element: etree._Element, kind: str) -> None:
    name = kind.partition(";")[0].strip().lower()
    if is_xml(kind):
        if not len(element):
            findings.add("atom-content-xml-missing", "content", kind, element)
        return
    inner = next(element.iterchildren(etree.Element), None)
    if inner is not None:
        findings.add("atom-markup-unescaped", "content", f"<{short_name(str(inner.tag), ATOM)}>", inner)
    elif not name.startswith("text/") and not _BASE64.fullmatch("".join((element.text or "").split())):
        findings.add("atom-content-not-base64", "content", kind, element)


def _typed(findings: FindingCollector, element: etree._Element, path: str, kind: str, based: bool) -> bool:
    """Look at text of a kind; whether there is any."""
    if kind == "xhtml":
        return _xhtml(findings, element, path, based)
    text = element.text or ""
    if len(element):
        inner = next(element.iterchildren(etree.Element), None)
        if inner is not None:
            findings.add("atom-markup-unescaped", path, f"<{short_name(str(inner.tag), ATOM)}>", inner)
            return True
    if kind == "html":
        check_body(findings, text, path, element, based)
    elif markup := markup_in(text):
        findings.add("atom-html-undeclared", path, markup, element)
    return bool(text.strip(SPACE))


def _xhtml(findings: FindingCollector, element: etree._Element, path: str, based: bool) -> bool:
    inner = list(element.iterchildren(etree.Element))
    astray = (element.text or "").strip(SPACE) or any((each.tail or "").strip(SPACE) for each in inner)
    if len(inner) != 1 or inner[0].tag != _DIV or astray:
        findings.add("atom-xhtml-div-missing", path, at=element)
        return True
    for each in inner[0].iter(etree.Element):
        tag = str(each.tag)
        if not tag.startswith(XHTML):
            findings.add("atom-xhtml-namespace", path, f"<{short_name(tag, ATOM)}>", each)
        else:
            check_element(findings, each, path, each, based)
    return len(inner[0]) > 0 or bool((inner[0].text or "").strip(SPACE))


def _attributes(findings: FindingCollector, element: etree._Element, path: str, src: bool) -> None:
    for raw, given in element.items():
        name, value = str(raw), str(given)
        if name == f"{XML}lang":
            if value and (rule := values.language(value)):
                findings.add(rule, f"{path} / @xml:lang", value, element)
        elif name == f"{XML}base":
            if not values.is_reference(value):
                findings.add("atom-base-invalid", f"{path} / @xml:base", value, element)
        elif (name not in _ATTRIBUTES or (name == "src" and not src)) and not name.startswith("{"):
            findings.add("attribute-unknown", f"{path} / @{name}", at=element)
