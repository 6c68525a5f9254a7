"""Dublin Core in RSS: people and publishers for whom RSS has no element, language and rights of an item.

Source: Dublin Core Metadata Element Set 1.1; the RSS Advisory Board's profile on `dc:creator`.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..model import Article, FeedMetadata, Format
from .extension import Extension, XmlElement, xml_element


class DublinCore(Extension):
    """`dc:creator`, `dc:contributor`, `dc:publisher`, `dc:language` and `dc:rights`."""

    name = "dublin_core"
    namespaces = {"dc": "http://purl.org/dc/elements/1.1/"}
    lint_elements = {
        "dc": """
            contributor ci * text=filled
            coverage ci * text=filled
            creator ci * text=filled
            date ci c1 text=date
            description ci c1 text=filled
            format ci * text=filled
            identifier ci * text=filled
            language ci c1 text=language
            publisher ci * text=filled
            relation ci * text=filled
            rights ci c1 text=filled
            source ci * text=filled
            subject ci * text=filled
            title ci c1 text=filled
            type ci * text=filled
        """,
    }

    def root_prefixes(self, metadata: FeedMetadata, format: Format) -> Iterable[str]:
        return ("dc",) if format == "rss" else ()

    def entry_elements(self, article: Article, format: Format) -> Iterable[XmlElement]:
        if format != "rss":
            return
        # One author with an address has an `author` element instead, never both.
        if not (len(article.authors) == 1 and article.authors[0].email):
            for author in article.authors:
                yield xml_element("dc:creator", author.label)
        for contributor in article.contributors:
            yield xml_element("dc:contributor", contributor.label)
        if article.publisher:
            yield xml_element("dc:publisher", article.publisher)
        if article.language:
            yield xml_element("dc:language", article.language)
        if rights := rights_of(article):
            yield xml_element("dc:rights", rights)

    def feed_elements(self, metadata: FeedMetadata, format: Format) -> Iterable[XmlElement]:
        if format != "rss":
            return
        if metadata.feed.publisher:
            yield xml_element("dc:publisher", metadata.feed.publisher)
        for contributor in metadata.feed.contributors:
            yield xml_element("dc:contributor", contributor.label)

    def unsupported_fields(self, article: Article, format: Format) -> Iterable[str]:
        if format == "json" and rights_of(article):
            yield "rights"
        if format == "json" and article.contributors:
            yield "contributors"
        if format != "rss" and article.publisher:
            yield "publisher"


def rights_of(article: Article) -> str | None:
    """Return the copyright line with the name of a licence that has no link."""
    terms = article.license.name if article.license and not article.license.url else ""
    return "; ".join(filter(None, (article.rights, terms))) or None
