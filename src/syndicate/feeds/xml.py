"""RSS 2.0 and Atom 1.0, spelt by feedgen, its defects mended on the elements it returns.

Sources: the RSS Advisory Board's specification and best-practices profile; RFC 4287. What comes from
elsewhere is in `extensions`, a file a specification.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

from ..model import Article, Author, Feed, Format, Problem
from .dates import rfc822
from .document import Document, Entry, document, needs_date, only_dated
from .entry_fields import EntryFields
from .entry_template import BODY, EntryTemplates, body_of, escape_atom, escape_rss
from .extensions import NAMESPACES, XML, child, extend_entry, extend_feed
from .frame import Frame
from .metadata import FeedMetadata

_ATOM, _CONTENT, _DC = (f"{{{NAMESPACES[prefix]}}}" for prefix in ("atom", "content", "dc"))
_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
# RSS profile, 2: an image of a channel is at most so wide and so high.
_WIDEST, _HIGHEST = 144, 400


def to_rss(feed: Feed, articles: Iterable[Article], problems: list[Problem] | None = None) -> bytes:
    """The RSS 2.0 document of a feed over the newest of some articles.

    Args:
        feed: the definition.
        articles: in any order; the feed's limit applies, newest first.
        problems: gets what had to be mended or left out.

    Returns:
        UTF-8; the same bytes for the same arguments.
    """
    return serialize_rss(document(feed, articles, problems))


def to_atom(feed: Feed, articles: Iterable[Article], problems: list[Problem] | None = None) -> bytes:
    """The Atom 1.0 document of a feed over the newest of some articles; arguments as for `to_rss`.

    An article without any date, not even that of its first ingest, is left out and reported: Atom requires
    one.
    """
    return serialize_atom(only_dated(document(feed, articles, problems), problems))


def serialize_rss(document: Document) -> bytes:
    """A normalised feed as RSS 2.0."""
    return frame_rss(document.head).document(map(rss_entry, document.entries))


def serialize_atom(document: Document) -> bytes:
    """A normalised feed as Atom 1.0."""
    return frame_atom(document.head).document(map(atom_entry, document.entries))


def rss_entry(entry: Entry) -> bytes:
    """An entry as an RSS item: the same bytes in whatever feed it stands."""
    return _ITEMS.entry(entry.form, entry.shape, entry.strings, body_of(entry.html))


def atom_entry(entry: Entry) -> bytes:
    """An entry as Atom has it: the same bytes in whatever feed it stands.

    Raises:
        FeedError: the article has no date of any kind.
    """
    needs_date(entry)
    return _ENTRIES.entry(entry.form, entry.shape, entry.strings, body_of(entry.html))


def frame_rss(head: FeedMetadata) -> Frame:
    """What stands before, between and after the items of an RSS document."""
    feed = head.feed
    generator = _generator(head, "rss")
    generator.description(feed.description or feed.title)
    if feed.author and feed.author.email:
        generator.managingEditor(f"{feed.author.email} ({feed.author.label})")
    generator.copyright(feed.rights or None)
    for tag in feed.categories:
        generator.category(term=tag.term, scheme=tag.scheme)
    if feed.ttl:
        generator.ttl(feed.ttl)
    # Whatever is set here goes through setlocale, which is for the whole process.
    generator._FeedGenerator__rss_lastBuildDate = None
    root, _ = generator._create_rss()
    channel = root[0]
    if head.changed:
        child(channel, "lastBuildDate", rfc822(head.changed))
    if feed.image:
        image = child(channel, "image")
        child(image, "url", feed.image.url)
        child(image, "title", feed.title)
        child(image, "link", feed.home)
        width, height = feed.image.width, feed.image.height
        if width and height and width <= _WIDEST and height <= _HIGHEST:
            child(image, "width", str(width))
            child(image, "height", str(height))
        if feed.image.alt:
            child(image, "description", feed.image.alt)
    # feedgen takes them as a set and writes some of them wrongly.
    for name, part, values in (("skipHours", "hour", feed.skip_hours), ("skipDays", "day", feed.skip_days)):
        if values:
            skipped = child(channel, name)
            for value in values:
                child(skipped, part, str(value))
    _arrange(channel, _CHANNEL)
    start = etree.tostring(root, encoding="unicode")
    return _framed(escape_again(start), "</channel></rss>")


def frame_atom(head: FeedMetadata) -> Frame:
    """What stands before, between and after the entries of an Atom document."""
    feed = head.feed
    generator = _generator(head, "atom")
    generator.id(feed.atom_id)
    generator.updated(head.updated or _UNDATED)
    generator.subtitle(feed.description or None)
    generator.rights(feed.rights or None)
    for tag in feed.categories:
        generator.category(term=tag.term, scheme=tag.scheme, label=tag.label)
    if feed.icon:
        generator.icon(feed.icon)
    if feed.image:
        generator.logo(feed.image.url)
    author = feed.author or Author(name=feed.title)
    person = {"name": author.label, "email": author.email, "uri": author.url}
    generator.author({name: value for name, value in person.items() if value})
    root, _ = generator._create_atom()
    _arrange(root, _FEED)
    return _framed(etree.tostring(root, encoding="unicode"), "</feed>")


def _generator(head: FeedMetadata, kind: Format) -> FeedGenerator:
    feed = head.feed
    generator = FeedGenerator()
    generator.title(feed.title)
    generator.generator("syndicate")
    generator.language(feed.language)
    # The last link is the one that becomes the channel's.
    generator.link(href=feed.home, rel="alternate")
    extend_feed(generator, head, kind)
    return generator


def _framed(whole: str, end: str) -> Frame:
    start = whole.removesuffix(end)
    if start == whole:
        # An empty root is written as one tag.
        raise AssertionError("feedgen wrote something else than expected")
    return Frame(f"{_DECLARED}{start}\n".encode(), b"\n", f"\n{end}\n".encode())


def escape_again(rss: str) -> str:
    """The same XML, spelt so that readers who take plain text for HTML show it right (RSS profile, 2)."""
    return rss.replace("&amp;", "&#x26;").replace("&lt;", "&#x3C;")


_DECLARED = "<?xml version='1.0' encoding='UTF-8'?>\n"
# The root declares these; an entry that is serialised by itself declares them again. Text cannot hold a raw
# "<", so that nothing but markup matches.
_DECLARATIONS = [f' xmlns:{prefix}="{namespace}"' for prefix, namespace in NAMESPACES.items()]


def _alone(element: etree._Element) -> str:
    text = etree.tostring(element, encoding="unicode")
    for declaration in _DECLARATIONS:
        text = text.replace(declaration, "")
    return text


_PAGE = "alternate"
# The order in which people look for things; the specifications leave it open but for what is marked.
_CHANNEL = (
    *("title", "link", f"{_ATOM}link", "description", "language", "copyright", "managingEditor"),
    *("lastBuildDate", "category", "generator", "docs", "ttl", "image", "skipHours", "skipDays"),
)
# `description` before `content:encoded` (RSS profile, 4.1.1.20.4).
_PARTS_OF_ITEM = (
    *("title", "link", "guid", "pubDate", f"{_ATOM}updated", "author", f"{_DC}creator", "category"),
    *("description", f"{_CONTENT}encoded", "enclosure", "comments", "source"),
)
_FEED = (
    *("id", "title", "subtitle", "link", "updated", "author", "category", "rights"),
    *("generator", "icon", "logo"),
)
_PARTS_OF_ENTRY = (
    *("id", "title", "link", "published", "updated", "author", "category", "summary", "content"),
    *("rights", "source"),
)


def _arrange(parent: etree._Element, names: tuple[str, ...]) -> None:
    """Put children into this order, and others, in theirs, behind; of links the one to the page first."""
    rank = {name: number for number, name in enumerate(names)}
    last = len(rank)
    parent[:] = sorted(
        parent, key=lambda each: (rank.get(each.tag, last), each.tag == "link" and each.get("rel") != _PAGE)
    )


def _item(form: EntryFields) -> str:
    item = FeedEntry()
    item.title(form.title)
    item.guid(form.id, permalink=form.permalink)
    if form.description:
        item.description(form.description)
    if form.html:
        # Without a summary feedgen makes the body the description, as it should.
        item.content(BODY)
    if form.link:
        item.link(href=form.link)
    if form.files:
        first = form.files[0]
        item.enclosure(first.url, first.length or "0", first.media_type)
    if form.origin:
        item.source(form.origin.feed, form.origin.title)
    for tag in form.tags:
        item.category(term=tag.term, scheme=tag.scheme)
    if len(form.authors) == 1 and (mail := form.authors[0].email):
        # Readers show what is in the brackets: a name, else the address once more.
        item.author(email=mail, name=form.authors[0].label)
    extend_entry(item, form)
    element = item.rss_entry()
    if form.date_822:
        child(element, "pubDate", form.date_822)
    _arrange(element, _PARTS_OF_ITEM)
    return _alone(element)


def _entry(form: EntryFields) -> str:
    item = FeedEntry()
    item.id(form.id)
    item.title(form.title)
    item.updated(_UNDATED)
    if form.published:
        item.published(_UNDATED)
    if form.summary and (form.html or form.link):
        # Else it is the content, and is not to be said twice (RFC 4287, section 4.2.13).
        item.summary(form.summary)
    # Without a body feedgen asks for a link of its own, which it then writes without its attributes.
    if form.html:
        item.content(BODY, type="html")
    else:
        item.content(form.summary or form.title, type="text")
    for tag in form.tags:
        item.category(**{name: value for name, value in tag._asdict().items() if value})
    for author in form.authors:
        person = {"name": author.label, "email": author.email, "uri": author.url}
        item.author({name: value for name, value in person.items() if value})
    item.rights(form.rights)
    extend_entry(item, form)
    element = item.atom_entry()
    for name, value in (("updated", form.updated), ("published", form.published)):
        if value:
            # feedgen takes dates and no markers.
            element.find(name).text = value
    if not form.html and form.link:
        # A summary is not the content, which is behind the link.
        element.remove(element.find("content"))
    if form.origin:
        _source(element, form)
    if form.language:
        element.set(f"{XML}lang", form.language)
    _arrange(element, _PARTS_OF_ENTRY)
    return _alone(element)


def _source(element: etree._Element, form: EntryFields) -> None:
    origin = form.origin
    assert origin is not None
    source = child(element, "source")
    child(source, "id", origin.id or origin.feed)
    child(source, "title", origin.title)
    if origin.updated:
        child(source, "updated", origin.updated)
    child(source, "link", rel="self", href=origin.feed)
    if origin.home:
        child(source, "link", rel="alternate", href=origin.home)


_ITEMS = EntryTemplates(_item, escape_rss)
_ENTRIES = EntryTemplates(_entry, escape_atom)
