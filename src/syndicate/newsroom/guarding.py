"""The flood guard: ids that change make every reader show everything again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlsplit

from ..model import Article, Problem
from ..ports import Ask, FeedState, Key, Store, Stored

Ids = Literal["ask", "keep", "accept"]
"""Where articles come with new ids: stop the feed, let them keep the former ids, or take the new ones."""

# So many articles may come back under new ids before somebody is asked: a handful is corrections.
FEW = 3
_BATCH = 500


def flood(store: Store, state: FeedState | None, keys: Sequence[Key]) -> Problem | None:
    """What there is to say if a feed would show many of its articles again, under new ids.

    Args:
        store: where its articles are.
        state: the feed as it was last published.
        keys: what it would show now.
    """
    if state is None:
        return None
    former = {shown.id for shown in state.shown}
    appeared = [key.id for key in keys if key.id not in former]
    if len(former) <= FEW or len(appeared) <= FEW:
        return None
    pairs = list(_pairs(store.load(sorted(former)), store.load(appeared)))
    if len(pairs) <= FEW:
        return None
    old, new = pairs[0]
    return Problem(
        message=f"{state.name} was not published: {len(pairs)} of its articles come under new ids, and every "
        f"reader would show them again; {old} is now {new}",
        field="feed.name",
        id=new,
        hint="publish --keep-ids gives them their former ids; publish --accept-new-ids publishes them as new",
    )


def twins(store: Store, now: datetime, born_by: int) -> list[tuple[str, str]]:
    """Every article that has come a second time, under another id: its former id, and its new one.

    Args:
        store: where to look.
        now: the moment, UTC.
        born_by: the change sequence up to which an article is a former one.
    """
    everything = Ask({}, {})
    [keys] = store.newest([everything], now=now)
    ids = [key.id for key in keys] + [each for each, _ in store.gone(everything, since=None)]
    former: list[Stored] = []
    latter: list[Stored] = []
    for start in range(0, len(ids), _BATCH):
        for stored in store.load(ids[start : start + _BATCH]):
            (former if stored.born <= born_by else latter).append(_without_text(stored))
    return list(_pairs(former, latter))


def _without_text(stored: Stored) -> Stored:
    # Only what tells articles apart is held for a whole store.
    light = stored.article.model_copy(update={"content_html": "", "summary": ""})
    return Stored(light, stored.revision, stored.sequence, stored.born)


def _pairs(former: Iterable[Stored], latter: Collection[Stored]) -> Iterator[tuple[str, str]]:
    known: dict[object, str] = {}
    for stored in former:
        for mark in _marks(stored.article):
            known.setdefault(mark, stored.article.id)
    taken: set[str] = set()
    for stored in latter:
        found = next((known[mark] for mark in _marks(stored.article) if mark in known), None)
        if found is not None and found != stored.article.id and found not in taken:
            taken.add(found)
            yield found, stored.article.id


def _marks(article: Article) -> Iterator[object]:
    """What an article keeps when its site moves: its path, or its title and date."""
    if article.link:
        parts = urlsplit(article.link)
        if len(parts.path) > 1 or parts.query:
            yield parts.path.rstrip("/"), parts.query
    if article.published:
        yield article.title.casefold(), article.published.astimezone(UTC)
