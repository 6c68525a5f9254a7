"""When something is due, and that it is done once.

The clock is imported where it ticks: most commands are over before it would.
"""

from .queues import InlineQueue
from .runs import Executor, sweep
from .schedule import Decision, Schedule, decide, parse

__all__ = [
    "Decision",
    "Executor",
    "InlineQueue",
    "Schedule",
    "decide",
    "parse",
    "sweep",
]
