"""Admission without limits: every delivery may go, shared among the relays by weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ...model import Delivery, Outcome
from .admission_plan import Admitted
from .relay_weights import RelayWeights


class NoLimits:
    """Admits every delivery at once; see `AdmissionStep`.

    Args:
        weights: by the name of the relay.
    """

    def __init__(self, weights: Mapping[str, int]) -> None:
        self._weights = RelayWeights(weights)

    def admit(
        self, deliveries: Sequence[Delivery], relays: Sequence[str], busy: Sequence[str]
    ) -> list[Admitted]:
        names = self._weights.candidates(relays)
        names = [name for name in names if name not in busy] or names
        return [Admitted(each, self._weights.choose(names), 0) for each in deliveries]

    def due_soon(self, until: datetime) -> list[datetime]:  # noqa: ARG002
        return []

    def enter(self, delivery: Delivery) -> bool:  # noqa: ARG002
        return True

    def leave(self, delivery: Delivery) -> None: ...

    def note_outcome(self, relay: str, delivery: Delivery, outcome: Outcome) -> None: ...

    def note_unused(self, deliveries: Sequence[Delivery]) -> None: ...

    def hold_back(self, edition_id: str, reason: str) -> None: ...

    def settle(self) -> None: ...
