"""Text and content of Atom (RFC 4287, sections 3.1 and 4.1.3)."""

from __future__ import annotations

import re

from lxml import etree

from ...model.findings import FindingCollector
from . import value_syntax as values
from .element_specs import element_specs
from .markup import check_body, check_element, markup_in
from .namespaces import ATOM, XHTML, XML, short_name
from .value_syntax import SPACE
from .vocabularies import HTML_ELEMENTS

_TEXT_TYPES = ("text", "html", "xhtml")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_FILLED_TEXTS = frozenset((f"{ATOM}title", f"{ATOM}subtitle"))
_DIV = f"{XHTML}div"
# Vocabularies that HTML includes.
_XHTML_INCLUDES = ("{http://www.w3.org/2000/svg}", "{http://www.w3.org/1998/Math/MathML}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_ATTRIBUTES = frozenset(("type", "src", f"{XML}lang", f"{XML}base"))


def is_xml(media_type: str) -> bool:
    """Return whether a media type is one of XML (RFC 7303)."""
    return media_type.partition(";")[0].strip().lower().endswith(("/xml", "+xml"))


def check_text(findings: FindingCollector, element: etree._Element, path: str, has_base: bool) -> None:
    """Check a text construct: title, subtitle, summary or rights."""
    kind = _type_of(findings, element, path)
    if kind not in _TEXT_TYPES and kind is not None:
        findings.add("atom-type-invalid", f"{path} / @type", kind, element)
        if "html" in kind:
            _check_typed_text(findings, element, path, "html", has_base)
        return
    _check_attributes(findings, element, path, src=False)
    text = _check_typed_text(findings, element, path, kind or "text", has_base)
    if not text and element.tag in _FILLED_TEXTS:
        findings.add("value-empty", path, at=element)


def check_content(findings: FindingCollector, element: etree._Element, has_base: bool) -> None:
    """Check the content of an entry."""
    kind = _type_of(findings, element, "content")
    src = element.get("src")
    _check_attributes(findings, element, "content", src=True)
    if kind is not None and kind not in _TEXT_TYPES and not _check_media_type(findings, kind, element):
        return
    if src is not None:
        _check_content_src(findings, element, src, kind, has_base)
    elif kind in _TEXT_TYPES or kind is None:
        if not _check_typed_text(findings, element, "content", kind or "text", has_base):
            findings.add("value-empty", "content", at=element)
    else:
        _check_inline_content(findings, element, kind, has_base)


def _check_media_type(findings: FindingCollector, kind: str, element: etree._Element) -> bool:
    violation = values.media_type(kind)
    if violation and violation[0] == "media-type-invalid":
        findings.add("atom-type-invalid", "content / @type", kind, element)
        return False
    if kind.startswith(("multipart/", "message/")):
        findings.add("atom-type-composite", "content / @type", kind, element)
        return False
    if violation:
        findings.add(violation[0], "content / @type", violation[1], element)
    return True


def _check_content_src(
    findings: FindingCollector, element: etree._Element, src: str, kind: str | None, has_base: bool
) -> None:
    if rule := uri_rule(src, has_base):
        findings.add(rule, "content / @src", src, element)
    if kind is None:
        findings.add("atom-content-src-type-missing", "content", at=element)
    elif kind in _TEXT_TYPES:
        findings.add("atom-type-invalid", "content / @type", f"{kind} with src", element)
    if len(element) or (element.text or "").strip(SPACE):
        findings.add("atom-content-src-not-empty", "content", at=element)


def _type_of(findings: FindingCollector, element: etree._Element, path: str) -> str | None:
    kind = element.get("type")
    if kind is not None and not kind.strip(SPACE):
        findings.add("value-empty", f"{path} / @type", at=element)
        return None
    return kind


def uri_rule(text: str, has_base: bool) -> str | None:
    """Check a URI that can be relative (RFC 4287, section 2); return the rule that it breaks.

    Args:
        text: the URI.
        has_base: whether an `xml:base` applies to it.
    """
    if values.is_iri(text):
        return None
    if not values.is_reference(text) or _SCHEME.match(text) or not text:
        return "atom-uri-invalid"
    return None if has_base else "atom-uri-relative"


def _check_inline_content(
    findings: FindingCollector, element: etree._Element, kind: str, has_base: bool
) -> None:
    name = kind.partition(";")[0].strip().lower()
    if is_xml(kind):
        if not len(element):
            findings.add("atom-content-xml-missing", "content", kind, element)
            return
        texts = (element.text, *(child.tail for child in element))
        if any((text or "").strip(SPACE) for text in texts):
            findings.add("xml-unexpected-text", "content", at=element)
        if name == "application/xhtml+xml" and element.find(f"{XHTML}html") is None:
            findings.add("atom-content-fragment", "content", kind, element)
        return
    if name == "text/html":
        text = element.text or ""
        if "<html" not in text.lower():
            findings.add("atom-content-fragment", "content", kind, element)
        check_body(findings, text, "content", element, has_base)
    inner = next(element.iterchildren(etree.Element), None)
    if inner is not None:
        findings.add("atom-markup-unescaped", "content", f"<{short_name(str(inner.tag), ATOM)}>", inner)
    elif not name.startswith("text/") and not _BASE64.fullmatch("".join((element.text or "").split())):
        findings.add("atom-content-not-base64", "content", kind, element)


def _check_typed_text(
    findings: FindingCollector, element: etree._Element, path: str, kind: str, has_base: bool
) -> bool:
    """Check text of a type; return whether it is not empty."""
    if kind == "xhtml":
        return _check_xhtml(findings, element, path, has_base)
    text = element.text or ""
    if len(element):
        inner = next(element.iterchildren(etree.Element), None)
        if inner is not None:
            findings.add("atom-markup-unescaped", path, f"<{short_name(str(inner.tag), ATOM)}>", inner)
            return True
    if kind == "html":
        check_body(findings, text, path, element, has_base)
    elif markup := markup_in(text):
        findings.add("atom-html-undeclared", path, markup, element)
    return bool(text.strip(SPACE))


def _check_xhtml(findings: FindingCollector, element: etree._Element, path: str, has_base: bool) -> bool:
    inner = list(element.iterchildren(etree.Element))
    has_text_outside = (element.text or "").strip(SPACE) or any(
        (each.tail or "").strip(SPACE) for each in inner
    )
    if len(inner) != 1 or inner[0].tag != _DIV or has_text_outside:
        findings.add("atom-xhtml-div-missing", path, at=element)
        if markup := markup_in("".join(map(str, element.itertext()))):
            findings.add("atom-xhtml-escaped", path, markup, element)
        return True
    if len(inner[0]) == 0 and (markup := markup_in(inner[0].text or "")):
        findings.add("atom-xhtml-escaped", path, markup, element)
    for each in inner[0].iter(etree.Element):
        tag = str(each.tag)
        if tag.startswith(XHTML):
            check_element(findings, each, path, each, has_base)
            if tag.removeprefix(XHTML) not in HTML_ELEMENTS:
                findings.add("html-unknown-element", path, f"<{tag.removeprefix(XHTML)}>", each)
        elif tag.startswith(ATOM) or not tag.startswith("{"):
            findings.add("atom-xhtml-namespace", path, f"<{short_name(tag, ATOM)}>", each)
        elif tag in element_specs().specs:
            findings.add("extension-misplaced", f"{path} / {short_name(tag)}", at=each)
        elif not tag.startswith(_XHTML_INCLUDES):
            findings.add("atom-xhtml-foreign", path, f"<{short_name(tag, ATOM)}>", each)
    return len(inner[0]) > 0 or bool((inner[0].text or "").strip(SPACE))


def _check_attributes(findings: FindingCollector, element: etree._Element, path: str, src: bool) -> None:
    for raw_name, raw_value in element.items():
        name, value = str(raw_name), str(raw_value)
        if name == f"{XML}lang":
            if value and (rule := values.language(value)):
                findings.add(rule, f"{path} / @xml:lang", value, element)
        elif name == f"{XML}base":
            if not values.is_reference(value):
                findings.add("atom-base-invalid", f"{path} / @xml:base", value, element)
        elif (name not in _ATTRIBUTES or (name == "src" and not src)) and not name.startswith("{"):
            findings.add("attribute-unknown", f"{path} / @{name}", at=element)
