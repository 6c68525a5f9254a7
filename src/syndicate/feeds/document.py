"""The contents of a feed document, decided once for all formats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, NamedTuple

from pydantic import ValidationError

from ..errors import FeedError, RecordError, Where
from ..extensions import extensions
from ..model import Article, Author, Feed, FeedMetadata, Frozen, Problem, Tombstone
from ..model.article_identity import identity, is_uri
from ..model.extension_data import freeze
from ..model.feed_dates import whole_minutes
from ..model.selection import newest_first
from ..model.validation_messages import describe_error, field_path
from ..text.illegal_characters import needs_repair, repair_text
from .entry_fields import EntryFields, entry_fields
from .entry_template import flatten

# The fields of a feed that hold text.
_TEXT_FIELDS = (
    *("name", "title", "description", "rights", "author", "editor", "webmaster", "publisher", "contributors"),
    *("image", "categories", "podcast", "elements", "extensions"),
)


class Entry(NamedTuple):
    """An article as feeds show it: its texts are legal in XML, its id is a URI.

    Attributes:
        article: the article, repaired.
        fields: its values as strings.
        shape: which values it has.
        strings: the values, in the order of the shape.
        html: the body; empty if the feed shows none.
        podcast: whether the feed is a podcast.
    """

    article: Article
    fields: EntryFields
    shape: tuple[Any, ...]
    strings: list[str]
    html: str
    podcast: bool

    @property
    def id(self) -> str:
        return self.fields.id

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

    @property
    def has_foreign_elements(self) -> bool:
        """Whether it has elements whose values no model of this package has validated."""
        return bool(self.article.elements or self.article.extensions)


@dataclass(frozen=True, slots=True)
class Document:
    """A feed with its entries, newest first."""

    metadata: FeedMetadata
    entries: tuple[Entry, ...]

    @property
    def feed(self) -> Feed:
        return self.metadata.feed

    @property
    def updated(self) -> datetime | None:
        """The last change of an entry that has a date."""
        return self.metadata.changed


def document(
    feed: Feed,
    articles: Iterable[Article | Mapping[str, Any]],
    problems: list[Problem] | None = None,
    *,
    only: Literal["rss", "atom"] | None = None,
) -> Document:
    """Return the document of a feed with the newest of some articles.

    Args:
        feed: its limit applies; its selection does not.
        articles: in any order; or their fields as mappings, which become articles.
        problems: receives what was repaired or left out.
        only: the format that the document is for, if it is for one of these.

    Raises:
        FeedError: the data of an extension is wrong.
        RecordError: a mapping cannot become an article.
    """
    problems = problems if problems is not None else []
    ids: set[str] = set()
    entries: list[Entry] = []
    for article in newest_first(map(_article, articles)):
        if len(entries) == feed.limit:
            break
        entry = entry_of(feed, article, problems, only)
        if entry.id in ids:
            where = Where(field="id", id=article.id)
            message = f"a second article with this id was left out of {feed.name}"
            problems.append(Problem.at(where, message, hint="ids are unique"))
            continue
        ids.add(entry.id)
        entries.append(entry)
    updated = max((each for entry in entries if (each := entry.updated or entry.ingested)), default=None)
    changed = max((entry.updated for entry in entries if entry.updated), default=None)
    return Document(feed_metadata(feed, updated, changed), tuple(entries))


def _article(given: Article | Mapping[str, Any]) -> Article:
    """Return an article, or make it of its fields. A body in them is not sanitised.

    Raises:
        RecordError: a field is wrong or unknown; the first one is named.
    """
    if isinstance(given, Article):
        return given
    try:
        return Article.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = Where(field=field_path(first["loc"]), id=str(given.get("id", "")) or None)
        hint = "syndicate.article_from reads records with other names and values"
        raise RecordError(describe_error(first), where=where, hint=hint) from None


def feed_metadata(
    feed: Feed,
    updated: datetime | None,
    changed: datetime | None,
    *,
    page: int | None = None,
    older: int | None = None,
    tombstones: tuple[Tombstone, ...] = (),
) -> FeedMetadata:
    """Return the metadata of a document, with texts that are legal in XML; arguments as in `FeedMetadata`.

    Raises:
        FeedError: the feed's data of an extension is wrong.
    """
    if needs_repair("".join([text for name in _TEXT_FIELDS for text in _texts(getattr(feed, name))])):
        feed = feed.model_copy(update={name: _repair(getattr(feed, name)) for name in _TEXT_FIELDS})
    for extension in extensions() if feed.extensions else ():
        try:
            extension.read(feed)
        except ValidationError as error:
            field, message = _mistake(extension.name, error)
            raise FeedError(f"{field}: {message}", where=Where(field=field, id=feed.name)) from None
    return FeedMetadata(feed, updated, changed, page, older, tombstones)


def entry_of(
    feed: Feed, article: Article, problems: list[Problem], only: Literal["rss", "atom"] | None = None
) -> Entry:
    """Return an article as an entry of a feed.

    Args:
        feed: says whether bodies are shown, and whether it is a podcast.
        article: any article.
        problems: receives what was repaired or left out.
        only: see `document`.

    Raises:
        FeedError: the code of an extension failed.
    """
    if article.extensions:
        article = _with_valid_data(article, problems)
    entry = _entry(feed, article, only)
    # One search in everything together; nearly always it finds nothing.
    if needs_repair("".join([*entry.strings, *_texts(article.extensions), entry.html])):
        entry = _entry(feed, _with_legal_texts(article, problems), only)
    return entry


def _entry(feed: Feed, article: Article, only: Literal["rss", "atom"] | None) -> Entry:
    uri = article.id if is_uri(article.id) else identity(feed.home, article.id)
    full, podcast = feed.content == "full", feed.podcast is not None
    if article.content_markdown and not (full and feed.markdown):
        article = article.model_copy(update={"content_markdown": ""})
    xhtml = feed.atom_content == "xhtml"
    fields = entry_fields(article, uri, full=full, podcast=podcast, xhtml=xhtml, only=only)
    strings: list[str] = []
    shape = flatten(fields, strings)
    return Entry(article, fields, shape, strings, article.content_html if full else "", podcast)


def _with_valid_data(article: Article, problems: list[Problem]) -> Article:
    """Return the article without data that no installed extension takes; the store keeps it."""
    valid: dict[str, Any] = {}
    for extension in extensions():
        if extension.name in article.extensions:
            try:
                if extension.read(article) is not None:
                    valid[extension.name] = article.extensions[extension.name]
            except ValidationError as error:
                field, message = _mistake(extension.name, error)
                where = Where(field=field, id=article.id)
                problems.append(Problem.at(where, f"{message}; left out of feeds", severity="warning"))
                valid[extension.name] = None
    problems.extend(
        Problem(
            message=f"no extension {name!r} is installed: its data is left out of feeds",
            severity="note",
            field=f"extensions.{name}",
            hint="install the package that brings the extension; the store keeps the data",
        )
        for name in article.extensions
        if name not in valid
    )
    used = {name: values for name, values in valid.items() if values is not None}
    return article.model_copy(update={"extensions": freeze(used)})


def _mistake(name: str, error: ValidationError) -> tuple[str, str]:
    """Return the field and the message of the first mistake in an extension's data."""
    first = error.errors(include_url=False)[0]
    return ".".join(map(str, ("extensions", name, *first["loc"]))), describe_error(first)


def require_date(entry: Entry) -> None:
    """Refuse an entry without the `updated` that Atom requires (RFC 4287, section 4.2.15).

    Raises:
        FeedError: the article has no date, not even that of its first ingest.
    """
    if entry.fields.updated is None:
        raise FeedError(
            "the article was left out of Atom, which requires a date, and it has none",
            where=Where(field="published", id=entry.article.id),
            hint="set published, updated or ingested",
        )


def without_undated(document: Document, problems: list[Problem] | None) -> Document:
    """Return the document without the entries that Atom cannot have.

    Args:
        document: any document.
        problems: receives what was left out.
    """
    dated: list[Entry] = []
    for entry in document.entries:
        try:
            require_date(entry)
        except FeedError as error:
            if problems is not None:
                problems.append(Problem.of(error))
        else:
            dated.append(entry)
    return replace(document, entries=tuple(dated))


def _with_legal_texts(article: Article, problems: list[Problem]) -> Article:
    # An id is a URI or becomes one, and a URI has no illegal characters.
    changes = {
        name: repaired for name, value in article if name != "id" and (repaired := _repair(value)) != value
    }
    problems.extend(
        Problem.at(
            Where(field=name, id=article.id),
            "characters that no feed can hold were removed",
            severity="warning",
            hint="control characters, lone surrogates, U+FFFE and U+FFFF (XML 1.0, section 2.2)",
        )
        for name in changes
    )
    return article.model_copy(update=changes)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Frozen):
        for _, each in value:
            yield from _texts(each)
    elif isinstance(value, tuple | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _repair(value: Any) -> Any:
    if isinstance(value, str):
        repaired = repair_text(value)
        # A text that must not be empty stays visible.
        return "\ufffd" if repaired != value and not repaired.strip() else repaired
    if isinstance(value, tuple):
        return tuple(_repair(each) for each in value)
    if isinstance(value, dict):
        return freeze({name: _repair(each) for name, each in value.items()})
    if isinstance(value, Frozen):
        return value.model_copy(update={name: _repair(each) for name, each in value})
    return value
