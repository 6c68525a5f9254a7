"""Slots and runs: what is due, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from .base import Frozen

RunState = Literal["waiting", "running", "done", "failed", "skipped"]


class Run(Frozen):
    """The one execution of one slot of a schedule. All times UTC.

    Attributes:
        fence: the number of this attempt; a write that carries an older one is refused.
        note: what it did, or why it failed or was skipped, one line.
    """

    id: int
    schedule: str
    slot: datetime
    state: RunState
    attempts: int = 1
    fence: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    note: str = ""
