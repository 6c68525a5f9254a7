"""Who does the work of runs: threads of this process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait


class InlineQueue:
    """A few threads of this process.

    Args:
        threads: how many jobs at once.
        failed: told of an error that a job let through.
    """

    def __init__(self, threads: int, failed: Callable[[BaseException], None]) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="work")
        self._failed = failed
        self._open: set[Future[None]] = set()
        self._lock = threading.Lock()

    def submit(self, job: Callable[[], None]) -> None:
        """Do this soon, once."""
        future = self._pool.submit(job)
        with self._lock:
            self._open.add(future)
        future.add_done_callback(self._done)

    def _done(self, future: Future[None]) -> None:
        with self._lock:
            self._open.discard(future)
        if not future.cancelled() and (error := future.exception()):
            self._failed(error)

    def drain(self, timeout: float) -> bool:
        """Take nothing more and wait, up to `timeout` seconds, for what is in hand. False if some is left."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            running = set(self._open)
        return not wait(running, timeout).not_done
