"""The documents of a feed: built from its entries, and verified before anything is written.

Each document is parsed by a parser that did not write it. RSS and Atom are written with lxml and string
templates, and parsed here with expat. JSON Feed is written with serde and parsed here with jiter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from xml.parsers import expat

from pydantic_core import from_json

from ..errors import FeedError, SyndicateError, Where
from ..extensions import NAMESPACES
from ..feeds import SERIALIZERS, Document, Frame, entry_of, feed_metadata
from ..model import FeedMetadata, Format, Problem
from .entry_cache import BuiltEntry, EntryCache
from .feed_contents import feed_contents
from .feed_store import ArticleView
from .site_feeds import DocumentFormat, FeedTarget

# Names as expat gives them: namespace, a space, local name. RSS has no namespace.
_ENTRY_ELEMENTS: dict[Format, tuple[str, ...]] = {
    "rss": ("item", f"{NAMESPACES['podcast']} liveItem"),
    "atom": ("http://www.w3.org/2005/Atom entry",),
}
_ID_ELEMENT: dict[Format, str] = {"rss": "guid", "atom": "http://www.w3.org/2005/Atom id"}


@dataclass(frozen=True, slots=True)
class BuiltDocuments:
    """The documents of a target, complete and well-formed.

    Attributes:
        entries: the entries of each document, newest first.
        frames: the documents without their entries.
        left_out: a problem for each entry that would have made a document malformed.
    """

    target: FeedTarget
    entries: Sequence[BuiltEntry]
    frames: Mapping[Format, Frame]
    bodies: dict[DocumentFormat, bytes]
    left_out: tuple[Problem, ...] = ()


def build_documents(target: FeedTarget, entries: Sequence[BuiltEntry]) -> BuiltDocuments:
    """Build and verify a feed in its formats, from its entries, newest first.

    An entry that makes a document malformed is left out of every format.

    Raises:
        FeedError: a document is malformed, and no entry is the cause.
    """
    metadata = _metadata(target, entries)
    frames = {feed_format: SERIALIZERS[feed_format].frame(metadata) for feed_format in target.feed.formats}
    bodies: dict[DocumentFormat, bytes] = {}
    ids = [entry.id for entry in entries]
    for feed_format, frame in frames.items():
        body = frame.document(entry.bodies[feed_format] for entry in entries)
        try:
            verify(feed_format, body, ids)
        except FeedError as error:
            document_error = FeedError(
                error.message,
                where=Where(file=target.path(feed_format), line=error.where.line),
                hint="the feed is built again at the next publish; please report this",
            )
            return _without_malformed(target, entries, feed_format, frame, document_error)
        bodies[feed_format] = body
    return BuiltDocuments(target, entries, frames, bodies)


def document_of(view: ArticleView, built: BuiltDocuments) -> Document:
    """Return the same feed as values, for the HTML page and the preview.

    Raises:
        StoreError: the database failed.
    """
    ids = [entry.article_id for entry in built.entries]
    articles = {stored.article.id: stored.article for stored in view.load(ids)}
    # Repairs were reported when the entries were built.
    entries = tuple(entry_of(built.target.feed, articles[each], []) for each in ids if each in articles)
    return Document(_metadata(built.target, built.entries), entries)


def build_page(view: ArticleView, built: BuiltDocuments) -> bytes:
    """Return the HTML page of a feed, with the entries of its other documents.

    Raises:
        StoreError: the database failed.
    """
    from .feed_html_page import feed_page

    return feed_page(document_of(view, built), url=built.target.url("html"))


def build_targets(
    view: ArticleView, targets: Sequence[FeedTarget], *, now: datetime
) -> Iterator[tuple[FeedTarget, BuiltDocuments | None, list[Problem]]]:
    """Build what a full publish would write at `now` (UTC), with the problems of each. Writes nothing.

    Raises:
        StoreError: the database failed.
    """
    with EntryCache(view) as cache:
        for documents in feed_contents(view, targets, now=now):
            for target, refs, _ in documents:
                added = cache.add([(target.feed, refs)])
                problems = [*added.problems, *added.unsupported]
                entries = cache.entries(target.feed, refs)
                try:
                    built = build_documents(target, entries)
                    if "html" in target.formats:
                        built.bodies["html"] = build_page(view, built)
                except SyndicateError as error:
                    yield target, None, [*problems, Problem.of(error)]
                else:
                    yield target, built, [*problems, *built.left_out]


def verify(feed_format: Format, document: bytes, ids: Sequence[str]) -> None:
    """Make sure that a document can be parsed and has exactly the entries with these ids, in this order.

    Raises:
        FeedError: the document is malformed, or has other entries.
    """
    found = _json_ids(document) if feed_format == "json" else _xml_ids(feed_format, document)
    if found == list(ids):
        return
    pairs = enumerate(zip(found, ids, strict=False))
    position = next((number for number, (actual, expected) in pairs if actual != expected), None)
    if position is None:
        detail = f"{len(found)} entries instead of {len(ids)}"
    else:
        detail = f"entry {position + 1} is {found[position]!r} instead of {ids[position]!r}"
    raise FeedError(f"the {feed_format} document does not consist of its entries: {detail}")


def _metadata(target: FeedTarget, entries: Sequence[BuiltEntry]) -> FeedMetadata:
    dates = {(entry.updated, entry.dated) for entry in entries if entry.updated}
    moments = [(datetime.fromisoformat(text), is_dated) for text, is_dated in dates]
    return feed_metadata(
        target.feed,
        max((moment for moment, _ in moments), default=None),
        max((moment for moment, is_dated in moments if is_dated), default=None),
        page=target.archive_number,
        older=target.previous_archive,
        tombstones=target.tombstones,
    )


def _without_malformed(
    target: FeedTarget,
    entries: Sequence[BuiltEntry],
    feed_format: Format,
    frame: Frame,
    document_error: FeedError,
) -> BuiltDocuments:
    well_formed: list[BuiltEntry] = []
    problems: list[Problem] = []
    for entry in entries:
        try:
            verify(feed_format, frame.document([entry.bodies[feed_format]]), [entry.id])
        except FeedError as error:
            problems.append(
                Problem(
                    message=f"an entry was left out: {error.message}",
                    file=target.path(feed_format),
                    id=entry.article_id,
                    hint="correct the article's text at that column; the other entries are published",
                )
            )
        else:
            well_formed.append(entry)
    if not problems:
        raise document_error
    built = build_documents(target, well_formed)
    return replace(built, left_out=(*problems, *built.left_out))


def _json_ids(document: bytes) -> list[str]:
    try:
        return [item["id"] for item in from_json(document, allow_inf_nan=False)["items"]]
    except (ValueError, KeyError, TypeError) as error:
        raise FeedError(f"the JSON Feed cannot be parsed: {error}") from None


def _xml_ids(feed_format: Format, document: bytes) -> list[str]:
    entry_elements, id_element = _ENTRY_ELEMENTS[feed_format], _ID_ELEMENT[feed_format]
    ids: list[str] = []
    text: list[str] = []
    entry_count = 0
    parser = expat.ParserCreate(namespace_separator=" ")

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal entry_count
        if name in entry_elements:
            entry_count += 1
        elif name == id_element and len(ids) < entry_count:
            # The first id of an entry is its own; a later one belongs to its atom:source.
            parser.CharacterDataHandler = text.append
            # Set for this element only: a call for each end tag would double the time.
            parser.EndElementHandler = end

    def end(_: str) -> None:
        parser.CharacterDataHandler = parser.EndElementHandler = None
        ids.append("".join(text))
        text.clear()

    parser.StartElementHandler = start
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise FeedError(
            f"the XML cannot be parsed: {expat.ErrorString(error.code)}, column {error.offset + 1}",
            where=Where(line=error.lineno),
        ) from None
    return ids
