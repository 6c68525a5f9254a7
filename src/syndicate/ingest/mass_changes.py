"""Changes of many articles of a source at once, which are mistakes more often than not."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime

from ..model import HeldChange, Problem

MAX_CHANGES = 5
"""A change of this many articles or fewer is never held."""
_MAX_SHARE = 1 / 5


def is_mass_change(changed: int, known: int) -> bool:
    """Return whether so many of the articles of a source are more than anybody changes at once."""
    return changed > MAX_CHANGES and changed > known * _MAX_SHARE


def mass_change(
    source: str, missing: Collection[str], former_ids: Mapping[str, str], known: int, now: datetime
) -> HeldChange:
    """Return a change of many articles.

    Args:
        missing: the keys of the articles without a record.
        former_ids: the ids of articles whose records have new ids, by the new id.
        known: how many articles the source has.
    """
    lines = [*sorted(missing), "", *(f"{new}\n{former}" for new, former in sorted(former_ids.items()))]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return HeldChange(source, digest, len(missing), len(former_ids), known, now)


def describe_held(change: HeldChange) -> Problem:
    """Return the problem of a change that is held."""
    source, known = change.source, change.known
    confirm = f"syndicate ingest {source} --confirm"
    if change.reidentified:
        more = f", and {change.withdrawn} have no record" if change.withdrawn else ""
        return Problem(
            message=f"source {source}: {change.reidentified} of {known} articles have new ids now{more}; "
            "none of this was stored, since every feed reader would show the articles again",
            hint=f"correct the ids or links of the source; otherwise the next ingest that shows the same, or "
            f"{confirm}, stores the new records under the former ids",
        )
    return Problem(
        message=f"source {source}: {change.withdrawn} of {known} articles have no record now; "
        "none of them was withdrawn",
        hint=f"if files are missing, bring them back; otherwise the next ingest that shows the same, or "
        f"{confirm}, withdraws them",
    )
