"""Telling WebSub hubs which feeds changed, also after a restart."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from ..context import AppContext
from ..model import Problem
from ..resources import version

_PENDING = "pings"

# For each hub its topics, each with a mark of the change that it is to be told of.
_Pending = dict[str, dict[str, str]]


def remember(desk: AppContext, topics: Iterable[str]) -> None:
    """Write down that the hubs are to be told, before they are; where no other process publishes."""
    hubs = desk.settings.site.hubs
    if hubs and (new := dict.fromkeys(topics, secrets.token_hex(4))):
        pending = _pending(desk)
        _keep(desk, {hub: pending.get(hub, {}) | new for hub in hubs})


def tell(desk: AppContext, alone: Callable[[], AbstractContextManager[object]]) -> list[Problem]:
    """Tell every hub what it has not heard; what it could not take now is told at the next publish.

    Args:
        desk: the newsroom's.
        alone: keeps other processes from publishing. They may as long as hubs are asked.
    """
    pending = _pending(desk)
    if not pending:
        return []
    from .websub import ping

    agent = f"syndicate/{version()} (+{desk.settings.site.home})"
    problems: list[Problem] = []
    told: _Pending = {}
    for hub, topics in pending.items():
        if hub in desk.settings.site.hubs:
            pinged = ping(hub, list(topics), agent=agent)
            problems += pinged.problems
            told[hub] = {topic: topics[topic] for topic in (*pinged.done, *pinged.refused)}
    with alone():
        # What changed once more in the meantime has another mark, and is still to be told.
        _keep(
            desk,
            {
                hub: dict(topics.items() - told.get(hub, {}).items())
                for hub, topics in _pending(desk).items()
                if hub in desk.settings.site.hubs
            },
        )
    return problems


def _pending(desk: AppContext) -> _Pending:
    found: _Pending = json.loads(desk.store.recall(_PENDING) or "{}")
    return found


def _keep(desk: AppContext, pending: _Pending) -> None:
    kept = {hub: topics for hub, topics in pending.items() if topics}
    desk.store.remember(_PENDING, json.dumps(kept))
