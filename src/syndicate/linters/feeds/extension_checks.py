"""Elements of extensions, in RSS and Atom."""

from __future__ import annotations

from lxml import etree

from ...extensions import NAMESPACES
from ...extensions.podcast import PodcastChannel
from ...model.findings import FindingCollector
from ...model.podcast import CATEGORIES
from .element_specs import Spec, element_specs
from .markup import check_body, markup_in
from .media_checks import MEDIA_CHECKS
from .namespaces import (
    AT,
    CONTENT,
    FH,
    ITUNES,
    MEDIA,
    THR,
    XHTML,
    has_other_namespace,
    intended_namespace,
    short_name,
)
from .value_syntax import SPACE, is_iri
from .vocabularies import FORMER_CATEGORIES

_ENCODED = f"{CONTENT}encoded"
_RDF_RESOURCE = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource"
_NAMESPACES_OF_RFCS = frozenset((AT, FH, THR))
_OBSOLETE_OTHERS = frozenset((f"{MEDIA}adult",))
_OBSOLETE_ELEMENTS = frozenset(f"{ITUNES}{name}" for name in ("keywords", "order", "subtitle", "summary"))
LIVE_ITEMS = frozenset(
    f"{{{uri}}}liveItem" for uri in (NAMESPACES["podcast"], *PodcastChannel.namespace_aliases)
)
"""The items of live streams (Podcasting 2.0), which have the same elements as other items."""
# Applications show tags in these as text.
_PLAIN_TEXT_ELEMENTS = frozenset(
    (
        *(f"{ITUNES}{name}" for name in ("author", "title", "subtitle", "name", "keywords")),
        *(f"{MEDIA}{name}" for name in ("category", "copyright", "keywords", "credit")),
    )
)


def check_extension(
    findings: FindingCollector,
    element: etree._Element,
    tag: str,
    seen: dict[str, int],
    channel: bool,
    has_base: bool = False,
) -> None:
    """Check an element of another namespace in a channel, feed, item or entry.

    Args:
        findings: receives the findings.
        element: the element.
        tag: its name in Clark notation.
        seen: the number of elements of each name in the same parent.
        channel: whether the parent is a channel or feed, and not an item or entry.
        has_base: whether an `xml:base` applies.
    """
    known = element_specs()
    spec = known.specs.get(tag)
    if spec is None:
        namespace = tag[: tag.find("}") + 1]
        if namespace in _NAMESPACES_OF_RFCS:
            findings.add("extension-unknown-in-rfc", short_name(tag), at=element)
        elif namespace in known.namespaces and namespace != XHTML:
            findings.add("extension-unknown", short_name(tag), at=element)
        return
    if not (spec.channel if channel else spec.item):
        findings.add("extension-misplaced", spec.name, at=element)
    once = spec.once_in_channel if channel else spec.once
    _check_element(findings, element, tag, spec, seen, spec.name, has_base, once)


def _check_element(
    findings: FindingCollector,
    element: etree._Element,
    tag: str,
    spec: Spec,
    seen: dict[str, int],
    path: str,
    has_base: bool,
    once: bool,
) -> None:
    count = seen.get(tag, 0)
    seen[tag] = count + 1
    if count and once:
        findings.add("extension-repeated", path, at=element)
    if spec.text is not None:
        text = (element.text or "").strip(SPACE)
        # RDF writes a resource inside, or in an attribute, instead of text.
        is_resource = not text and (len(element) > 0 or element.get(_RDF_RESOURCE) is not None)
        violation = None if is_resource else spec.text(text)
        if violation:
            findings.add(violation[0], path, violation[1], element)
        elif tag in _PLAIN_TEXT_ELEMENTS and (markup := markup_in(text)):
            findings.add("plain-text-html", path, markup, element)
    if spec.attributes:
        for name in spec.required:
            if element.get(name) is None:
                findings.add("extension-attribute-missing", f"{path} / @{name}", at=element)
        for raw_name, raw_value in element.items():
            name, value = str(raw_name), str(raw_value)
            check = spec.attributes.get(name)
            if check is not None:
                violation = check(value)
                if violation:
                    findings.add(violation[0], f"{path} / @{name}", violation[1], element)
            elif not name.startswith("{"):
                findings.add("extension-attribute-unknown", f"{path} / @{name}", at=element)
    _check_special_cases(findings, element, tag, path, has_base)
    if len(element) and tag not in LIVE_ITEMS:
        _check_children(findings, element, tag, path, has_base)


def _check_children(
    findings: FindingCollector, element: etree._Element, tag: str, path: str, has_base: bool
) -> None:
    space, _, parent = tag.rpartition("}")
    seen: dict[str, int] = {}
    for child in element.iterchildren(etree.Element):
        name = child.tag
        if not name.startswith(space + "}"):
            continue
        spec = element_specs().specs.get(name)
        where = f"{path} / {short_name(name)}"
        if spec is None:
            findings.add("extension-unknown", where, at=child)
            continue
        if parent not in spec.inside:
            findings.add("extension-misplaced", where, at=child)
        _check_element(findings, child, name, spec, seen, where, has_base, spec.once)


def _check_special_cases(
    findings: FindingCollector, element: etree._Element, tag: str, path: str, has_base: bool
) -> None:
    if tag == _ENCODED:
        check_body(findings, element.text or "", path, element, has_base)
    elif tag in _OBSOLETE_ELEMENTS:
        findings.add("itunes-obsolete", path, at=element)
    elif tag in _OBSOLETE_OTHERS:
        findings.add("extension-obsolete", path, at=element)
    elif tag == f"{ITUNES}category":
        _check_itunes_category(findings, element, path)
    elif tag == f"{ITUNES}owner":
        if element.find(f"{ITUNES}email") is None:
            findings.add("extension-child-missing", path, "itunes:email", element)
    elif tag == f"{MEDIA}content":
        if element.get("url") is None and element.find(f"{MEDIA}player") is None:
            findings.add("media-content-url-missing", path, at=element)
    elif tag.startswith(MEDIA) and tag.removeprefix(MEDIA) in MEDIA_CHECKS:
        MEDIA_CHECKS[tag.removeprefix(MEDIA)](findings, element, path)
    elif tag.startswith("{http://madskills.com/public/xml/rss/module/"):
        _check_trackback(findings, element, path)
    elif tag == f"{MEDIA}group":
        defaults = [
            each for each in element.iterchildren(f"{MEDIA}content") if each.get("isDefault") == "true"
        ]
        if len(defaults) > 1:
            findings.add("media-default-repeated", path, at=element)
    elif tag.endswith("}license") and tag[1:].startswith(("http://creativecommons", "http://web.resource")):
        address = element.get(_RDF_RESOURCE) or element.get("resource") or (element.text or "").strip(SPACE)
        if not is_iri(address):
            findings.add("extension-url-invalid", path, address, element)
    elif (
        tag.endswith("}alternateEnclosure")
        and element.find(f"{{{tag[1:].rpartition('}')[0]}}}source") is None
    ):
        findings.add("extension-child-missing", path, "podcast:source", element)


def _check_trackback(findings: FindingCollector, element: etree._Element, path: str) -> None:
    """Check a ping of TrackBack: its address is an attribute in RDF, and text elsewhere."""
    is_rdf = element.getroottree().getroot().tag == "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF"
    if is_rdf and not is_iri(element.get(_RDF_RESOURCE) or ""):
        findings.add("extension-attribute-missing", f"{path} / @rdf:resource", at=element)
    elif not is_rdf and not is_iri((element.text or "").strip(SPACE)):
        findings.add("extension-url-invalid", path, element.text or "", element)


def _check_itunes_category(findings: FindingCollector, element: etree._Element, path: str) -> None:
    name = element.get("text")
    if name is None:
        return  # another finding says that the attribute is missing
    parent = element.getparent()
    parent_name = parent.get("text") if parent is not None and parent.tag == element.tag else None
    known = name in CATEGORIES if parent_name is None else name in CATEGORIES.get(parent_name, (name,))
    if not known:
        is_former = (name if parent_name is None else f"{parent_name} > {name}") in FORMER_CATEGORIES
        findings.add(
            "itunes-category-obsolete" if is_former else "itunes-category-invalid",
            f"{path} / @text",
            name if parent_name is None else f"{parent_name} / {name}",
            element,
        )


def check_together(findings: FindingCollector, metadata: etree._Element, seen: dict[str, int]) -> None:
    """Check the elements of the extensions of a channel or feed together.

    Args:
        findings: receives the findings.
        metadata: the channel or feed.
        seen: the names of its elements.
    """
    if any(name.startswith(ITUNES) for name in seen):
        for required in ("image", "category", "explicit"):
            if f"{ITUNES}{required}" not in seen:
                findings.add("itunes-incomplete", "", f"itunes:{required} is missing", metadata)
    if f"{FH}archive" in seen and f"{FH}complete" in seen:
        findings.add("history-archive-and-complete", "fh:complete", at=metadata)


def check_namespaces(findings: FindingCollector, root: etree._Element) -> None:
    """Check the namespace declarations of the root."""
    for prefix, uri in root.nsmap.items():
        if intended := intended_namespace(uri):
            findings.add(
                "xml-namespace-misspelt",
                f"xmlns:{prefix}" if prefix else "xmlns",
                f"{uri} instead of {intended}",
                1,
            )
        elif has_other_namespace(prefix, uri):
            findings.add("xml-prefix-nonstandard", f"xmlns:{prefix}", uri, root)
