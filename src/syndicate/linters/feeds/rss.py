"""RSS 2.0: the channel and its items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from ...model.findings import FindingCollector
from . import value_syntax as values
from .extension_checks import LIVE_ITEMS, check_extension, check_namespaces, check_together
from .links import Links, check_feed_links, check_link
from .markup import check_body, check_element, markup_in
from .namespaces import ATOM, CONTENT, DC, DCTERMS, FH, XHTML, short_name
from .rss_channel import CHANNEL_ELEMENTS, REPEATABLE, check_channel_element
from .value_syntax import SPACE
from .vocabularies import words

RSS_VERSIONS = frozenset(("0.90", "0.91", "0.92", "0.93", "0.94", "2.0"))
"""The values of the version attribute."""

_ENCODED = f"{CONTENT}encoded"
_ACCESS_RESTRICTION = "{http://www.bloglines.com/about/specs/fac-1.0}restriction"
_CREATIVE_COMMONS = "{http://backend.userland.com/creativeCommonsRssModule}license"
_SAME_MEANING = (
    ("author", f"{DC}creator"),
    ("category", f"{DC}subject"),
    ("copyright", f"{DC}rights"),
    ("generator", "{http://webns.net/mvcb/}generatorAgent"),
    ("guid", f"{ATOM}id"),
    ("language", f"{DC}language"),
    ("lastBuildDate", f"{ATOM}updated"),
    ("lastBuildDate", f"{DCTERMS}modified"),
    ("managingEditor", f"{DC}creator"),
    ("pubDate", f"{ATOM}published"),
    ("pubDate", f"{DC}date"),
    ("source", f"{DC}source"),
    ("title", f"{DC}title"),
    ("webMaster", f"{DC}publisher"),
    (_CREATIVE_COMMONS, "{http://creativecommons.org/ns#}license"),
    (_CREATIVE_COMMONS, "{http://web.resource.org/cc/}license"),
)
_ITEM_ONCE = frozenset(words("title link description author comments guid pubDate source"))


@dataclass(slots=True)
class Channel:
    """The state of the check of a channel and its items."""

    findings: FindingCollector
    has_base: bool
    is_old: bool = False
    """Whether the version is one before 2.0, which has neither guid nor namespaces."""
    guids: set[str] = field(default_factory=set)
    has_escapes: bool = False
    """Whether any plain text contains an ampersand or a less-than sign."""


@dataclass(slots=True)
class _Item:
    """The state of the check of an item."""

    channel: Channel
    links: Links = field(default_factory=Links)
    seen: dict[str, int] = field(default_factory=dict)
    guid: str | None = None
    permalink: bool = False


_Check = Callable[[_Item, etree._Element, str], None]


def check_rss(findings: FindingCollector, root: etree._Element, url: str | None, has_base: bool) -> bool:
    """Check an RSS document.

    Args:
        findings: receives the findings.
        root: the root of the document.
        url: where it is served; None if unknown.
        has_base: whether the document contains an `xml:base`.

    Returns:
        Whether plain text contains an ampersand or a less-than sign.
    """
    check_namespaces(findings, root)
    version = root.get("version")
    if version is None:
        findings.add("rss-version-missing", "rss", at=root)
    elif version not in RSS_VERSIONS:
        findings.add("rss-version-unknown", "rss / @version", version, root)
    elif version != "2.0":
        findings.add("feed-obsolete-format", "rss / @version", f"RSS {version}", root)
    channels = root.findall("channel")
    for child in root.iterchildren(etree.Element):
        if child.tag == _ACCESS_RESTRICTION:
            check_extension(findings, child, _ACCESS_RESTRICTION, {}, channel=True)
        elif child.tag != "channel":
            findings.add("rss-element-unknown", f"rss / {short_name(str(child.tag))}", at=child)
    if not channels:
        findings.add("rss-channel-missing", "rss", at=root)
        return False
    if len(channels) > 1:
        findings.add("rss-element-repeated", "rss / channel", at=channels[1])
    return _check_channel(findings, channels[0], url, has_base, version or "2.0")


def _check_channel(
    findings: FindingCollector, channel: etree._Element, url: str | None, has_base: bool, version: str
) -> bool:
    findings.path = "channel"
    state = Channel(findings, has_base, is_old=version.startswith("0."))
    links = Links()
    seen: dict[str, int] = {}
    self_type: str | None = None
    number = 0
    has_items = False
    if (channel.text or "").strip(SPACE):
        findings.add("xml-unexpected-text", at=channel)
    for child in channel.iterchildren(etree.Element):
        tag = child.tag
        if tag == "item" or tag in LIVE_ITEMS:
            number += 1
            findings.path = f"item {number}"
            if tag != "item":
                check_extension(findings, child, tag, {}, channel=True, has_base=has_base)
            _check_item(state, child)
            findings.path = "channel"
            has_items |= tag == "item"
            continue
        if has_items:
            findings.add("metadata-after-entries", short_name(tag), at=child)
        if (child.tail or "").strip(SPACE):
            findings.add("xml-unexpected-text", at=child)
        if tag == f"{ATOM}link":
            check_link(findings, child, links, "atom:link", has_base)
            if child.get("rel") == "self":
                self_type = child.get("type")
        elif tag.startswith("{"):
            check_extension(findings, child, tag, seen, channel=True, has_base=has_base)
        else:
            count = seen.get(tag, 0)
            seen[tag] = count + 1
            if count and tag in CHANNEL_ELEMENTS and tag not in REPEATABLE:
                findings.add("rss-element-repeated", tag, at=child)
            text = (child.text or "").strip(SPACE)
            if "&" in text or "<" in text:
                state.has_escapes = True
            check_channel_element(findings, channel, child, tag, text)
    for required in ("title", "link", "description"):
        if required not in seen:
            findings.add("rss-channel-incomplete", required, at=channel)
    marks = frozenset(name for name in ("archive", "complete") if f"{FH}{name}" in seen)
    if not state.is_old or links.addresses:
        check_feed_links(findings, links, "rss", url, marks, self_type)
    _check_same_meaning(findings, seen, channel)
    check_together(findings, channel, seen)
    return state.has_escapes


def _check_same_meaning(findings: FindingCollector, seen: dict[str, int], element: etree._Element) -> None:
    for name, other in _SAME_MEANING:
        if other in seen and name in seen:
            known = short_name(name)
            findings.add("rss-duplicate-semantics", known, f"{known} and {short_name(other)}", element)


def _check_item(state: Channel, element: etree._Element) -> None:
    findings = state.findings
    start = len(findings)
    item = _Item(state)
    seen = item.seen
    has_base = state.has_base
    if (element.text or "").strip(SPACE):
        findings.add("xml-unexpected-text", at=element)
    for child in element.iterchildren(etree.Element):
        tag = child.tag
        check = _ITEM.get(tag)
        if check is not None:
            count = seen.get(tag, 0)
            seen[tag] = count + 1
            if count and tag in _ITEM_ONCE:
                findings.add("rss-element-repeated", tag, at=child)
            check(item, child, (child.text or "").strip(SPACE))
            if len(child):
                _check_children(findings, child)
        elif tag == f"{ATOM}link":
            check_link(findings, child, item.links, "atom:link", has_base, entry=True)
        elif tag.startswith("{"):
            if tag.startswith(XHTML):
                for each in child.iter(etree.Element):
                    check_element(findings, each, short_name(tag), each, has_base)
            check_extension(findings, child, tag, seen, channel=False, has_base=has_base)
        elif tag in CHANNEL_ELEMENTS:
            findings.add("rss-element-misplaced", tag, at=child)
        else:
            findings.add("rss-element-unknown", tag, at=child)
        if child.tail is not None and child.tail.strip(SPACE):
            findings.add("xml-unexpected-text", at=child)
    _check_together(item, element)
    if len(findings) != start:
        findings.set_entry(start, item.guid, element)


def _check_children(findings: FindingCollector, element: etree._Element) -> None:
    inner = next(element.iterchildren(etree.Element), None)
    if inner is not None:
        findings.add("rss-markup-unescaped", str(element.tag), f"<{short_name(str(inner.tag))}>", inner)


def _check_together(item: _Item, element: etree._Element) -> None:
    """Check the elements of an item together."""
    seen, findings = item.seen, item.channel.findings
    if "title" not in seen and "description" not in seen:
        findings.add("rss-item-empty", at=element)
    if "guid" not in seen and not item.channel.is_old:
        findings.add("rss-guid-missing", at=element)
    if "link" not in seen and not item.permalink and "enclosure" not in seen:
        findings.add("rss-item-link-missing", at=element)
    if seen.get("enclosure", 0) > 1:
        findings.add("rss-enclosure-repeated", "enclosure", at=element)
    if _ENCODED in seen:
        names = list(seen)
        if "description" not in seen or names.index("description") > names.index(_ENCODED):
            findings.add("rss-description-order", "content:encoded", at=element)
    if len(seen) > 1:
        _check_same_meaning(findings, seen, element)


def _plain_text(item: _Item, element: etree._Element, text: str) -> None:
    findings, tag = item.channel.findings, str(element.tag)
    if not text:
        if not len(element):
            findings.add("value-empty", tag, at=element)
    elif "&" in text or "<" in text:
        item.channel.has_escapes = True
        if markup := markup_in(text):
            findings.add("plain-text-html", tag, markup, element)
    if tag != "category":
        _check_attributes(item, element, text)
    else:
        unknown = [name for name in element.keys() if name != "domain" and not str(name).startswith("{")]  # noqa: SIM118
        if unknown:
            findings.add("attribute-unknown", f"category / @{unknown[0]!s}", at=element)


def _check_attributes(item: _Item, element: etree._Element, _text: str) -> None:
    """Report attributes without a namespace: the element has none."""
    for name in element.keys():  # noqa: SIM118 - an element is not a dict
        if not str(name).startswith("{"):
            item.channel.findings.add("attribute-unknown", f"{element.tag!s} / @{name!s}", at=element)


def _description(item: _Item, element: etree._Element, text: str) -> None:
    _check_attributes(item, element, text)
    if text:
        check_body(item.channel.findings, text, "description", element, item.channel.has_base)


def _url(item: _Item, element: etree._Element, text: str) -> None:
    _check_attributes(item, element, text)
    if not values.is_iri(text):
        item.channel.findings.add("rss-url-invalid", str(element.tag), text, element)
    elif not text.isascii():
        item.channel.findings.add("rss-url-not-ascii", str(element.tag), text, element)


def _guid(item: _Item, element: etree._Element, text: str) -> None:
    findings = item.channel.findings
    for name in element.keys():  # noqa: SIM118 - an element is not a dict
        if name != "isPermaLink" and not str(name).startswith("{"):
            rule = "attribute-case" if str(name).lower() == "ispermalink" else "attribute-unknown"
            findings.add(rule, f"guid / @{name!s}", at=element)
    permalink = element.get("isPermaLink", "true")
    if permalink not in ("true", "false"):
        findings.add("rss-guid-ispermalink-invalid", "guid / @isPermaLink", permalink, element)
    item.guid = text or None
    item.permalink = permalink != "false"
    if not text:
        findings.add("rss-guid-empty" if item.permalink else "value-empty", "guid", at=element)
        return
    if item.permalink:
        if not values.is_http_url(text):
            findings.add("rss-guid-not-permalink", "guid", text, element)
    elif len(text) < 4 or (len(text) < 9 and text.isdigit()):
        findings.add("rss-guid-short", "guid", text, element)
    if text in item.channel.guids:
        findings.add("rss-guid-duplicate", "guid", text, element)
    item.channel.guids.add(text)


def _date(item: _Item, element: etree._Element, text: str) -> None:
    rule = values.rfc822(text)
    if rule:
        item.channel.findings.add(rule, "pubDate", text, element)


def _author(item: _Item, element: etree._Element, text: str) -> None:
    rule = values.rss_person(text)
    if rule:
        item.channel.findings.add(rule, "author", text, element)


def _source(item: _Item, element: etree._Element, _text: str) -> None:
    address = element.get("url")
    if address is None:
        item.channel.findings.add("rss-attribute-missing", "source / @url", at=element)
    elif not values.is_iri(address):
        item.channel.findings.add("rss-url-invalid", "source / @url", address, element)


def _enclosure(item: _Item, element: etree._Element, _text: str) -> None:
    findings = item.channel.findings
    attributes = {str(name): str(value) for name, value in element.items()}
    for name in ("url", "length", "type"):
        if name not in attributes:
            findings.add("rss-attribute-missing", f"enclosure / @{name}", at=element)
    if "url" in attributes and not values.is_http_url(attributes["url"]):
        findings.add("rss-enclosure-url-invalid", "enclosure / @url", attributes["url"], element)
    if "length" in attributes and not values.is_count(attributes["length"]):
        findings.add("rss-enclosure-length-invalid", "enclosure / @length", attributes["length"], element)
    if "type" in attributes and (violation := values.media_type(attributes["type"])):
        findings.add(violation[0], "enclosure / @type", violation[1], element)
    for name in attributes:
        if name not in ("url", "length", "type") and not name.startswith("{"):
            findings.add("attribute-unknown", f"enclosure / @{name}", at=element)


_ITEM: dict[str, _Check] = {
    "title": _plain_text,
    "category": _plain_text,
    "description": _description,
    "link": _url,
    "comments": _url,
    "guid": _guid,
    "pubDate": _date,
    "author": _author,
    "source": _source,
    "enclosure": _enclosure,
}
