"""The text of elements: plain text, or HTML in one of the ways in which feeds write it."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from copy import deepcopy
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from lxml import etree

from ...text.parser_limits import limit_html
from ...text.sanitize import parse_body
from .names import attribute

# In documents, these are characters of Windows-1252 (HTML, section 13.2.5.80), not control characters.
_C1 = re.compile("[\x80-\x9f]")
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

TextKind = Literal["text", "html", "unknown"]
"""What a text is; `unknown` where the format does not say, as for titles in RSS."""


@dataclass(frozen=True, slots=True)
class Text:
    """The text of an element.

    Attributes:
        value: without white space at its ends.
        kind: what it is.
    """

    value: str
    kind: TextKind


def plain_text(element: etree._Element) -> str:
    """Return the text of an element and of the elements in it."""
    if len(element) == 0:
        return _clean(element.text or "")
    return _clean("".join(_pieces(element)))


def read_text(element: etree._Element, default: TextKind) -> Text:
    """Return the text of an element with its kind (RFC 4287, section 3.1; Atom 0.3 has `mode`).

    Args:
        default: the kind without an attribute that says more.
    """
    kind = (attribute(element, "type") or "").lower().partition(";")[0].strip()
    mode = (attribute(element, "mode") or "").lower()
    if mode == "base64" or _is_binary(kind):
        return _decoded(element, kind)
    if any(isinstance(child.tag, str) for child in element):
        # XHTML, or HTML that the author did not escape.
        return Text(inner_html(element), "html")
    value = plain_text(element)
    if kind in ("html", "text/html", "xhtml", "application/xhtml+xml"):
        return Text(value, "html")
    if kind in ("text", "plain", "text/plain"):
        return Text(value, "text")
    return Text(value, default)


def inner_html(element: etree._Element) -> str:
    """Return what is in an element as HTML, without the `div` that Atom puts around XHTML."""
    copy = deepcopy(element)
    base = absolute_base(element)
    for each in copy.iter():
        if isinstance(each.tag, str):
            each.tag = each.tag.rpartition("}")[2].rpartition(":")[2] or "span"
    etree.cleanup_namespaces(copy)
    only = copy[0] if len(copy) == 1 and not (copy.text or "").strip() else None
    if only is not None and only.tag == "div" and not (only.tail or "").strip():
        copy = only
    copy.tag, copy.tail = "div", None
    for name in list(copy.attrib):
        del copy.attrib[name]
    html = etree.tostring(copy, encoding="unicode", method="html")
    inner = html[html.index(">") + 1 : html.rindex("</div>")] if "</div>" in html else ""
    return with_base(_clean(inner), base)


def with_base(html: str, base: str | None) -> str:
    """Return HTML whose relative addresses are resolved against the `xml:base` of the document, if any."""
    if base is None or not html:
        return html
    body: Any = parse_body(limit_html(html).html)
    body.make_links_absolute(base, resolve_base_href=False, handle_failures="ignore")
    children = [etree.tostring(each, encoding="unicode", method="html") for each in body]
    return escape(body.text or "", quote=False) + "".join(children)


def absolute_base(element: etree._Element) -> str | None:
    """Return the base that `xml:base` attributes give an element; None without one that is absolute."""
    if not any(_XML_BASE in each.attrib for each in (element, *element.iterancestors())):
        return None
    base = element.base
    return base if base and base.startswith(("http://", "https://")) else None


def language_of(element: etree._Element) -> str | None:
    """Return the language that `xml:lang` gives an element."""
    for each in (element, *element.iterancestors()):
        if (language := each.get(_XML_LANG)) is not None:
            return language.strip().replace("_", "-") or None
    return None


def _pieces(element: etree._Element) -> list[str]:
    pieces = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str):
            pieces += _pieces(child)
        pieces.append(child.tail or "")
    return pieces


def _decoded(element: etree._Element, kind: str) -> Text:
    try:
        value = b64decode(plain_text(element), validate=False).decode("utf-8")
    except (binascii.Error, ValueError):
        return Text("", "text")
    return Text(_clean(value), "text" if kind == "text/plain" else "html")


def _is_binary(kind: str) -> bool:
    # RFC 4287, section 4.1.3.3: any other media type is Base64.
    return "/" in kind and not kind.startswith("text/") and not kind.endswith(("+xml", "/xml"))


def _clean(text: str) -> str:
    text = text.strip()
    return text if text.isascii() else _C1.sub(_windows_character, text)


def _windows_character(match: re.Match[str]) -> str:
    return match[0].encode("latin-1").decode("cp1252", "replace")
