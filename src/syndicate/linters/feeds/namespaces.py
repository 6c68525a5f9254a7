"""The namespaces that feeds use, by their usual prefixes, and misspellings of them."""

from __future__ import annotations

from functools import lru_cache

from ...extensions import NAMESPACES, Extension, extensions
from .former_namespaces import FORMER_NAMESPACES

ATOM = f"{{{NAMESPACES['atom']}}}"
CONTENT = f"{{{NAMESPACES['content']}}}"
DC = f"{{{NAMESPACES['dc']}}}"
DCTERMS = "{http://purl.org/dc/terms/}"
FH = f"{{{NAMESPACES['fh']}}}"
AT = f"{{{NAMESPACES['at']}}}"
ITUNES = f"{{{NAMESPACES['itunes']}}}"
MEDIA = f"{{{NAMESPACES['media']}}}"
THR = f"{{{NAMESPACES['thr']}}}"
XHTML = "{http://www.w3.org/1999/xhtml}"
XML = "{http://www.w3.org/XML/1998/namespace}"


def prefixes() -> dict[str, str]:
    """Return each known namespace with the prefix that paths in findings use."""
    return _prefixes(extensions())


@lru_cache(maxsize=8)
def _prefixes(registered: tuple[Extension, ...]) -> dict[str, str]:
    known = {
        "http://www.w3.org/XML/1998/namespace": "xml",
        "http://www.w3.org/1999/xhtml": "xhtml",
    }
    known |= {name: former.prefix for former in FORMER_NAMESPACES for name in former.names}
    for extension in registered:
        known |= {uri: prefix for prefix, uri in extension.namespaces.items()}
        known |= extension.namespace_aliases
    return known


def intended_namespace(uri: str) -> str | None:
    """Return the namespace that a misspelt one stands for: other case, slashes, https for http."""
    known = prefixes()
    if uri in known:
        return None
    return next((each for each in known if _simplified(each) == _simplified(uri)), None)


def has_other_namespace(prefix: str | None, uri: str) -> bool:
    """Return whether the prefix of a known namespace stands for another one."""
    return prefix in NAMESPACES and NAMESPACES[prefix] != uri and prefixes().get(uri) != prefix


def _simplified(uri: str) -> str:
    return uri.lower().replace("https://", "http://").replace("://www.", "://").rstrip("/#")


def short_name(tag: str, default: str = "") -> str:
    """Return the name of an element as people write it: `itunes:image` for the tag with the namespace.

    Args:
        tag: in Clark notation.
        default: the namespace in braces that needs no prefix.
    """
    if default and tag.startswith(default):
        return tag[len(default) :]
    if not tag.startswith("{"):
        return tag
    uri, _, name = tag[1:].rpartition("}")
    prefix = prefixes().get(uri)
    return f"{prefix}:{name}" if prefix else name
