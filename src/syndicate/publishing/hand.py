"""The work of a publish: spelling entries, and making and putting documents.

Each process that takes part has a hand, which does not know of the others: what it is asked for and what it
answers with can be sent from one process to another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime

from ..errors import PublishError, SyndicateError
from ..feeds import SPELLERS, Document, Head, entry_of, head_of
from ..model import Feed, Format, Problem
from ..ports import Stored, Written
from .entries import Batch, Speller, bodies_of
from .files import FilePublisher, Putter
from .gate import Gate
from .site import Wanted, digest
from .spill import Spills

Load = Callable[[Sequence[str]], Sequence[Stored]]


@dataclass(frozen=True, slots=True)
class Order:
    """Documents to be made.

    Attributes:
        wanted: the feed, or one of its archive documents.
        entries: newest first: where each waits, or its bytes by format.
        updated: the last change of any of them.
        page: ids of the articles of the HTML twin.
        guarded: whether a document in which the linter finds an error leaves the old one where it is.
    """

    wanted: Wanted
    entries: Sequence[bytes | Mapping[Format, bytes]]
    updated: datetime | None
    page: tuple[str, ...] = ()
    guarded: bool = False


@dataclass(slots=True)
class Sheet:
    """What became of an order.

    Attributes:
        documents: what is known of each, by format or `html`; nothing where none was made.
        written: paths of those that are other than what was there.
        heads: what the linter says of each, apart from its entries.
        problems: why documents could not be made or put.
        outside: whether the disk failed.
    """

    documents: dict[str, Written] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    heads: list[tuple[Format, Problem]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    outside: bool = False


class Hand:
    """Spells and builds.

    Args:
        load: gives articles by their ids, in any order.
        publisher: where documents go.
        spills: where entries wait.
        lint: whether the linter looks at what is new.
    """

    def __init__(self, load: Load, publisher: FilePublisher, spills: Spills, *, lint: bool) -> None:
        self._load = load
        self._publisher = publisher
        self._spills = spills
        self._gate = Gate() if lint else None
        self._speller = Speller(load, spills, self._gate)

    def spell(self, feed: Feed, ids: Sequence[str]) -> Batch:
        """Spell articles as a feed wants them.

        Raises:
            StoreError: the store failed.
            PublishError: the disk is full.
        """
        return self._speller.spell(feed, ids)

    def build(self, orders: Sequence[Order]) -> list[Sheet]:
        """Make documents and put them; when it returns they are on the disk.

        Raises:
            StoreError: the store failed.
        """
        sheets: list[tuple[Sheet, dict[str, Future[bool]]]] = []
        with self._publisher.writing() as put:
            for order in orders:
                sheet = Sheet()
                try:
                    sheets.append((sheet, self._make(order, sheet, put)))
                except SyndicateError as error:
                    sheet.documents.clear()
                    sheet.problems.append(Problem.of(error))
                    sheets.append((sheet, {}))
        for sheet, puts in sheets:
            for path, future in puts.items():
                try:
                    if future.result():
                        sheet.written.append(path)
                except PublishError as error:
                    sheet.outside = True
                    sheet.problems.append(Problem.of(error))
        return [sheet for sheet, _ in sheets]

    def flush(self) -> None:
        """Let other processes read what was spelt here."""
        self._spills.flush()

    def _make(self, order: Order, sheet: Sheet, put: Putter) -> dict[str, Future[bool]]:
        wanted, feed = order.wanted, order.wanted.feed
        head = head_of(feed, order.updated, page=wanted.page, older=wanted.older, gone=wanted.gone)
        frames = {kind: SPELLERS[kind].frame(head) for kind in feed.formats}
        if self._gate:
            sheet.heads = self._gate.heads(head, frames)
            if order.guarded and any(
                fault.severity == "error" and self._publisher.has(wanted.path(kind))
                for kind, fault in sheet.heads
            ):
                return {}
        page = self._page(head, order.page) if "html" in wanted.kinds else None
        puts: dict[str, Future[bool]] = {}
        for (kind, (start, gap, end)), entries in zip(
            frames.items(), bodies_of(order.entries, feed.formats, self._spills), strict=True
        ):
            body = b"".join((start, gap.join(entries), end))
            sheet.documents[kind] = Written(digest(body), len(start), len(gap))
            puts[wanted.path(kind)] = put(wanted.path(kind), body)
        if page is not None:
            sheet.documents["html"] = Written(digest(page), 0, 0)
            puts[wanted.path("html")] = put(wanted.path("html"), page)
        return puts

    def _page(self, head: Head, ids: Sequence[str]) -> bytes:
        from .page import feed_page

        found = {each.article.id: each.article for each in self._load(ids)}
        # What had to be mended in an article is told where the feed itself is made.
        shown = tuple(entry_of(head.feed, found[each], []) for each in ids if each in found)
        return feed_page(Document(head, shown), url=head.feed.url("html"))
