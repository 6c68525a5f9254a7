"""A change of many articles of a source that waits for a confirmation."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class HeldChange(NamedTuple):
    """What a read of a source would have changed.

    Attributes:
        digest: identifies the change; an equal change has the same.
        withdrawn: the number of articles without a record.
        reidentified: the number of articles whose records have new ids.
        known: the number of articles that the source has.
        held_at: when it was held first (UTC).
    """

    source: str
    digest: str
    withdrawn: int
    reidentified: int
    known: int
    held_at: datetime
