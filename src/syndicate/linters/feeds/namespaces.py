"""The namespaces that feeds use, by their usual prefixes, and how they are misspelt."""

from __future__ import annotations

NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "at": "http://purl.org/atompub/tombstones/1.0",
    "cc": "http://creativecommons.org/ns#",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "creativeCommons": "http://backend.userland.com/creativeCommonsRssModule",
    "dc": "http://purl.org/dc/elements/1.1/",
    "fh": "http://purl.org/syndication/history/1.0",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "georss": "http://www.georss.org/georss",
    "gml": "http://www.opengis.net/gml",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "thr": "http://purl.org/syndication/thread/1.0",
    "wfw": "http://wellformedweb.org/CommentAPI/",
}
"""Usual prefix to namespace."""

PREFIXES = {uri: prefix for prefix, uri in NAMESPACES.items()} | {
    "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast",
    "http://web.resource.org/cc/": "cc",
    "http://www.w3.org/XML/1998/namespace": "xml",
    "http://www.w3.org/1999/xhtml": "xhtml",
}
"""Namespace to the prefix that paths in findings use."""

ATOM = f"{{{NAMESPACES['atom']}}}"
CONTENT = f"{{{NAMESPACES['content']}}}"
DC = f"{{{NAMESPACES['dc']}}}"
FH = f"{{{NAMESPACES['fh']}}}"
AT = f"{{{NAMESPACES['at']}}}"
ITUNES = f"{{{NAMESPACES['itunes']}}}"
MEDIA = f"{{{NAMESPACES['media']}}}"
THR = f"{{{NAMESPACES['thr']}}}"
XHTML = "{http://www.w3.org/1999/xhtml}"
XML = "{http://www.w3.org/XML/1998/namespace}"


def _bare(uri: str) -> str:
    return uri.lower().replace("https://", "http://").replace("://www.", "://").rstrip("/#")


_BARE = {_bare(uri): uri for uri in PREFIXES}


def meant(uri: str) -> str | None:
    """The namespace that a misspelt one must mean: other case, a slash too few or many, https for http."""
    return None if uri in PREFIXES else _BARE.get(_bare(uri))


def short(tag: str, default: str = "") -> str:
    """An element's name as a person writes it: `itunes:image` for the name with the namespace.

    Args:
        tag: as lxml has it.
        default: the namespace in braces that needs no prefix.
    """
    if default and tag.startswith(default):
        return tag[len(default) :]
    if not tag.startswith("{"):
        return tag
    uri, _, name = tag[1:].rpartition("}")
    prefix = PREFIXES.get(uri)
    return f"{prefix}:{name}" if prefix else name
