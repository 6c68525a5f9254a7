"""RSS 2.0: the channel, its items, and what they say together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from ...model.findings import Notes
from . import values
from .extensions import check_extension, check_namespaces, check_whole
from .links import Links, check_head_links, check_link
from .markup import check_body, markup_in
from .namespaces import ATOM, CONTENT, DC, FH, XML, short_name
from .rss_channel import HEAD, MANY, check_head
from .values import SPACE
from .vocabularies import words

_DESCRIPTION_TWICE = f"{CONTENT}encoded"
_SAID_TWICE = {
    "author": f"{DC}creator",
    "pubDate": f"{DC}date",
    "guid": f"{ATOM}id",
    "title": f"{DC}title",
    "managingEditor": f"{DC}publisher",
    "language": f"{DC}language",
    "copyright": f"{DC}rights",
    "lastBuildDate": f"{ATOM}updated",
    "source": f"{DC}source",
}
_ITEM_ONCE = frozenset(words("title link description author comments guid pubDate source"))
_BASE = f"{XML}base"


@dataclass(slots=True)
class Channel:
    """What the items of a channel share while they are looked at."""

    notes: Notes
    based: bool
    guids: dict[str, int] = field(default_factory=dict)
    plain: bool = False
    """Whether any plain text holds an ampersand or a less-than sign."""


@dataclass(slots=True)
class _Item:
    """One item while it is looked at."""

    channel: Channel
    links: Links = field(default_factory=Links)
    seen: dict[str, int] = field(default_factory=dict)
    guid: str | None = None
    permalink: bool = False


_Check = Callable[[_Item, etree._Element, str], None]


def check_rss(notes: Notes, root: etree._Element, url: str | None, based: bool) -> bool:
    """Look at an RSS document.

    Args:
        notes: gets what is wrong.
        root: its root.
        url: where it is served, if that is known.
        based: whether an `xml:base` occurs anywhere in it.

    Returns:
        Whether plain text in it holds an ampersand or a less-than sign, however written.
    """
    check_namespaces(notes, root)
    version = root.get("version")
    if version is None:
        notes.say("rss-version-missing", "rss", at=root)
    elif version != "2.0":
        notes.say("feed-old-format", "rss / @version", f"RSS {version}", root)
    channels = root.findall("channel")
    for child in root.iterchildren(etree.Element):
        if child.tag != "channel":
            notes.say("rss-element-unknown", f"rss / {short_name(str(child.tag))}", at=child)
    if not channels:
        notes.say("rss-channel-missing", "rss", at=root)
        return False
    if len(channels) > 1:
        notes.say("rss-element-repeated", "rss / channel", at=channels[1])
    return _channel(notes, channels[0], url, based)


def _channel(notes: Notes, channel: etree._Element, url: str | None, based: bool) -> bool:
    notes.at = "channel"
    shared = Channel(notes, based)
    links = Links()
    seen: dict[str, int] = {}
    self_type: str | None = None
    number = 0
    if (channel.text or "").strip(SPACE):
        notes.say("text-astray", at=channel)
    for child in channel.iterchildren(etree.Element):
        tag = child.tag
        if tag == "item":
            number += 1
            notes.at = f"item {number}"
            _item(shared, child)
            notes.at = "channel"
            continue
        if number:
            notes.say("metadata-after-entries", short_name(tag), at=child)
        if (child.tail or "").strip(SPACE):
            notes.say("text-astray", at=child)
        if tag == f"{ATOM}link":
            check_link(notes, child, links, "atom:link", based)
            if child.get("rel") == "self":
                self_type = child.get("type")
        elif tag.startswith("{"):
            check_extension(notes, child, tag, seen, channel=True, based=based)
        else:
            count = seen.get(tag, 0)
            seen[tag] = count + 1
            if count and tag in HEAD and tag not in MANY:
                notes.say("rss-element-repeated", tag, at=child)
            text = (child.text or "").strip(SPACE)
            if "&" in text or "<" in text:
                shared.plain = True
            check_head(notes, channel, child, tag, text)
    for needed in ("title", "link", "description"):
        if needed not in seen:
            notes.say("rss-channel-incomplete", needed, at=channel)
    parts = frozenset(name for name in ("archive", "complete") if f"{FH}{name}" in seen)
    check_head_links(notes, links, "rss", url, parts, self_type)
    _said_twice(notes, seen, channel)
    check_whole(notes, channel, seen)
    return shared.plain


def _said_twice(notes: Notes, seen: dict[str, int], element: etree._Element) -> None:
    for name, other in _SAID_TWICE.items():
        if other in seen and name in seen:
            notes.say("rss-said-twice", name, f"{name} and {short_name(other)}", element)


def _item(shared: Channel, element: etree._Element) -> None:
    notes = shared.notes
    mark = notes.mark()
    item = _Item(shared)
    seen = item.seen
    based = shared.based
    if (element.text or "").strip(SPACE):
        notes.say("text-astray", at=element)
    for child in element.iterchildren(etree.Element):
        tag = child.tag
        check = _ITEM.get(tag)
        if check is not None:
            count = seen.get(tag, 0)
            seen[tag] = count + 1
            if count and tag in _ITEM_ONCE:
                notes.say("rss-element-repeated", tag, at=child)
            check(item, child, (child.text or "").strip(SPACE))
            if len(child):
                _children(notes, child)
        elif tag == f"{ATOM}link":
            check_link(notes, child, item.links, "atom:link", based, entry=True)
        elif tag.startswith("{"):
            check_extension(notes, child, tag, seen, channel=False, based=based)
        elif tag in HEAD:
            notes.say("rss-element-misplaced", tag, at=child)
        else:
            notes.say("rss-element-unknown", tag, at=child)
        if child.tail is not None and child.tail.strip(SPACE):
            notes.say("text-astray", at=child)
    _whole(item, element)
    if notes.mark() != mark:
        notes.identify(mark, item.guid, element)


def _children(notes: Notes, element: etree._Element) -> None:
    inner = next(element.iterchildren(etree.Element), None)
    if inner is not None:
        notes.say("rss-markup-unescaped", str(element.tag), f"<{short_name(str(inner.tag))}>", inner)


def _whole(item: _Item, element: etree._Element) -> None:
    """What the elements of an item say together."""
    seen, notes = item.seen, item.channel.notes
    if "title" not in seen:
        if "description" not in seen:
            notes.say("rss-item-empty", at=element)
        else:
            notes.say("rss-item-title-missing", at=element)
    if "guid" not in seen:
        notes.say("rss-guid-missing", at=element)
    if "link" not in seen and not item.permalink and "enclosure" not in seen:
        notes.say("rss-item-link-missing", at=element)
    if seen.get("enclosure", 0) > 1:
        notes.say("rss-enclosure-repeated", "enclosure", at=element)
    if _DESCRIPTION_TWICE in seen:
        names = list(seen)
        if "description" not in seen or names.index("description") > names.index(_DESCRIPTION_TWICE):
            notes.say("rss-description-order", "content:encoded", at=element)
    if len(seen) > 1:
        _said_twice(notes, seen, element)


def _plain(item: _Item, element: etree._Element, text: str) -> None:
    notes, tag = item.channel.notes, str(element.tag)
    if not text:
        if not len(element):
            notes.say("text-blank", tag, at=element)
    elif "&" in text or "<" in text:
        item.channel.plain = True
        if markup := markup_in(text):
            notes.say("plain-text-html", tag, markup, element)
    if tag != "category":
        _bare(item, element, text)
    else:
        unknown = [name for name in element.keys() if name != "domain" and not str(name).startswith("{")]  # noqa: SIM118
        if unknown:
            notes.say("attribute-unknown", f"category / @{unknown[0]!s}", at=element)


def _bare(item: _Item, element: etree._Element, _text: str) -> None:
    """No attributes but those of other namespaces."""
    for name in element.keys():  # noqa: SIM118 - an element is not a dict
        if not str(name).startswith("{"):
            item.channel.notes.say("attribute-unknown", f"{element.tag!s} / @{name!s}", at=element)


def _description(item: _Item, element: etree._Element, text: str) -> None:
    _bare(item, element, text)
    if text:
        check_body(item.channel.notes, text, "description", element, item.channel.based)


def _address(item: _Item, element: etree._Element, text: str) -> None:
    _bare(item, element, text)
    if not values.is_iri(text):
        item.channel.notes.say("rss-address-invalid", str(element.tag), text, element)


def _guid(item: _Item, element: etree._Element, text: str) -> None:
    notes = item.channel.notes
    permalink = element.get("isPermaLink", "true")
    if permalink not in ("true", "false"):
        notes.say("rss-guid-permalink", "guid / @isPermaLink", permalink, element)
    item.guid = text or None
    item.permalink = permalink != "false"
    if not text:
        notes.say("text-blank", "guid", at=element)
        return
    if item.permalink:
        if not values.is_web(text):
            notes.say("rss-guid-address", "guid", text, element)
    elif len(text) < 4 or (len(text) < 9 and text.isdigit()):
        notes.say("rss-guid-short", "guid", text, element)
    if text in item.channel.guids:
        notes.say("rss-guid-duplicate", "guid", text, element)
    item.channel.guids[text] = 1


def _date(item: _Item, element: etree._Element, text: str) -> None:
    rule = values.rfc822(text)
    if rule:
        item.channel.notes.say(rule, "pubDate", text, element)


def _author(item: _Item, element: etree._Element, text: str) -> None:
    rule = values.contact(text)
    if rule:
        item.channel.notes.say(rule, "author", text, element)


def _source(item: _Item, element: etree._Element, _text: str) -> None:
    address = element.get("url")
    if address is None:
        item.channel.notes.say("rss-attribute-missing", "source / @url", at=element)
    elif not values.is_iri(address):
        item.channel.notes.say("rss-address-invalid", "source / @url", address, element)


def _enclosure(item: _Item, element: etree._Element, _text: str) -> None:
    notes = item.channel.notes
    given = {str(name): str(value) for name, value in element.items()}
    for name in ("url", "length", "type"):
        if name not in given:
            notes.say("rss-attribute-missing", f"enclosure / @{name}", at=element)
    if "url" in given and not values.is_web(given["url"]):
        notes.say("rss-enclosure-address", "enclosure / @url", given["url"], element)
    if "length" in given and not values.is_count(given["length"]):
        notes.say("rss-enclosure-length", "enclosure / @length", given["length"], element)
    if "type" in given and (broken := values.media_type(given["type"])):
        notes.say(broken[0], "enclosure / @type", broken[1], element)
    for name in given:
        if name not in ("url", "length", "type") and not name.startswith("{"):
            notes.say("attribute-unknown", f"enclosure / @{name}", at=element)


_ITEM: dict[str, _Check] = {
    "title": _plain,
    "category": _plain,
    "description": _description,
    "link": _address,
    "comments": _address,
    "guid": _guid,
    "pubDate": _date,
    "author": _author,
    "source": _source,
    "enclosure": _enclosure,
}
ITEM = frozenset(_ITEM)
"""What an item may hold."""
