"""The elements of an RSS channel, without its items."""

from __future__ import annotations

import re

from lxml import etree

from ...model.findings import FindingCollector
from . import value_syntax as values
from .markup import markup_in
from .value_syntax import SPACE
from .vocabularies import words

CHANNEL_ELEMENTS = frozenset(
    words(
        "title link description language copyright managingEditor webMaster pubDate lastBuildDate "
        "category generator docs cloud ttl image rating textInput skipHours skipDays"
    )
)
"""The elements of a channel, without item."""
REPEATABLE = frozenset(("category",))
"""Elements that can occur several times."""

_ITEM_ELEMENTS = frozenset(["author", "comments", "enclosure", "guid", "source"])
_PLAIN_TEXT_ELEMENTS = frozenset(["title", "copyright", "category", "generator"])
_WEEKDAYS = words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
_MAX_WIDTH, _MAX_HEIGHT = 144, 400
_CLOUD_ATTRIBUTES = ("domain", "port", "path", "registerProcedure", "protocol")
# https-post is an extension of servers of today.
_PROTOCOLS = ("xml-rpc", "soap", "http-post", "https-post")
_UNSUPPORTED_IMAGE = re.compile(r"(?i)\.(?:webp|svg|avif|bmp|tiff?|heic|ico)(?:[?#]|\Z)")
_INNER_TEXTS = frozenset(("title", "description"))
_COMPONENT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_:.\-]*")
_WITH_ATTRIBUTES = frozenset(("category", "cloud"))


def check_channel_element(
    findings: FindingCollector, channel: etree._Element, element: etree._Element, tag: str, text: str
) -> None:
    """Check an element of a channel that has no namespace and is no item.

    Args:
        findings: receives the findings.
        channel: the channel.
        element: the element.
        tag: its name.
        text: its text, without white space at the ends.
    """
    if tag not in CHANNEL_ELEMENTS:
        findings.add(
            "rss-element-misplaced" if tag in _ITEM_ELEMENTS else "rss-element-unknown", tag, at=element
        )
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
        findings.add("language-invalid" if tag == "language" else "value-empty", tag, at=element)
    else:
        _check_text(findings, tag, text, element)


def _check_text(findings: FindingCollector, tag: str, text: str, element: etree._Element) -> None:
    rule: str | None = None
    # The description of a channel is plain text, unlike that of an item (W3C feed validator, ContainsHTML).
    if tag in _PLAIN_TEXT_ELEMENTS or tag == "description":
        if markup := markup_in(text):
            findings.add("plain-text-html", tag, markup, element)
    elif tag in ("link", "docs"):
        rule = None if values.is_iri(text) else "rss-url-invalid"
        if rule is None and not text.isascii():
            rule = "rss-url-not-ascii"
    elif tag == "language":
        rule = values.language(text)
    elif tag in ("managingEditor", "webMaster"):
        rule = values.rss_person(text)
        if markup := markup_in(text):
            findings.add("plain-text-html", tag, markup, element)
    elif tag in ("pubDate", "lastBuildDate"):
        rule = values.rfc822(text)
    elif tag == "ttl":
        rule = None if values.is_positive(text) else "rss-ttl-invalid"
    if rule:
        findings.add(rule, tag, text, element)


def _inner(
    findings: FindingCollector, element: etree._Element, allowed: tuple[str, ...], required: tuple[str, ...]
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
        text = found[name] = (child.text or "").strip(SPACE)
        if name in _INNER_TEXTS:
            if not text:
                findings.add("value-empty", f"{tag} / {name}", at=child)
            elif markup := markup_in(text):
                findings.add("plain-text-html", f"{tag} / {name}", markup, child)
    for name in required:
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
    if _UNSUPPORTED_IMAGE.search(found.get("url", "")):
        findings.add("rss-image-type", "image / url", found["url"], element)
    for name, maximum in (("width", _MAX_WIDTH), ("height", _MAX_HEIGHT)):
        given = found.get(name)
        if given is not None and (not values.is_positive(given) or len(given) > 9 or int(given) > maximum):
            findings.add("rss-image-size", f"image / {name}", f"{given}, at most {maximum}", element)


def _text_input(findings: FindingCollector, _channel: etree._Element, element: etree._Element) -> None:
    names = ("title", "description", "name", "link")
    found = _inner(findings, element, names, names)
    if "link" in found and not values.is_iri(found["link"]):
        findings.add("rss-url-invalid", "textInput / link", found["link"], element)
    if "name" in found and not _COMPONENT_NAME.fullmatch(found["name"]):
        findings.add("rss-textinput-name", "textInput / name", found["name"], element)
    findings.add("rss-textinput", "textInput", at=element)


def _skip_hours(findings: FindingCollector, _channel: etree._Element, element: etree._Element) -> None:
    _skip(findings, element, "hour", tuple(str(hour) for hour in range(24)))


def _skip_days(findings: FindingCollector, _channel: etree._Element, element: etree._Element) -> None:
    _skip(findings, element, "day", _WEEKDAYS)


def _skip(findings: FindingCollector, element: etree._Element, name: str, allowed: tuple[str, ...]) -> None:
    tag = str(element.tag)
    given: list[int] = []
    if not len(element):
        findings.add("rss-child-missing", f"{tag} / {name}", at=element)
    for child in element.iterchildren(etree.Element):
        text = (child.text or "").strip(SPACE)
        if child.tag != name:
            findings.add("rss-element-unknown", f"{tag} / {child.tag!s}", at=child)
        elif name == "hour" and text == "24":
            findings.add("rss-skip-hour-midnight", f"{tag} / hour", text, child)
            given.append(0)
        elif text not in allowed:
            findings.add(f"rss-skip-{name}-invalid", f"{tag} / {name}", text, child)
        else:
            given.append(allowed.index(text))
    if len(set(given)) != len(given):
        findings.add("rss-skip-repeated", tag, at=element)
    elif given != sorted(given):
        findings.add("rss-skip-order", tag, at=element)


def _cloud(findings: FindingCollector, _channel: etree._Element, element: etree._Element) -> None:
    for name in _CLOUD_ATTRIBUTES:
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
