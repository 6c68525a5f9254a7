"""The Markdown that an article was written in, in RSS.

Source: source.scripting.com, "source:markdown".
"""

from __future__ import annotations

from collections.abc import Iterable

from ..model import Article, FeedMetadata, Format
from .extension import Extension, XmlElement, xml_element


class SourceMarkdown(Extension):
    """`source:markdown`, from `Article.content_markdown`."""

    name = "source_markdown"
    article_fields = ("content_markdown",)
    namespaces = {"source": "http://source.scripting.com/"}

    def root_prefixes(self, metadata: FeedMetadata, format: Format) -> Iterable[str]:
        feed = metadata.feed
        return ("source",) if format == "rss" and feed.markdown and feed.content == "full" else ()

    def entry_elements(self, article: Article, format: Format) -> Iterable[XmlElement]:
        if format == "rss":
            yield xml_element("source:markdown", article.content_markdown)
