"""HTML in feeds: what a body must not contain, and markup in plain text.

A pattern recognizes most harmless bodies. Only other bodies are parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from ...model.findings import FindingCollector
from .value_syntax import SPACE
from .vocabularies import HTML_TAGS, words

_WEB = r"https?://[^\"<>\s\\]*+"
# A harmless tag: an element and attributes without effect, and absolute URLs.
_HARMLESS = (
    r"(?!(?:script|style|iframe|frame|object|embed|applet|form|input|button|meta|link|base|svg|math)\b)[a-z][a-z0-9]*+"
    rf"(?: (?:(?:href|src|poster|cite)=\"(?:{_WEB}|mailto:[^\"<>\s]*+)\""
    rf"|srcset=\"{_WEB}(?: [0-9.]+[wx])?(?:, ?{_WEB}(?: [0-9.]+[wx])?)*+\""
    r"|(?:alt|title|width|height|class|id|rel|lang|dir|type|sizes|loading|start|hreflang|align|colspan|rowspan|"
    r"datetime|target)=\"[^\"<>]*+\"|controls|loop|muted)(?=[ />]))*+ ?/?>"
)
_SUSPECT = re.compile(rf"<(?=[a-zA-Z!?])(?!{_HARMLESS})")
# Without the encoding libxml2 searches for one in the text.
_HTML_PARSER = etree.HTMLParser(
    no_network=True, huge_tree=True, remove_comments=True, remove_pis=True, encoding="utf-8"
)

_URL_ATTRIBUTES = frozenset(
    words("href src srcset poster cite data action formaction background longdesc usemap")
)
_ACTIVE_ELEMENTS = frozenset(words("iframe frame object embed applet form input button meta link base style"))
_ABSOLUTE_URL = re.compile(r"\s*[a-zA-Z][a-zA-Z0-9+.\-]*:")
_DANGEROUS_SCHEME = re.compile(r"(?i)(?:javascript|vbscript|data:(?!(?:image|audio|video|font)/(?!svg)))")
_IGNORED = re.compile(r"[\x00-\x20]+")
# Style that runs code, loads a resource, or moves content over the page.
_DANGEROUS_STYLE = re.compile(
    r"(?i)expression\s*\(|javascript:|url\s*\(|@import|behaviou?r\s*:|-moz-binding|"
    r"(?:^|[;\s])position\s*:\s*(?:fixed|absolute|sticky)|\\[0-9a-f]"
)
# The time of the parser grows with the square of the number of attributes.
_LONG_TAG = re.compile(r"<[a-zA-Z](?:[^<>\s]*+\s++){2000}")
# A processing instruction, which HTML does not have; some browsers ran `<?import ...>`.
_INSTRUCTION = re.compile(r"<\?[a-zA-Z]\w*")
# What word processors write, and what moves content out of sight.
_REMOVED_STYLE = re.compile(
    r"(?i)(?:^|[;\s])(?:mso-|tab-stops\s*:)|(?:margin|padding)(?:-[a-z]{1,20}){0,3}\s?:\s?-?\d{4}"
)
_SRCSET_URL = re.compile(r"[\s,]*+(\S++)")
_SRCSET_DESCRIPTORS = re.compile(r"[^,]*+")
_UNCLOSED_TAG = re.compile(r"<[a-zA-Z][^<>\"']*+(?:(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))[^<>\"']*+)*+\Z")

_MARKUP = re.compile(
    rf"</?(?:{HTML_TAGS})(?:\s[^<>]*)?/?>|&(?:amp|lt|gt|quot|nbsp|copy|[lr]squo|[lr]dquo|[mn]dash|hellip|#\d+|"
    r"#x[0-9a-f]+);",
    re.IGNORECASE,
)


def markup_in(text: str) -> str | None:
    """Return the first tag or entity of HTML in a text; None if there is none."""
    if "<" not in text and "&" not in text:
        return None
    found = _MARKUP.search(text)
    return found[0] if found else None


def has_long_tag(html: str) -> bool:
    """Return whether a tag has so many attributes that parsing it takes too long."""
    return _LONG_TAG.search(html) is not None


def is_harmless(html: str) -> bool:
    """Return whether a body is harmless for certain, without parsing it."""
    return _SUSPECT.search(html) is None


def check_body(
    findings: FindingCollector,
    html: str,
    path: str,
    at: etree._Element | int | None = None,
    has_base: bool = False,
) -> None:
    """Check the HTML of a body.

    Args:
        findings: receives the findings.
        html: the body.
        path: its place in the document.
        at: the element that contains it, or its line.
        has_base: whether an `xml:base` applies to it.
    """
    if is_harmless(html):
        return
    if found := _INSTRUCTION.search(html):
        findings.add("html-active-element", path, found[0], at)
    if _is_unclosed(html):
        findings.add("html-unclosed", path, at=at)
    if has_long_tag(html):
        findings.add("html-tag-too-long", path, at=at)
        return
    for element in _elements(html):
        check_element(findings, element, path, at, has_base)


def _is_unclosed(html: str) -> bool:
    start = html.rfind("<!--")
    if start >= 0 and "-->" not in html[start:]:
        return True
    start = html.rfind("<")
    return start >= 0 and ">" not in html[start:] and _UNCLOSED_TAG.match(html, start) is not None


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
    has_base: bool,
) -> None:
    """Check one element of HTML or XHTML, without its children."""
    tag = str(element.tag).rpartition("}")[2].lower()
    if tag == "script":
        findings.add("html-script", path, "<script>", at)
    elif tag in _ACTIVE_ELEMENTS:
        findings.add("html-active-element", path, f"<{tag}>", at)
    for raw, text in element.items():
        name, value = str(raw).rpartition("}")[2].lower(), str(text)
        snippet = f'<{tag} {name}="{value}">'
        if name.startswith("on") and len(name) > 3:
            findings.add("html-event-attribute", path, snippet, at)
        elif name == "style" and _DANGEROUS_STYLE.search(value):
            findings.add("html-dangerous-style", path, snippet, at)
        elif name == "style" and _REMOVED_STYLE.search(value):
            findings.add("html-removed-style", path, snippet, at)
        elif name in _URL_ATTRIBUTES and not (name == "data" and tag != "object"):
            _check_url(findings, snippet, name, value, path, at, has_base)


def _urls_of_srcset(value: str) -> Iterator[str]:
    """Yield the URLs of a srcset: each ends at white space, its descriptors at a comma (HTML, 4.8.4)."""
    place = 0
    while match := _SRCSET_URL.match(value, place):
        url = match[1]
        yield url.rstrip(",")
        descriptors = _SRCSET_DESCRIPTORS.match(value, match.end())
        place = match.end() if url.endswith(",") or descriptors is None else descriptors.end()


def _check_url(
    findings: FindingCollector,
    snippet: str,
    name: str,
    value: str,
    path: str,
    at: etree._Element | int | None,
    has_base: bool,
) -> None:
    if _DANGEROUS_SCHEME.match(_IGNORED.sub("", value)):
        findings.add("html-script-url", path, snippet, at)
        return
    for each in _urls_of_srcset(value) if name == "srcset" else (value,):
        if _ABSOLUTE_URL.match(each):
            continue
        if name == "usemap" or (each.strip(SPACE).startswith("#") and len(each) > 1):
            findings.add("html-fragment-url", path, snippet, at)
        else:
            findings.add(
                "html-relative-url-with-base" if has_base else "html-relative-url", path, snippet, at
            )
        return
