"""What a request's headers ask for: which coding, and whether anything need be sent (RFC 9110). Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

Coding = Literal["br", "gzip", "identity"]

PREFERRED: tuple[Coding, ...] = ("br", "gzip", "identity")
"""The codings, the smallest first: it is taken where a client likes several as much."""

_WEIGHT = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?")
_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
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


def condition(headers: Mapping[str, str], tag: str, modified: datetime | None) -> Literal[200, 304, 412]:
    """What the conditions of a GET or HEAD come to, in the order that RFC 9110 13.2.2 gives.

    Args:
        headers: by lower-case names; several lines of one name joined by commas.
        tag: the strong entity tag of what would be sent, in its quotes.
        modified: its Last-Modified, in UTC, whole seconds; without one conditions on it are ignored.

    Returns:
        200 to send it, 304 if the client has it, 412 if the client wants only something else.
    """
    if (wanted := headers.get("if-match")) is not None:
        if wanted.strip() != "*" and tag not in _tags(wanted):
            return 412
    elif modified and (since := _date(headers.get("if-unmodified-since"))) and modified > since:
        return 412
    if (known := headers.get("if-none-match")) is not None:
        # A proxy that compresses on its way makes our tag a weak one: here that is as good.
        have = {each.removeprefix("W/") for each in _tags(known)}
        return 304 if known.strip() == "*" or tag in have else 200
    if modified and (since := _date(headers.get("if-modified-since"))) and modified <= since:
        return 304
    return 200


def _tags(value: str) -> list[str]:
    return _TAG.findall(value)


def _date(value: str | None) -> datetime | None:
    """An HTTP date in any of its three forms (RFC 9110 5.6.7), or None: such a condition is ignored."""
    if value is None:
        return None
    try:
        found = parsedate_to_datetime(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
