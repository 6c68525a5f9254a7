"""Text and content of Atom (RFC 4287, sections 3.1 and 4.1.3)."""

from __future__ import annotations

import re

from lxml import etree

from ...model.findings import Notes
from . import values
from .markup import check_body, check_element, markup_in
from .namespaces import ATOM, XHTML, XML, short_name
from .values import SPACE

_TEXT = ("text", "html", "xhtml")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_FILLED = frozenset((f"{ATOM}title",))
_DIV = f"{XHTML}div"
_ATTRIBUTES = frozenset(("type", "src", f"{XML}lang", f"{XML}base"))


def is_xml(media_type: str) -> bool:
    """Whether a media type is one of XML (RFC 7303)."""
    return media_type.partition(";")[0].strip().lower().endswith(("/xml", "+xml"))


def check_text(notes: Notes, element: etree._Element, path: str, based: bool) -> None:
    """Look at a text construct: title, subtitle, summary or rights."""
    kind = element.get("type")
    if kind not in _TEXT and kind is not None:
        notes.say("atom-type-invalid", f"{path} / @type", kind, element)
        return
    _attributes(notes, element, path, src=False)
    text = _typed(notes, element, path, kind or "text", based)
    if not text and element.tag in _FILLED:
        notes.say("text-blank", path, at=element)


def check_content(notes: Notes, element: etree._Element, based: bool) -> None:
    """Look at the content of an entry."""
    kind = element.get("type")
    src = element.get("src")
    _attributes(notes, element, "content", src=True)
    if kind is not None and kind not in _TEXT and not _media(notes, kind, element):
        return
    if src is not None:
        _by_source(notes, element, src, kind, based)
    elif kind in _TEXT or kind is None:
        _typed(notes, element, "content", kind or "text", based)
    else:
        _inline(notes, element, kind)


def _media(notes: Notes, kind: str, element: etree._Element) -> bool:
    broken = values.media_type(kind)
    if broken and broken[0] == "media-type-invalid":
        notes.say("atom-type-invalid", "content / @type", kind, element)
        return False
    if kind.startswith(("multipart/", "message/")):
        notes.say("atom-type-composite", "content / @type", kind, element)
        return False
    if broken:
        notes.say(broken[0], "content / @type", broken[1], element)
    return True


def _by_source(notes: Notes, element: etree._Element, src: str, kind: str | None, based: bool) -> None:
    if not values.is_iri(src) and not (based and values.is_reference(src)):
        notes.say("atom-address-invalid", "content / @src", src, element)
    if kind is None:
        notes.say("atom-content-source-type", "content", at=element)
    elif kind in _TEXT:
        notes.say("atom-type-invalid", "content / @type", f"{kind}, with a src", element)
    if len(element) or (element.text or "").strip(SPACE):
        notes.say("atom-content-source-filled", "content", at=element)


def _inline(notes: Notes, element: etree._Element, kind: str) -> None:
    name = kind.partition(";")[0].strip().lower()
    if is_xml(kind):
        if not len(element):
            notes.say("atom-content-xml", "content", kind, element)
        return
    inner = next(element.iterchildren(etree.Element), None)
    if inner is not None:
        notes.say("atom-markup-unescaped", "content", f"<{short_name(str(inner.tag), ATOM)}>", inner)
    elif not name.startswith("text/") and not _BASE64.fullmatch("".join((element.text or "").split())):
        notes.say("atom-content-base64", "content", kind, element)


def _typed(notes: Notes, element: etree._Element, path: str, kind: str, based: bool) -> bool:
    """Look at text of a kind; whether there is any."""
    if kind == "xhtml":
        return _xhtml(notes, element, path, based)
    text = element.text or ""
    if len(element):
        inner = next(element.iterchildren(etree.Element), None)
        if inner is not None:
            notes.say("atom-markup-unescaped", path, f"<{short_name(str(inner.tag), ATOM)}>", inner)
            return True
    if kind == "html":
        check_body(notes, text, path, element, based)
    elif markup := markup_in(text):
        notes.say("atom-html-undeclared", path, markup, element)
    return bool(text.strip(SPACE))


def _xhtml(notes: Notes, element: etree._Element, path: str, based: bool) -> bool:
    inner = list(element.iterchildren(etree.Element))
    astray = (element.text or "").strip(SPACE) or any((each.tail or "").strip(SPACE) for each in inner)
    if len(inner) != 1 or inner[0].tag != _DIV or astray:
        notes.say("atom-xhtml-div", path, at=element)
        return True
    for each in inner[0].iter(etree.Element):
        tag = str(each.tag)
        if not tag.startswith(XHTML):
            notes.say("atom-xhtml-foreign", path, f"<{short_name(tag, ATOM)}>", each)
        else:
            check_element(notes, each, path, each, based)
    return len(inner[0]) > 0 or bool((inner[0].text or "").strip(SPACE))


def _attributes(notes: Notes, element: etree._Element, path: str, src: bool) -> None:
    for raw, given in element.items():
        name, value = str(raw), str(given)
        if name == f"{XML}lang":
            if value and (rule := values.language(value)):
                notes.say(rule, f"{path} / @xml:lang", value, element)
        elif name == f"{XML}base":
            if not values.is_reference(value):
                notes.say("atom-base-invalid", f"{path} / @xml:base", value, element)
        elif (name not in _ATTRIBUTES or (name == "src" and not src)) and not name.startswith("{"):
            notes.say("attribute-unknown", f"{path} / @{name}", at=element)
