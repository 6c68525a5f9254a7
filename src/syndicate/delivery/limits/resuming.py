"""Continue an edition that its canary holds."""

from __future__ import annotations

from .limit_states import canary_name
from .send_limit_store import SendLimitStore


def resume_edition(store: SendLimitStore, edition_id: str) -> None:
    """End the pause of an edition, and let its canary pass.

    Raises:
        StoreError: the database failed.
    """
    name = canary_name(edition_id)
    store.change_limits(
        [name],
        lambda values: {name: {**values[name], "decision": "passed"}} if name in values else {},
    )
    store.resume_edition(edition_id)
