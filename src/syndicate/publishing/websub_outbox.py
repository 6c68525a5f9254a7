"""The changed feeds that WebSub hubs still have to be notified of. They survive a restart."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from ..config import SiteSettings
from ..model import Problem
from ..resources import version
from .feed_store import FeedStore

_STORED_NAME = "pings"

# For each hub its topics, each with a random id of the change.
_Topics = dict[str, dict[str, str]]


class WebSubOutbox:
    """The topics to send to the hubs of a site."""

    def __init__(self, store: FeedStore, site: SiteSettings) -> None:
        self._store = store
        self._site = site

    def add(self, topics: Iterable[str]) -> None:
        """Store the topics for each hub. The caller holds the lock of the output folder."""
        changes = dict.fromkeys(topics, secrets.token_hex(4))
        if self._site.hubs and changes:
            pending = self._load()
            self._save({hub: pending.get(hub, {}) | changes for hub in self._site.hubs})

    def send(self, lock: Callable[[], AbstractContextManager[object]]) -> list[Problem]:
        """Notify every hub. What a hub cannot accept now stays in the outbox.

        Args:
            lock: locks the output folder. Other processes may publish while hubs are asked.
        """
        pending = self._load()
        if not pending:
            return []
        from .websub import ping

        agent = f"syndicate/{version()} (+{self._site.home})"
        problems: list[Problem] = []
        finished: _Topics = {}
        for hub, topics in pending.items():
            if hub in self._site.hubs:
                result = ping(hub, list(topics), agent=agent)
                problems += result.problems
                finished[hub] = {topic: topics[topic] for topic in (*result.accepted, *result.refused)}
        with lock():
            # A topic that changed again in the meantime has another id and stays.
            self._save(
                {
                    hub: dict(topics.items() - finished.get(hub, {}).items())
                    for hub, topics in self._load().items()
                    if hub in self._site.hubs
                }
            )
        return problems

    def _load(self) -> _Topics:
        topics: _Topics = json.loads(self._store.recall(_STORED_NAME) or "{}")
        return topics

    def _save(self, pending: _Topics) -> None:
        self._store.remember(
            _STORED_NAME, json.dumps({hub: topics for hub, topics in pending.items() if topics})
        )
