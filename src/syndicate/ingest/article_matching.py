"""Recognises articles that come again under new ids, by what they keep when their site moves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from ..model import Article
from ..text.article_label import article_label


class Fingerprint(NamedTuple):
    """What an article may keep when its site moves or its links change.

    Attributes:
        title: or the first words of an untitled article, with normalized spaces and case; None if it has no
            words.
        path: the path and query of its link; None for the site's home page.
        text_hash: None if the article has no text.
        names: its link, and the id in its record.
    """

    id: str
    title: str | None
    date: datetime | None
    path: str | None
    text_hash: int | None
    source: str
    names: frozenset[str | None]


def fingerprint(article: Article, source: str, claimed_id: str | None = None) -> Fingerprint:
    """Return the fingerprint of an article.

    Args:
        claimed_id: the id in its record, if it is another one.
    """
    parts = urlsplit(article.link or "")
    path = parts.path.rstrip("/") + (f"?{parts.query}" if parts.query else "")
    date = article.published or article.updated
    text = article.content_html or article.summary
    return Fingerprint(
        article.id,
        " ".join(article_label(article).casefold().split()) or None,
        date and date.astimezone(UTC),
        path or None,
        hash(text) if text else None,
        source,
        frozenset((claimed_id or article.id, article.link)),
    )


_Key = Callable[[Fingerprint], tuple[object, ...]]
# At least two properties must agree, the most reliable ones first. One is not enough: a column has the same
# title every week, and articles of several sites may have the same path.
_RELIABLE_KEYS: tuple[_Key, ...] = (
    lambda each: (each.path, each.title, each.date),
    lambda each: (each.title, each.date),
    lambda each: (each.path, each.date),
)
# These also agree by chance, such as in a column that links to the same page every week. They count only if
# no other article has the same values.
_UNRELIABLE_KEYS: tuple[_Key, ...] = (
    lambda each: (each.path, each.title),
    lambda each: (each.title, each.text_hash) if each.date is None else (None,),
)


def find_pairs(
    former: Iterable[Fingerprint], new: Iterable[Fingerprint], configured_sources: Collection[str]
) -> list[tuple[str, str]]:
    """Return the former and the new id of articles that are the same. Each article is in at most one pair.

    The former article is from the same source, or from a source that is no longer in the config: a renamed
    source has the same articles. An article of another configured source is never the former one, even if
    all values agree: anybody can copy titles and dates.
    """
    former_by_id = {each.id: each for each in former}
    new_by_id = {each.id: each for each in new if each.id not in former_by_id}
    former_ids: dict[str, str] = {}
    former_by_source = _group_by_source(former_by_id.values())
    for source, articles in _group_by_source(new_by_id.values()).items():
        former_ids |= _match(former_by_source.get(source, ()), articles)
    matched = set(former_ids.values())
    retired = [
        each
        for each in former_by_id.values()
        if each.source not in configured_sources and each.id not in matched
    ]
    unmatched = [each for each in new_by_id.values() if each.id not in former_ids]
    former_ids |= {
        new_id: former_id
        for new_id, former_id in _match(retired, unmatched).items()
        if not _is_id_conflict(former_by_id[former_id], new_by_id[new_id])
    }
    return [(former_ids[new_id], new_id) for new_id in new_by_id if new_id in former_ids]


def _group_by_source(fingerprints: Iterable[Fingerprint]) -> dict[str, list[Fingerprint]]:
    groups: dict[str, list[Fingerprint]] = defaultdict(list)
    for each in fingerprints:
        groups[each.source].append(each)
    return groups


def _match(former: Iterable[Fingerprint], new: Iterable[Fingerprint]) -> dict[str, str]:
    """Return the former id for each new id whose article agrees with a former one."""
    former_by_id = {each.id: each for each in former}
    new_by_id = {each.id: each for each in new}
    former_ids: dict[str, str] = {}
    for keys, unique_only in ((_RELIABLE_KEYS, False), (_UNRELIABLE_KEYS, True)):
        for key in keys:
            former_groups = _group_ids(former_by_id.values(), key)
            for value, new_group in _group_ids(new_by_id.values(), key).items():
                former_group = former_groups.get(value, [])
                if not unique_only or len(former_group) == len(new_group) == 1:
                    # Several articles with equal values may be paired in any order.
                    former_ids |= dict(zip(new_group, former_group, strict=False))
            for new_id, former_id in former_ids.items():
                new_by_id.pop(new_id, None)
                former_by_id.pop(former_id, None)
    return former_ids


def _is_id_conflict(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether two sources have an article with the same id or link: then these are two articles."""
    return one.source != other.source and not one.names.isdisjoint(other.names - {None})


def _group_ids(fingerprints: Iterable[Fingerprint], key: _Key) -> dict[tuple[object, ...], list[str]]:
    groups: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for each in fingerprints:
        value = key(each)
        if all(part is not None for part in value):
            groups[value].append(each.id)
    return groups


def matching_keys(each: Fingerprint) -> set[tuple[object, ...]]:
    """Return values of which an article with another id has one, if it is the same article."""
    found: set[tuple[object, ...]] = set()
    for number, key in enumerate((*_RELIABLE_KEYS, *_UNRELIABLE_KEYS)):
        value = key(each)
        if all(part is not None for part in value):
            found.add((number, *value))
    return found
