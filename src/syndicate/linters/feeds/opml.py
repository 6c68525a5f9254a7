"""OPML 1.0, 1.1 and 2.0 (opml.org/spec2.opml)."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from ...model.findings import FindingCollector
from . import value_syntax as values
from .namespaces import short_name
from .value_syntax import SPACE
from .vocabularies import words

OPML_ROOTS = frozenset(("opml", "outlineDocument"))
"""The root elements: `outlineDocument` is that of Radio UserLand, before version 1.0."""

_VERSIONS = words("1.0 1.1 2.0")
_HEAD_ONCE = frozenset(
    words(
        "title dateCreated dateModified ownerName ownerEmail ownerId docs expansionState vertScrollState "
        "windowTop windowLeft windowBottom windowRight"
    )
)
_TYPES = frozenset(words("rss link include text html audio video song playlist scheme atom directory feed"))
_FEED_VERSIONS = frozenset(words("RSS RSS1 RSS2 RSS090 RSS091 RSS092 RSS20 ATOM ATOM1 scriptingNews"))
_BOOLEAN_ATTRIBUTES = words("isComment isBreakpoint")
_URL_ATTRIBUTES = words("xmlUrl htmlUrl url")
_MAX_DEPTH = 500

_Check = Callable[[str], str | None]


def _url(text: str) -> str | None:
    return None if not text or values.is_iri(text) else "opml-url-invalid"


def _whole_numbers(text: str) -> str | None:
    parts = [part.strip() for part in text.split(",")] if text else []
    return None if all(values.is_count(part) for part in parts) else "opml-number-invalid"


def _integer(text: str) -> str | None:
    return None if not text or values.is_count(text.removeprefix("-")) else "opml-number-invalid"


def _email(text: str) -> str | None:
    return None if not text or values.is_email(text) else "email-invalid"


def _date(text: str) -> str | None:
    return values.rfc822(text) if text else None


_HEAD_VALUES: dict[str, _Check] = {
    "dateCreated": _date,
    "dateModified": _date,
    "docs": _url,
    "expansionState": _whole_numbers,
    "ownerEmail": _email,
    "ownerId": _url,
    "vertScrollState": _integer,
    "windowBottom": _integer,
    "windowLeft": _integer,
    "windowRight": _integer,
    "windowTop": _integer,
}


def check_opml(findings: FindingCollector, root: etree._Element) -> str:
    """Check an OPML document; return the name of its format."""
    version = (root.get("version") or "").strip(SPACE)
    if root.tag == "outlineDocument":
        findings.add("feed-obsolete-format", "", "outlineDocument instead of OPML", root)
    elif not version:
        findings.add("opml-version-missing", "opml", at=root)
    elif version not in _VERSIONS:
        findings.add("opml-version-unknown", "opml / @version", version, root)
    parts: dict[str, etree._Element] = {}
    for child in root.iterchildren(etree.Element):
        tag = str(child.tag)
        if tag.startswith("{"):
            continue
        if tag not in ("head", "body"):
            findings.add("opml-element-unknown", f"opml / {tag}", at=child)
        elif tag in parts:
            findings.add("opml-element-repeated", f"opml / {tag}", at=child)
        parts.setdefault(tag, child)
    for name in ("head", "body"):
        if name not in parts:
            findings.add("opml-element-missing", f"opml / {name}", at=root)
    if (head := parts.get("head")) is not None:
        _check_head(findings, head)
    if (body := parts.get("body")) is not None:
        _check_body(findings, body)
    return f"OPML {version}" if version in _VERSIONS else "OPML"


def _check_head(findings: FindingCollector, head: etree._Element) -> None:
    seen: set[str] = set()
    for child in head.iterchildren(etree.Element):
        tag = str(child.tag)
        if tag.startswith("{"):
            continue
        path = f"head / {tag}"
        if tag not in _HEAD_ONCE:
            findings.add("opml-element-unknown", path, at=child)
        elif tag in seen:
            findings.add("opml-element-repeated", path, at=child)
        seen.add(tag)
        text = (child.text or "").strip(SPACE)
        check = _HEAD_VALUES.get(tag)
        if check is not None and (rule := check(text)):
            findings.add(rule, path, text, child)
    if "title" not in seen:
        findings.add("opml-title-missing", "head", at=head)


def _check_body(findings: FindingCollector, body: etree._Element) -> None:
    feeds: set[str] = set()
    waiting = [(body, 0)]
    is_empty = True
    while waiting:
        parent, depth = waiting.pop()
        outlines = []
        for child in parent.iterchildren(etree.Element):
            tag = str(child.tag)
            if tag == "outline":
                is_empty = False
                _check_outline(findings, child, feeds)
                outlines.append((child, depth + 1))
            elif not tag.startswith("{"):
                findings.add("opml-element-unknown", f"body / {short_name(tag)}", at=child)
        if depth < _MAX_DEPTH:
            waiting += reversed(outlines)
        elif outlines:
            findings.add("xml-too-deep", "outline", at=outlines[0][0])
    if is_empty:
        findings.add("opml-outline-missing", "body", at=body)


def _check_outline(findings: FindingCollector, outline: etree._Element, feeds: set[str]) -> None:
    text = outline.get("text")
    path = f"outline {(text or outline.get('title') or '').strip()[:40]}".strip()
    if text is None:
        findings.add("opml-text-missing", path, at=outline)
    elif not text.strip(SPACE) and not outline.get("title"):
        findings.add("value-empty", f"{path} / @text", at=outline)
    for name in _URL_ATTRIBUTES:
        value = (outline.get(name) or "").strip(SPACE)
        if value and not values.is_iri(value):
            findings.add("opml-url-invalid", f"{path} / @{name}", value, outline)
    for name in _BOOLEAN_ATTRIBUTES:
        flag = outline.get(name)
        if flag is not None and flag not in ("true", "false"):
            findings.add("opml-boolean-invalid", f"{path} / @{name}", flag, outline)
    created = outline.get("created")
    if created and (rule := values.rfc822(created.strip(SPACE))):
        findings.add(rule, f"{path} / @created", created, outline)
    language = outline.get("language")
    if language and language != "unknown" and (rule := values.language(language)):
        findings.add(rule, f"{path} / @language", language, outline)
    _check_type(findings, outline, path, feeds)


def _check_type(findings: FindingCollector, outline: etree._Element, path: str, feeds: set[str]) -> None:
    kind = (outline.get("type") or "").strip(SPACE)
    address = (outline.get("xmlUrl") or "").strip(SPACE)
    if kind == "rss" and not address:
        findings.add("opml-feed-url-missing", path, at=outline)
    elif kind in ("link", "include") and not (outline.get("url") or "").strip(SPACE):
        findings.add("opml-link-url-missing", path, kind, outline)
    elif kind and kind.lower() not in _TYPES:
        findings.add("opml-type-unknown", f"{path} / @type", kind, outline)
    elif address and not kind:
        findings.add("opml-type-missing", path, at=outline)
    if not address:
        return
    if not (outline.get("title") or "").strip(SPACE):
        findings.add("opml-feed-title-missing", path, at=outline)
    version = outline.get("version")
    if version and version not in _FEED_VERSIONS:
        findings.add("opml-feed-version-unknown", f"{path} / @version", version, outline)
    if address in feeds:
        findings.add("opml-feed-repeated", path, address, outline)
    feeds.add(address)
