"""Atom 1.0 (RFC 4287): the feed, its entries, and what they say together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from ...model.findings import Notes
from . import values
from .atom_text import check_content, check_text, is_xml
from .extensions import check_extension, check_namespaces, check_whole
from .links import Links, check_head_links, check_link
from .namespaces import AT, ATOM, FH, XML, short_name
from .values import SPACE
from .vocabularies import words

_ONCE = frozenset(
    f"{ATOM}{name}"
    for name in words("id title updated generator icon logo rights subtitle published content source summary")
)
_FEED_ONLY = frozenset(f"{ATOM}{name}" for name in ("generator", "icon", "logo", "subtitle", "entry", "feed"))
_ENTRY_ONLY = frozenset(f"{ATOM}{name}" for name in ("content", "published", "source", "summary"))
_COMMON = frozenset((f"{XML}base", f"{XML}lang"))
_PERSON = frozenset(f"{ATOM}{name}" for name in ("name", "uri", "email"))


@dataclass(slots=True)
class _Feed:
    """What the entries of a feed share while they are looked at."""

    notes: Notes
    based: bool
    author: bool = False
    id: str | None = None
    updated: datetime | None = None
    ids: dict[str, datetime | None] = field(default_factory=dict)
    moments: dict[str, int] = field(default_factory=dict)
    newest: datetime | None = None


@dataclass(slots=True)
class _Node:
    """A feed, entry or source while it is looked at."""

    feed: _Feed
    entry: bool
    based: bool
    links: Links = field(default_factory=Links)
    seen: dict[str, int] = field(default_factory=dict)
    id: str | None = None
    updated: datetime | None = None
    updated_text: str = ""
    published: datetime | None = None
    content: etree._Element | None = None
    self_type: str | None = None


_Check = Callable[[_Node, etree._Element], None]


def check_atom(notes: Notes, root: etree._Element, url: str | None, based: bool) -> None:
    """Look at an Atom feed document or entry document.

    Args:
        notes: gets what is wrong.
        root: its root.
        url: where it is served, if that is known.
        based: whether an `xml:base` occurs anywhere in it.
    """
    check_namespaces(notes, root)
    feed = _Feed(notes, based)
    if root.tag == f"{ATOM}entry":
        notes.at = "entry 1"
        _entry(feed, root)
        return
    notes.at = "feed"
    head = _Node(feed, entry=False, based=based and _has_base(root))
    _lang(head, root)
    # Authors of the feed stand in for those of every entry, wherever they are.
    feed.author = root.find(f"{ATOM}author") is not None
    gone: dict[str, datetime | None] = {}
    number = 0
    if (root.text or "").strip(SPACE):
        notes.say("text-astray", at=root)
    for child in root.iterchildren(etree.Element):
        tag = child.tag
        if tag == f"{ATOM}entry":
            number += 1
            notes.at = f"entry {number}"
            _entry(feed, child)
            notes.at = "feed"
        else:
            if number and not tag.startswith(AT):
                notes.say("metadata-after-entries", short_name(tag, ATOM), at=child)
            if tag == f"{AT}deleted-entry":
                _tombstone(notes, child, gone)
            _child(head, child, tag)
        if child.tail is not None and child.tail.strip(SPACE):
            notes.say("text-astray", at=child)
    feed.id, feed.updated = head.id, head.updated
    _needed(head, root)
    parts = frozenset(name for name in ("archive", "complete") if f"{FH}{name}" in head.seen)
    check_head_links(notes, head.links, "atom", url, parts, head.self_type)
    check_whole(notes, root, head.seen)
    if head.id is not None and head.id in feed.ids:
        notes.say("atom-id-of-feed", "id", head.id, root)
    if head.updated and feed.newest and values.before(head.updated, feed.newest):
        notes.say("atom-updated-behind", "updated", head.updated_text, root)
    for ref, when in gone.items():
        if ref in feed.ids:
            that = feed.ids[ref]
            if when is None or that is None or not values.before(when, that):
                notes.say("tombstone-entry-there", "at:deleted-entry", ref, root)


def _tombstone(notes: Notes, element: etree._Element, gone: dict[str, datetime | None]) -> None:
    ref = element.get("ref")
    if ref is None:
        return
    if ref in gone:
        notes.say("tombstone-repeated", "at:deleted-entry", ref, element)
    gone[ref] = values.moment(element.get("when") or "")


def _has_base(element: etree._Element | None) -> bool:
    while element is not None:
        if element.get(f"{XML}base") is not None:
            return True
        element = element.getparent()
    return False


def _lang(node: _Node, element: etree._Element) -> None:
    name = short_name(str(element.tag), ATOM)
    for raw, given in element.items():
        key, value = str(raw), str(given)
        if key == f"{XML}lang":
            if value and (rule := values.language(value)):
                node.feed.notes.say(rule, f"{name} / @xml:lang", value, element)
        elif key == f"{XML}base":
            if not values.is_reference(value):
                node.feed.notes.say("atom-base-invalid", f"{name} / @xml:base", value, element)
        elif not key.startswith("{"):
            node.feed.notes.say("attribute-unknown", f"{name} / @{key}", at=element)


def _child(node: _Node, element: etree._Element, tag: str) -> None:
    """An element right below a feed, an entry or a source."""
    notes, seen = node.feed.notes, node.seen
    check = _CHECKS.get(tag)
    if check is not None:
        count = seen.get(tag, 0)
        seen[tag] = count + 1
        if count and tag in _ONCE:
            notes.say("atom-element-repeated", short_name(tag, ATOM), at=element)
        if tag in (_FEED_ONLY if node.entry else _ENTRY_ONLY):
            notes.say("atom-element-misplaced", short_name(tag, ATOM), at=element)
            return
        check(node, element)
    elif tag.startswith(ATOM):
        rule = "atom-element-misplaced" if tag in _PERSON or tag in _FEED_ONLY else "atom-element-unknown"
        notes.say(rule, short_name(tag, ATOM), at=element)
    elif tag.startswith("{"):
        check_extension(notes, element, tag, seen, channel=not node.entry, based=node.based)
    else:
        notes.say("atom-element-unknown", tag, "no namespace", element)


def _entry(feed: _Feed, element: etree._Element) -> None:
    notes = feed.notes
    mark = notes.mark()
    node = _Node(feed, entry=True, based=feed.based and _has_base(element))
    if element.attrib:
        _lang(node, element)
    if (element.text or "").strip(SPACE):
        notes.say("text-astray", at=element)
    for child in element.iterchildren(etree.Element):
        _child(node, child, child.tag)
        if child.tail is not None and child.tail.strip(SPACE):
            notes.say("text-astray", at=child)
    _entry_whole(node, element)
    if notes.mark() != mark:
        notes.identify(mark, node.id, element)


def _needed(node: _Node, element: etree._Element) -> None:
    for name in ("id", "title", "updated"):
        if f"{ATOM}{name}" not in node.seen:
            node.feed.notes.say("atom-element-missing", name, at=element)


def _entry_whole(node: _Node, element: etree._Element) -> None:
    """What the elements of an entry say together."""
    feed, notes, seen = node.feed, node.feed.notes, node.seen
    _needed(node, element)
    if not feed.author and f"{ATOM}author" not in seen:
        source = element.find(f"{ATOM}source/{ATOM}author") if f"{ATOM}source" in seen else None
        if source is None:
            notes.say("atom-author-missing", at=element)
    if node.content is None and not node.links.alternate:
        notes.say("atom-content-or-link", at=element)
    if node.content is not None and f"{ATOM}summary" not in seen:
        kind = node.content.get("type") or "text"
        binary = "/" in kind and not kind.startswith("text/") and not is_xml(kind)
        if node.content.get("src") is not None or binary:
            notes.say("atom-summary-missing", at=element)
    if node.id is not None:
        if node.id in feed.ids:
            notes.say("atom-id-duplicate", "id", node.id, element)
        feed.ids[node.id] = node.updated
    if node.updated is not None:
        if feed.newest is None or values.before(feed.newest, node.updated):
            feed.newest = node.updated
        if node.updated_text in feed.moments:
            notes.say("atom-updated-tie", "updated", node.updated_text, element)
        feed.moments[node.updated_text] = 1
        if node.published is not None and values.before(node.updated, node.published):
            notes.say("atom-published-after-updated", "published", at=element)


def _id(node: _Node, element: etree._Element) -> None:
    if element.attrib:
        _lang(node, element)
    text = (element.text or "").strip(SPACE)
    node.id = text or None
    notes = node.feed.notes
    if not values.is_iri(text):
        notes.say("atom-id-invalid", "id", text, element)
    elif not values.canonical(text):
        notes.say("atom-id-canonical", "id", text, element)


def _title(node: _Node, element: etree._Element) -> None:
    name = short_name(str(element.tag), ATOM)
    check_text(node.feed.notes, element, name, node.based or (node.feed.based and _has_base(element)))


def _date(node: _Node, element: etree._Element) -> None:
    if element.attrib:
        _lang(node, element)
    text = (element.text or "").strip(SPACE)
    that = values.moment(text)
    name = str(element.tag)[len(ATOM) :]
    if that is None or not 1970 <= that.year <= 2100:
        rule = values.rfc3339(text)
        if rule:
            node.feed.notes.say(rule, name, text, element)
    if name == "updated":
        node.updated, node.updated_text = that, text
    else:
        node.published = that


def _link(node: _Node, element: etree._Element) -> None:
    based = node.based or (node.feed.based and _has_base(element))
    check_link(node.feed.notes, element, node.links, "link", based, node.entry)
    if element.get("rel") == "self":
        node.self_type = element.get("type")


def _person(node: _Node, element: etree._Element) -> None:
    notes, path = node.feed.notes, short_name(str(element.tag), ATOM)
    if element.attrib:
        _lang(node, element)
    found: set[str] = set()
    for child in element.iterchildren(etree.Element):
        tag = str(child.tag)
        if not tag.startswith(ATOM):
            continue
        name, text = tag[len(ATOM) :], (child.text or "").strip(SPACE)
        if tag not in _PERSON:
            notes.say("atom-element-unknown", f"{path} / {name}", at=child)
        elif name in found:
            notes.say("atom-element-repeated", f"{path} / {name}", at=child)
        elif name == "name" and not text:
            notes.say("text-blank", f"{path} / name", at=child)
        elif name == "uri" and not values.is_iri(text):
            notes.say("atom-address-invalid", f"{path} / uri", text, child)
        elif name == "email" and not values.is_mail(text):
            notes.say("mail-invalid", f"{path} / email", text, child)
        found.add(name)
    if "name" not in found:
        notes.say("atom-person-name", path, at=element)


def _category(node: _Node, element: etree._Element) -> None:
    notes = node.feed.notes
    term = False
    for raw, given in element.items():
        name, value = str(raw), str(given)
        if name == "term":
            term = bool(value.strip(SPACE))
        elif name == "scheme":
            if not values.is_iri(value):
                notes.say("atom-address-invalid", "category / @scheme", value, element)
        elif name != "label" and name not in _COMMON and not name.startswith("{"):
            notes.say("attribute-unknown", f"category / @{name}", at=element)
    if not term:
        notes.say("atom-category-term", "category", at=element)


def _address(node: _Node, element: etree._Element) -> None:
    _lang(node, element)
    name, text = short_name(str(element.tag), ATOM), (element.text or "").strip(SPACE)
    if not values.is_iri(text) and not (node.based and values.is_reference(text) and text):
        node.feed.notes.say("atom-address-invalid", name, text, element)


def _generator(node: _Node, element: etree._Element) -> None:
    notes = node.feed.notes
    if not (element.text or "").strip(SPACE):
        notes.say("text-blank", "generator", at=element)
    uri = element.get("uri")
    if uri is not None and not values.is_iri(uri):
        notes.say("atom-address-invalid", "generator / @uri", uri, element)


def _content(node: _Node, element: etree._Element) -> None:
    node.content = element
    check_content(node.feed.notes, element, node.based or (node.feed.based and _has_base(element)))


def _source(node: _Node, element: etree._Element) -> None:
    notes = node.feed.notes
    inner = _Node(node.feed, entry=False, based=node.based)
    above, notes.at = notes.at, f"{notes.at} / source"
    for child in element.iterchildren(etree.Element):
        tag = str(child.tag)
        if tag == f"{ATOM}entry":
            notes.say("atom-element-misplaced", "entry", at=child)
        else:
            _child(inner, child, tag)
    for name in ("id", "title", "updated"):
        if f"{ATOM}{name}" not in inner.seen:
            notes.say("atom-source-incomplete", name, at=element)
    notes.at = above


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
        "icon": _address,
        "logo": _address,
        "generator": _generator,
        "content": _content,
        "source": _source,
    }.items()
}
