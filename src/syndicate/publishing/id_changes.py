"""The flood guard: ids that change make every reader show everything again."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from ..model import Article, EntryRef, FeedQuery, FeedState, Problem, StoredArticle
from .feed_store import FeedStore

Ids = Literal["ask", "keep", "accept"]
"""Where articles come with new ids: stop the feed, let them keep the former ids, or take the new ones."""

# So many articles of a feed may come back under new ids before somebody is asked: a handful is corrections.
FEW = 3
_BATCH = 500


class IdChange(NamedTuple):
    """A feed that would show articles again, under new ids.

    Attributes:
        problem: what to report.
        before: the change sequence before the first of the new articles.
        sources: the sources whose articles come under new ids.
    """

    problem: Problem
    before: int
    sources: frozenset[str]


def detect_id_change(
    store: FeedStore,
    state: FeedState | None,
    keys: Sequence[EntryRef],
    *,
    configured: Collection[str],
    stopped: Collection[str] = (),
) -> IdChange | None:
    """Whether a feed would show many articles of one source again, under new ids.

    Args:
        store: where its articles are.
        state: the feed as it was last published.
        keys: what it would show now.
        configured: the sources of the config.
        stopped: sources of which not even one article may come under a new id.
    """
    if state is None:
        return None
    few = 0 if stopped else FEW
    former = {shown.id for shown in state.entries}
    appeared = [key.id for key in keys if key.id not in former]
    if len(former) <= few or len(appeared) <= few:
        return None
    latter = {stored.article.id: stored for stored in store.load(appeared)}
    # In the order of the feed, so that the report does not depend on the order in the store.
    pairs = _pairs(
        [_marked(stored) for stored in store.load(sorted(former))],
        [_marked(latter[each]) for each in appeared if each in latter],
        configured,
    )
    # A source is answerable for its own articles only.
    number = Counter(latter[new].source for _, new in pairs)
    sources = frozenset(each for each in number if number[each] > FEW or each in stopped)
    pairs = [(old, new) for old, new in pairs if latter[new].source in sources]
    if not pairs:
        return None
    old, new = pairs[0]
    problem = Problem(
        message=f"{state.name} was not published: {len(pairs)} of its articles come under new ids, and every "
        f"reader would show them again; {old} is now {new}",
        field="feed.name",
        id=new,
        hint="publish --keep-ids gives them their former ids; publish --accept-new-ids publishes them as new",
    )
    return IdChange(problem, min(latter[each].first_sequence for _, each in pairs) - 1, sources)


def floods(
    store: FeedStore, asks: Sequence[tuple[str, FeedQuery]], now: datetime, *, configured: Collection[str]
) -> Iterator[IdChange]:
    """What `detect_id_change` finds in some feeds.

    Args:
        store: where to look.
        asks: the name of each feed, and what it wants to show.
        now: the moment, UTC.
        configured: the sources of the config.
    """
    for start in range(0, len(asks), _BATCH):
        wanted = dict(asks[start : start + _BATCH])
        states = [each for each in store.feed_states(wanted) if len(each.entries) > FEW]
        keys = store.newest([wanted[each.name] for each in states], now=now)
        for state, shown in zip(states, keys, strict=True):
            if found := detect_id_change(store, state, shown, configured=configured):
                yield found


def renamed(
    store: FeedStore, now: datetime, *, born_by: int, configured: Collection[str]
) -> list[tuple[str, str]]:
    """Every article that has come a second time, under another id: its former id, and its new one.

    Args:
        store: where to look.
        now: the moment, UTC.
        born_by: the change sequence up to which an article is a former one.
        configured: the sources of the config.
    """
    everything = FeedQuery({}, {})
    [keys] = store.newest([everything], now=now)
    ids = [key.id for key in keys] + [each for each, _ in store.withdrawals(everything, since=None)]
    former: list[_Fingerprint] = []
    latter: list[_Fingerprint] = []
    for start in range(0, len(ids), _BATCH):
        # Only what identifies articles is in memory for the whole store.
        for stored in store.load(ids[start : start + _BATCH]):
            (former if stored.first_sequence <= born_by else latter).append(_marked(stored))
    return _pairs(former, latter, configured)


class _Fingerprint(NamedTuple):
    """What an article may keep when its site moves or its links change.

    Attributes:
        id: what it did not keep.
        title: however it is spaced and capitalised.
        date: none if it has none.
        path: of its link, with the query; none if that is the site's front page.
        text: a number for its text; none if it has none.
        source: that it is of.
        names: its link, and the id that its record has.
    """

    id: str
    title: str
    date: datetime | None
    path: str | None
    text: int | None
    source: str
    names: frozenset[str | None]


def _marked(stored: StoredArticle) -> _Fingerprint:
    article: Article = stored.article
    parts = urlsplit(article.link or "")
    path = parts.path.rstrip("/") + (f"?{parts.query}" if parts.query else "")
    date = article.published or article.updated
    text = article.content_html or article.summary
    return _Fingerprint(
        article.id,
        " ".join(article.title.casefold().split()),
        date and date.astimezone(UTC),
        path or None,
        hash(text) if text else None,
        stored.source,
        frozenset((stored.claimed or article.id, article.link)),
    )


_Mark = Callable[[_Fingerprint], tuple[object, ...]]
# Two things that agree, the surest first. One is not enough: a column has one title every week, and
# articles of several sites may have one path.
_SURE: tuple[_Mark, ...] = (
    lambda each: (each.path, each.title, each.date),
    lambda each: (each.title, each.date),
    lambda each: (each.path, each.date),
)
# These agree by chance as well, such as in a column that links to its page every week; so they count only
# where no other article has the same.
_UNSURE: tuple[_Mark, ...] = (
    lambda each: (each.path, each.title),
    lambda each: (each.title, each.text) if each.date is None else (None,),
)


def _pairs(
    former: Iterable[_Fingerprint], latter: Iterable[_Fingerprint], configured: Collection[str]
) -> list[tuple[str, str]]:
    """Which of some articles were others before; each is in one pair at most.

    The former article is one of the same source, or one of a source that is no longer in the config: a source
    that is renamed has the same articles. What another source of the config has is never the former one,
    however alike: anybody can copy titles and dates.
    """
    old = {each.id: each for each in former}
    new = {each.id: each for each in latter if each.id not in old}
    found: dict[str, str] = {}
    own = _by_source(old.values())
    for source, some in _by_source(new.values()).items():
        found |= _matches(own.get(source, ()), some)
    taken = set(found.values())
    retired = [each for each in old.values() if each.source not in configured and each.id not in taken]
    others = _matches(retired, [each for each in new.values() if each.id not in found])
    found |= {each: was for each, was in others.items() if not _are_of_two(old[was], new[each])}
    return [(found[each], each) for each in new if each in found]


def _by_source(those: Iterable[_Fingerprint]) -> dict[str, list[_Fingerprint]]:
    grouped: dict[str, list[_Fingerprint]] = defaultdict(list)
    for each in those:
        grouped[each.source].append(each)
    return grouped


def _matches(former: Iterable[_Fingerprint], latter: Iterable[_Fingerprint]) -> dict[str, str]:
    """For the ids of some articles the ids that they had, as far as the articles have something in common."""
    old = {each.id: each for each in former}
    new = {each.id: each for each in latter}
    found: dict[str, str] = {}
    for marks, alone in ((_SURE, False), (_UNSURE, True)):
        for mark in marks:
            there = _by_mark(old.values(), mark)
            for key, those in _by_mark(new.values(), mark).items():
                these = there.get(key, [])
                if not alone or len(these) == len(those) == 1:
                    # Where several are alike in everything, any of them will do.
                    found |= dict(zip(those, these, strict=False))
            for each, was in found.items():
                new.pop(each, None)
                old.pop(was, None)
    return found


def _are_of_two(one: _Fingerprint, other: _Fingerprint) -> bool:
    """Whether two articles with one id or link are two, each that of its source."""
    return one.source != other.source and not one.names.isdisjoint(other.names - {None})


def _by_mark(those: Iterable[_Fingerprint], mark: _Mark) -> dict[tuple[object, ...], list[str]]:
    grouped: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for each in those:
        if all(part is not None for part in mark(each)):
            grouped[mark(each)].append(each.id)
    return grouped
