"""What an account of Amazon SES may send: messages per second, and messages in 24 hours."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from threading import Lock

_FRESH_SECONDS = 60.0
_FRESH_SECONDS_WITHOUT_QUOTA = 1.0  # GetAccount may be called once a second.
_LONGEST_PAUSE = 5.0


class SesLimits:
    """The limits of an account, shared by the sessions of a transport.

    Attributes:
        lock: held while the account is read, so that one session reads it for all.
        quota: messages in 24 hours; -1 is unlimited.
        remaining: how many of them are left.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.quota = self.remaining = 0.0
        self._read_at = float("-inf")
        self._pause = self._shortest_pause = 0.0
        self._next_turn = 0.0

    @property
    def is_fresh(self) -> bool:
        """Whether the account was read recently. Other programs may send with the same account."""
        fresh = _FRESH_SECONDS if self.remaining >= 1 else _FRESH_SECONDS_WITHOUT_QUOTA
        return time.monotonic() - self._read_at < fresh

    def update(self, quota: Mapping[str, float]) -> None:
        """Take over the `SendQuota` of the account."""
        self.quota = quota["Max24HourSend"]
        self.remaining = float("inf") if self.quota < 0 else self.quota - quota["SentLast24Hours"]
        self._shortest_pause = 1 / max(quota["MaxSendRate"], 0.01)
        self._pause = max(self._pause, self._shortest_pause)
        self._read_at = time.monotonic()

    async def wait_turn(self) -> None:
        """Wait until the rate allows one more message."""
        now = time.monotonic()
        turn = max(self._next_turn, now)
        self._next_turn = turn + self._pause
        await asyncio.sleep(turn - now)

    def slow_down(self) -> None:
        """Send more slowly, because the service said that it is too fast."""
        self._pause = min(self._pause * 1.5, max(_LONGEST_PAUSE, self._shortest_pause))

    def speed_up(self) -> None:
        """Return slowly to the rate of the account."""
        self._pause = max(self._pause * 0.98, self._shortest_pause)
