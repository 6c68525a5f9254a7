"""The metadata of an RSS channel."""

from __future__ import annotations

import re

from lxml import etree

from ...model.findings import FindingCollector
from . import values
from .markup import markup_in
from .values import SPACE
from .vocabularies import words

HEAD = frozenset(
    words(
        "title link description language copyright managingEditor webMaster pubDate lastBuildDate "
        "category generator docs cloud ttl image rating textInput skipHours skipDays"
    )
)
"""What a channel may hold besides items."""
MANY = frozenset(("category",))
"""What it may hold more than once."""

_ITEM_ONLY = frozenset(["author", "comments", "enclosure", "guid", "source"])
_PLAIN = frozenset(["title", "copyright", "category", "generator"])
_WEEK = words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
_WIDEST, _HIGHEST = 144, 400
_CLOUD = ("domain", "port", "path", "registerProcedure", "protocol")
_PROTOCOLS = ("xml-rpc", "soap", "http-post")
_PICTURE = re.compile(r"(?i)\.(?:webp|svg|avif|bmp|tiff?|heic|ico)(?:[?#]|\Z)")
_WITH_ATTRIBUTES = frozenset(("category", "cloud"))


def check_head(
    findings: FindingCollector, channel: etree._Element, element: etree._Element, tag: str, text: str
) -> None:
    """Look at an element right below a channel that is in no namespace and no item.

    Args:
        findings: gets what is wrong.
        channel: the channel.
        element: the element.
        tag: its name.
        text: what it holds, without white space around it.
    """
    if tag not in HEAD:
        findings.add("rss-element-misplaced" if tag in _ITEM_ONLY else "rss-element-unknown", tag, at=element)
        return
    if tag not in _WITH_ATTRIBUTES:
        for name in element.keys():  # noqa: SIM118 - an element is not a dict
            if not str(name).startswith("{"):
                findings.add("attribute-unknown", f"{tag} / @{name!s}", at=element)
    if tag in ("image", "textInput", "skipHours", "skipDays", "cloud"):
        _STRUCTURED[tag](findings, channel, element)
        return
    inner = next(element.iterchildren(etree.Element), None)
    if inner is not None:
        findings.add("rss-markup-unescaped", tag, f"<{inner.tag!s}>", inner)
    elif not text:
        findings.add("value-empty", tag, at=element)
    else:
        _text(findings, tag, text, element)


def _text(findings: FindingCollector, tag: str, text: str, element: etree._Element) -> None:
    rule: str | None = None
    # The description of a channel is plain text, unlike that of an item (W3C feed validator, ContainsHTML).
    if tag in _PLAIN or tag == "description":
        if markup := markup_in(text):
            findings.add("plain-text-html", tag, markup, element)
    elif tag in ("link", "docs"):
        rule = None if values.is_iri(text) else "rss-url-invalid"
    elif tag == "language":
        rule = values.language(text)
    elif tag in ("managingEditor", "webMaster"):
        rule = values.contact(text)
    elif tag in ("pubDate", "lastBuildDate"):
        rule = values.rfc822(text)
    elif tag == "ttl":
        rule = None if values.is_positive(text) else "rss-ttl-invalid"
    if rule:
        findings.add(rule, tag, text, element)


def _inner(
    findings: FindingCollector, element: etree._Element, allowed: tuple[str, ...], needed: tuple[str, ...]
) -> dict[str, str]:
    tag = str(element.tag)
    found: dict[str, str] = {}
    for child in element.iterchildren(etree.Element):
        name = str(child.tag)
        if name.startswith("{"):
            continue
        if name not in allowed:
            findings.add("rss-element-unknown", f"{tag} / {name}", at=child)
        elif name in found:
            findings.add("rss-element-repeated", f"{tag} / {name}", at=child)
        found[name] = (child.text or "").strip(SPACE)
    for name in needed:
        if name not in found:
            findings.add("rss-child-missing", f"{tag} / {name}", at=element)
    return found


def _image(findings: FindingCollector, channel: etree._Element, element: etree._Element) -> None:
    found = _inner(
        findings,
        element,
        ("url", "title", "link", "width", "height", "description"),
        ("url", "title", "link"),
    )
    for name in ("title", "link"):
        if name in found and found[name] != (channel.findtext(name) or "").strip(SPACE):
            findings.add(f"rss-image-{name}-mismatch", f"image / {name}", found[name], element)
    for name in ("url", "link"):
        if name in found and not values.is_iri(found[name]):
            findings.add("rss-url-invalid", f"image / {name}", found[name], element)
    if _PICTURE.search(found.get("url", "")):
        findings.add("rss-image-type", "image / url", found["url"], element)
    for name, most in (("width", _WIDEST), ("height", _HIGHEST)):
        given = found.get(name)
        if given is not None and (not values.is_positive(given) or len(given) > 9 or int(given) > most):
            findings.add("rss-image-size", f"image / {name}", f"{given}, at most {most}", element)


def _text_input(findings: FindingCollector, _channel: etree._Element, element: etree._Element) -> None:
    names = ("title", "description", "name", "link")
    found = _inner(findings, element, names, names)
    if "link" in found and not values.is_iri(found["link"]):
        findings.add("rss-url-invalid", "textInput / link", found["link"], element)
    findings.add("rss-textinput", "textInput", at=element)


def _skip_hours(findings: FindingCollector, _channel: etree._Element, element: etree._Element) -> None:
    _skip(findings, element, "hour", tuple(str(hour) for hour in range(24)))


def _skip_days(findings: FindingCollector, _channel: etree._Element, element: etree._Element) -> None:
    _skip(findings, element, "day", _WEEK)


def _skip(findings: FindingCollector, element: etree._Element, name: str, allowed: tuple[str, ...]) -> None:
    tag = str(element.tag)
    given: list[int] = []
    for child in element.iterchildren(etree.Element):
        text = (child.text or "").strip(SPACE)
        if child.tag != name:
            findings.add("rss-element-unknown", f"{tag} / {child.tag!s}", at=child)
        elif text not in allowed:
            findings.add(f"rss-skip-{name}-invalid", f"{tag} / {name}", text, child)
        else:
            given.append(allowed.index(text))
    if len(set(given)) != len(given):
        findings.add("rss-skip-repeated", tag, at=element)
    elif given != sorted(given):
        findings.add("rss-skip-order", tag, at=element)


def _cloud(findings: FindingCollector, _channel: etree._Element, element: etree._Element) -> None:
    for name in _CLOUD:
        if element.get(name) is None:
            findings.add("rss-attribute-missing", f"cloud / @{name}", at=element)
    protocol = element.get("protocol")
    if protocol is not None and protocol not in _PROTOCOLS:
        findings.add("rss-cloud-protocol-invalid", "cloud / @protocol", protocol, element)
    port = element.get("port")
    if port is not None and not (values.is_positive(port) and len(port) < 6 and int(port) < 65536):
        findings.add("rss-cloud-port-invalid", "cloud / @port", port, element)


_STRUCTURED = {
    "image": _image,
    "textInput": _text_input,
    "skipHours": _skip_hours,
    "skipDays": _skip_days,
    "cloud": _cloud,
}
