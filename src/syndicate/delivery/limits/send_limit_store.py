"""What the limits need of a store: the specification that `SendLimitStoreSuite` tests."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from ...model import Delivery, Waiting


class SendLimitStore(Protocol):
    """Counts that several workers share and that hold over restarts, and what waits because of them."""

    def change_limits(
        self, names: Collection[str], change: Callable[[dict[str, Any]], Mapping[str, Any]]
    ) -> None:
        """Read values and store what `change` makes of them, in one transaction.

        No other process changes a value in between. `change` is called once and gets a JSON value for each
        name that has one; what it returns is stored, or deleted where it is None. If it raises, nothing
        changes.
        """
        ...

    def find_limits(self, prefix: str) -> dict[str, Any]:
        """Return the values whose names begin with a prefix."""
        ...

    def postpone(self, deliveries: Sequence[tuple[Delivery, datetime, str]]) -> None:
        """Return claims that must wait, each with the time at which it is due again, and the reason.

        No attempt is counted. Only deliveries that are claimed under the same fence change.
        """
        ...

    def pause_edition(
        self,
        edition_id: str,
        *,
        now: datetime,
        until: datetime | None,
        reason: str,
        allows_retries: bool = False,
    ) -> None:
        """Have no delivery of an edition claimed before a time, or before `resume_edition` if it is None.

        A second pause replaces the first. A pause that begins in the future, because a clock was wrong, has
        no effect, unless it has no end.

        Args:
            allows_retries: deferred deliveries are claimed all the same.
        """
        ...

    def resume_edition(self, edition_id: str) -> None:
        """End the pause of an edition, if it has one."""
        ...

    def end_timed_pause(self, edition_id: str) -> None:
        """End the pause of an edition, unless it has no end."""
        ...

    def end_waits(self, edition_id: str, *, now: datetime) -> None:
        """Make the deliveries of an edition that wait because of a limit due now, and end its timed pause."""
        ...

    def count_tried(self, edition_id: str) -> tuple[int, int]:
        """Return how many deliveries of an edition were tried, and how many of these were not accepted."""
        ...

    def waiting(self, edition_id: str, *, now: datetime) -> list[Waiting]:
        """Return how many deliveries wait because of a limit, until when and why; the soonest first.

        Deliveries that are postponed are grouped by their reason; `until` is the time of the last one. If the
        edition is paused, all that are not finished wait for its end.
        """
        ...
