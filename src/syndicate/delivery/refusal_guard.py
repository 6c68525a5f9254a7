"""Whether permanent refusals are about the recipients, or about a server that refuses everybody."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

from ..errors import TransportError
from ..model import Delivery, Outcome, RefusalPolicy

Refusal = tuple[Delivery, Outcome]
Answer = tuple[int | None, str | None]


def _answer(outcome: Outcome) -> Answer:
    return outcome.code, outcome.status


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of permanent refusals.

    Attributes:
        confirmed: they are about the recipients: a later mail was accepted.
        unconfirmed: nobody knows whom they are about.
    """

    confirmed: list[Refusal] = field(default_factory=list)
    unconfirmed: list[Refusal] = field(default_factory=list)


class RefusalGuard:
    """Keeps permanent refusals until there is evidence whom they are about.

    A refusal is confirmed if a mail is accepted after it: the server works, so the refusal was about that
    recipient. Too many equal refusals are the server's.
    """

    def __init__(self, policy: RefusalPolicy) -> None:
        self._policy = policy
        self._confirmed: list[Refusal] = []
        self._unconfirmed: list[Refusal] = []
        self._in_a_row: Counter[Answer] = Counter()
        self._in_batch: Counter[Answer] = Counter()
        self._limit = math.inf
        self._is_working = False
        self._stopped_by: Outcome | None = None

    @property
    def is_stopped(self) -> bool:
        """Whether the send must stop."""
        return self._stopped_by is not None

    @property
    def is_working(self) -> bool:
        """Whether the last answers show that the server takes mail."""
        return self._is_working

    def begin_batch(self, size: int) -> list[Refusal]:
        """Begin to count for a batch of this size. Return the refusals of the last one that are confirmed."""
        self._limit = max(self._policy.first, math.ceil(size * self._policy.share))
        self._in_batch.clear()
        confirmed, self._confirmed = self._confirmed, []
        return confirmed

    def add_accepted(self) -> None:
        """Note that a mail was accepted."""
        self._is_working = True
        self._in_a_row.clear()
        self._confirmed += self._unconfirmed
        self._unconfirmed.clear()

    def add_refused(self, delivery: Delivery, outcome: Outcome) -> None:
        """Keep a permanent refusal."""
        self._is_working = False
        answer = _answer(outcome)
        self._unconfirmed.append((delivery, outcome))
        self._in_a_row[answer] += 1
        self._in_batch[answer] += 1
        if self._in_a_row[answer] >= self._policy.first or self._in_batch[answer] >= self._limit:
            self._stopped_by = self._stopped_by or outcome

    def finish(self) -> Verdict:
        """Return the refusals that are still kept.

        If the send was stopped, those that stopped it are not confirmed.
        """
        verdict = Verdict(self._confirmed, self._unconfirmed)
        if self._stopped_by:
            answer = _answer(self._stopped_by)
            verdict = Verdict(
                [each for each in self._confirmed if _answer(each[1]) != answer],
                [*(each for each in self._confirmed if _answer(each[1]) == answer), *self._unconfirmed],
            )
        self._confirmed, self._unconfirmed = [], []
        return verdict

    def error(self) -> TransportError | None:
        """Return why the send was stopped; None if it was not."""
        if self._stopped_by is None:
            return None
        count = self._in_batch[_answer(self._stopped_by)]
        code, detail = self._stopped_by.code, self._stopped_by.detail
        return TransportError(
            f"the mail server refuses recipients with the same answer: {code or ''} {detail} ({count} times)",
            hint="nobody was failed or suppressed; correct the server or the sender and send again. If the "
            "addresses are wrong, remove them, or raise first and share in [delivery.refusals]",
        )
