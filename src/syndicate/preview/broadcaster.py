"""Watching files, and telling every open page of a change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from watchfiles import awatch

from .session import PreviewSession

# Milliseconds: how long changes are gathered, and after how long a look is taken without any.
_GATHER = 400
_STEP = 50
_LOOK = 1000
_HEARTBEAT = 15.0


class Broadcaster:
    """Tells of changes: what changed, in words."""

    def __init__(self) -> None:
        self._hearers: set[asyncio.Queue[str | None]] = set()
        self.over = False

    def ring(self, what: str) -> None:
        """Something has changed."""
        for each in self._hearers:
            each.put_nowait(what)

    def end(self) -> None:
        """It is over; whoever listens is let go."""
        self.over = True
        for each in self._hearers:
            each.put_nowait(None)

    async def hear(self) -> AsyncIterator[str]:
        """What changes from now on; nothing in between now and then, as a sign of life."""
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._hearers.add(queue)
        try:
            while not self.over:
                try:
                    what = await asyncio.wait_for(queue.get(), _HEARTBEAT)
                except TimeoutError:
                    what = ""
                if what is None:
                    return
                yield what
        finally:
            self._hearers.discard(queue)


async def watch(house: PreviewSession, bell: Broadcaster, stop: asyncio.Event) -> None:
    """Look after files, and after the store, until it is to stop.

    Where the system gives no more watches, or the disk is one that tells of nothing, files are compared.
    """
    before: set[Path] = set()
    compare: bool | None = None
    while not stop.is_set():
        folders = await run_in_threadpool(house.folders)
        # In a folder that is new something may have been written before it was watched.
        late = folders - before if before else set()
        before = folders
        try:
            await _look(house, bell, stop, folders, late, compare)
        except (OSError, RuntimeError):
            # A folder may have gone at this moment, too.
            compare = True
            await asyncio.sleep(_LOOK / 1000)


async def _look(
    house: PreviewSession,
    bell: Broadcaster,
    stop: asyncio.Event,
    folders: set[Path],
    late: set[Path],
    compare: bool | None,
) -> None:
    """Look after some folders until there are others to look after."""
    async for batch in awatch(
        *sorted(folders),
        watch_filter=None,
        recursive=False,
        step=_STEP,
        debounce=_GATHER,
        rust_timeout=_LOOK,
        yield_on_timeout=True,
        stop_event=stop,
        force_polling=compare,
    ):
        paths = {Path(path) for _, path in batch}
        changed = {path for path in paths if house.wants(path)}
        if changed or late:
            await run_in_threadpool(house.renew, changed)
            bell.ring(_told(house, changed or late))
            late = set()
        elif not paths and await run_in_threadpool(house.stirred):
            bell.ring("the store")
        if (changed or not paths or any(path.is_dir() for path in paths)) and (
            await run_in_threadpool(house.folders) != folders
        ):
            return


def _told(house: PreviewSession, changed: set[Path]) -> str:
    first = min(changed)
    base = house.config.parent
    name = first.relative_to(base).as_posix() if first.is_relative_to(base) else first.name
    return name if len(changed) == 1 else f"{name} and {len(changed) - 1} more"
