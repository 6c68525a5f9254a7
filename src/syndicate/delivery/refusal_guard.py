"""Whether permanent refusals are about the recipients, or about a server that refuses everybody."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

from ..errors import TransportError
from ..model import Delivery, Outcome, RefusalPolicy

Refusal = tuple[Delivery, Outcome]
Answer = tuple[int | None, str | None]

_SEVERAL = 3
"""So many equal refusals in a row may be the server's, also if it accepts the next mail: a bad hour can end
while mails are sent."""
_FULL_BATCH = 200
"""Deliveries are counted together up to this number. A rate lets only a few be sent at a time."""


def _answer(outcome: Outcome) -> Answer:
    return outcome.code, outcome.status


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of permanent refusals.

    Attributes:
        confirmed: they are about the recipients.
        unconfirmed: nobody knows whom they are about.
    """

    confirmed: list[Refusal] = field(default_factory=list)
    unconfirmed: list[Refusal] = field(default_factory=list)


class RefusalGuard:
    """Keeps permanent refusals until there is evidence whom they are about.

    A refusal is about the recipient if the server accepts other mails, and does not give the same answer to
    several recipients in a row. Too many equal refusals are the server's: the send must stop.
    """

    def __init__(self, policy: RefusalPolicy) -> None:
        self._policy = policy
        self._verdict = Verdict()
        # Since the last mail that was accepted.
        self._streak: list[Refusal] = []
        self._in_streak: Counter[Answer] = Counter()
        self._in_batch: Counter[Answer] = Counter()
        self._batch_size = 0
        self._has_accepted = False
        self._stopped_by: Outcome | None = None

    @property
    def is_stopped(self) -> bool:
        """Whether the send must stop."""
        return self._stopped_by is not None

    @property
    def is_working(self) -> bool:
        """Whether the last answers show that the server takes mail."""
        return self._has_accepted and not self._streak

    def begin_batch(self, size: int) -> Verdict:
        """Count further deliveries to the batch. Return the verdict about the last batch if it is full."""
        verdict = Verdict()
        if self._batch_size >= _FULL_BATCH:
            verdict, self._verdict = self._verdict, Verdict()
            self._in_batch.clear()
            self._batch_size = 0
        self._batch_size += size
        return verdict

    def add_accepted(self) -> None:
        """Note that a mail was accepted."""
        self._has_accepted = True
        self._end_streak()

    def add_refused(self, delivery: Delivery, outcome: Outcome) -> None:
        """Keep a permanent refusal."""
        answer = _answer(outcome)
        self._streak.append((delivery, outcome))
        self._in_streak[answer] += 1
        self._in_batch[answer] += 1
        limit = max(self._policy.first, math.ceil(self._batch_size * self._policy.share))
        if self._in_streak[answer] >= self._policy.first or self._in_batch[answer] >= limit:
            self._stopped_by = self._stopped_by or outcome

    def _end_streak(self) -> None:
        for refusal in self._streak:
            is_single = self._in_streak[_answer(refusal[1])] < _SEVERAL
            (self._verdict.confirmed if is_single else self._verdict.unconfirmed).append(refusal)
        self._streak.clear()
        self._in_streak.clear()

    def finish(self) -> Verdict:
        """Return the verdict about the refusals that are still kept.

        If the send was stopped, those that stopped it are not confirmed.
        """
        if self._has_accepted and not self._stopped_by:
            self._end_streak()
        confirmed, unconfirmed = self._verdict.confirmed, [*self._verdict.unconfirmed, *self._streak]
        if self._stopped_by:
            answer = _answer(self._stopped_by)
            unconfirmed += [each for each in confirmed if _answer(each[1]) == answer]
            confirmed = [each for each in confirmed if _answer(each[1]) != answer]
        self._verdict = Verdict()
        self._streak.clear()
        return Verdict(confirmed, unconfirmed)

    def error(self) -> TransportError | None:
        """Return why the send was stopped; None if it was not."""
        if self._stopped_by is None:
            return None
        count = self._in_batch[_answer(self._stopped_by)]
        code, detail = self._stopped_by.code, self._stopped_by.detail
        return TransportError(
            f"the mail server refuses recipients with the same answer: {code or ''} {detail} ({count} times)",
            hint="these recipients were neither failed nor suppressed; correct the server or the sender and "
            "send again. If the addresses are wrong, remove them, or raise first and share in "
            "[delivery.refusals]",
        )
