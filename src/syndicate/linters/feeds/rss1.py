"""RSS 0.90, 1.0 and 1.1: the versions of RSS that are RDF."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from ...model.findings import FindingCollector
from . import value_syntax as values
from .extension_checks import check_extension, check_namespaces
from .markup import markup_in
from .namespaces import short_name
from .value_syntax import SPACE

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
RDF_ROOT = f"{RDF}RDF"
RSS_1_1_ROOT = "{http://purl.org/net/rss1.1#}Channel"
_VERSIONS = {
    "{http://purl.org/rss/1.0/}": "RSS 1.0",
    "{http://my.netscape.com/rdf/simple/0.9/}": "RSS 0.90",
    "{http://channel.netscape.com/rdf/simple/0.9/}": "RSS 0.90",
    "{http://purl.org/net/rss1.1#}": "RSS 1.1",
}
NAMESPACES_OF_RSS_1 = frozenset(_VERSIONS)
"""The namespaces of the elements, in braces."""

_ABOUT, _RESOURCE, _PARSE_TYPE = f"{RDF}about", f"{RDF}resource", f"{RDF}parseType"
_URL_ELEMENTS = frozenset(("link", "url"))


@dataclass(frozen=True, slots=True)
class _Spec:
    """The elements of one kind of resource: those that it must have, and those that it can have."""

    required: tuple[str, ...]
    allowed: frozenset[str]


_SPECS = {
    "channel": _Spec(("title", "link", "description"), frozenset(("items", "image", "textinput", "item"))),
    "item": _Spec(("title", "link"), frozenset(("description",))),
    "image": _Spec(("title", "url", "link"), frozenset()),
    "textinput": _Spec(("title", "description", "name", "link"), frozenset()),
}


@dataclass(slots=True)
class _Document:
    findings: FindingCollector
    namespace: str
    version: str
    has_base: bool
    abouts: set[str] = field(default_factory=set)
    listed: list[tuple[str, etree._Element]] = field(default_factory=list)
    items: int = 0


def check_rss1(findings: FindingCollector, root: etree._Element, has_base: bool) -> str:
    """Check an RSS document that is RDF; return the name of its format.

    Args:
        findings: receives the findings.
        root: `rdf:RDF`, or the `Channel` of RSS 1.1.
        has_base: whether the document contains an `xml:base`.
    """
    check_namespaces(findings, root)
    elements = list(root.iterchildren(etree.Element))
    namespace = next(
        (ns for each in (root, *elements) if (ns := _namespace(str(each.tag))) in NAMESPACES_OF_RSS_1), ""
    )
    document = _Document(findings, namespace, _VERSIONS[namespace], has_base)
    if document.version != "RSS 1.0":
        findings.add("feed-obsolete-format", "", document.version, root)
    if document.version == "RSS 1.1":
        _check_channel_1_1(document, root)
    else:
        _check_rdf(document, root, elements)
    return document.version


def _namespace(tag: str) -> str:
    return tag[: tag.find("}") + 1]


def _check_rdf(document: _Document, root: etree._Element, elements: list[etree._Element]) -> None:
    findings = document.findings
    counts: dict[str, int] = {}
    _check_stray_text(findings, root)
    for element in elements:
        tag = str(element.tag)
        if _namespace(tag) != document.namespace:
            continue
        name = tag.removeprefix(document.namespace)
        counts[name] = counts.get(name, 0) + 1
        if name not in _SPECS:
            findings.add("rss-element-unknown", f"rdf:RDF / {name}", at=element)
            continue
        if name != "item" and counts[name] > 1:
            findings.add("rss-element-repeated", f"rdf:RDF / {name}", at=element)
        _check_resource(document, element, name, counts[name])
    if "channel" not in counts:
        findings.add("rss-channel-missing", "rdf:RDF", at=root)
    for about, place in document.listed:
        if about not in document.abouts:
            findings.add("rss1-item-not-found", "channel / items", about, place)


def _check_resource(document: _Document, element: etree._Element, name: str, number: int) -> None:
    findings = document.findings
    findings.path = f"item {number}" if name == "item" else name
    start = len(findings)
    about = element.get(_ABOUT)
    if document.version == "RSS 1.0":
        if about is None:
            findings.add("rss1-about-missing", at=element)
        elif not values.is_iri(about.strip(SPACE)):
            findings.add("rss1-about-invalid", "@rdf:about", about, element)
        elif about in document.abouts:
            findings.add("rss1-about-repeated", "@rdf:about", about, element)
        document.abouts.add(about or "")
    _check_elements(document, element, name)
    findings.set_entry(start, about if name == "item" else None, element)
    findings.path = ""


def _check_elements(document: _Document, element: etree._Element, name: str) -> None:
    """Check the elements of a channel, item, image or textinput."""
    findings, spec, own, seen = document.findings, _SPECS[name], document.namespace, dict[str, int]()
    _check_stray_text(findings, element)
    for child in element.iterchildren(etree.Element):
        tag = str(child.tag)
        inner = tag.removeprefix(own)
        if _namespace(tag) != own:
            if tag.startswith("{"):
                _check_foreign(document, child, tag, seen, name == "channel")
            else:
                findings.add("rss-element-unknown", inner, at=child)
            continue
        seen[inner] = seen.get(inner, 0) + 1
        if inner not in spec.required and inner not in spec.allowed:
            findings.add("rss-element-unknown", inner, at=child)
        elif inner == "item":
            findings.add("rss-element-misplaced", inner, at=child)
        elif seen[inner] > 1:
            findings.add("rss-element-repeated", inner, at=child)
        elif inner == "items":
            _check_items(document, child)
        elif inner in ("image", "textinput"):
            _check_reference(findings, child, inner)
        else:
            _check_value(document, child, inner)
    for required in spec.required:
        if required not in seen:
            findings.add("rss1-element-missing", required, at=element)
    if name == "channel" and document.version == "RSS 1.0" and "items" not in seen:
        findings.add("rss1-element-missing", "items", at=element)


def _check_foreign(
    document: _Document, element: etree._Element, tag: str, seen: dict[str, int], channel: bool
) -> None:
    """Check an element of another namespace; those of RDF are allowed everywhere."""
    if tag.startswith(RDF):
        return
    check_extension(document.findings, element, tag, seen, channel, document.has_base)
    _check_mixed_content(document.findings, element)
    if document.version != "RSS 1.1":
        return
    for inner in element.iter(etree.Element):
        names = (str(inner.tag), *(str(name) for name in inner.keys()))  # noqa: SIM118 - an element is not a dict
        if own := next((name for name in names if name.startswith(document.namespace)), None):
            path = f"{short_name(tag)} / {own.removeprefix(document.namespace)}"
            document.findings.add("rss-element-misplaced", path, at=inner)


def _check_mixed_content(findings: FindingCollector, element: etree._Element) -> None:
    if len(element) == 0 or element.get(_PARSE_TYPE) == "Literal":
        return
    texts = (element.text, *(child.tail for child in element))
    if any((text or "").strip(SPACE) for text in texts):
        findings.add("rss1-mixed-content", short_name(str(element.tag)), at=element)


def _check_value(document: _Document, element: etree._Element, name: str) -> None:
    findings = document.findings
    text = (element.text or "").strip(SPACE)
    inner = next(element.iterchildren(etree.Element), None)
    if inner is not None:
        if element.get(_PARSE_TYPE) != "Literal":
            findings.add("rss-markup-unescaped", name, f"<{short_name(str(inner.tag))}>", inner)
            _check_mixed_content(findings, element)
    elif not text:
        findings.add("value-empty", name, at=element)
    elif name in _URL_ELEMENTS:
        if not values.is_iri(text):
            findings.add("rss-url-invalid", name, text, element)
    elif name == "title" and (markup := markup_in(text)):
        findings.add("plain-text-html", name, markup, element)


def _check_reference(findings: FindingCollector, element: etree._Element, name: str) -> None:
    resource = element.get(_RESOURCE)
    if resource is None:
        findings.add("rss1-resource-missing", name, at=element)
    elif not values.is_iri(resource):
        findings.add("rss1-about-invalid", f"{name} / @rdf:resource", resource, element)


def _check_items(document: _Document, element: etree._Element) -> None:
    sequence = element.find(f"{RDF}Seq")
    if sequence is None and len(element) == 0 and not element.attrib:
        return  # an empty table of contents
    if sequence is None:
        document.findings.add("rss1-items-invalid", "items", at=element)
        return
    for each in sequence.iterchildren(etree.Element):
        if each.tag != f"{RDF}li":
            document.findings.add("rss1-items-invalid", "items", f"<{short_name(str(each.tag))}>", each)
            continue
        # Old feeds write the attribute without its namespace, as RDF parsers of that time accepted.
        resource = each.get(_RESOURCE) or each.get("resource")
        if resource is None:
            document.findings.add("rss1-resource-missing", "items / rdf:li", at=each)
        else:
            document.listed.append((resource, each))
        unknown = [str(key) for key in each.keys() if key not in (_RESOURCE, "resource")]  # noqa: SIM118
        if unknown:
            document.findings.add("attribute-unknown", f"items / rdf:li / @{short_name(unknown[0])}", at=each)


def _check_stray_text(findings: FindingCollector, element: etree._Element) -> None:
    if (element.text or "").strip(SPACE):
        findings.add("xml-unexpected-text", at=element)
    for child in element.iterchildren(etree.Element):
        if (child.tail or "").strip(SPACE):
            findings.add("xml-unexpected-text", at=child)


def _check_channel_1_1(document: _Document, root: etree._Element) -> None:
    """Check the Channel of RSS 1.1, which holds its items (inamidst.com/rss1.1)."""
    findings, own = document.findings, document.namespace
    findings.path = "channel"
    about = root.get(_ABOUT)
    if about is None:
        findings.add("rss1-about-missing", at=root)
    elif not values.is_iri(about):
        findings.add("rss1-about-invalid", "@rdf:about", about, root)
    document.abouts.add(about or "")
    _check_stray_text(findings, root)
    seen: dict[str, int] = {}
    for child in root.iterchildren(etree.Element):
        tag = str(child.tag)
        name = tag.removeprefix(own)
        if _namespace(tag) != own:
            _check_foreign(document, child, tag, seen, channel=True)
            continue
        seen[name] = seen.get(name, 0) + 1
        if name == "items":
            for number, item in enumerate(child.iterchildren(f"{own}item"), start=1):
                findings.path = f"item {number}"
                _check_item_1_1(document, item)
            findings.path = "channel"
        elif name in ("title", "link", "description"):
            _check_value(document, child, name)
        elif name != "image":
            findings.add("rss-element-unknown", name, at=child)
    for required in ("title", "link", "description", "items"):
        if required not in seen:
            findings.add("rss1-element-missing", required, at=root)


def _check_item_1_1(document: _Document, item: etree._Element) -> None:
    findings = document.findings
    for each in item.iter(etree.Element):
        about = each.get(_ABOUT)
        if about is not None and about in document.abouts:
            findings.add("rss1-about-repeated", "@rdf:about", about, each)
        document.abouts.add(about or "")
    _check_elements(document, item, "item")
