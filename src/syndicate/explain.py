"""`syndicate ingest --explain`: the way of one record to an article and into feeds. Nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from .config import FeedSettings, Settings, SourceSettings
from .errors import ConfigError, SyndicateError, Where
from .ingest.source_opening import open_source, read_records, record_mapping
from .ingest.trial_ingest import TrialStore, UnsavedArticles
from .model import Article, IncomingArticle, Problem
from .model.explanation import ExplainedFeed, ExplainedField, Explanation, RecordState
from .model.feed_families import family_members
from .model.selection import select
from .publishing.feed_contents import feed_contents
from .publishing.feed_store import ArticleView, SiteFeedStore
from .publishing.site_feeds import FeedTarget, SiteFeeds
from .publishing.view_after_ingest import ViewAfterIngest
from .sources import RawRecord
from .sources.records import explain_record

_LONGEST_VALUE = 300
_NOT_STORED = frozenset({"ingested", "id"})


class ExplainStore(TrialStore, ArticleView, SiteFeedStore, Protocol):
    """What an explanation reads. Nothing is written."""


@dataclass(frozen=True, slots=True)
class _Found:
    """The record that was asked for, with the problems that its source reported before it."""

    settings: SourceSettings
    record: RawRecord
    incoming: IncomingArticle | None
    problems: tuple[Problem, ...]
    own_names: Mapping[str, str]


class _NoState:
    """A source's state of a source that has never been read, so that it returns every record."""

    def recall(self, name: str) -> str | None:
        del name
        return None

    def remember(self, name: str, value: str) -> None:
        del name, value


def explain(
    article: str, settings: Settings, base: Path, store: ExplainStore, *, now: datetime
) -> Explanation:
    """Return how a record becomes an article, and which feeds show it at `now` (UTC).

    The sources are read until the record is found: those of files first, the others as an ingest reads them
    for the first time.

    Args:
        article: an id, a link, the path of a file with one record, or the key of a record in its source.
        base: the folder of the config.

    Raises:
        ConfigError: no source has such a record, or several records are in the file.
        StoreError: the database failed.
    """
    sources = sorted(settings.source, key=lambda each: each.watched_files(base) is None)
    failures: list[Problem] = []
    for source in sources:
        try:
            found = _find(article, source, settings, base, now)
        except ConfigError:
            raise
        except SyndicateError as error:
            failures.append(Problem.of(error))
            continue
        if isinstance(found, Problem):
            return Explanation(source=source.name, file=found.file, line=found.line, problems=(found,))
        if found is not None:
            return _explain(found, settings, store, now)
    names = ", ".join(each.name for each in sources) or "none"
    unread = "".join(f"; {each}" for each in failures)
    raise ConfigError(
        f"no record has the id, link, file or key {article!r:.300}",
        where=Where(field="--explain"),
        hint=f"sources read: {names}{unread}",
    )


def _find(
    name: str, settings: SourceSettings, site_settings: Settings, base: Path, now: datetime
) -> _Found | Problem | None:
    """Return the record of a name; a problem if its file cannot be read; None if it is not in the source."""
    mapping = record_mapping(settings, site_settings.site)
    source = open_source(settings, site=site_settings.site, base=base, state=_NoState(), now=now)
    found: _Found | None = None
    in_file = 0
    before: list[Problem] = []
    for item in read_records(source):
        if isinstance(item, Problem):
            before.append(item)
            if item.severity == "error":
                before = []
                if _is_file(name, item.file, base):
                    return item
            continue
        if not isinstance(item, RawRecord):
            continue
        is_file = _is_file(name, item.where.file, base)
        incoming, problems, own_names = explain_record(item, mapping)
        if is_file or _is_named(name, item, incoming):
            in_file += is_file
            if found is None:
                found = _Found(settings, item, incoming, (*before, *problems), own_names)
            if not is_file:
                break
            if in_file > 1:
                raise ConfigError(
                    f"{name} has several records",
                    where=Where(field="--explain"),
                    hint="give the id, the link or the key of one of them",
                )
        before = []
    return found


def _is_named(name: str, record: RawRecord, incoming: IncomingArticle | None) -> bool:
    if name == record.key:
        return True
    if incoming is not None:
        article = incoming.article
        return name in (article.id, article.link, incoming.key)
    return any(record.fields.get(field) == name for field in ("id", "guid", "link", "url", "permalink"))


def _is_file(name: str, file: str | None, base: Path) -> bool:
    if not file or "://" in name:
        return False
    if name == file:
        return True
    with suppress(OSError, ValueError):
        path = (base / file).resolve()
        return path in (Path(name).resolve(), (base / name).resolve())
    return False


def _explain(found: _Found, settings: Settings, store: ExplainStore, now: datetime) -> Explanation:
    record, incoming = found.record, found.incoming
    own_names = found.own_names
    article, state = None, _state_without_article(found)
    feeds: tuple[ExplainedFeed, ...] = ()
    if incoming is not None:
        article, state = _recognise(incoming, found.settings.name, settings, store, now)
        feeds = tuple(_explain_feeds(article, state == "hidden", settings, store, now))
    used = {own.partition(".")[0] for own in own_names.values()}
    return Explanation(
        source=found.settings.name,
        key=record.key or (incoming.key if incoming else None),
        file=record.where.file,
        line=record.where.line,
        raw_fields={str(name): _shorten(value) for name, value in record.fields.items()},
        fields=tuple(_explain_fields(record, article, own_names)),
        unused_fields=tuple(str(name) for name in record.fields if str(name) not in used),
        article=article,
        state=state,
        feeds=feeds,
        problems=found.problems,
    )


def _state_without_article(found: _Found) -> RecordState:
    return "refused" if any(each.severity == "error" for each in found.problems) else "left out"


def _recognise(
    incoming: IncomingArticle, source: str, settings: Settings, store: ExplainStore, now: datetime
) -> tuple[Article, RecordState]:
    """Return the article as an ingest would store it, and whether the store has it."""
    retired = store.sources() - {each.name for each in settings.source}
    [article_id] = store.recognise(source, [incoming], retired=retired)
    if article_id is None:
        return incoming.article, "hidden"
    stored = next(iter(store.load([article_id])), None)
    is_there = stored is not None and article_id in store.ids(stored.source)
    ingested = stored.article.ingested if stored is not None else now
    article = incoming.article.model_copy(update={"id": article_id, "ingested": ingested})
    if stored is None or not is_there:
        return article, "new"
    same = article.model_dump(exclude={*_NOT_STORED}) == stored.article.model_dump(exclude={*_NOT_STORED})
    return article, "unchanged" if same else "changed"


def _explain_fields(
    record: RawRecord, article: Article | None, own_names: Mapping[str, str]
) -> Iterator[ExplainedField]:
    values: dict[str, Any] = article.model_dump(mode="json", exclude_defaults=True) if article else {}
    if article is not None:
        values.pop("ingested", None)
    for name in dict.fromkeys((*values, *own_names)):
        own_name = own_names.get(name)
        raw = _nested(record.fields, own_name) if own_name else record.fallbacks.get(name)
        value = _shorten(values[name]) if name in values else ""
        yield ExplainedField(
            name=name,
            own_name=own_name,
            origin="" if own_name else _origin(name, record),
            raw="" if raw is None else _shorten(raw),
            value=value,
        )


def _origin(name: str, record: RawRecord) -> str:
    """Return where a value came from that the record has no field for."""
    if name in record.fallbacks:
        return "from the source, such as the name or the path of the file"
    return {
        "id": "made from the site, the source and the key of the record",
        "link": "made by the link template of the source",
        "summary": "the beginning of the text",
        "content_html": "made from the text",
        "language": "the language of the source",
    }.get(name, "made from other fields")


def _nested(fields: Mapping[str, Any], own_name: str) -> Any:
    value: Any = fields
    if own_name in fields:
        return fields[own_name]
    for part in own_name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return None
        value = value[part]
    return value


def _shorten(value: Any) -> str:
    """Return a value on one line, cut after some hundred characters."""
    text = value if isinstance(value, str) else repr(value)
    text = " ".join(text[: 4 * _LONGEST_VALUE].split())
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def _explain_feeds(
    article: Article, is_hidden: bool, settings: Settings, store: ExplainStore, now: datetime
) -> Iterator[ExplainedFeed]:
    """Yield for every feed of the config whether it shows the article after an ingest."""
    site_feeds = SiteFeeds(store, settings.site, settings.feed)
    view = ViewAfterIngest(store, UnsavedArticles((article,), frozenset({article.id}), ()), now=now)
    for table in settings.feed:
        targets = _targets(table, article, site_feeds)
        if not targets:
            yield ExplainedFeed(feed=table.name, is_shown=False, reason=f"the article has no {table.each}")
        for target in targets:
            if is_hidden:
                reason = "hidden: another source has an article with its id or link"
                yield ExplainedFeed(feed=target.name, is_shown=False, reason=reason)
            else:
                yield _explain_feed(target, article, view, now)


def _targets(table: FeedSettings, article: Article, site_feeds: SiteFeeds) -> Sequence[FeedTarget]:
    if table.each is None:
        return [site_feeds.target(table)]
    return site_feeds.members(table, family_members(article.facet(table.each)))


def _explain_feed(target: FeedTarget, article: Article, view: ArticleView, now: datetime) -> ExplainedFeed:
    reason = _why_not(target, article, now)
    if reason is None:
        [documents] = feed_contents(view, [target], now=now)
        for document in documents:
            ids = [entry.id for entry in document.entries]
            if article.id in ids:
                place = f"entry {ids.index(article.id) + 1} of {len(ids)}"
                number = document.target.archive_number
                where = f"{place} in archive document {number}" if number else place
                return ExplainedFeed(feed=target.name, is_shown=True, reason=where)
        reason = f"over the limit: the feed shows its {target.feed.limit} newest entries"
    return ExplainedFeed(feed=target.name, is_shown=False, reason=reason)


def _why_not(target: FeedTarget, article: Article, now: datetime) -> str | None:
    """Return why a feed does not show an article, apart from its limit."""
    feed = target.feed
    match select(feed, [article], now=now, limit=1).rejected.get(article.id):
        case "future":
            return f"in the future: it appears at {article.dated}"
        case "expired":
            return f"expired at {article.expires}"
        case "no match":
            wanted = "; ".join(f"{facet} {', '.join(values)}" for facet, values in feed.where.items())
            return f"the feed has only articles with {wanted}"
        case "excluded":
            unwanted = "; ".join(f"{facet} {', '.join(values)}" for facet, values in feed.without.items())
            return f"the feed has no articles with {unwanted}"
    return None
