"""Timing two ways of doing one thing side by side on a machine that is not quiet."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping


def seconds(ways: Mapping[str, Callable[[], object]], rounds: int = 7) -> dict[str, float]:
    """The shortest time of each way, the ways taking turns so that noise meets all of them."""
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for name, way in ways.items():
            gc.collect()
            start = time.perf_counter()
            way()
            best[name] = min(best[name], time.perf_counter() - start)
    return best
