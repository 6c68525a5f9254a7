"""Watching files and the store, and reloading the preview when they change."""

from __future__ import annotations

import asyncio
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from watchfiles import awatch

from .broadcaster import Broadcaster
from .session import PreviewSession

# Milliseconds: how long changes are collected, how often they are collected, how often the store is polled.
_DEBOUNCE = 400
_STEP = 50
_POLL = 1000


async def watch(session: PreviewSession, broadcaster: Broadcaster, stop: asyncio.Event) -> None:
    """Reload the preview after each change and announce it, until `stop` is set.

    If the system cannot notify, because it has no more watches or the file system does not support them,
    the files are compared at intervals.
    """
    watched: set[Path] = set()
    force_polling: bool | None = None
    while not stop.is_set():
        folders = await run_in_threadpool(session.folders)
        # Files may have been written to a new folder before it was watched.
        added = folders - watched if watched else set()
        watched = folders
        try:
            await _watch_folders(session, broadcaster, stop, folders, added, force_polling)
        except (OSError, RuntimeError):
            # Or a folder was removed at this moment.
            force_polling = True
            await asyncio.sleep(_POLL / 1000)


async def _watch_folders(
    session: PreviewSession,
    broadcaster: Broadcaster,
    stop: asyncio.Event,
    folders: set[Path],
    added: set[Path],
    force_polling: bool | None,
) -> None:
    """Watch some folders until other folders are to be watched."""
    async for batch in awatch(
        *sorted(folders),
        watch_filter=None,
        recursive=False,
        step=_STEP,
        debounce=_DEBOUNCE,
        rust_timeout=_POLL,
        yield_on_timeout=True,
        stop_event=stop,
        force_polling=force_polling,
    ):
        paths = {Path(path) for _, path in batch}
        changed = {path for path in paths if session.affects(path)}
        if changed or added:
            await run_in_threadpool(session.reload, changed)
            broadcaster.send(_summarize(session.config.parent, changed or added))
            added = set()
        elif not paths and await run_in_threadpool(session.reload_if_store_changed):
            broadcaster.send("the database")
        folders_may_differ = changed or not paths or any(path.is_dir() for path in paths)
        if folders_may_differ and await run_in_threadpool(session.folders) != folders:
            return


def _summarize(base: Path, changed: set[Path]) -> str:
    first = min(changed)
    name = first.relative_to(base).as_posix() if first.is_relative_to(base) else first.name
    return name if len(changed) == 1 else f"{name} and {len(changed) - 1} more"
