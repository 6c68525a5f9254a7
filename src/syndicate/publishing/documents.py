"""The documents of a feed: built from its entries, and made sure of before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..errors import FeedError, SyndicateError, Where
from ..feeds import SERIALIZERS, Document, Frame, entry_of, feed_metadata
from ..model import FeedMetadata, Format, Problem
from .contents import ArticleView, contents_of
from .entry_cache import BuiltEntry, EntryCache
from .feed_target import Kind, Target
from .verify import verify


@dataclass(frozen=True, slots=True)
class BuiltDocuments:
    """The documents of a target, whole and well-formed.

    Attributes:
        target: what was built.
        entries: those that the documents have, newest first.
        frames: the documents without their entries.
        bodies: the documents.
        left_out: a problem for each entry that would have made a document malformed.
    """

    target: Target
    entries: Sequence[BuiltEntry]
    frames: Mapping[Format, Frame]
    bodies: dict[Kind, bytes]
    left_out: tuple[Problem, ...] = ()


def build_documents(target: Target, entries: Sequence[BuiltEntry]) -> BuiltDocuments:
    """Build a feed in its formats, each document parsed by a parser that did not write it.

    An entry that makes a document malformed is left out of every format.

    Args:
        target: what to build.
        entries: newest first.

    Raises:
        FeedError: a document is malformed without any of its entries being so.
    """
    frames = _frames(target, entries)
    bodies: dict[Kind, bytes] = {}
    ids = [entry.id for entry in entries]
    for kind, frame in frames.items():
        body = frame.document(entry.bodies[kind] for entry in entries)
        try:
            verify(kind, body, ids)
        except FeedError as error:
            whole = FeedError(
                error.message,
                where=Where(file=target.path(kind), line=error.where.line),
                hint="the feed is built again at the next publish; please report this",
            )
            return _without_malformed(target, entries, kind, frame, whole)
        bodies[kind] = body
    return BuiltDocuments(target, entries, frames, bodies)


def document_of(view: ArticleView, built: BuiltDocuments) -> Document:
    """The same feed as values, for the HTML page and the preview.

    Raises:
        StoreError: the database failed.
    """
    target = built.target
    ids = [entry.article_id for entry in built.entries]
    found = {each.article.id: each.article for each in view.load(ids)}
    # The feed itself reports what had to be repaired.
    entries = tuple(entry_of(target.feed, found[each], []) for each in ids if each in found)
    return Document(_head(target, built.entries), entries)


def build_page(view: ArticleView, built: BuiltDocuments) -> bytes:
    """The HTML page of a feed, with the entries of its other documents.

    Raises:
        StoreError: the database failed.
    """
    from .html_page import feed_page

    return feed_page(document_of(view, built), url=built.target.feed.url("html"))


def build_targets(
    view: ArticleView, targets: Sequence[Target], *, now: datetime
) -> Iterator[tuple[Target, BuiltDocuments | None, list[Problem]]]:
    """What a publish of everything would write at `now` (UTC), with the problems of each; nothing is written.

    Raises:
        StoreError: the database failed.
    """
    with EntryCache(view) as cache:
        feeds = [target.feed for target in targets]
        for feed, contents in zip(targets, contents_of(view, feeds, now=now), strict=True):
            for target, keys in feed.with_contents(contents):
                added = cache.add([(target.feed, keys)])
                problems = [*added.problems, *added.unsupported]
                entries = cache.entries(target.feed, keys)
                try:
                    built = build_documents(target, entries)
                    if "html" in target.kinds:
                        built.bodies["html"] = build_page(view, built)
                except SyndicateError as error:
                    yield target, None, [*problems, Problem.of(error)]
                else:
                    yield target, built, [*problems, *built.left_out]


def _frames(target: Target, entries: Sequence[BuiltEntry]) -> dict[Format, Frame]:
    head = _head(target, entries)
    return {kind: SERIALIZERS[kind].frame(head) for kind in target.feed.formats}


def _head(target: Target, entries: Sequence[BuiltEntry]) -> FeedMetadata:
    dates = {(entry.updated, entry.dated) for entry in entries if entry.updated}
    moments = [(datetime.fromisoformat(text), dated) for text, dated in dates]
    return feed_metadata(
        target.feed,
        max((moment for moment, _ in moments), default=None),
        max((moment for moment, dated in moments if dated), default=None),
        page=target.page,
        older=target.older,
        gone=target.gone,
    )


def _without_malformed(
    target: Target, entries: Sequence[BuiltEntry], kind: Format, frame: Frame, whole: FeedError
) -> BuiltDocuments:
    good: list[BuiltEntry] = []
    problems: list[Problem] = []
    for entry in entries:
        try:
            verify(kind, frame.document([entry.bodies[kind]]), [entry.id])
        except FeedError as error:
            problems.append(
                Problem(
                    message=f"an entry was left out: {error.message}",
                    file=target.path(kind),
                    id=entry.article_id,
                    hint="the text around that column is in the article; the other entries are published",
                )
            )
        else:
            good.append(entry)
    if not problems:
        raise whole
    built = build_documents(target, good)
    return replace(built, left_out=(*problems, *built.left_out))
