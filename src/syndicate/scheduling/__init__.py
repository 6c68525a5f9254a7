"""When something is due, and that it is done once.

`clock.py` is imported by the daemon alone: it needs APScheduler, which takes long to load.
"""

from .schedule import Decision, Schedule, decide, parse
from .scheduler import Scheduler
from .worker_threads import WorkerThreads

__all__ = ["Decision", "Schedule", "Scheduler", "WorkerThreads", "decide", "parse"]
