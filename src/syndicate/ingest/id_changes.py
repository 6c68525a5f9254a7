"""Finds the records of a read that are stored articles under new ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from ..model import IncomingArticle
from ..model.article_identity import record_key
from .article_matching import Fingerprint, find_pairs, fingerprint, matching_keys
from .article_store import ArticleStore
from .mass_changes import MAX_CHANGES


class IdChanges:
    """Keeps back records that may be articles of the source under new ids, until the read has ended.

    The articles of the source are loaded only if more records are new than anybody would ask about.

    Args:
        stored_keys: of the articles of the source.
    """

    def __init__(self, store: ArticleStore, source: str, stored_keys: Set[str]) -> None:
        self._store = store
        self._source = source
        self._stored_keys = stored_keys
        self._waiting: list[IncomingArticle] = []
        # The articles of the source by key, once they are loaded.
        self._former: dict[str, Fingerprint] = {}
        self._values: set[tuple[object, ...]] = set()
        self._names: set[str | None] = set()

    @property
    def waiting_keys(self) -> set[str]:
        """The keys of the records that are kept back."""
        return {record_key(each.key) for each in self._waiting}

    def add(self, incoming: IncomingArticle) -> list[IncomingArticle]:
        """Add a record. Return the records that can be stored now."""
        if not self._stored_keys or record_key(incoming.key) in self._stored_keys:
            return [incoming]
        self._waiting.append(incoming)
        if self._former:
            return self._ready([self._waiting.pop()])
        if len(self._waiting) <= MAX_CHANGES:
            return []
        self._load()
        waiting, self._waiting = self._waiting, []
        return self._ready(waiting)

    def finish(self, given: Set[str], *, is_needed: bool) -> tuple[list[IncomingArticle], dict[str, str]]:
        """Return the records that were kept back, and the former ids of those that are articles.

        Args:
            given: the keys of all records of the read. Their articles have not changed their ids.
            is_needed: whether even a few new records are looked at.

        Returns:
            The keys of the mapping are new ids.
        """
        if is_needed and self._waiting and not self._former:
            self._load()
        waiting, self._waiting = self._waiting, []
        there = given | self.moved_keys(waiting)
        former = sorted(
            (each for key, each in self._former.items() if key not in there), key=lambda each: each.id
        )
        new = [
            each
            for each in (fingerprint(each.article, self._source) for each in waiting)
            if self._names.isdisjoint(each.names - {None})
        ]
        pairs = find_pairs(former, new, {self._source})
        return waiting, {new_id: former_id for former_id, new_id in pairs}

    def moved_keys(self, records: Iterable[IncomingArticle]) -> set[str]:
        """Return the keys of the stored articles whose ids or links are those of records with other keys."""
        names = {name for each in records for name in fingerprint(each.article, self._source).names} - {None}
        return {key for key, each in self._former.items() if not names.isdisjoint(each.names)}

    def keys_of(self, former_ids: Mapping[str, str]) -> set[str]:
        """Return the keys of the stored articles whose records have new ids."""
        ids = frozenset(former_ids.values())
        return {key for key, each in self._former.items() if each.id in ids}

    def _load(self) -> None:
        for key, stored in self._store.source_articles(self._source):
            each = fingerprint(stored.article, self._source, stored.claimed_id)
            self._former[key] = each
            self._values |= matching_keys(each)
            self._names |= each.names

    def _ready(self, incoming: list[IncomingArticle]) -> list[IncomingArticle]:
        ready: list[IncomingArticle] = []
        for each in incoming:
            new = fingerprint(each.article, self._source)
            # A record with the id or link of an article takes it over only if the article's own is not there.
            if self._names.isdisjoint(new.names - {None}) and self._values.isdisjoint(matching_keys(new)):
                ready.append(each)
            else:
                self._waiting.append(each)
        return ready
