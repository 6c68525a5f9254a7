"""What a feed's documents say, decided once for all formats; the spellers only spell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from ..errors import FeedError, Where
from ..model import Article, Author, Feed, Frozen, Problem
from ..model.identity import identity, is_uri
from ..model.selection import newest_first
from ..text.characters import needs_repair, repair_text
from .dates import whole_minutes
from .entry_fields import EntryFields, entry_fields
from .entry_template import flatten
from .metadata import FeedMetadata, Tombstone

# The fields of a feed that hold words.
_SAID = (
    *("name", "title", "description", "rights", "author"),
    *("image", "categories", "podcast", "elements"),
)


class Entry(NamedTuple):
    """An article as feeds show it: every text legal in XML, the id a URI.

    Attributes:
        article: it, repaired.
        form: its values as the spellers write them.
        shape: which values there are.
        strings: the values, in the order of the shape.
        html: the body, if feeds show it.
    """

    article: Article
    form: EntryFields
    shape: tuple[Any, ...]
    strings: list[str]
    html: str

    @property
    def id(self) -> str:
        return self.form.id

    @property
    def title(self) -> str:
        return self.article.title

    @property
    def summary(self) -> str:
        return self.article.summary

    @property
    def authors(self) -> tuple[Author, ...]:
        return self.article.authors

    @property
    def published(self) -> datetime | None:
        return whole_minutes(self.article.published)

    @property
    def updated(self) -> datetime | None:
        return whole_minutes(self.article.changed)

    @property
    def ingested(self) -> datetime | None:
        return whole_minutes(self.article.ingested)


@dataclass(frozen=True, slots=True)
class Document:
    """A feed with its entries, newest first."""

    head: FeedMetadata
    entries: tuple[Entry, ...]

    @property
    def feed(self) -> Feed:
        return self.head.feed

    @property
    def updated(self) -> datetime | None:
        """The last change of an entry that has a date."""
        return self.head.changed


def document(feed: Feed, articles: Iterable[Article], problems: list[Problem] | None = None) -> Document:
    """Normalise a feed and the newest of some articles.

    Args:
        feed: the definition; its limit applies, its selection does not.
        articles: what to show, in any order.
        problems: gets what had to be mended or left out.
    """
    told = problems if problems is not None else []
    seen: set[str] = set()
    entries: list[Entry] = []
    for article in newest_first(articles):
        if len(entries) == feed.limit:
            break
        entry = entry_of(feed, article, told)
        if entry.id in seen:
            where = Where(field="id", id=article.id)
            message = f"a second article with this id was left out of {feed.name}"
            told.append(Problem.at(where, message, hint="ids are unique"))
            continue
        seen.add(entry.id)
        entries.append(entry)
    updated = max((each for entry in entries if (each := entry.updated or entry.ingested)), default=None)
    changed = max((entry.updated for entry in entries if entry.updated), default=None)
    return Document(feed_metadata(feed, updated, changed), tuple(entries))


def feed_metadata(
    feed: Feed,
    updated: datetime | None,
    changed: datetime | None,
    *,
    page: int | None = None,
    older: int | None = None,
    gone: tuple[Tombstone, ...] = (),
) -> FeedMetadata:
    """The head of a document, its texts legal; see `FeedMetadata` for the arguments."""
    if needs_repair("".join([text for name in _SAID for text in _texts(getattr(feed, name))])):
        feed = feed.model_copy(update={name: _mended(getattr(feed, name)) for name in _SAID})
    return FeedMetadata(feed, updated, changed, page, older, gone)


def entry_of(feed: Feed, article: Article, problems: list[Problem]) -> Entry:
    """Normalise one article for a feed.

    Args:
        feed: decides what is shown.
        article: what to show.
        problems: gets what had to be repaired.
    """
    uri = article.id if is_uri(article.id) else identity(feed.home, article.id)
    full, podcast = feed.content == "full", feed.podcast is not None
    form = entry_fields(article, uri, full=full, podcast=podcast)
    strings: list[str] = []
    shape = flatten(form, strings)
    html = article.content_html if full else ""
    # One look at everything together; nearly always nothing is found.
    if needs_repair("".join([*strings, html])):
        article = _legal(article, problems)
        form = entry_fields(article, uri, full=full, podcast=podcast)
        strings = []
        shape = flatten(form, strings)
        html = article.content_html if full else ""
    return Entry(article, form, shape, strings, html)


def needs_date(entry: Entry) -> None:
    """Refuse an entry without the `updated` that Atom requires (RFC 4287, section 4.2.15).

    Raises:
        FeedError: the article has no date of any kind, and none is invented.
    """
    if entry.form.updated is None:
        raise FeedError(
            "the article was left out of Atom, which requires a date, and it has none",
            where=Where(field="published", id=entry.article.id),
            hint="set published, updated or ingested",
        )


def only_dated(whole: Document, problems: list[Problem] | None) -> Document:
    """The document without entries that Atom cannot have.

    Args:
        whole: the document.
        problems: gets what was left out.
    """
    kept: list[Entry] = []
    for entry in whole.entries:
        try:
            needs_date(entry)
        except FeedError as error:
            if problems is not None:
                problems.append(Problem.of(error))
        else:
            kept.append(entry)
    return replace(whole, entries=tuple(kept))


def _legal(article: Article, problems: list[Problem]) -> Article:
    """The article with every text as XML may hold it, and a word on each field that had to be mended."""
    changes = dict(_repairs(article))
    problems.extend(
        Problem.at(
            Where(field=name, id=article.id),
            "characters that no feed may hold were taken out",
            severity="warning",
            hint="control characters, lone surrogates, U+FFFE and U+FFFF (XML 1.0, section 2.2)",
        )
        for name in changes
    )
    return article.model_copy(update=changes)


def _repairs(article: Article) -> Iterator[tuple[str, Any]]:
    for name, value in article:
        # An id is a URI or becomes one; no character of a URI needs mending.
        if name != "id" and (mended := _mended(value)) != value:
            yield name, mended


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Frozen):
        for _, each in value:
            yield from _texts(each)
    elif isinstance(value, tuple | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        mended = repair_text(value)
        # What must not be empty stays visible.
        return "\ufffd" if mended != value and not mended.strip() else mended
    if isinstance(value, tuple):
        return tuple(_mended(each) for each in value)
    if isinstance(value, dict):
        return {name: _mended(each) for name, each in value.items()}
    if isinstance(value, Frozen):
        return value.model_copy(update={name: _mended(each) for name, each in value})
    return value
