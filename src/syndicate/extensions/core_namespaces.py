"""The namespaces that `feeds/rss_and_atom.py` writes itself: Atom in RSS, and the RSS 1.0 content module."""

from __future__ import annotations

from collections.abc import Iterable

from ..model import FeedMetadata, Format
from .extension import Extension


class Core(Extension):
    """`atom` and `content`; feedgen declares them."""

    name = "core"
    namespaces = {
        "atom": "http://www.w3.org/2005/Atom",
        "content": "http://purl.org/rss/1.0/modules/content/",
    }
    lint_elements = {"content": "encoded ci 1"}

    def root_prefixes(self, metadata: FeedMetadata, format: Format) -> Iterable[str]:
        return ()
