"""RSS 2.0 and Atom 1.0, made by feedgen. Its defects are corrected on the elements that it returns.

Sources: the RSS Advisory Board's specification and best-practices profile; RFC 4287. Elements of other
specifications come from `syndicate.extensions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from ..extensions import NAMESPACES, Extension, XmlElement, extensions
from ..model import Article, Author, Feed, FeedMetadata, Format, Problem
from ..model.feed_dates import rfc822
from ..text.xhtml import to_xhtml
from .document import Document, Entry, document, require_date, without_undated
from .document_frame import Frame
from .entry_fields import AuthorFields, EntryFields, SourceFeedFields, extension_errors
from .entry_template import BODY, EntryTemplates, escape_atom, escape_body, escape_rss

_ATOM, _CONTENT, _DC = (f"{{{NAMESPACES[prefix]}}}" for prefix in ("atom", "content", "dc"))
_XHTML = "http://www.w3.org/1999/xhtml"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# feedgen requires a date; it is replaced, or the document has no entries.
_PLACEHOLDER_DATE = datetime(1970, 1, 1, tzinfo=UTC)
# The largest image of a channel (RSS profile, 2).
_MAX_IMAGE_WIDTH, _MAX_IMAGE_HEIGHT = 144, 400


def to_rss(
    feed: Feed, articles: Iterable[Article | Mapping[str, Any]], problems: list[Problem] | None = None
) -> bytes:
    """Return the RSS 2.0 document of a feed with the newest of some articles.

    Args:
        feed: its limit applies; its selection does not.
        articles: in any order. Each is an article, or a mapping of its fields, which is validated and not
            sanitised: its HTML must be your own.
        problems: receives what was repaired or left out.

    Returns:
        UTF-8; the same bytes for the same arguments.

    Raises:
        FeedError: the data or the code of an extension is wrong.
        RecordError: a mapping cannot become an article.
    """
    return serialize_rss(document(feed, articles, problems, only="rss"))


def to_atom(
    feed: Feed, articles: Iterable[Article | Mapping[str, Any]], problems: list[Problem] | None = None
) -> bytes:
    """Return the Atom 1.0 document of a feed with the newest of some articles; arguments as for `to_rss`.

    Atom requires a date. An article without any date, not even that of its first ingest, is left out and
    reported.
    """
    return serialize_atom(without_undated(document(feed, articles, problems, only="atom"), problems))


def serialize_rss(document: Document) -> bytes:
    """Return a document as RSS 2.0."""
    return rss_frame(document.metadata).document(map(rss_entry, document.entries))


def serialize_atom(document: Document) -> bytes:
    """Return a document as Atom 1.0."""
    return atom_frame(document.metadata).document(map(atom_entry, document.entries))


def rss_entry(entry: Entry) -> bytes:
    """Return an entry as an RSS item: the same bytes in every feed."""
    return RSS_TEMPLATES.entry(entry.fields, entry.shape, entry.strings, escape_body(entry.html))


def atom_entry(entry: Entry) -> bytes:
    """Return an entry as an Atom entry: the same bytes in every feed.

    Raises:
        FeedError: the article has no date, not even that of its first ingest.
    """
    require_date(entry)
    fields = entry.fields
    body = to_xhtml(entry.html) if fields.xhtml else escape_body(entry.html)
    return ATOM_TEMPLATES.entry(fields, entry.shape, entry.strings, body)


def rss_frame(metadata: FeedMetadata) -> Frame:
    """Return an RSS document without its items."""
    feed = metadata.feed
    generator = _generator(metadata, "rss")
    generator.description(feed.description or feed.title)
    editor = feed.editor or feed.author
    if editor and editor.email:
        generator.managingEditor(f"{editor.email} ({editor.label})")
    if webmaster := feed.webmaster:
        generator.webMaster(f"{webmaster.email} ({webmaster.label})")
    generator.copyright(feed.rights or None)
    for tag in feed.categories:
        generator.category(term=tag.term, scheme=tag.scheme)
    if feed.ttl:
        generator.ttl(feed.ttl)
    # feedgen writes this date with `setlocale`, which changes the locale of the whole process.
    generator._FeedGenerator__rss_lastBuildDate = None
    root, _ = generator._create_rss()
    channel = root[0]
    if metadata.changed:
        _add(channel, "lastBuildDate", rfc822(metadata.changed))
    if feed.image:
        image = _add(channel, "image")
        _add(image, "url", feed.image.url)
        _add(image, "title", feed.title)
        _add(image, "link", feed.home)
        width, height = feed.image.width, feed.image.height
        if width and height and width <= _MAX_IMAGE_WIDTH and height <= _MAX_IMAGE_HEIGHT:
            _add(image, "width", str(width))
            _add(image, "height", str(height))
        if feed.image.alt:
            _add(image, "description", feed.image.alt)
    # feedgen takes these as sets and writes some of them wrongly.
    for name, part, values in (("skipHours", "hour", feed.skip_hours), ("skipDays", "day", feed.skip_days)):
        if values:
            skip = _add(channel, name)
            for value in values:
                _add(skip, part, str(value))
    # feedgen writes the self link without a media type.
    for link in channel.findall(f"{_ATOM}link"):
        channel.remove(link)
    _add_feed_elements(channel, metadata, "rss")
    _sort_children(channel, _CHANNEL_ORDER)
    return _frame(escape_again(etree.tostring(root, encoding="unicode")), "</channel></rss>")


def atom_frame(metadata: FeedMetadata) -> Frame:
    """Return an Atom document without its entries."""
    feed = metadata.feed
    generator = _generator(metadata, "atom")
    generator.id(feed.atom_id)
    generator.updated(metadata.updated or _PLACEHOLDER_DATE)
    generator.subtitle(feed.description or None)
    generator.rights(feed.rights or None)
    for tag in feed.categories:
        generator.category(term=tag.term, scheme=tag.scheme, label=tag.label)
    if feed.icon:
        generator.icon(feed.icon)
    if feed.image:
        generator.logo(feed.image.url)
    generator.author(_person(feed.author or Author(name=feed.title)))
    for contributor in feed.contributors:
        generator.contributor(_person(contributor))
    root, _ = generator._create_atom()
    # feedgen writes links without their attributes.
    for link in root.findall("link"):
        root.remove(link)
    _add_feed_elements(root, metadata, "atom")
    if feed.language:
        root.set(_XML_LANG, feed.language)
    _sort_children(root, _FEED_ORDER)
    return _frame(etree.tostring(root, encoding="unicode"), "</feed>")


def _generator(metadata: FeedMetadata, format: Format) -> FeedGenerator:  # noqa: A002
    feed = metadata.feed
    _register_prefixes(extensions())
    prefixes: list[str] = []
    for extension in extensions():
        with extension_errors(extension):
            prefixes += extension.root_prefixes(metadata, format)
    declared = {prefix: NAMESPACES[prefix] for prefix in prefixes}
    generator = FeedGenerator()
    generator.title(feed.title)
    generator.generator("syndicate")
    generator.language(feed.language)
    generator.link(href=feed.home, rel="alternate")
    generator.register_extension("namespaces", lambda: _Namespaces(declared), None)
    return generator


class _Namespaces(BaseExtension):  # type: ignore[misc]
    """Declares namespaces on the root, so that entries need no declarations."""

    def __init__(self, declared: dict[str, str]) -> None:
        self._declared = declared

    def extend_ns(self) -> dict[str, str]:
        return self._declared


def _add_feed_elements(parent: etree._Element, metadata: FeedMetadata, format: Format) -> None:  # noqa: A002
    for extension in extensions():
        with extension_errors(extension):
            for each in extension.feed_elements(metadata, format):
                _append(parent, each)


def _append(parent: etree._Element, added: XmlElement) -> None:
    tag, text, attributes, children, prefix = added
    namespace = {str(prefix): tag[1:].partition("}")[0]} if prefix else None
    child = etree.SubElement(
        parent, tag, dict(zip(attributes[::2], attributes[1::2], strict=True)), namespace
    )
    child.text = text
    for each in children:
        _append(child, each)


def _add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    child = etree.SubElement(parent, name, attributes)
    child.text = text
    return child


def _frame(document: str, end: str) -> Frame:
    start = document.removesuffix(end)
    if start == document:
        # lxml writes a root without children as one tag; this root has children.
        raise AssertionError("the document of feedgen has an unexpected end")
    return Frame(f"{_XML_DECLARATION}{start}\n".encode(), b"\n", f"\n{end}\n".encode())


def escape_again(rss: str) -> str:
    """Return the same XML, escaped for readers that take plain text for HTML (RSS profile, 2)."""
    return rss.replace("&amp;", "&#x26;").replace("&lt;", "&#x3C;")


_XML_DECLARATION = "<?xml version='1.0' encoding='UTF-8'?>\n"


@lru_cache(maxsize=8)
def _register_prefixes(registered: tuple[Extension, ...]) -> None:
    """Make lxml write the prefixes of extensions. It takes the prefix of an element when it creates it."""
    for prefix, namespace in _written_namespaces(registered).items():
        etree.register_namespace(prefix, namespace)


@lru_cache(maxsize=8)
def _declarations(registered: tuple[Extension, ...]) -> tuple[str, ...]:
    """Return the namespace declarations of extensions, as lxml writes them."""
    written = _written_namespaces(registered)
    return tuple(f' xmlns:{prefix}="{namespace}"' for prefix, namespace in written.items())


def _written_namespaces(registered: tuple[Extension, ...]) -> dict[str, str]:
    return {
        prefix: namespace
        for extension in registered
        if not extension.lint_only
        for prefix, namespace in extension.namespaces.items()
    }


def _serialize_entry(element: etree._Element, added: tuple[XmlElement, ...], order: tuple[str, ...]) -> str:
    declarations = _declarations(extensions())
    for each in added:
        _append(element, each)
    _sort_children(element, order)
    text = etree.tostring(element, encoding="unicode")
    # The root declares the namespaces. The strings of an entry are markers, so only markup matches.
    for declaration in declarations:
        text = text.replace(declaration, "")
    return text


# The order in which people look for things. The specifications leave it open, except where a comment says so.
_CHANNEL_ORDER = (
    *("title", "link", f"{_ATOM}link", "description", "language", "copyright", "managingEditor", "webMaster"),
    *("lastBuildDate", "category", "generator", "docs", "ttl", "image", "skipHours", "skipDays"),
)
# `description` before `content:encoded` (RSS profile, 4.1.1.20.4).
_ITEM_ORDER = (
    *("title", "link", "guid", "pubDate", f"{_ATOM}updated", "author", f"{_DC}creator", "category"),
    *("description", f"{_CONTENT}encoded", "enclosure", "comments", "source"),
)
_FEED_ORDER = (
    *("id", "title", "subtitle", "link", "updated", "author", "contributor", "category", "rights"),
    *("generator", "icon", "logo"),
)
_ENTRY_ORDER = (
    *("id", "title", "link", "published", "updated", "author", "contributor", "category", "summary"),
    *("content", "rights", "source"),
)


def _sort_children(parent: etree._Element, order: tuple[str, ...]) -> None:
    """Sort children into this order, others after them. The link to the page is the first link."""
    rank = {name: number for number, name in enumerate(order)}
    last = len(rank)
    parent[:] = sorted(
        parent,
        key=lambda each: (rank.get(each.tag, last), each.tag == "link" and each.get("rel") != "alternate"),
    )


def rss_entry_xml(fields: EntryFields) -> str:
    """Return an item of RSS, made by feedgen."""
    _register_prefixes(extensions())
    item = FeedEntry()
    if fields.titled:
        item.title(fields.title)
    item.guid(fields.id, permalink=fields.permalink)
    if fields.description:
        item.description(fields.description)
    if fields.html:
        # Without a summary feedgen makes the body the description, as it should.
        item.content(BODY)
    if fields.link:
        item.link(href=fields.link)
    if enclosure := fields.enclosure:
        item.enclosure(enclosure.url, enclosure.length or "0", enclosure.media_type)
    if fields.source_feed:
        item.source(fields.source_feed.feed, fields.source_feed.title)
    for tag in fields.tags:
        item.category(term=tag.term, scheme=tag.scheme)
    if len(fields.authors) == 1 and (mail := fields.authors[0].email):
        # Readers show what is in the brackets: the name, else the address once more.
        item.author(email=mail, name=fields.authors[0].label)
    element = item.rss_entry()
    if fields.date_822:
        _add(element, "pubDate", fields.date_822)
    if live := fields.live:
        # Podcasting 2.0: a live stream is an item with another name.
        element.tag = f"{{{NAMESPACES['podcast']}}}liveItem"
        for name, value in live._asdict().items():
            if value:
                element.set(name, value)
    return _serialize_entry(element, fields.rss, _ITEM_ORDER)


def atom_entry_xml(fields: EntryFields) -> str:
    """Return an entry of Atom, made by feedgen."""
    _register_prefixes(extensions())
    item = FeedEntry()
    item.id(fields.id)
    item.title(fields.title)
    item.updated(_PLACEHOLDER_DATE)
    if fields.published:
        item.published(_PLACEHOLDER_DATE)
    if fields.summary and (fields.html or fields.link):
        # Else the summary is the content, and is not repeated (RFC 4287, section 4.2.13).
        item.summary(fields.summary)
    # Without content feedgen requires a link, which it then writes without its attributes.
    if fields.html:
        item.content(BODY, type="html")
    else:
        item.content(fields.summary or fields.title, type="text")
    for tag in fields.tags:
        item.category(**{name: value for name, value in tag._asdict().items() if value})
    for author in fields.authors:
        item.author(_person(author))
    for contributor in fields.contributors:
        item.contributor(_person(contributor))
    item.rights(fields.rights)
    element = item.atom_entry()
    for name, value in (("updated", fields.updated), ("published", fields.published)):
        if value:
            # feedgen takes only dates here, and the value is a marker.
            element.find(name).text = value
    if fields.xhtml:
        _make_xhtml(element.find("content"))
    if not fields.html and fields.link:
        # The summary is not the content, which is behind the link.
        element.remove(element.find("content"))
    if fields.source_feed:
        _add_source(element, fields.source_feed)
    if fields.language:
        element.set(_XML_LANG, fields.language)
    return _serialize_entry(element, fields.atom, _ENTRY_ORDER)


def _make_xhtml(content: etree._Element) -> None:
    """Make a content the one `div` that RFC 4287 demands (section 4.1.3.3)."""
    content.set("type", "xhtml")
    div = etree.SubElement(content, f"{{{_XHTML}}}div", nsmap={None: _XHTML})  # type: ignore[dict-item]
    div.text, content.text = content.text, None


def _person(person: Author | AuthorFields) -> dict[str, str]:
    values = {"name": person.label, "email": person.email, "uri": person.url}
    return {name: value for name, value in values.items() if value}


def _add_source(element: etree._Element, source_feed: SourceFeedFields) -> None:
    source = _add(element, "source")
    _add(source, "id", source_feed.id or source_feed.feed)
    _add(source, "title", source_feed.title)
    if source_feed.updated:
        _add(source, "updated", source_feed.updated)
    _add(source, "link", rel="self", href=source_feed.feed)
    if source_feed.home:
        _add(source, "link", rel="alternate", href=source_feed.home)


RSS_TEMPLATES = EntryTemplates(rss_entry_xml, escape_rss)
ATOM_TEMPLATES = EntryTemplates(atom_entry_xml, escape_atom)
