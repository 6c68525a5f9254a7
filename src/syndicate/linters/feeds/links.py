"""Links as Atom has them, in Atom and in RSS."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from ...model.findings import FindingCollector
from . import values
from .namespaces import THR
from .vocabularies import RELATIONS, words

_PAGED = frozenset(words("first last next previous prev prev-archive next-archive current"))
_RELATION = re.compile(r"[A-Za-z][A-Za-z0-9.\-]*")
_IANA = "http://www.iana.org/assignments/relation/"
_ATTRIBUTES = frozenset(["href", "rel", "type", "hreflang", "title", "length"])
FEED_TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml"}


@dataclass(slots=True)
class Links:
    """The links of one parent, as they are seen."""

    seen: set[tuple[str, str, str, str]] = field(default_factory=set)
    addresses: dict[str, str] = field(default_factory=dict)
    alternate: bool = False


def check_link(
    findings: FindingCollector,
    element: etree._Element,
    links: Links,
    path: str,
    based: bool = False,
    entry: bool = False,
) -> None:
    """Look at one link.

    Args:
        findings: gets what is wrong.
        element: the `atom:link`.
        links: what its parent has had; the link is added.
        path: how to name it.
        based: whether an `xml:base` is in force.
        entry: whether it belongs to an entry or item.
    """
    href = element.get("href")
    if href is None:
        findings.add("link-href-missing", path, at=element)
        return
    rel = element.get("rel") or "alternate"
    if rel == "alternate":
        links.alternate = True
    else:
        rel = rel.removeprefix(_IANA)
    where = path if rel == "alternate" else f"{path} rel={rel}"
    if not values.is_iri(href) and (rel == "self" or not based or not values.is_reference(href)):
        findings.add("link-href-invalid", where, href, element)
    if element.get("rel") is not None and rel not in RELATIONS:
        if not values.is_iri(rel) and not _RELATION.fullmatch(rel):
            findings.add("link-relation-invalid", where, rel, element)
        elif not values.is_iri(rel):
            findings.add("link-relation-unregistered", where, rel, element)
    media = element.get("type")
    if media is not None and (broken := values.media_type(media)):
        findings.add(broken[0], f"{where} / @type", broken[1], element)
    hreflang = element.get("hreflang")
    if hreflang is not None and (rule := values.language(hreflang)):
        findings.add(rule, f"{where} / @hreflang", hreflang, element)
    length = element.get("length")
    if length is not None and not values.is_count(length):
        findings.add("link-length-invalid", where, length, element)
    if rel == "enclosure" and media is None:
        findings.add("link-enclosure-type-missing", where, at=element)
    _repeated(findings, links, (rel, media or "", hreflang or "", href), where, element)
    links.addresses.setdefault(rel, href)
    if entry and rel in _PAGED and rel != "current":
        findings.add("history-link-in-entry", where, at=element)
    _attributes(findings, element, where)


def _repeated(
    findings: FindingCollector,
    links: Links,
    link: tuple[str, str, str, str],
    where: str,
    element: etree._Element,
) -> None:
    rel, media, hreflang, href = link
    if rel == "alternate":
        key, rule = (rel, media, hreflang, ""), "link-alternate-repeated"
    elif rel == "self":
        key, rule = (rel, "", "", ""), "self-link-repeated"
    elif rel in _PAGED:
        key, rule = (rel, media, hreflang, ""), "history-link-repeated"
    elif rel in ("license", "enclosure"):
        key, rule = (rel, media, hreflang, href), "link-repeated"
    else:
        return
    if key in links.seen:
        findings.add(rule, where, href, element)
    links.seen.add(key)


def _attributes(findings: FindingCollector, element: etree._Element, where: str) -> None:
    for raw, given in element.items():
        name, value = str(raw), str(given)
        if name in _ATTRIBUTES:
            continue
        if name.startswith("{"):
            if name == f"{THR}count" and not values.is_count(value):
                findings.add("thread-count-invalid", where, value, element)
            elif name in (f"{THR}when", f"{THR}updated") and (rule := values.rfc3339(value)):
                findings.add(rule, f"{where} / @thr:{name.rpartition('}')[2]}", value, element)
        else:
            findings.add("attribute-unknown", f"{where} / @{name}", at=element)


def check_head_links(
    findings: FindingCollector,
    links: Links,
    kind: str,
    url: str | None,
    parts: frozenset[str],
    self_type: str | None,
) -> None:
    """Look at what the links of a channel or feed say together.

    Args:
        findings: gets what is wrong.
        links: all of them.
        kind: `rss` or `atom`.
        url: where the document is served, if that is known.
        parts: `archive` or `complete`, as the document says of itself (RFC 5005).
        self_type: the media type on the self link.
    """
    own = links.addresses.get("self")
    if own is None:
        findings.add("self-link-missing")
    elif url is not None and own != url:
        findings.add("self-link-mismatch", "atom:link rel=self", f"{own}, served at {url}")
    if own is not None and self_type is not None and self_type.partition(";")[0].strip() != FEED_TYPES[kind]:
        findings.add("self-link-type", "atom:link rel=self", self_type)
    if "archive" in parts and "current" not in links.addresses:
        findings.add("history-archive-current-missing")
    if "complete" in parts and (paged := sorted(_PAGED & links.addresses.keys() - {"current"})):
        findings.add("history-complete-paged", "", ", ".join(paged))
    following = links.addresses.get("next")
    if following is not None and following in (own, links.addresses.get("first")):
        findings.add("history-next-loop", "", following)
    elif following is not None and own is not None and own == links.addresses.get("last"):
        findings.add("history-next-on-last", "", following)
