"""HTML as XHTML, for the content of Atom entries (RFC 4287, section 3.1.1.3)."""

from __future__ import annotations

import re
from html import escape

from lxml import etree

from .parser_limits import limit_html
from .sanitize import parse_body

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def to_xhtml(html: str) -> str:
    """Return what an XHTML `div` contains: the same elements, well-formed, in no namespace of their own.

    Args:
        html: a fragment. What XML has no name for is left out: attributes, and tags around their content.
    """
    body = parse_body(limit_html(html).html)
    for element in list(body.iterdescendants()):
        if isinstance(element, etree._Comment | etree._ProcessingInstruction):
            _remove(element)
        elif not _NAME.fullmatch(element.tag):
            element.drop_tag()  # type: ignore[attr-defined]
        else:
            for name in [name for name in element.attrib if not _NAME.fullmatch(str(name))]:
                del element.attrib[name]
    parts = [escape(body.text or "", quote=False).replace("\r", "&#13;")]
    parts += [etree.tostring(child, encoding="unicode", method="xml") for child in body]
    return "".join(parts)


def _remove(element: etree._Element) -> None:
    """Remove an element without the text after it."""
    parent, previous, tail = element.getparent(), element.getprevious(), element.tail or ""
    if parent is None:
        return
    if previous is None:
        parent.text = (parent.text or "") + tail
    else:
        previous.tail = (previous.tail or "") + tail
    parent.remove(element)
