"""What a feed's documents say, decided once for all formats; the spellers only spell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from .. import content
from ..errors import FeedError, Where
from ..model import Article, Author, Feed, Problem, Tag
from ..model.identity import identity, is_uri
from ..selection import newest_first


@dataclass(frozen=True, slots=True)
class Entry:
    """An article as a feed shows it: every text legal in XML, the id a URI, dates in whole minutes of zone.

    `permalink` says that the id is the article's own page. `article` holds what passes unchanged.
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
    repaired: list[str] = []

    def legal(name: str, text: str) -> str:
        if not content.illegal(text):
            return text
        repaired.append(name)
        return content.repair(text)

    identifier = article.id if is_uri(article.id) else identity(feed.home, legal("id", article.id))
    section = (Tag(term=article.section),) if article.section else ()
    tags = {tag.term: tag for tag in (*section, *article.tags)}.values()
    entry = Entry(
        article=article,
        id=identifier,
        permalink=identifier == article.link,
        title=legal("title", article.title) or "\ufffd",
        summary=legal("summary", article.summary),
        html=legal("content_html", article.content_html) if feed.content == "full" else "",
        authors=tuple(_legal_author(author, legal) for author in article.authors),
        tags=tuple(_legal_tag(tag, legal) for tag in tags),
        published=_whole_minutes(article.published),
        updated=_whole_minutes(article.changed),
    )
    problems.extend(
        Problem.at(
            Where(field=name, id=article.id),
            "characters that no feed may hold were taken out",
            severity="warning",
            hint="control characters, lone surrogates, U+FFFE and U+FFFF (XML 1.0, section 2.2)",
        )
        for name in dict.fromkeys(repaired)
    )
    return entry


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


def _legal_author(author: Author, legal: Callable[[str, str], str]) -> Author:
    if author.name is None or not content.illegal(author.name):
        return author
    return author.model_copy(update={"name": legal("authors", author.name) or "\ufffd"})


def _legal_tag(tag: Tag, legal: Callable[[str, str], str]) -> Tag:
    if not content.illegal(tag.term + (tag.label or "")):
        return tag
    label = legal("tags", tag.label) if tag.label else None
    return tag.model_copy(update={"term": legal("tags", tag.term) or "\ufffd", "label": label})


def _legal_feed(feed: Feed) -> Feed:
    if not content.illegal(feed.title + feed.description):
        return feed
    return feed.model_copy(
        update={"title": content.repair(feed.title), "description": content.repair(feed.description)}
    )


def _whole_minutes(moment: datetime | None) -> datetime | None:
    """No feed date can write an offset with seconds, as zones had before 1900; the moment stays."""
    if moment is None:
        return None
    offset = moment.utcoffset()
    return moment.astimezone(UTC) if offset and offset.total_seconds() % 60 else moment
