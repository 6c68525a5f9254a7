"""HTML in feeds: what a body must not hold, and markup where there should be none.

Nearly every body is harmless, and one pass of a pattern says so. Only what it cannot vouch for is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from ...model.findings import FindingCollector
from .values import SPACE
from .vocabularies import HTML_TAGS, words

_WEB = r"https?://[^\"<>\s\\]*+"
# A tag that needs no second look: a name that does nothing, attributes that do nothing, addresses in full.
_HARMLESS = (
    r"(?!(?:script|style|iframe|frame|object|embed|applet|form|input|button|meta|link|base|svg|math)\b)[a-z][a-z0-9]*+"
    rf"(?: (?:(?:href|src|poster|cite)=\"(?:{_WEB}|mailto:[^\"<>\s]*+)\""
    rf"|srcset=\"{_WEB}(?: [0-9.]+[wx])?(?:, ?{_WEB}(?: [0-9.]+[wx])?)*+\""
    r"|(?:alt|title|width|height|class|id|rel|lang|dir|type|sizes|loading|start|hreflang|align|colspan|rowspan|"
    r"datetime|target)=\"[^\"<>]*+\"|controls|loop|muted)(?=[ />]))*+ ?/?>"
)
_SUSPECT = re.compile(rf"<(?=[a-zA-Z!?])(?!{_HARMLESS})")
# Without the encoding libxml2 would look for one in the text.
_HTML_PARSER = etree.HTMLParser(
    no_network=True, huge_tree=True, remove_comments=True, remove_pis=True, encoding="utf-8"
)

_ADDRESSES = frozenset(words("href src srcset poster cite data action formaction background longdesc usemap"))
_ACTIVE = frozenset(words("iframe frame object embed applet form input button meta link base style"))
_ABSOLUTE = re.compile(r"\s*[a-zA-Z][a-zA-Z0-9+.\-]*:")
_DANGEROUS_SCHEME = re.compile(r"(?i)(?:javascript|vbscript|data:(?!(?:image|audio|video|font)/(?!svg)))")
_IGNORED = re.compile(r"[\x00-\x20]+")
# Style that runs code, fetches, hides, or leaves its place in the page.
_DANGEROUS_STYLE = re.compile(
    r"(?i)expression\s*\(|javascript:|url\s*\(|@import|behaviou?r\s*:|-moz-binding|"
    r"(?:^|[;\s])position\s*:\s*(?:fixed|absolute|sticky)|\\[0-9a-f]"
)
_CANDIDATE = re.compile(r"[^\s,]\S*")
_UNFINISHED = re.compile(r"<[a-zA-Z][^<>\"']*+(?:(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))[^<>\"']*+)*+\Z")

_MARKUP = re.compile(
    rf"</?(?:{HTML_TAGS})(?:\s[^<>]*)?/?>|&(?:amp|lt|gt|quot|nbsp|copy|[lr]squo|[lr]dquo|[mn]dash|hellip|#\d+|"
    r"#x[0-9a-f]+);",
    re.IGNORECASE,
)


def markup_in(text: str) -> str | None:
    """The first tag or entity of HTML in a text that should be plain; None if there is none."""
    if "<" not in text and "&" not in text:
        return None
    found = _MARKUP.search(text)
    return found[0] if found else None


def harmless(html: str) -> bool:
    """Whether a body can be told to be in order without parsing it."""
    return _SUSPECT.search(html) is None


def check_body(
    findings: FindingCollector,
    html: str,
    path: str,
    at: etree._Element | int | None = None,
    based: bool = False,
) -> None:
    """Look through a body.

    Args:
        findings: gets what is wrong.
        html: the body.
        path: where it stands.
        at: the element that holds it, or its line.
        based: whether an `xml:base` makes its relative addresses full.
    """
    if harmless(html):
        return
    if _unfinished(html):
        findings.add("html-unclosed", path, at=at)
    for element in _elements(html):
        check_element(findings, element, path, at, based)


def _unfinished(html: str) -> bool:
    start = html.rfind("<!--")
    if start >= 0 and "-->" not in html[start:]:
        return True
    start = html.rfind("<")
    return start >= 0 and ">" not in html[start:] and _UNFINISHED.match(html, start) is not None


def _elements(html: str) -> Iterator[etree._Element]:
    try:
        root = etree.fromstring(html.encode("utf-8", "replace"), _HTML_PARSER)
    except (etree.XMLSyntaxError, ValueError):
        return
    if root is not None:
        yield from root.iter(etree.Element)


def check_element(
    findings: FindingCollector,
    element: etree._Element,
    path: str,
    at: etree._Element | int | None,
    based: bool,
) -> None:
    """Look at one element of HTML or XHTML; its children are not looked at."""
    tag = str(element.tag).rpartition("}")[2].lower()
    if tag == "script":
        findings.add("html-script", path, "<script>", at)
    elif tag in _ACTIVE:
        findings.add("html-active-element", path, f"<{tag}>", at)
    for raw, text in element.items():
        name, value = str(raw).rpartition("}")[2].lower(), str(text)
        shown = f'<{tag} {name}="{value}">'
        if name.startswith("on") and len(name) > 3:
            findings.add("html-event-attribute", path, shown, at)
        elif name == "style" and _DANGEROUS_STYLE.search(value):
            findings.add("html-dangerous-style", path, shown, at)
        elif name in _ADDRESSES and not (name == "data" and tag != "object"):
            _address(findings, shown, name, value, path, at, based)


def _address(
    findings: FindingCollector,
    shown: str,
    name: str,
    value: str,
    path: str,
    at: etree._Element | int | None,
    based: bool,
) -> None:
    if _DANGEROUS_SCHEME.match(_IGNORED.sub("", value)):
        findings.add("html-script-url", path, shown, at)
        return
    every = [each.rstrip(",") for each in _CANDIDATE.findall(value)] if name == "srcset" else [value]
    if name == "srcset":
        every = [each for each in every if not re.fullmatch(r"[0-9.]+[wxh]", each)]
    for each in every:
        if _ABSOLUTE.match(each):
            continue
        if name == "usemap" or (each.strip(SPACE).startswith("#") and len(each) > 1):
            findings.add("html-fragment-url", path, shown, at)
        else:
            findings.add("html-relative-url-with-base" if based else "html-relative-url", path, shown, at)
        return
