"""Telling WebSub hubs which feeds changed, also after a restart."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ..model import Problem
from ..shipped import version
from .desk import Desk

_PENDING = "pings"


def remember(desk: Desk, topics: Iterable[str]) -> None:
    """Write down that the hubs are to be told, before they are."""
    hubs = desk.settings.site.hubs
    if hubs and (new := list(topics)):
        pending = _pending(desk)
        _keep(desk, {hub: [*pending.get(hub, []), *new] for hub in hubs})


def tell(desk: Desk) -> list[Problem]:
    """Tell every hub what it has not heard; what it could not take now is told at the next publish."""
    pending = _pending(desk)
    if not pending:
        return []
    from ..publishing.websub import ping

    agent = f"syndicate/{version()} (+{desk.settings.site.home})"
    problems: list[Problem] = []
    left: dict[str, list[str]] = {}
    for hub, topics in pending.items():
        if hub in desk.settings.site.hubs:
            pinged = ping(hub, topics, agent=agent)
            problems += pinged.problems
            left[hub] = list(pinged.pending)
    _keep(desk, left)
    return problems


def _pending(desk: Desk) -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(desk.store.recall(_PENDING) or "{}")
    return found


def _keep(desk: Desk, pending: dict[str, list[str]]) -> None:
    kept = {hub: list(dict.fromkeys(topics)) for hub, topics in pending.items() if topics}
    desk.store.remember(_PENDING, json.dumps(kept))
