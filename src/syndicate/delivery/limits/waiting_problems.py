"""What a report says about deliveries that wait because of a limit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...model import Problem, Waiting


def waiting_problems(newsletter: str, edition_id: str, waiting: Iterable[Waiting]) -> Iterator[Problem]:
    """Yield a problem for each limit: an error if only the operator can continue, a note otherwise."""
    for each in waiting:
        verb = "waits" if each.number == 1 else "wait"
        deliveries = f"{each.number} {'delivery' if each.number == 1 else 'deliveries'}"
        if each.until is None:
            yield Problem(
                message=f"{deliveries} {verb} for you: {each.reason}",
                id=edition_id,
                hint="look at the answers of the servers, then continue: "
                f"syndicate send {newsletter} --edition {edition_id} --resume",
            )
        else:
            yield Problem(
                message=f"{deliveries} {verb} until {each.until:%Y-%m-%d %H:%M:%S} UTC: {each.reason}",
                severity="note",
                id=edition_id,
                hint="the daemon sends them then; without a daemon run send again",
            )
