"""Equal refusals of many deliveries are about the sender or a server, not about the addresses. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ...model import Problem, Refusal, Verdict

FIRST_REFUSALS = 10
"""So many equal refusals are believed at once; more of them wait for an hour."""
SHARE = 5
"""More than this part (1/5) of an edition's deliveries with the same refusal are not about the addresses."""
SETTLE = timedelta(hours=1)


def judge_refusal(refusal: Refusal, now: datetime) -> Verdict:
    """Return what equal refusals are about.

    More than a fifth of the deliveries of an edition have it: the sender or a server. More than ten within an
    hour: undecided, because the others may follow. Otherwise: the addresses.
    """
    if refusal.deliveries > 1 and refusal.deliveries * SHARE > refusal.edition_deliveries:
        return "held"
    if refusal.deliveries > FIRST_REFUSALS and now - refusal.first_at < SETTLE:
        return "open"
    return "counted"


def describe_refusal(refusal: Refusal, verdict: Verdict) -> Problem:
    """Return the problem that equal refusals are."""
    count = f"{refusal.deliveries} of {refusal.edition_deliveries} deliveries"
    said = refusal.diagnostic or "no reason given"
    if verdict == "open":
        return Problem(
            message=f"{count} came back with the same refusal within an hour: {said}",
            severity="note",
            id=refusal.edition_id,
            hint="no address is suppressed before the hour is over, because more may follow",
        )
    return Problem(
        message=f"{count} came back with the same refusal: {said}",
        severity="warning",
        id=refusal.edition_id,
        hint="so many are about the sender or a server, and no address was suppressed: correct it and send "
        "again; if these addresses do not exist, remove them",
    )


def held_problems(refusals: list[Refusal]) -> Iterator[Problem]:
    """Yield a problem for each held refusal, for the status."""
    yield from (describe_refusal(each, "held") for each in refusals)
