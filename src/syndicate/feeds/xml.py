"""RSS 2.0 and Atom 1.0, spelt by feedgen entry by entry, its defects mended on the elements it returns.

Sources: the RSS Advisory Board's specification and best-practices profile; RFC 4287; Dublin Core (creator);
Media RSS 1.5.1 (the attachments after the first, of which an RSS item can carry one only).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import format_datetime

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

from ..content import escape
from ..model import Article, Feed, Format, Problem
from ..model.feed import MEDIA_TYPES
from .document import Document, Entry, document, needs_date

_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_DC = "http://purl.org/dc/elements/1.1/"
_MEDIA = "http://search.yahoo.com/mrss/"
_XML = "http://www.w3.org/XML/1998/namespace"
etree.register_namespace("content", _CONTENT)
etree.register_namespace("media", _MEDIA)

# The root declares these; an entry that is serialised by itself declares them again. Text cannot hold a
# raw "<", so that nothing but markup matches.
_CONTENT_TAG = f'<content:encoded xmlns:content="{_CONTENT}"'.encode(), b"<content:encoded"
_CREATOR_TAG = f'<dc:creator xmlns:dc="{_DC}"'.encode(), b"<dc:creator"
_MEDIA_TAG = f'<media:group xmlns:media="{_MEDIA}"'.encode(), b"<media:group"
# Stands in for a body while the entry is built: libxml2 takes longer over three kilobytes of text than over
# all the rest. Only the element's own text can stand right before its end tag.
_BODY = "@body@"
_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


def to_rss(feed: Feed, articles: Iterable[Article], problems: list[Problem] | None = None) -> bytes:
    """The RSS 2.0 document of a feed over the newest of some articles.

    Args:
        feed: the definition.
        articles: in any order; the feed's limit applies, newest first.
        problems: gets what had to be mended or left out.

    Returns:
        UTF-8; the same bytes for the same arguments.
    """
    return spell_rss(document(feed, articles, problems))


def to_atom(feed: Feed, articles: Iterable[Article], problems: list[Problem] | None = None) -> bytes:
    """The Atom 1.0 document of a feed over the newest of some articles; arguments as for `to_rss`.

    Raises:
        FeedError: an article has no date of any kind.
    """
    return spell_atom(document(feed, articles, problems))


def spell_rss(document: Document) -> bytes:
    """A normalised feed as RSS 2.0."""
    feed = document.feed
    generator = _generator(document, "rss")
    if any(len(entry.article.attachments) > 1 for entry in document.entries):
        generator.load_extension("media", atom=False, rss=True)
    generator.description(feed.description or feed.title)
    if feed.author and feed.author.email:
        name = feed.author.name
        generator.managingEditor(f"{feed.author.email} ({name})" if name else feed.author.email)
    # Whatever is set here goes through setlocale, which is for the whole process.
    generator._FeedGenerator__rss_lastBuildDate = None
    root, _ = generator._create_rss()
    if document.updated:
        channel = root[0]
        element = etree.SubElement(channel, "lastBuildDate")
        element.text = format_datetime(document.updated)
    return _assemble(root, b"</channel></rss>", [_rss_item(entry) for entry in document.entries], _plain)


def spell_atom(document: Document) -> bytes:
    """A normalised feed as Atom 1.0."""
    feed = document.feed
    generator = _generator(document, "atom")
    generator.id(feed.url("atom") or feed.home)
    generator.updated(document.updated or _UNDATED)
    generator.subtitle(feed.description or None)
    author = feed.author
    generator.author(
        {
            "name": (author.label if author else "") or feed.title,
            **({"email": author.email} if author and author.email else {}),
            **({"uri": author.url} if author and author.url else {}),
        }
    )
    root, _ = generator._create_atom()
    if feed.language:
        root.set(f"{{{_XML}}}lang", feed.language)
    return _assemble(root, b"</feed>", [_atom_entry(entry) for entry in document.entries])


def _generator(document: Document, format: Format) -> FeedGenerator:  # noqa: A002
    feed = document.feed
    generator = FeedGenerator()
    generator.load_extension("dc", atom=False, rss=True)
    generator.title(feed.title)
    generator.generator("syndicate")
    generator.language(feed.language)
    if own := feed.url(format):
        generator.link(href=own, rel="self", type=MEDIA_TYPES[format])
    # The last link is the one that becomes the channel's.
    generator.link(href=feed.home, rel="alternate")
    return generator


def _assemble(
    root: etree._Element, end: bytes, entries: list[bytes], spelt: Callable[[bytes], bytes] = bytes
) -> bytes:
    whole = spelt(etree.tostring(root, encoding="UTF-8", xml_declaration=True))
    if not whole.endswith(end):
        # An empty root is written as one tag.
        raise AssertionError("feedgen wrote something else than expected")
    return b"\n".join([whole[: -len(end)], *entries, end]) + b"\n"


def _plain(rss: bytes) -> bytes:
    """The same XML, spelt so that readers who take plain text for HTML show it right (RSS profile, 2)."""
    return rss.replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;")


def _child(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> None:
    element = etree.SubElement(parent, name, attributes)
    element.text = text


def _rss_item(entry: Entry) -> bytes:
    article = entry.article
    item = FeedEntry()
    item.title(entry.title)
    item.guid(entry.id, permalink=entry.permalink)
    # A description is HTML by definition, and a summary is not.
    if entry.summary:
        item.description(escape(entry.summary, quote=False))
    if entry.html:
        item.content(_BODY)
    if article.attachments:
        first = article.attachments[0]
        item.enclosure(first.url, str(first.length or 0), first.media_type)
    element = item.rss_entry()
    if article.link:
        _child(element, "link", article.link)
    for tag in entry.tags:
        _child(element, "category", tag.term, **({"domain": tag.scheme} if tag.scheme else {}))
    authors = entry.authors
    if len(authors) == 1 and authors[0].email:
        name = authors[0].name
        _child(element, "author", f"{authors[0].email} ({name})" if name else authors[0].email)
    else:
        for author in authors:
            _child(element, f"{{{_DC}}}creator", author.label)
    if len(article.attachments) > 1:
        group = etree.SubElement(element, f"{{{_MEDIA}}}group")
        for file in article.attachments[1:]:
            length = {"fileSize": str(file.length)} if file.length is not None else {}
            _child(group, f"{{{_MEDIA}}}content", url=file.url, type=file.media_type, **length)
    appeared = entry.published or entry.updated
    if appeared:
        _child(element, "pubDate", format_datetime(appeared))
    text: bytes = etree.tostring(element, encoding="UTF-8", xml_declaration=False)
    text = _plain(text.replace(*_CONTENT_TAG, 1).replace(*_CREATOR_TAG).replace(*_MEDIA_TAG))
    # Without a summary feedgen makes the body the description, as it should.
    return _with_body(text, entry.html, "content:encoded" if entry.summary else "description")


def _atom_entry(entry: Entry) -> bytes:
    article = entry.article
    item = FeedEntry()
    item.id(entry.id)
    item.title(entry.title)
    item.updated(needs_date(entry))
    if entry.published:
        item.published(entry.published)
    if entry.summary:
        item.summary(entry.summary)
    # Without a body feedgen asks for a link of its own, which it then writes without its attributes.
    if entry.html:
        item.content(_BODY, type="html")
    else:
        item.content(entry.summary or entry.title, type="text")
    if article.rights:
        item.rights(article.rights)
    element = item.atom_entry()
    if not entry.html and article.link:
        # A summary is not the content, which is behind the link.
        element.remove(element.find("content"))
    if article.link:
        _child(element, "link", rel="alternate", href=article.link)
    if article.license and article.license.url:
        _child(element, "link", rel="license", href=article.license.url)
    if article.canonical and article.canonical != article.link:
        _child(element, "link", rel="canonical", href=article.canonical)
    for file in article.attachments:
        length = {"length": str(file.length)} if file.length is not None else {}
        title = {"title": file.title} if file.title else {}
        _child(element, "link", rel="enclosure", href=file.url, type=file.media_type, **length, **title)
    for tag in entry.tags:
        more = {"scheme": tag.scheme, "label": tag.label}
        _child(element, "category", term=tag.term, **{name: value for name, value in more.items() if value})
    for author in entry.authors:
        person = etree.SubElement(element, "author")
        _child(person, "name", author.label)
        if author.url:
            _child(person, "uri", author.url)
        if author.email:
            _child(person, "email", author.email)
    if article.language:
        element.set(f"{{{_XML}}}lang", article.language)
    return _with_body(etree.tostring(element, encoding="UTF-8", xml_declaration=False), entry.html, "content")


def _with_body(entry: bytes, html: str, tag: str) -> bytes:
    """The entry with its body in place: legal already, marked as characters here (XML 1.0, 2.4, 2.7)."""
    if not html:
        return entry
    if "]]>" in html or "\r" in html:
        # These would not come back out of a CDATA section as they went in.
        body = escape(html, quote=False).replace("\r", "&#13;")
    else:
        body = f"<![CDATA[{html}]]>"
    return entry.replace(f"{_BODY}</{tag}>".encode(), f"{body}</{tag}>".encode(), 1)
