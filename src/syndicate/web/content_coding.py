"""Content codings: which one a request asks for (RFC 9110 12.5.3). Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal

Coding = Literal["br", "gzip", "identity"]

PREFERRED: tuple[Coding, ...] = ("br", "gzip", "identity")
"""The codings, the smallest first: the first of those with the highest weight is chosen."""

_WEIGHT = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?")
_UNNAMED_WEIGHT = 0.0001


def choose_coding(accept: str | None, available: Collection[Coding]) -> Coding | None:
    """Return the coding to answer a request with (RFC 9110, section 12.5.3); None if none is acceptable.

    Args:
        accept: the value of `Accept-Encoding`; None if the request has none.
        available: the codings besides identity that can be sent.
    """
    if accept is None:
        return "identity"
    weights = _weights(accept)
    best: Coding | None = None
    highest = 0.0
    for coding in PREFERRED:
        if coding != "identity" and coding not in available:
            continue
        # Identity is acceptable unless it is excluded, but a client that names another coding prefers that.
        unnamed = _UNNAMED_WEIGHT if coding == "identity" else 0.0
        weight = weights.get(coding, weights.get("*", unnamed))
        if weight > highest:
            best, highest = coding, weight
    return best


def _weights(accept: str) -> dict[str, float]:
    """Return each named coding with its weight; a malformed part is ignored."""
    found: dict[str, float] = {}
    for part in accept.split(","):
        name, *parameters = (each.strip().lower() for each in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                weight = float(value) if _WEIGHT.fullmatch(value := value.strip()) else -1.0
        if name and weight >= 0:
            found.setdefault(name.removeprefix("x-"), weight)
    return found
