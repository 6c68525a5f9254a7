"""The threads that do the work of the daemon."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait


class WorkerThreads:
    """A few threads of this process.

    Args:
        count: how many jobs run at the same time.
        on_error: called with an exception that a job raised.
    """

    def __init__(self, count: int, on_error: Callable[[BaseException], None]) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="work")
        self._on_error = on_error
        self._running: set[Future[None]] = set()
        self._lock = threading.Lock()

    def submit(self, job: Callable[[], None]) -> None:
        """Run a job when a thread is free."""
        future = self._pool.submit(job)
        with self._lock:
            self._running.add(future)
        future.add_done_callback(self._finish)

    def _finish(self, future: Future[None]) -> None:
        with self._lock:
            self._running.discard(future)
        if not future.cancelled() and (error := future.exception()):
            self._on_error(error)

    def drain(self, timeout: float) -> bool:
        """Start no more jobs and wait for the running ones. Return False if some still run after `timeout`.

        Args:
            timeout: seconds.
        """
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            running = set(self._running)
        return not wait(running, timeout).not_done
