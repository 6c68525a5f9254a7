"""Hand claimed deliveries to a transport, and record each outcome before anything else happens.

The steps for one message: claim, recipient accepted, `in_doubt` committed, message sent, reply, outcome
committed. Wherever the process is killed, the state of the delivery says how to go on.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from ..errors import TransportError
from ..mail import wire_address
from ..model import Delivery, Outcome, RefusalPolicy, RetryPolicy, SmtpTimeouts
from ..scheduling.system_clock import Clock
from .admission_step import AdmissionStep
from .delivery_store import DeliveryStore
from .relay_runs import DispatchReport, RelayRuns
from .transport import Transport, to_transport_error

__all__ = ["DispatchReport", "Dispatcher", "send_one"]

# With the default policy, some nine hours. A server that is set up wrongly is corrected by then.
_ATTEMPTS_WITHOUT_VERDICT = 8
_IN_DOUBT_DETAIL = "the connection was lost before the server's final reply"


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Sends what is due.

    Attributes:
        message_for: returns the message of a delivery; the same bytes at every attempt.
        sender_for: returns the envelope sender of a delivery.
        owner: names this process in the store.
        retry: when a deferred delivery is tried again.
        refusals: when equal refusals stop the run.
        in_doubt: what happens to a delivery whose final reply was lost.
        lease: how long claims are kept. A delivery that is being sent is kept for `timeouts.in_doubt`.
        timeouts: how long the transport may take for one message.
        admission: decides which claimed deliveries may go now, and through which relay; all of them if None.
    """

    store: DeliveryStore
    transport: Transport
    message_for: Callable[[Delivery], bytes]
    sender_for: Callable[[Delivery], str]
    clock: Clock
    owner: str
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    refusals: RefusalPolicy = field(default_factory=RefusalPolicy)
    in_doubt: Literal["resend", "hold"] = "resend"
    lease: timedelta = timedelta(minutes=5)
    timeouts: SmtpTimeouts = field(default_factory=SmtpTimeouts)
    admission: AdmissionStep | None = None

    async def drain(
        self, *, edition_id: str | None = None, stop: Callable[[], bool] = lambda: False
    ) -> DispatchReport:
        """Send until nothing is due, the transport fails, or `stop` returns True.

        Messages that are being sent when `stop` returns True are finished; other claims are released.

        Raises:
            StoreError: the database failed; outcomes recorded before remain.
        """
        return await RelayRuns(self, edition_id, stop).run()

    def claim(self, limit: int, edition_id: str | None) -> list[Delivery]:
        """Decide about deliveries in doubt, and claim what is due."""
        now = self.clock.now()
        resolved = [(each, self._after_doubt(each, now)) for each in self.store.find_in_doubt(now=now)]
        if resolved:
            self.store.record_outcomes(resolved, now=now)
        return self.store.claim(
            self.owner,
            now=now,
            lease=self.lease,
            limit=limit,
            edition_id=edition_id,
            longest_wait=self.retry.longest_wait,
        )

    def _after_doubt(self, delivery: Delivery, now: datetime) -> Outcome:
        # The first time is usually a killed process. Later it is a server that always disconnects, which
        # must not get the same message for ever.
        attempts = delivery.attempts + 1
        is_first = attempts == 1 and self.retry.attempts != 1
        due = now if is_first else self.retry.next_attempt(attempts, delivery.tried_since, now)
        if self.in_doubt == "hold" or due is None:
            return Outcome(state="held", detail=_IN_DOUBT_DETAIL)
        return Outcome(state="pending", until=due, detail=_IN_DOUBT_DETAIL)

    def with_due_time(self, delivery: Delivery, outcome: Outcome) -> Outcome:
        """Return the outcome with the time of the next attempt, or as failed if there is none.

        An outcome that is not `deferred`, or not about the recipient, is returned as it is.
        """
        if outcome.state != "deferred" or not outcome.attempted:
            return outcome
        attempts = delivery.attempts + 1
        share = random.random()  # noqa: S311 - spreads load, protects nothing
        now = self.clock.now()
        due = self.retry.next_attempt(attempts, delivery.tried_since, now, share)
        if due is None:
            detail = f"given up after {attempts} attempts: {outcome.detail}"
            return outcome.model_copy(update={"state": "failed", "until": None, "detail": detail})
        until = min(max(due, outcome.until or due), now + self.retry.longest_wait)
        return outcome.model_copy(update={"until": until})

    def without_verdict(self, delivery: Delivery, outcome: Outcome, is_stopped: bool) -> Outcome:
        """Return the outcome of a permanent refusal of which nobody knows whom it is about.

        Args:
            is_stopped: the server refuses everybody. The delivery is due again at once, after all others, and
                no attempt is counted. Otherwise it is deferred, and fails after some attempts.
        """
        doubtful = outcome.model_copy(update={"suppress": False, "about": "server"})
        if not is_stopped:
            is_final = delivery.attempts + 1 >= _ATTEMPTS_WITHOUT_VERDICT
            return doubtful if is_final else doubtful.model_copy(update={"state": "deferred"})
        now = self.clock.now()
        if now - delivery.tried_since > self.retry.give_up:
            return doubtful.model_copy(update={"detail": f"given up: {outcome.detail}"})
        return doubtful.model_copy(update={"state": "pending", "until": now, "attempted": False})


def send_one(transport: Transport, sender: str, recipient: str, message: bytes) -> Outcome:
    """Send one message that is no delivery in the store.

    Raises:
        TransportError: the transport cannot be used.
    """

    async def send() -> Outcome:
        async def before_commit() -> bool:
            return True

        to = wire_address(recipient)
        try:
            async with transport.session() as session:
                outcome = await session.send(sender, to, message, before_commit)
        # Any error: a transport of another package may raise what it likes.
        except Exception as error:
            raise to_transport_error(error) from None
        if outcome is None:
            raise TransportError("the transport sent nothing and gave no reason")
        return outcome

    return asyncio.run(send())
