"""Atom 1.0 (RFC 4287): the feed and its entries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from ...model.findings import FindingCollector
from . import value_syntax as values
from .atom_text import check_content, check_text, is_xml, uri_rule
from .extension_checks import check_extension, check_namespaces, check_together
from .links import Links, check_feed_links, check_link
from .markup import markup_in
from .namespaces import AT, ATOM, FH, XHTML, XML, short_name
from .value_syntax import SPACE
from .vocabularies import words

_ONCE = frozenset(
    f"{ATOM}{name}"
    for name in words("id title updated generator icon logo rights subtitle published content source summary")
)
_FEED_ONLY = frozenset(f"{ATOM}{name}" for name in ("generator", "icon", "logo", "subtitle", "entry", "feed"))
_ENTRY_ONLY = frozenset(f"{ATOM}{name}" for name in ("content", "published", "source", "summary"))
_COMMON_ATTRIBUTES = frozenset((f"{XML}base", f"{XML}lang"))
_PERSON_ELEMENTS = frozenset(f"{ATOM}{name}" for name in ("name", "uri", "email"))


@dataclass(slots=True)
class _Feed:
    """The state of the check of a feed and its entries."""

    findings: FindingCollector
    has_base: bool
    has_author: bool = False
    id: str | None = None
    updated: datetime | None = None
    ids: dict[str, datetime | None] = field(default_factory=dict)
    updated_texts: set[str] = field(default_factory=set)
    newest: datetime | None = None


@dataclass(slots=True)
class _Node:
    """The state of the check of a feed, entry or source."""

    feed: _Feed
    is_entry: bool
    has_base: bool
    links: Links = field(default_factory=Links)
    seen: dict[str, int] = field(default_factory=dict)
    id: str | None = None
    updated: datetime | None = None
    updated_text: str = ""
    published: datetime | None = None
    content: etree._Element | None = None
    self_type: str | None = None


_Check = Callable[[_Node, etree._Element], None]


def check_atom(findings: FindingCollector, root: etree._Element, url: str | None, has_base: bool) -> None:
    """Check an Atom feed document or entry document.

    Args:
        findings: receives the findings.
        root: the root of the document.
        url: where it is served; None if unknown.
        has_base: whether the document contains an `xml:base`.
    """
    check_namespaces(findings, root)
    if root.prefix:
        findings.add("atom-prefix", root.prefix, at=root)
    feed = _Feed(findings, has_base)
    if root.tag == f"{ATOM}entry":
        findings.path = "entry 1"
        _check_entry(feed, root)
        return
    findings.path = "feed"
    node = _Node(feed, is_entry=False, has_base=has_base and _has_base(root))
    _check_attributes(node, root)
    # An author of the feed counts for every entry, wherever it is in the feed.
    feed.has_author = root.find(f"{ATOM}author") is not None
    tombstones: dict[str, datetime | None] = {}
    number = 0
    if (root.text or "").strip(SPACE):
        findings.add("xml-unexpected-text", at=root)
    for child in root.iterchildren(etree.Element):
        tag = child.tag
        if tag == f"{ATOM}entry":
            number += 1
            findings.path = f"entry {number}"
            _check_entry(feed, child)
            findings.path = "feed"
        else:
            if number and not tag.startswith(AT):
                findings.add("metadata-after-entries", short_name(tag, ATOM), at=child)
            if tag == f"{AT}deleted-entry":
                _check_tombstone(findings, child, tombstones)
            _check_child(node, child, tag)
        if child.tail is not None and child.tail.strip(SPACE):
            findings.add("xml-unexpected-text", at=child)
    feed.id, feed.updated = node.id, node.updated
    _check_required(node, root)
    marks = frozenset(name for name in ("archive", "complete") if f"{FH}{name}" in node.seen)
    check_feed_links(findings, node.links, "atom", url, marks, node.self_type)
    check_together(findings, root, node.seen)
    if node.id is not None and node.id in feed.ids:
        findings.add("atom-id-same-as-feed", "id", node.id, root)
    if node.updated and feed.newest and values.is_before(node.updated, feed.newest):
        findings.add("atom-updated-outdated", "updated", node.updated_text, root)
    for ref, when in tombstones.items():
        if ref in feed.ids:
            updated = feed.ids[ref]
            if when is None or updated is None or not values.is_before(when, updated):
                findings.add("tombstone-entry-present", "at:deleted-entry", ref, root)


def _check_tombstone(
    findings: FindingCollector, element: etree._Element, tombstones: dict[str, datetime | None]
) -> None:
    ref = element.get("ref")
    if ref is None:
        return
    if ref in tombstones:
        findings.add("tombstone-repeated", "at:deleted-entry", ref, element)
    tombstones[ref] = values.parse_rfc3339(element.get("when") or "")


def _has_base(element: etree._Element | None) -> bool:
    while element is not None:
        if element.get(f"{XML}base") is not None:
            return True
        element = element.getparent()
    return False


def _check_attributes(node: _Node, element: etree._Element) -> None:
    name = short_name(str(element.tag), ATOM)
    for raw_name, raw_value in element.items():
        key, value = str(raw_name), str(raw_value)
        if key == f"{XML}lang":
            if value and (rule := values.language(value)):
                node.feed.findings.add(rule, f"{name} / @xml:lang", value, element)
        elif key == f"{XML}base":
            if not values.is_reference(value):
                node.feed.findings.add("atom-base-invalid", f"{name} / @xml:base", value, element)
        elif not key.startswith("{"):
            node.feed.findings.add("attribute-unknown", f"{name} / @{key}", at=element)


def _check_child(node: _Node, element: etree._Element, tag: str) -> None:
    """Check an element of a feed, entry or source."""
    findings, seen = node.feed.findings, node.seen
    check = _CHECKS.get(tag)
    if check is not None:
        count = seen.get(tag, 0)
        seen[tag] = count + 1
        if count and tag in _ONCE:
            findings.add("atom-element-repeated", short_name(tag, ATOM), at=element)
        if tag in (_FEED_ONLY if node.is_entry else _ENTRY_ONLY):
            findings.add("atom-element-misplaced", short_name(tag, ATOM), at=element)
            return
        check(node, element)
    elif tag.startswith(ATOM):
        rule = (
            "atom-element-misplaced"
            if tag in _PERSON_ELEMENTS or tag in _FEED_ONLY
            else "atom-element-unknown"
        )
        findings.add(rule, short_name(tag, ATOM), at=element)
    elif tag.startswith("{"):
        if tag.startswith(XHTML) and tag != f"{XHTML}meta":
            findings.add("atom-xhtml-misplaced", short_name(tag), at=element)
        check_extension(findings, element, tag, seen, channel=not node.is_entry, has_base=node.has_base)
    else:
        findings.add("xml-namespace-missing", tag, at=element)


def _check_entry(feed: _Feed, element: etree._Element) -> None:
    findings = feed.findings
    start = len(findings)
    node = _Node(feed, is_entry=True, has_base=feed.has_base and _has_base(element))
    if element.attrib:
        _check_attributes(node, element)
    if (element.text or "").strip(SPACE):
        findings.add("xml-unexpected-text", at=element)
    for child in element.iterchildren(etree.Element):
        _check_child(node, child, child.tag)
        if child.tail is not None and child.tail.strip(SPACE):
            findings.add("xml-unexpected-text", at=child)
    _check_entry_together(node, element)
    if len(findings) != start:
        findings.set_entry(start, node.id, element)


def _check_required(node: _Node, element: etree._Element) -> None:
    for name in ("id", "title", "updated"):
        if f"{ATOM}{name}" not in node.seen:
            node.feed.findings.add("atom-element-missing", name, at=element)


def _check_entry_together(node: _Node, element: etree._Element) -> None:
    """Check the elements of an entry together."""
    feed, findings, seen = node.feed, node.feed.findings, node.seen
    _check_required(node, element)
    if not feed.has_author and f"{ATOM}author" not in seen:
        source = element.find(f"{ATOM}source/{ATOM}author") if f"{ATOM}source" in seen else None
        if source is None:
            findings.add("atom-author-missing", at=element)
    if node.content is None and not node.links.alternate:
        findings.add("atom-content-and-link-missing", at=element)
    if node.content is not None and f"{ATOM}summary" not in seen:
        kind = node.content.get("type") or "text"
        binary = "/" in kind and not kind.startswith("text/") and not is_xml(kind)
        if node.content.get("src") is not None or binary:
            findings.add("atom-summary-missing", at=element)
    if node.id is not None:
        if node.id in feed.ids:
            findings.add("atom-id-duplicate", "id", node.id, element)
        feed.ids[node.id] = node.updated
    if node.updated is not None:
        if feed.newest is None or values.is_before(feed.newest, node.updated):
            feed.newest = node.updated
        if node.updated_text in feed.updated_texts:
            findings.add("atom-updated-duplicate", "updated", node.updated_text, element)
        feed.updated_texts.add(node.updated_text)
        if node.published is not None and values.is_before(node.updated, node.published):
            findings.add("atom-published-after-updated", "published", at=element)


def _trimmed(findings: FindingCollector, element: etree._Element, path: str) -> str:
    """Return the text of an element of which white space is no part (RFC 4287, section 2)."""
    text = element.text or ""
    trimmed = text.strip(SPACE)
    if len(trimmed) != len(text) and trimmed:
        findings.add("atom-white-space", path, at=element)
    return trimmed


def _id(node: _Node, element: etree._Element) -> None:
    if element.attrib:
        _check_attributes(node, element)
    findings = node.feed.findings
    text = _trimmed(findings, element, "id")
    node.id = text or None
    if not text:
        findings.add("value-empty", "id", at=element)
    if not values.is_iri(text):
        findings.add("atom-id-invalid", "id", text, element)
    elif not values.is_valid_in_its_scheme(text):
        findings.add("uri-scheme-syntax", "id", text, element)
    elif not values.is_canonical(text):
        findings.add("atom-id-not-canonical", "id", text, element)


def _title(node: _Node, element: etree._Element) -> None:
    name = short_name(str(element.tag), ATOM)
    check_text(
        node.feed.findings, element, name, node.has_base or (node.feed.has_base and _has_base(element))
    )


def _date(node: _Node, element: etree._Element) -> None:
    if element.attrib:
        _check_attributes(node, element)
    name = str(element.tag)[len(ATOM) :]
    text = _trimmed(node.feed.findings, element, name)
    parsed = values.parse_rfc3339(text)
    if parsed is None or not 1970 <= parsed.year <= 2100:
        rule = values.rfc3339(text)
        if rule:
            node.feed.findings.add(rule, name, text, element)
    if name == "updated":
        node.updated, node.updated_text = parsed, text
    else:
        node.published = parsed


def _link(node: _Node, element: etree._Element) -> None:
    has_base = node.has_base or (node.feed.has_base and _has_base(element))
    check_link(node.feed.findings, element, node.links, "link", has_base, node.is_entry)
    if element.get("rel") == "self":
        node.self_type = element.get("type")


def _person(node: _Node, element: etree._Element) -> None:
    findings, path = node.feed.findings, short_name(str(element.tag), ATOM)
    if element.attrib:
        _check_attributes(node, element)
    seen: set[str] = set()
    for child in element.iterchildren(etree.Element):
        tag = str(child.tag)
        if not tag.startswith(ATOM):
            continue
        name, text = tag[len(ATOM) :], (child.text or "").strip(SPACE)
        if tag not in _PERSON_ELEMENTS:
            findings.add("atom-element-unknown", f"{path} / {name}", at=child)
        elif name in seen:
            findings.add("atom-element-repeated", f"{path} / {name}", at=child)
        elif name == "name":
            _check_name(findings, child, f"{path} / name", text)
        elif name == "uri":
            _trimmed(findings, child, f"{path} / uri")
            if rule := uri_rule(text, node.has_base):
                findings.add(rule, f"{path} / uri", text, child)
        elif not values.is_email(text):
            findings.add("email-invalid", f"{path} / email", text, child)
        seen.add(name)
    if "name" not in seen:
        findings.add("atom-person-name-missing", path, at=element)


def _check_name(findings: FindingCollector, element: etree._Element, path: str, text: str) -> None:
    if not text:
        findings.add("value-empty", path, at=element)
    elif markup := markup_in(text):
        findings.add("plain-text-html", path, markup, element)
    elif values.contains_address(text) and not values.is_email(text):
        findings.add("atom-name-with-address", path, text, element)


def _category(node: _Node, element: etree._Element) -> None:
    findings = node.feed.findings
    has_term = False
    for raw_name, raw_value in element.items():
        name, value = str(raw_name), str(raw_value)
        if name == "term":
            has_term = True
            if not value.strip(SPACE):
                findings.add("value-empty", "category / @term", at=element)
        elif name == "scheme":
            if not values.is_iri(value):
                findings.add("atom-uri-invalid", "category / @scheme", value, element)
        elif name == "label" and (markup := markup_in(value)):
            findings.add("plain-text-html", "category / @label", markup, element)
        elif name != "label" and name not in _COMMON_ATTRIBUTES and not name.startswith("{"):
            findings.add("attribute-unknown", f"category / @{name}", at=element)
    if not has_term:
        findings.add("atom-category-term-missing", "category", at=element)


def _uri(node: _Node, element: etree._Element) -> None:
    _check_attributes(node, element)
    name = short_name(str(element.tag), ATOM)
    text = _trimmed(node.feed.findings, element, name)
    if rule := uri_rule(text, node.has_base):
        node.feed.findings.add(rule, name, text, element)


def _generator(node: _Node, element: etree._Element) -> None:
    findings = node.feed.findings
    text = (element.text or "").strip(SPACE)
    inner = next(element.iterchildren(etree.Element), None)
    if inner is not None:
        findings.add("atom-markup-unescaped", "generator", f"<{short_name(str(inner.tag), ATOM)}>", inner)
    elif not text:
        findings.add("value-empty", "generator", at=element)
    elif markup := markup_in(text):
        findings.add("plain-text-html", "generator", markup, element)
    uri = element.get("uri")
    if uri is not None and (rule := uri_rule(uri, node.has_base)):
        findings.add(rule, "generator / @uri", uri, element)


def _content(node: _Node, element: etree._Element) -> None:
    node.content = element
    check_content(node.feed.findings, element, node.has_base or (node.feed.has_base and _has_base(element)))


def _source(node: _Node, element: etree._Element) -> None:
    findings = node.feed.findings
    inner = _Node(node.feed, is_entry=False, has_base=node.has_base)
    path, findings.path = findings.path, f"{findings.path} / source"
    for child in element.iterchildren(etree.Element):
        tag = str(child.tag)
        if tag == f"{ATOM}entry":
            findings.add("atom-element-misplaced", "entry", at=child)
        else:
            _check_child(inner, child, tag)
    for name in ("id", "title", "updated"):
        if f"{ATOM}{name}" not in inner.seen:
            findings.add("atom-source-incomplete", name, at=element)
    findings.path = path


_CHECKS: dict[str, _Check] = {
    f"{ATOM}{name}": check
    for name, check in {
        "id": _id,
        "title": _title,
        "subtitle": _title,
        "rights": _title,
        "summary": _title,
        "updated": _date,
        "published": _date,
        "link": _link,
        "author": _person,
        "contributor": _person,
        "category": _category,
        "icon": _uri,
        "logo": _uri,
        "generator": _generator,
        "content": _content,
        "source": _source,
    }.items()
}
