"""Processes that race with each other."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

CROWD = 4
"""How many processes race."""

_barrier: Any = None


def _enter(barrier: Any) -> None:
    global _barrier
    _barrier = barrier


def _together(work: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    _barrier.wait(300)
    return work(*args)


class Crowd:
    """Processes that do the same thing at the same moment."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(
            CROWD, mp_context=context, initializer=_enter, initargs=(context.Barrier(CROWD),)
        )

    def race(self, work: Callable[..., Any], *args: Any) -> list[Any]:
        """Call `work(number, *args)` in every process at once; give the results."""
        return self.all([(work, number, *args) for number in range(CROWD)])

    def all(self, jobs: list[tuple[Any, ...]]) -> list[Any]:
        """Do one job in each process, all at once: each a function and its arguments."""
        assert len(jobs) == CROWD, "fewer would wait for ever"
        futures = [self._pool.submit(_together, work, args) for work, *args in jobs]
        return [future.result(300) for future in futures]

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown()
