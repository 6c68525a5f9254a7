"""Comments on an entry, and the entries that it replies to.

Source: RFC 4685 (Atom Threading); in RSS `comments`, wfw:commentRss (the CommentAPI) and slash:comments.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..model import Article, FeedMetadata, Format
from .extension import Extension, XmlElement, xml_element


class Threading(Extension):
    """`Article.discussion` and `Article.replies_to`."""

    name = "threading"
    article_fields = ("discussion", "replies_to")
    namespaces = {
        "wfw": "http://wellformedweb.org/CommentAPI/",
        "slash": "http://purl.org/rss/1.0/modules/slash/",
        "thr": "http://purl.org/syndication/thread/1.0",
    }
    lint_elements = {
        "slash": """
            comments i 1 text=count
            department i 1 text=filled
            hit_parade i 1 text=counts
            section i 1 text=filled
        """,
        "thr": """
            in-reply-to ci * ref!=iri href=iri type=media source=iri
            total i 1 text=count
        """,
        "wfw": """
            comment i 1 text=url
            commentRss i 1 text=url
        """,
    }

    def root_prefixes(self, metadata: FeedMetadata, format: Format) -> Iterable[str]:
        return ("wfw", "slash") if format == "rss" else ("thr",)

    def entry_elements(self, article: Article, format: Format) -> Iterable[XmlElement]:
        return _rss(article) if format == "rss" else _atom(article)

    def unsupported_fields(self, article: Article, format: Format) -> Iterable[str]:
        if article.discussion and format == "json":
            yield "discussion"
        if article.replies_to and format != "atom":
            yield "replies_to"


def _rss(article: Article) -> Iterable[XmlElement]:
    comments = article.discussion
    if comments is None:
        return
    if comments.url:
        yield xml_element("comments", comments.url)
    if comments.feed:
        yield xml_element("wfw:commentRss", comments.feed)
    if comments.count is not None:
        yield xml_element("slash:comments", str(comments.count))


def _atom(article: Article) -> Iterable[XmlElement]:
    for reply in article.replies_to:
        yield xml_element("thr:in-reply-to", ref=reply.id, href=reply.url)
    comments = article.discussion
    if comments is None:
        return
    count = None if comments.count is None else str(comments.count)
    for url, media_type in ((comments.url, "text/html"), (comments.feed, comments.feed_type)):
        if url:
            yield xml_element("link", rel="replies", href=url, type=media_type, **{"thr:count": count})
    if count:
        yield xml_element("thr:total", count)
