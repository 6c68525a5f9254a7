"""How the HTML part is built: language, headings, tables, images, what no mail may hold."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lxml import etree

from ...model.findings import FindingCollector
from ...text.sanitize import VOID_ELEMENTS
from ...text.wrap import visible_text
from .html_tree import Page, tag_of

_FORMS = frozenset({"form", "input", "button", "select", "textarea", "option", "datalist", "output"})
_ACTIVE = frozenset({"script", "iframe", "frame", "frameset", "object", "embed", "applet", "base"})
_ADDRESSES = ("href", "src", "background", "action", "formaction", "poster", "data", "cite", "srcset")
_IGNORED = re.compile(r"[\x00-\x20]+")
_CODE = re.compile(r"(?i)(?:javascript|vbscript|data:text/html)")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*:")
_CSS_URL = re.compile(r"(?i)url\(\s*['\"]?\s*([^'\")]*)")
# Elements whose end tag is optional (HTML, section 13.1.2.4).
_OPTIONAL = frozenset(
    {
        *("html", "head", "body", "p", "li", "dt", "dd", "option", "optgroup", "thead", "tbody", "tfoot"),
        *("tr", "td", "th", "colgroup", "caption", "rt", "rp"),
    }
)
# Unclosed ones extend to the end, so that no part is searched twice.
_OPAQUE = re.compile(r"(?is)<!--(?:.*?-->|.*)|<(script|style|title|textarea)\b[^>]*>(?:.*?</\1\s*>|.*)")
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/<>]*+)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*+)>")


def check_structure(findings: FindingCollector, page: Page) -> None:
    """Check languages, headings, tables, images, addresses and the balance of tags."""
    _languages(findings, page)
    _headings(findings, page)
    for element in page.elements:
        tag = tag_of(element)
        if tag == "table":
            _table(findings, page, element)
        elif tag == "img":
            _image(findings, page, element)
        elif tag == "link":
            _link(findings, page, element)
        elif tag in _FORMS:
            _say(findings, page, "html-form", element)
        elif tag in _ACTIVE or (tag == "meta" and (element.get("http-equiv") or "").lower() == "refresh"):
            _say(findings, page, "html-active", element)
        elif tag.startswith(("mj-", "mjml")):
            _say(findings, page, "mjml-unrendered", element)
        _attributes(findings, page, element)
    _balance(findings, page)


def _say(
    findings: FindingCollector, page: Page, rule: str, element: etree._Element, detail: str = ""
) -> None:
    findings.add(
        rule, page.path(element), detail or f"<{tag_of(element)}>", element, snippet=page.snippet(element)
    )


def _languages(findings: FindingCollector, page: Page) -> None:
    wrapper = _wrapper(page)
    for element, name in ((page.root, "html"), (wrapper, "the outermost element of the body")):
        for attribute, rule in (("lang", "language-missing"), ("dir", "direction-missing")):
            if element is None:
                findings.add(rule, "(//body)[1]", name)
            elif not (element.get(attribute) or "").strip():
                _say(findings, page, rule, element, name)


def _wrapper(page: Page) -> etree._Element | None:
    """Return the element of the body with most of its content; the preheader is beside it."""
    if page.body is None:
        return None
    children = [child for child in page.body if isinstance(child.tag, str)]
    return max(children, key=lambda child: sum(1 for _ in child.iter()), default=None)


def _headings(findings: FindingCollector, page: Page) -> None:
    headings = [each for each in page.elements if re.fullmatch("h[1-6]", tag_of(each))]
    h1s = [each for each in headings if each.tag == "h1"]
    if not h1s:
        findings.add("heading-h1", "(//body)[1]", "there is none")
    for extra in h1s[1:]:
        _say(findings, page, "heading-h1", extra, f"another is “{page.text(extra)[:60]}”")
    level = 0
    for each in headings:
        depth = int(tag_of(each)[1])
        if level and depth > level + 1:
            _say(findings, page, "heading-skipped", each, f"h{depth} comes after h{level}")
        level = depth
    for each in headings:
        if not page.text(each):
            _say(findings, page, "heading-empty", each)


def _table(findings: FindingCollector, page: Page, table: etree._Element) -> None:
    role = (table.get("role") or "").strip().lower()
    if role in ("presentation", "none"):
        return
    own = (each for each in table.iter("th", "caption") if next(each.iterancestors("table"), None) is table)
    if next(own, None) is None:
        _say(findings, page, "table-role", table, page.snippet(table))


def _image(findings: FindingCollector, page: Page, image: etree._Element) -> None:
    source = (image.get("src") or "").strip()
    if image.get("alt") is None:
        _say(findings, page, "image-alt", image, source)
    elif not visible_text(image.get("alt") or "") and _is_only_content(page, image):
        _say(findings, page, "image-link-alt", image, source)
    if not source:
        _say(findings, page, "image-address", image, "it has none")
    if not re.fullmatch(r"\s*[0-9]+(?:\.[0-9]+)?(?:px|%)?\s*", image.get("width") or ""):
        _say(findings, page, "image-width", image, source)


def _is_only_content(page: Page, image: etree._Element) -> bool:
    """Whether an image is the only content of a link."""
    link = next(image.iterancestors("a"), None)
    if link is None or link.get("href") is None or (link.get("aria-hidden") or "").lower() == "true":
        return False
    return not page.text(link) and not visible_text(link.get("aria-label") or link.get("title") or "")


def _link(findings: FindingCollector, page: Page, link: etree._Element) -> None:
    if "stylesheet" in (link.get("rel") or "").lower().split():
        _say(findings, page, "stylesheet-external", link, link.get("href") or "")


def _attributes(findings: FindingCollector, page: Page, element: etree._Element) -> None:
    for raw, text in element.items():
        name, value = str(raw).lower(), str(text)
        if name.startswith("on") and len(name) > 2:
            _say(findings, page, "html-event-handler", element, name)
        elif name in _ADDRESSES:
            _address(findings, page, element, name, value)
        elif name == "style" and "url(" in value.lower():
            for address in _CSS_URL.findall(value):
                _image_address(findings, page, element, address)


def _address(findings: FindingCollector, page: Page, element: etree._Element, name: str, value: str) -> None:
    tag = tag_of(element)
    address = value.strip()
    if _CODE.match(_IGNORED.sub("", value)):
        _say(findings, page, "address-script", element, f"{name}={value}")
    elif address.lower().startswith("file:") and name == "href":
        _say(findings, page, "address-file", element, f"{name}={value}")
    elif name == "srcset":
        for each in address.split(","):
            _image_address(findings, page, element, (each.split() or [""])[0])
    elif (tag in ("img", "source") and name == "src") or name in ("background", "poster"):
        if address:
            _image_address(findings, page, element, address)
    elif not _is_absolute(address) and name != "data":
        _say(findings, page, "address-relative", element, f"{name}={value}")


def _is_absolute(address: str) -> bool:
    if address.startswith("#"):
        return True
    if not _SCHEME.match(address):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme.lower() not in ("http", "https") or bool(parts.netloc)


def _image_address(findings: FindingCollector, page: Page, element: etree._Element, address: str) -> None:
    lower = address.strip().lower()
    if not lower.startswith(("https://", "cid:")):
        # Some clients show data: URLs, and Gmail drops them.
        _say(findings, page, "image-address", element, address)


def _balance(findings: FindingCollector, page: Page) -> None:
    """Report the first tag that is not closed, or closed twice."""
    html = _OPAQUE.sub(lambda match: " " * len(match[0]), page.html)
    opened: list[tuple[str, int]] = []
    for match in _TAG.finditer(html):
        closing, name, rest = match[1], match[2].lower(), match[3]
        if name in VOID_ELEMENTS or rest.endswith("/"):
            continue
        if not closing:
            opened.append((name, match.start()))
            continue
        while opened and opened[-1][0] != name and opened[-1][0] in _OPTIONAL:
            opened.pop()
        if opened and opened[-1][0] == name:
            opened.pop()
        elif name not in _OPTIONAL:
            context = f", and <{opened[-1][0]}> is open" if opened else ""
            _unbalanced(findings, page, match.start(), f"</{name}> closes nothing{context}")
            return
    for name, start in reversed(opened):
        if name not in _OPTIONAL:
            _unbalanced(findings, page, start, f"<{name}> is never closed")
            return


def _unbalanced(findings: FindingCollector, page: Page, start: int, detail: str) -> None:
    line = page.html.count("\n", 0, start) + 1
    findings.add("html-unbalanced", "", detail, line, snippet=page.html[start : start + 160])
