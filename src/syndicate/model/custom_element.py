"""XML elements of the publisher's own namespaces."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from .base import Frozen, Uri

_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def _prefix(value: str) -> str:
    if not _PREFIX.fullmatch(value):
        raise ValueError(
            f"{value!r} is not a prefix: use letters, digits, hyphens and underscores, a letter first"
        )
    return value


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError(
            f"{value!r} is not an XML name: use letters, digits, dots, hyphens, underscores, no digit first"
        )
    return value


Prefix = Annotated[str, AfterValidator(_prefix)]
"""A namespace prefix that can also name an extension in JSON Feed."""

Name = Annotated[str, AfterValidator(_name)]
"""An XML name without a colon, ASCII only like the names of all feed namespaces."""

_TAKEN = {
    *("atom", "content", "dc", "media", "itunes", "podcast", "georss", "slash", "wfw", "thr", "fh", "at"),
}
# Feed readers would interpret elements of these as parts of the feed, and browsers would execute some.
# As defined by the W3C, RSS-DEV, Netscape, UserLand and Harvard. Parsers compare namespaces exactly.
_FORBIDDEN = {
    "http://www.w3.org/1999/xhtml": "XHTML",
    "http://www.w3.org/2002/06/xhtml2/": "XHTML",
    "http://www.w3.org/2000/svg": "SVG",
    "http://www.w3.org/1998/Math/MathML": "MathML",
    "http://www.w3.org/1999/XSL/Transform": "XSLT",
    "http://www.w3.org/TR/WD-xsl": "XSLT",
    "http://www.w3.org/1999/XSL/Format": "XSL",
    "http://www.w3.org/1999/xlink": "XLink",
    "http://www.w3.org/2001/XInclude": "XInclude",
    "http://www.w3.org/2001/xml-events": "XML Events",
    "http://www.w3.org/2002/xforms": "XForms",
    "http://www.w3.org/XML/1998/namespace": "XML",
    "http://www.w3.org/2000/xmlns/": "XML",
    **dict.fromkeys(
        (
            *("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#", "http://purl.org/echo/"),
            *("http://purl.org/pie/", "http://example.com/newformat#", "http://example.com/necho"),
        ),
        "Atom",
    ),
    **dict.fromkeys(
        (
            "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
            *("http://purl.org/rss/1.0/", "http://purl.org/rss/1.0/modules/content/"),
            *("http://purl.org/rss/1.0/modules/rss091#", "http://purl.org/net/rss1.1#"),
            *("http://my.netscape.com/rdf/simple/0.9/", "http://channel.netscape.com/rdf/simple/0.9/"),
            *("http://my.netscape.com/publish/formats/rss-0.91.dtd", "http://purl.org/net/rss1.1/payload#"),
            *("http://backend.userland.com/rss", "http://backend.userland.com/rss2"),
            *("http://backend.userland.com/RSS2", "http://blogs.law.harvard.edu/tech/rss"),
            *("http://cyber.law.harvard.edu/rss/rss.html", "http://www.rssboard.org/rss-specification"),
        ),
        "RSS",
    ),
}


def free_prefix(prefix: str) -> str:
    """Return the prefix.

    Raises:
        ValueError: syndicate uses the prefix, or XML reserves it.
    """
    if prefix.lower() in _TAKEN or prefix.lower().startswith("xml"):
        raise ValueError(f"the prefix {prefix!r} is in use; choose another")
    return prefix


def own_namespace(namespace: str) -> str:
    """Return the namespace.

    Raises:
        ValueError: feed readers or browsers interpret its elements.
    """
    if language := _FORBIDDEN.get(namespace):
        raise ValueError(
            f"{namespace} is the namespace of {language}, whose elements are not allowed; "
            "use a namespace of your own"
        )
    return namespace


class Element(Frozen):
    """An XML element of the publisher's own namespace, in a feed or an entry.

    RSS and Atom write it as `<prefix:name …>text</prefix:name>` with its namespace declared on it
    (Namespaces in XML 1.0; RFC 4287, section 6). JSON Feed writes the text, or an object of attributes
    and text (`#text`), under `_prefix` (JSON Feed 1.1, "Extensions").

    Attributes:
        namespace: a URI.
        prefix: of the namespace, in the document.
        text: plain text; may be empty.
        attributes: have no namespace.
    """

    namespace: Annotated[Uri, AfterValidator(own_namespace)]
    prefix: Annotated[Prefix, AfterValidator(free_prefix)]
    name: Name
    text: str = ""
    attributes: dict[Name, str] = Field(default_factory=dict)

    def __hash__(self) -> int:
        return hash((self.namespace, self.name, self.text, *sorted(self.attributes.items())))

    @field_validator("attributes")
    @classmethod
    def _reject_xmlns(cls, attributes: dict[str, str]) -> dict[str, str]:
        if "xmlns" in attributes:
            raise ValueError("xmlns is not an attribute: the namespace is declared automatically")
        return attributes


def _require_one_namespace(elements: tuple[Element, ...]) -> tuple[Element, ...]:
    known: dict[str, str] = {}
    for each in elements:
        if known.setdefault(each.prefix, each.namespace) != each.namespace:
            raise ValueError(f"the prefix {each.prefix!r} has two namespaces")
    return elements


Elements = Annotated[tuple[Element, ...], AfterValidator(_require_one_namespace)]
"""Elements, in which each prefix has one namespace."""

Namespaces = dict[
    Annotated[Prefix, AfterValidator(free_prefix)], Annotated[Uri, AfterValidator(own_namespace)]
]
"""The publisher's own namespaces, by prefix."""
