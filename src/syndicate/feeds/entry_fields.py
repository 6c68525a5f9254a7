"""The fields of an entry as strings.

The *shape* of an entry says which fields it has: how many authors, whether there is a summary. The strings
are what differs between entries of one shape. The serializers build one template per shape and fill in the
strings: see `entry_template`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from html import escape
from typing import Literal, NamedTuple

from ..errors import FeedError, Where
from ..extensions import Extension, Fixed, XmlElement, extensions
from ..extensions.dublin_core import rights_of
from ..model import Article, Author, Format, SourceFeed, Tag
from ..model.feed_dates import rfc822, rfc3339, whole_minutes
from ..model.podcast import Live
from ..text.article_label import article_label


class AuthorFields(NamedTuple):
    """An author; `label` is the name, else the address."""

    label: str
    name: str | None
    email: str | None
    url: str | None


class TagFields(NamedTuple):
    """A tag or the section."""

    term: str
    label: str | None
    scheme: str | None


class EnclosureFields(NamedTuple):
    """The first attachment; `length` in bytes."""

    url: str
    media_type: str
    length: str | None


class LiveFields(NamedTuple):
    """A live stream: its state, and when it is meant to begin and end."""

    status: str
    start: str
    end: str | None


class SourceFeedFields(NamedTuple):
    """The feed that a republished article came from."""

    title: str
    feed: str
    home: str | None
    id: str | None
    updated: str | None


class EntryFields(NamedTuple):
    """The fields of an entry.

    Attributes:
        permalink: whether the id is the link.
        title: of an untitled article, its first words.
        titled: whether the article has a title.
        description: the summary in RSS, where a description is HTML by definition. If an untitled article has
            no text, its label: RSS requires a title or a description.
        html: whether the entry has a body.
        xhtml: whether Atom has the body as XHTML.
        updated: as Atom requires it; the first ingest if the article is undated.
        date_822: the date in RSS: published, else updated.
        dated: whether the article has a date.
        live: that the item of a podcast is a live stream.
        rss, atom: the elements of the extensions.
        data: extensions that the article has data of, each with the names of the fields that are set.
    """

    id: str
    permalink: bool
    title: str
    titled: bool
    link: str | None
    summary: str | None
    description: str | None
    html: bool
    published: str | None
    updated: str | None
    date_822: str | None
    dated: bool
    language: str | None
    rights: str | None
    authors: tuple[AuthorFields, ...]
    contributors: tuple[AuthorFields, ...]
    xhtml: bool
    tags: tuple[TagFields, ...]
    enclosure: EnclosureFields | None
    source_feed: SourceFeedFields | None
    live: LiveFields | None
    rss: tuple[XmlElement, ...]
    atom: tuple[XmlElement, ...]
    data: tuple[tuple[Fixed, ...], ...]


def entry_fields(
    article: Article,
    uri: str,
    *,
    full: bool,
    podcast: bool,
    xhtml: bool = False,
    only: Literal["rss", "atom"] | None = None,
) -> EntryFields:
    """Return the fields of an article.

    Args:
        article: its texts are legal in XML.
        uri: its id as feeds write it.
        full: whether the feed shows bodies.
        podcast: whether the feed is a podcast.
        xhtml: whether bodies are XHTML in Atom.
        only: the format that needs elements of extensions; both if None.

    Raises:
        FeedError: the code of an extension failed.
    """
    published, updated = whole_minutes(article.published), whole_minutes(article.changed)
    appeared = rfc3339(published) if published else None
    changed = updated or whole_minutes(article.ingested)
    summary = article.summary or None
    title = article.title or article_label(article) or article.link or uri
    html = full and bool(article.content_html)
    described = summary or (None if article.title or html else title)
    applicable = _with_elements(extensions(), podcast)
    return EntryFields(
        id=uri,
        permalink=uri == article.link,
        title=title,
        titled=bool(article.title),
        link=article.link,
        summary=summary,
        description=escape(described, quote=False) if described else None,
        html=html,
        published=appeared,
        updated=rfc3339(changed) if changed and changed is not published else appeared,
        date_822=rfc822(first) if (first := published or updated) else None,
        dated=updated is not None,
        language=article.language,
        rights=rights_of(article),
        authors=_authors(article.authors),
        contributors=_authors(article.contributors),
        xhtml=xhtml and html,
        tags=_tags(article),
        enclosure=_enclosure(article),
        source_feed=_source_feed(article.origin) if article.origin else None,
        live=_live(article.episode.live) if podcast and article.episode and article.episode.live else None,
        rss=_elements(applicable, article, "rss") if only != "atom" else (),
        atom=_elements(applicable, article, "atom") if only != "rss" else (),
        data=tuple([(Fixed(name), *map(Fixed, fields)) for name, fields in article.extensions.items()]),
    )


@lru_cache(maxsize=8)
def _with_elements(registered: tuple[Extension, ...], podcast: bool) -> tuple[Extension, ...]:
    """Return the extensions that add elements to the entries of a feed."""
    return tuple(
        [
            each
            for each in registered
            if type(each).entry_elements is not Extension.entry_elements
            and (podcast or not each.podcast_only)
        ]
    )


def _elements(
    applicable: tuple[Extension, ...],
    article: Article,
    format: Format,  # noqa: A002
) -> tuple[XmlElement, ...]:
    found: list[XmlElement] = []
    for extension in applicable:
        for name in extension.article_fields:
            if getattr(article, name):
                break
        else:
            if extension.article_fields:
                continue
        # Not `extension_errors`, which takes longer than most extensions.
        try:
            found += extension.entry_elements(article, format)
        except Exception as error:  # the code of an extension may raise anything
            raise _extension_error(extension, error, article.id) from error
    return tuple(found)


@contextmanager
def extension_errors(extension: Extension, article_id: str | None = None) -> Iterator[None]:
    """Raise FeedError if the code of an extension raises: it costs one article, or one feed."""
    try:
        yield
    except Exception as error:  # the code of an extension may raise anything
        raise _extension_error(extension, error, article_id) from error


def _extension_error(extension: Extension, error: Exception, article_id: str | None) -> FeedError:
    return FeedError(
        f"the extension {extension.name!r} failed: {type(error).__name__}: {error}",
        where=Where(field=f"extensions.{extension.name}", id=article_id),
        hint="update or uninstall the extension",
    )


def _authors(authors: tuple[Author, ...]) -> tuple[AuthorFields, ...]:
    return tuple([AuthorFields(each.label, each.name, each.email, each.url) for each in authors])


def _tags(article: Article) -> tuple[TagFields, ...]:
    tags: Sequence[Tag] = article.tags
    if section := article.section:
        first = next((tag for tag in tags if tag.term == section), None) or Tag(term=section)
        tags = [first, *(tag for tag in tags if tag.term != section)]
    return tuple([TagFields(each.term, each.label, each.scheme) for each in tags])


def _enclosure(article: Article) -> EnclosureFields | None:
    if not article.attachments:
        return None
    file = article.attachments[0]
    return EnclosureFields(file.url, file.media_type, None if file.length is None else str(file.length))


def _live(live: Live) -> LiveFields:
    start, end = whole_minutes(live.start) or live.start, whole_minutes(live.end)
    return LiveFields(live.status, rfc3339(start), rfc3339(end) if end else None)


def _source_feed(origin: SourceFeed) -> SourceFeedFields:
    updated = whole_minutes(origin.updated)
    return SourceFeedFields(
        origin.title, origin.feed, origin.home, origin.id, rfc3339(updated) if updated else None
    )
