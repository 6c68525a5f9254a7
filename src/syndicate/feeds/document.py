"""What a feed's documents say, decided once for all formats; the spellers only spell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .. import content
from ..errors import FeedError, Where
from ..model import Article, Author, Feed, Frozen, Problem, Tag
from ..model.identity import identity, is_uri
from ..selection import newest_first

_TEXTS = (
    *("title", "summary", "content_html", "rights", "section"),
    *("authors", "tags", "attachments", "license", "image"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An article as a feed shows it: every text legal in XML, the id a URI, dates in whole minutes of zone.

    `permalink` says that the id is the article's own page. `article` has the rest, repaired as well.
    """

    article: Article
    id: str
    permalink: bool
    title: str
    summary: str
    html: str
    authors: tuple[Author, ...]
    tags: tuple[Tag, ...]
    published: datetime | None
    updated: datetime | None


@dataclass(frozen=True, slots=True)
class Document:
    """A feed with its entries, newest first. `updated` is the last change of any of them."""

    feed: Feed
    entries: tuple[Entry, ...]
    updated: datetime | None


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
    updated = max((entry.updated for entry in entries if entry.updated), default=None)
    return Document(_legal_feed(feed), tuple(entries), updated)


def entry_of(feed: Feed, article: Article, problems: list[Problem]) -> Entry:
    """Normalise one article for a feed."""
    legal = _legal(article, problems)
    tags = legal.tags
    if legal.section:
        section = Tag(term=legal.section)
        tags = (section, *(tag for tag in tags if tag.term != section.term))
    uri = is_uri(article.id)
    return Entry(
        article=legal,
        id=article.id if uri else identity(feed.home, article.id),
        permalink=uri and article.id == article.link,
        title=legal.title,
        summary=legal.summary,
        html=legal.content_html if feed.content == "full" else "",
        authors=legal.authors,
        tags=tags,
        published=_whole_minutes(article.published),
        updated=_whole_minutes(article.changed),
    )


def _legal(article: Article, problems: list[Problem]) -> Article:
    """The article with every text as XML may hold it, and a word on each field that had to be mended."""
    texts = [article.title, article.summary, article.content_html, article.rights, article.section or ""]
    texts += [author.name or "" for author in article.authors]
    texts += [tag.term + (tag.label or "") for tag in article.tags]
    texts += [file.title or "" for file in article.attachments]
    texts += [article.license.name if article.license else "", article.image.alt if article.image else ""]
    # One look at everything together; nearly always it is the last one.
    if not content.illegal("".join(texts)):
        return article
    mended, repaired = _repaired(article)
    problems.extend(
        Problem.at(
            Where(field=name, id=article.id),
            "characters that no feed may hold were taken out",
            severity="warning",
            hint="control characters, lone surrogates, U+FFFE and U+FFFF (XML 1.0, section 2.2)",
        )
        for name in repaired
    )
    return mended


def _repaired(article: Article) -> tuple[Article, list[str]]:
    changes: dict[str, Any] = {}
    for name in _TEXTS:
        value = getattr(article, name)
        mended = _mended(value)
        if mended != value:
            changes[name] = mended
    return article.model_copy(update=changes), list(changes)


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        mended = content.repair(value)
        # What may not be empty must not be blank either once it is mended.
        return "\ufffd" if mended != value and not mended.strip() else mended
    if isinstance(value, tuple):
        return tuple(_mended(each) for each in value)
    if isinstance(value, Frozen):
        return value.model_copy(update={name: _mended(each) for name, each in value})
    return value


def needs_date(entry: Entry) -> datetime:
    """The `updated` that Atom requires (RFC 4287, section 4.2.15).

    Raises:
        FeedError: the article has no date of any kind, and none is invented.
    """
    if entry.updated is None:
        raise FeedError(
            "an Atom entry needs a date, and this article has none",
            where=Where(field="published", id=entry.article.id),
            hint="set published, updated or ingested",
        )
    return entry.updated


def _legal_feed(feed: Feed) -> Feed:
    author = (feed.author.name if feed.author else None) or ""
    if not content.illegal(feed.name + feed.title + feed.description + author):
        return feed
    return feed.model_copy(
        update={name: _mended(getattr(feed, name)) for name in ("name", "title", "description", "author")}
    )


def _whole_minutes(moment: datetime | None) -> datetime | None:
    """No feed date can write an offset with seconds, as zones had before 1900; the moment stays."""
    if moment is None:
        return None
    offset = moment.utcoffset()
    return moment.astimezone(UTC) if offset and offset.total_seconds() % 60 else moment
