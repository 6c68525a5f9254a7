"""Messages to every open page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

_HEARTBEAT = 15.0


class Broadcaster:
    """Sends the names of changed files to every listener."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[str | None]] = set()
        self.closed = False

    def send(self, changed: str) -> None:
        """Send the name of what has changed."""
        for queue in self._queues:
            queue.put_nowait(changed)

    def close(self) -> None:
        """End the iteration of every listener."""
        self.closed = True
        for queue in self._queues:
            queue.put_nowait(None)

    async def listen(self) -> AsyncIterator[str]:
        """Give what changes from now on, and an empty string every 15 seconds without a change."""
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._queues.add(queue)
        try:
            while not self.closed:
                try:
                    changed = await asyncio.wait_for(queue.get(), _HEARTBEAT)
                except TimeoutError:
                    changed = ""
                if changed is None:
                    return
                yield changed
        finally:
            self._queues.discard(queue)
