"""Elements of extensions, in RSS and Atom alike."""

from __future__ import annotations

from lxml import etree

from ...model.findings import Notes
from .element_specs import Spec, element_specs
from .markup import check_body, markup_in
from .namespaces import (
    CONTENT,
    FH,
    ITUNES,
    MEDIA,
    has_other_namespace,
    intended_namespace,
    short_name,
)
from .values import SPACE, is_iri
from .vocabularies import ITUNES_CATEGORIES

_ENCODED = f"{CONTENT}encoded"
_RDF_RESOURCE = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource"
_OBSOLETE = frozenset(f"{ITUNES}{name}" for name in ("keywords", "order", "subtitle", "summary"))
# Plain text, in which Apple shows tags as they stand.
_PLAIN = frozenset(f"{ITUNES}{name}" for name in ("author", "title", "subtitle", "name"))


def check_extension(
    notes: Notes, element: etree._Element, tag: str, seen: dict[str, int], channel: bool, based: bool = False
) -> None:
    """Look at an element of another namespace right below a channel, feed, item or entry.

    Args:
        notes: gets what is wrong.
        element: the element.
        tag: its name as lxml has it.
        seen: how often each has been seen below the same parent.
        channel: whether the parent is the channel or feed, and not an item or entry.
        based: whether an `xml:base` is in force.
    """
    known = element_specs()
    spec = known.specs.get(tag)
    if spec is None:
        if tag[: tag.find("}") + 1] in known.namespaces:
            notes.say("extension-unknown", short_name(tag), at=element)
        return
    if not (spec.channel if channel else spec.item):
        notes.say("extension-misplaced", spec.name, at=element)
    _check(notes, element, tag, spec, seen, spec.name, based)


def _check(
    notes: Notes, element: etree._Element, tag: str, spec: Spec, seen: dict[str, int], path: str, based: bool
) -> None:
    count = seen.get(tag, 0)
    seen[tag] = count + 1
    if count and spec.once:
        notes.say("extension-repeated", path, at=element)
    if spec.text is not None:
        text = (element.text or "").strip(SPACE)
        broken = spec.text(text)
        if broken:
            notes.say(broken[0], path, broken[1], element)
        elif tag in _PLAIN and (markup := markup_in(text)):
            notes.say("plain-text-html", path, markup, element)
    if spec.attributes:
        for name in spec.required:
            if element.get(name) is None:
                notes.say("extension-attribute-missing", f"{path} / @{name}", at=element)
        for raw, given in element.items():
            name, value = str(raw), str(given)
            check = spec.attributes.get(name)
            if check is not None:
                broken = check(value)
                if broken:
                    notes.say(broken[0], f"{path} / @{name}", broken[1], element)
            elif not name.startswith("{"):
                notes.say("extension-attribute-unknown", f"{path} / @{name}", at=element)
    _special(notes, element, tag, path, based)
    if len(element):
        _children(notes, element, tag, path, based)


def _children(notes: Notes, element: etree._Element, tag: str, path: str, based: bool) -> None:
    space, _, parent = tag.rpartition("}")
    below: dict[str, int] = {}
    for child in element.iterchildren(etree.Element):
        name = child.tag
        if not name.startswith(space + "}"):
            continue
        spec = element_specs().specs.get(name)
        where = f"{path} / {short_name(name)}"
        if spec is None:
            notes.say("extension-unknown", where, at=child)
            continue
        if parent not in spec.inside and not (parent == "liveItem" and spec.item):
            notes.say("extension-misplaced", where, at=child)
        _check(notes, child, name, spec, below, where, based)


def _special(notes: Notes, element: etree._Element, tag: str, path: str, based: bool) -> None:
    if tag == _ENCODED:
        check_body(notes, element.text or "", path, element, based)
    elif tag in _OBSOLETE:
        notes.say("itunes-obsolete", path, at=element)
    elif tag == f"{ITUNES}category":
        _category(notes, element, path)
    elif tag == f"{ITUNES}owner":
        if element.find(f"{ITUNES}email") is None:
            notes.say("extension-child-missing", path, "itunes:email", element)
    elif tag == f"{MEDIA}content":
        if element.get("url") is None and element.find(f"{MEDIA}player") is None:
            notes.say("media-content-address", path, at=element)
    elif tag == f"{MEDIA}group":
        several = [
            each for each in element.iterchildren(f"{MEDIA}content") if each.get("isDefault") == "true"
        ]
        if len(several) > 1:
            notes.say("media-default-repeated", path, at=element)
    elif tag.endswith("}license") and tag[1:].startswith(("http://creativecommons", "http://web.resource")):
        address = element.get(_RDF_RESOURCE) or element.get("resource") or (element.text or "").strip(SPACE)
        if not is_iri(address):
            notes.say("extension-address", path, address, element)
    elif (
        tag.endswith("}alternateEnclosure")
        and element.find(f"{{{tag[1:].rpartition('}')[0]}}}source") is None
    ):
        notes.say("extension-child-missing", path, "podcast:source", element)


def _category(notes: Notes, element: etree._Element, path: str) -> None:
    name = element.get("text")
    if name is None:
        return  # said already
    parent = element.getparent()
    above = parent.get("text") if parent is not None and parent.tag == element.tag else None
    known = (
        name in ITUNES_CATEGORIES
        if above is None
        else name in ITUNES_CATEGORIES.get(above, frozenset((name,)))
    )
    if not known:
        notes.say(
            "itunes-category",
            f"{path} / @text",
            name if above is None else f"{above} / {name}",
            element,
        )


def check_whole(notes: Notes, head: etree._Element, seen: dict[str, int]) -> None:
    """Look at what the extensions of a channel or feed say together.

    Args:
        notes: gets what is wrong.
        head: the channel or feed.
        seen: what it holds, by name.
    """
    if any(name.startswith(ITUNES) for name in seen):
        for needed in ("image", "category", "explicit"):
            if f"{ITUNES}{needed}" not in seen:
                notes.say("itunes-incomplete", "", f"no itunes:{needed}", head)
    if f"{FH}archive" in seen and f"{FH}complete" in seen:
        notes.say("history-archive-and-complete", "fh:complete", at=head)


def check_namespaces(notes: Notes, root: etree._Element) -> None:
    """Look at the namespaces that the root declares."""
    for prefix, uri in root.nsmap.items():
        if real := intended_namespace(uri):
            notes.say(
                "xml-namespace-misspelt",
                f"xmlns:{prefix}" if prefix else "xmlns",
                f"{uri}, meant is {real}",
                1,
            )
        elif has_other_namespace(prefix, uri):
            notes.say("xml-prefix-taken", f"xmlns:{prefix}", uri, root)
