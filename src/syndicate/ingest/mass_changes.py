"""Changes of many articles of a source at once, which are mistakes more often than not."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime

from ..model import HeldChange, Problem

_MAX_CHANGES = 5
_MAX_SHARE = 5


def is_mass_change(changed: int, known: int) -> bool:
    """Return whether so many of the articles of a source are more than anybody changes at once."""
    return changed > _MAX_CHANGES and changed * _MAX_SHARE > known


def mass_change(source: str, missing: Collection[str], known: int, now: datetime) -> HeldChange:
    """Return a change of many articles.

    Args:
        missing: the keys of the articles without a record.
        known: how many articles the source has.
    """
    digest = hashlib.sha256("\n".join(sorted(missing)).encode()).hexdigest()
    return HeldChange(source, digest, len(missing), 0, known, now)


def describe_held(change: HeldChange) -> Problem:
    """Return the problem of a change that is held."""
    return Problem(
        message=f"source {change.source}: {change.withdrawn} of {change.known} articles have no record now; "
        "none of them was withdrawn",
        hint="if files are missing, bring them back; otherwise the next ingest that shows the same, or "
        f"syndicate ingest {change.source} --confirm, withdraws them",
    )
