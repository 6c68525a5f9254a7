"""Content codings: which one a request asks for (RFC 9110 12.5.3). Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal

Coding = Literal["br", "gzip", "identity"]

PREFERRED: tuple[Coding, ...] = ("br", "gzip", "identity")
"""The codings, the smallest first: it is taken where a client likes several as much."""

_WEIGHT = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?")
_UNSAID = 0.0001


def choose_coding(accept: str | None, there: Collection[Coding]) -> Coding | None:
    """The coding of `Accept-Encoding` to answer with (RFC 9110 12.5.3).

    Args:
        accept: the header's value; None if there was none, which asks for no coding.
        there: the codings besides identity that can be sent.

    Returns:
        The coding liked best, or None if nothing that is there will do.
    """
    if accept is None:
        return "identity"
    asked = _weights(accept)
    best: Coding | None = None
    most = 0.0
    for coding in PREFERRED:
        if coding != "identity" and coding not in there:
            continue
        # Identity will do unless it is ruled out, but whoever names a coding would rather have that.
        unasked = _UNSAID if coding == "identity" else 0.0
        weight = asked.get(coding, asked.get("*", unasked))
        if weight > most:
            best, most = coding, weight
    return best


def _weights(accept: str) -> dict[str, float]:
    """Each coding named, with its weight; what cannot be read counts as not said."""
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
