"""Sharing the mail among relays by their weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class RelayWeights:
    """Chooses relays in proportion to their weights, evenly mixed (smooth weighted round robin).

    Args:
        weights: by the name of the relay; 0 for a relay that is used only if no other one can be.
    """

    def __init__(self, weights: Mapping[str, int]) -> None:
        self._weights = weights
        self._credits = dict.fromkeys(weights, 0)

    def candidates(self, working: Sequence[str]) -> list[str]:
        """Return which of the relays that work are used: those with a weight, or else the spare ones."""
        return [name for name in working if self._weights[name]] or list(working)

    def choose(self, names: Sequence[str]) -> str:
        """Return one of the names."""
        for name in names:
            self._credits[name] += self._weights[name] or 1
        chosen = max(names, key=lambda name: self._credits[name])
        self._credits[chosen] -= sum(self._weights[name] or 1 for name in names)
        return chosen
