"""An element of a namespace that syndicate knows nothing of."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from .base import Frozen, Uri

_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def _prefix(value: str) -> str:
    if not _PREFIX.fullmatch(value):
        raise ValueError(f"{value!r} is no prefix: a letter, then letters, digits, hyphens and underscores")
    return value


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError(
            f"{value!r} is no XML name: letters, digits, dots, hyphens and underscores, no digit first"
        )
    return value


Prefix = Annotated[str, AfterValidator(_prefix)]
"""What stands for a namespace: a name that JSON Feed can have for an extension as well."""

Name = Annotated[str, AfterValidator(_name)]
"""An XML name without a colon; ASCII only, as all namespaces in use for feeds have them."""

_TAKEN = {
    *("atom", "content", "dc", "media", "itunes", "podcast", "georss", "slash", "wfw", "thr", "fh", "at"),
}
# Readers would take an element of these for one of the feed's own, or browsers would run it. Names as the
# W3C, RSS-DEV, Netscape, UserLand and Harvard defined them; they are compared exactly, as parsers do.
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
    """The prefix, if it is neither syndicate's nor XML's.

    Raises:
        ValueError: it is.
    """
    if prefix.lower() in _TAKEN or prefix.lower().startswith("xml"):
        raise ValueError(f"the prefix {prefix!r} is taken; choose one of your own")
    return prefix


def own_namespace(namespace: str) -> str:
    """The namespace, if elements of it can stand beside those of RSS and Atom.

    Raises:
        ValueError: it belongs to a language whose elements readers or browsers act on.
    """
    if language := _FORBIDDEN.get(namespace):
        raise ValueError(
            f"{namespace} is the namespace of {language}, whose elements are never allowed; "
            "choose one of your own"
        )
    return namespace


class Element(Frozen):
    """An element of the publisher's own, for feeds and for articles in them.

    RSS and Atom write it as `<prefix:name …>text</prefix:name>` with its namespace declared on it
    (Namespaces in XML 1.0; RFC 4287, section 6). JSON Feed writes the text, or an object of attributes
    and text (`#text`), under `_prefix` (JSON Feed 1.1, "Extensions").

    Attributes:
        namespace: the URI that makes the name the publisher's own.
        prefix: what stands for it in the document.
        name: the element.
        text: plain text; may be empty.
        attributes: without a namespace.
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
    def _no_declaration(cls, attributes: dict[str, str]) -> dict[str, str]:
        if "xmlns" in attributes:
            raise ValueError("xmlns is no attribute: the namespace is declared by itself")
        return attributes


def _one_namespace(elements: tuple[Element, ...]) -> tuple[Element, ...]:
    known: dict[str, str] = {}
    for each in elements:
        if known.setdefault(each.prefix, each.namespace) != each.namespace:
            raise ValueError(f"the prefix {each.prefix!r} stands for two namespaces")
    return elements


Elements = Annotated[tuple[Element, ...], AfterValidator(_one_namespace)]
"""Several of them, in which a prefix stands for one namespace."""


Namespaces = dict[
    Annotated[Prefix, AfterValidator(free_prefix)], Annotated[Uri, AfterValidator(own_namespace)]
]
"""The publisher's own namespaces, by prefix."""
