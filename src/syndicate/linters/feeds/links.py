"""Links of Atom, in Atom and RSS."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from ...model import MEDIA_TYPES, Format
from ...model.findings import FindingCollector
from . import value_syntax as values
from .markup import markup_in
from .namespaces import THR
from .value_syntax import SPACE
from .vocabularies import RELATIONS, words

_PAGING_RELATIONS = frozenset(words("first last next previous prev prev-archive next-archive current"))
_RELATION_NAME = re.compile(r"[A-Za-z][A-Za-z0-9.\-]*")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_IANA_PREFIX = "http://www.iana.org/assignments/relation/"
_ATTRIBUTES = frozenset(["href", "rel", "type", "hreflang", "title", "length"])


@dataclass(slots=True)
class Links:
    """The links of one parent that have been checked.

    Attributes:
        seen: what must be unique: relation, media type, language, address.
        addresses: relation to the first address.
        alternate: whether there is an alternate link.
    """

    seen: set[tuple[str, str, str, str]] = field(default_factory=set)
    addresses: dict[str, str] = field(default_factory=dict)
    alternate: bool = False


def check_link(
    findings: FindingCollector,
    element: etree._Element,
    links: Links,
    path: str,
    has_base: bool = False,
    entry: bool = False,
) -> None:
    """Check a link.

    Args:
        findings: receives the findings.
        element: the `atom:link`.
        links: the links of its parent; the link is added.
        path: the name of the link in paths.
        has_base: whether an `xml:base` applies.
        entry: whether the parent is an entry or item.
    """
    href = element.get("href")
    if href is None:
        findings.add("link-href-missing", path, at=element)
    rel = element.get("rel") or "alternate"
    if rel == "alternate":
        links.alternate = True
    else:
        rel = rel.removeprefix(_IANA_PREFIX)
    where = path if rel == "alternate" else f"{path} rel={rel}"
    _check_href(findings, element, href, rel, where, has_base)
    _check_relation(findings, element, rel, where)
    if len(element) or (element.text or "").strip(SPACE):
        findings.add("link-not-empty", where, at=element)
    title = element.get("title")
    if title is not None and not title.strip(SPACE):
        findings.add("value-empty", f"{where} / @title", at=element)
    elif title and (markup := markup_in(title)):
        findings.add("plain-text-html", f"{where} / @title", markup, element)
    media = element.get("type")
    if media is not None and (violation := values.media_type(media)):
        findings.add(violation[0], f"{where} / @type", violation[1], element)
    hreflang = element.get("hreflang")
    if hreflang is not None and (rule := values.language(hreflang)):
        findings.add(rule, f"{where} / @hreflang", hreflang, element)
    length = element.get("length")
    if length is not None and not values.is_count(length):
        findings.add("link-length-invalid", where, length, element)
    if rel == "enclosure" and media is None:
        findings.add("link-enclosure-type-missing", where, at=element)
    _check_repetition(findings, links, (rel, media or "", hreflang or "", href), where, element)
    if href is not None:
        links.addresses.setdefault(rel, href)
    if entry and rel in _PAGING_RELATIONS:
        findings.add("history-link-in-entry", where, at=element)
    if entry and rel == "self" and media and media.partition(";")[0].strip() != MEDIA_TYPES["atom"]:
        findings.add("self-link-type", where, media, element)
    _check_attributes(findings, element, where)


def _check_href(
    findings: FindingCollector,
    element: etree._Element,
    href: str | None,
    rel: str,
    where: str,
    has_base: bool,
) -> None:
    if href is None or values.is_iri(href):
        return
    # A scheme makes a reference absolute, and then it is not valid.
    if not values.is_reference(href) or _SCHEME.match(href):
        findings.add("link-href-invalid", where, href, element)
    elif rel == "self" or not has_base:
        findings.add("link-href-relative", where, href, element)


def _check_relation(findings: FindingCollector, element: etree._Element, rel: str, where: str) -> None:
    given = element.get("rel")
    if given is None:
        return
    if not given:
        findings.add("value-empty", f"{where} / @rel", at=element)
    elif rel not in RELATIONS and not values.is_iri(rel):
        is_name = _RELATION_NAME.fullmatch(rel)
        findings.add(
            "link-relation-unregistered" if is_name else "link-relation-invalid", where, rel, element
        )


def _check_repetition(
    findings: FindingCollector,
    links: Links,
    link: tuple[str, str, str, str | None],
    where: str,
    element: etree._Element,
) -> None:
    rel, media, hreflang, href = link
    if href is None:
        return
    if rel == "alternate":
        key, rule = (rel, media, hreflang, ""), "link-alternate-repeated"
    elif rel == "self":
        key, rule = (rel, "", "", ""), "self-link-repeated"
    elif rel in _PAGING_RELATIONS:
        key, rule = (rel, media, hreflang, ""), "history-link-repeated"
    elif rel in ("license", "enclosure"):
        key, rule = (rel, media, hreflang, href), "link-repeated"
    else:
        return
    if key in links.seen:
        findings.add(rule, where, href, element)
    links.seen.add(key)


def _check_attributes(findings: FindingCollector, element: etree._Element, where: str) -> None:
    for raw_name, raw_value in element.items():
        name, value = str(raw_name), str(raw_value)
        if name in _ATTRIBUTES:
            continue
        if name.startswith("{"):
            if name == f"{THR}count" and not values.is_count(value):
                findings.add("thread-count-invalid", where, value, element)
            elif name in (f"{THR}when", f"{THR}updated") and (rule := values.rfc3339(value)):
                findings.add(rule, f"{where} / @thr:{name.rpartition('}')[2]}", value, element)
        else:
            findings.add("attribute-unknown", f"{where} / @{name}", at=element)


def check_feed_links(
    findings: FindingCollector,
    links: Links,
    kind: Format,
    url: str | None,
    marks: frozenset[str],
    self_type: str | None,
) -> None:
    """Check the links of a channel or feed together.

    Args:
        findings: receives the findings.
        links: its links.
        kind: `rss` or `atom`.
        url: where the document is served; None if unknown.
        marks: `archive` and `complete`, if the document has these marks (RFC 5005).
        self_type: the media type of the self link.
    """
    self_url = links.addresses.get("self")
    if self_url is None:
        findings.add("self-link-missing")
    elif url is not None and self_url != url:
        findings.add("self-link-mismatch", "atom:link rel=self", f"{self_url}, served at {url}")
    if (
        self_url is not None
        and self_type is not None
        and self_type.partition(";")[0].strip() != MEDIA_TYPES[kind]
    ):
        findings.add("self-link-type", "atom:link rel=self", self_type)
    if "archive" in marks and "current" not in links.addresses:
        findings.add("history-archive-current-missing")
    current = links.addresses.get("current")
    if "complete" in marks and current is not None and current != self_url:
        findings.add("history-complete-current", "", current)
    previous = links.addresses.get("previous", links.addresses.get("prev"))
    if previous is not None and self_url is not None and self_url == links.addresses.get("first"):
        findings.add("history-previous-on-first", "", previous)
    if "complete" in marks and (paged := sorted(_PAGING_RELATIONS & links.addresses.keys() - {"current"})):
        findings.add("history-complete-paged", "", ", ".join(paged))
    next_url = links.addresses.get("next")
    if next_url is not None and next_url in (self_url, links.addresses.get("first")):
        findings.add("history-next-loop", "", next_url)
    elif next_url is not None and self_url is not None and self_url == links.addresses.get("last"):
        findings.add("history-next-on-last", "", next_url)
