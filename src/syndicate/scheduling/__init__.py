"""When something is due, and that it is done once."""

from .clock import SystemClock, Ticker
from .queues import InlineQueue
from .runs import Executor, sweep
from .schedule import Decision, Schedule, decide, parse

__all__ = [
    "Decision",
    "Executor",
    "InlineQueue",
    "Schedule",
    "SystemClock",
    "Ticker",
    "decide",
    "parse",
    "sweep",
]
