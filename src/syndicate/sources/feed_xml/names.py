"""The elements of feeds by short names that do not depend on prefixes, versions of namespaces and case."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

# By namespace in lower case without a final slash or hash. The formats themselves have no prefix.
_PREFIXES = {
    **dict.fromkeys(
        (
            "http://www.w3.org/2005/atom",
            "http://purl.org/atom/ns",
            "http://purl.org/rss/1.0",
            "http://my.netscape.com/rdf/simple/0.9",
            "http://channel.netscape.com/rdf/simple/0.9",
            "http://purl.org/rss/1.0/modules/rss091",
            "http://blogs.law.harvard.edu/tech/rss",
            "http://cyber.law.harvard.edu/rss",
            "http://example.com/newformat",
            "http://example.com/necho",
            "http://purl.org/echo",
            "http://purl.org/pie",
            "uri/of/echo/namespace",
        ),
        "",
    ),
    "http://purl.org/rss/1.0/modules/content": "content",
    "http://purl.org/dc/elements/1.1": "dc",
    "http://purl.org/dc/elements/1.0": "dc",
    "http://purl.org/dc/terms": "dcterms",
    "http://search.yahoo.com/mrss": "media",
    "http://tools.search.yahoo.com/mrss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://example.com/dtds/podcast-1.0.dtd": "itunes",
    "https://podcastindex.org/namespace/1.0": "podcast",
    "https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast",
    "http://podlove.org/simple-chapters": "psc",
    "http://purl.org/rss/1.0/modules/slash": "slash",
    "http://wellformedweb.org/commentapi": "wfw",
    "http://purl.org/syndication/thread/1.0": "thr",
    "http://creativecommons.org/ns#license": "cc",
    "http://web.resource.org/cc": "cc",
    "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "cc",
    "http://backend.userland.com/creativecommonsrssmodule": "cc",
    "http://www.georss.org/georss": "georss",
    "http://www.opengis.net/gml": "gml",
    "http://www.w3.org/2003/01/geo/wgs84_pos": "geo",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://source.scripting.com": "source",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns": "rdf",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/xml/1998/namespace": "xml",
}

DEFAULT_NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "psc": "http://podlove.org/simple-chapters",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "thr": "http://purl.org/syndication/thread/1.0",
    "cc": "http://web.resource.org/cc/",
    "creativeCommons": "http://backend.userland.com/creativeCommonsRssModule",
    "georss": "http://www.georss.org/georss",
    "gml": "http://www.opengis.net/gml",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "source": "http://source.scripting.com/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xhtml": "http://www.w3.org/1999/xhtml",
}
"""The usual prefixes, for documents that use one without declaring it."""

ENTRY_NAMES = ("item", "entry", "podcast:liveitem")
# Some namespaces have been served under both schemes.
_USERLAND = re.compile(r"backend\.userland\.com/rss")


def element_name(element: etree._Element) -> str:
    """Return the name of an element: `title`, `dc:creator`, `media:group`; empty for comments and the like.

    An element without a prefix belongs to the format, whatever its namespace: feeds have been published with
    many. An unknown namespace keeps the prefix that the document gives it, after a `?`.
    """
    # The tag of a comment is a function, which the stubs do not know.
    tag: object = element.tag
    if not isinstance(tag, str):
        return ""
    namespace, _, local = tag.rpartition("}")
    prefix = _prefix(namespace[1:])
    if prefix is None:
        own_prefix: str | None = element.prefix
        if own_prefix is None and ":" in local:
            # A prefix that the document does not declare.
            own_prefix, _, local = local.partition(":")
            prefix = own_prefix.lower() if own_prefix.lower() in _KNOWN_PREFIXES else f"?{own_prefix}"
        else:
            prefix = f"?{own_prefix}" if own_prefix else ""
    return f"{prefix}:{local.lower()}" if prefix else local.lower()


def attribute(element: etree._Element, name: str) -> str | None:
    """Return an attribute of the format itself, whatever its case; None if it is absent."""
    value = element.get(name)
    if value is None:
        for own_name in element.attrib:
            if isinstance(own_name, str) and own_name.lower() == name:
                value = element.get(own_name)
                break
    return value.strip() if value is not None else None


def children(element: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    """Yield the names and the elements in an element."""
    for child in element:
        if name := element_name(child):
            yield name, child


_KNOWN_PREFIXES = {each for each in _PREFIXES.values() if each}


def _prefix(namespace: str) -> str | None:
    """Return our prefix of a namespace; None if it is unknown."""
    if not namespace:
        return None
    lower = namespace.lower().rstrip("/#")
    if lower in _PREFIXES:
        return _PREFIXES[lower]
    return "" if _USERLAND.search(lower) else None
