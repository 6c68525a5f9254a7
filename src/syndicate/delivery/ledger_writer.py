"""The one writer of a dispatcher: commits in one transaction what all sessions have ready."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from ..errors import StoreError
from ..model import Delivery, Outcome
from ..scheduling.system_clock import Clock
from .delivery_store import DeliveryStore
from .transports.smtp_replies import single_line

_RETRY_SECONDS = 0.5
# An outcome waits this long for the next delivery of its session, to be committed together with it.
_DELAY_SECONDS = 0.01
_LONGEST_PAUSE = 0.005

_NOT_SENT = Outcome(state="pending", attempted=False)


class LedgerWriter:
    """Commits outcomes and deliveries in doubt, in the order in which they come.

    Args:
        lease: how long claims are kept, from each renewal on.
        in_doubt: how long a delivery stays in doubt before another process decides about it.
        patience: how long a transaction is tried again if the database fails.

    Attributes:
        outcomes: how many deliveries ended in each state, and were still owned.
    """

    def __init__(
        self,
        store: DeliveryStore,
        clock: Clock,
        *,
        lease: timedelta,
        in_doubt: timedelta,
        patience: timedelta,
    ) -> None:
        self._store = store
        self._clock = clock
        self._lease = lease
        self._in_doubt = in_doubt
        self._patience = patience
        self._waiting_outcomes: list[tuple[Delivery, Outcome]] = []
        self._waiting_marks: list[tuple[Delivery, asyncio.Future[bool]]] = []
        self._waiting_renewals: Sequence[Delivery] = ()
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._error: BaseException | None = None
        self.outcomes: Counter[str] = Counter()

    @property
    def error(self) -> BaseException | None:
        """Why a transaction could not be committed, if so."""
        return self._error

    def record(self, delivery: Delivery, outcome: Outcome) -> None:
        """Queue an outcome. It is committed with or before whatever comes next."""
        # A transport of another package may return any text. PostgreSQL refuses NUL.
        clean = outcome.model_copy(update={"detail": single_line(outcome.detail)})
        self._waiting_outcomes.append((delivery, clean))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_DELAY_SECONDS, self._start)

    def renew(self, deliveries: Sequence[Delivery]) -> None:
        """Extend the leases of claims."""
        self._waiting_renewals = deliveries
        self._start()

    async def mark_in_doubt(self, delivery: Delivery) -> bool:
        """Commit that the delivery is about to be sent. Return False if another worker owns it by now.

        Raises:
            StoreError: the database failed; nothing may be sent.
        """
        if self._error:
            raise self._error
        result: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting_marks.append((delivery, result))
        self._start()
        return await result

    async def flush(self) -> None:
        """Wait until everything is committed.

        Raises:
            StoreError: the database failed. Deliveries whose outcome is not recorded are in doubt.
        """
        self._start()
        if self._writing:
            await self._writing
        if self._error:
            raise self._error

    def _start(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._writing is None or self._writing.done():
            self._writing = asyncio.ensure_future(self._write_all())

    async def _write_all(self) -> None:
        loop = asyncio.get_running_loop()
        pause = 0.0
        while self._waiting_outcomes or self._waiting_marks or self._waiting_renewals:
            # Sessions whose deliveries were in the last transaction are ready again soon. Without this pause,
            # half of them would always wait for the other half.
            await asyncio.sleep(pause)
            begin = loop.time()
            outcomes, self._waiting_outcomes = self._waiting_outcomes, []
            marks, self._waiting_marks = self._waiting_marks, []
            renewals, self._waiting_renewals = self._waiting_renewals, ()
            try:
                owned, is_repeated = await self._commit(
                    outcomes, [delivery for delivery, _ in marks], renewals
                )
            except BaseException as error:
                # Any error, because each session waits for its delivery and must get it.
                self._error = error
                for _, result in marks:
                    if not result.done():
                        result.set_exception(error)
                continue
            pause = min((loop.time() - begin) / 2, _LONGEST_PAUSE)
            self.outcomes.update(outcome.state for delivery, outcome in outcomes if delivery.id in owned)
            for delivery, result in marks:
                is_owned = delivery.id in owned
                if not is_owned and is_repeated:
                    # The failed transaction may have been committed. Nothing was sent.
                    self._waiting_outcomes.append((delivery, _NOT_SENT))
                if not result.done():
                    result.set_result(is_owned)

    async def _commit(
        self,
        outcomes: Sequence[tuple[Delivery, Outcome]],
        marks: Sequence[Delivery],
        renewals: Sequence[Delivery],
    ) -> tuple[set[str], bool]:
        """Return the ids that were still owned, and whether the transaction was tried more than once."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._patience.total_seconds()
        is_repeated = False
        commit = partial(self._commit_once, outcomes, marks, renewals)
        while True:
            try:
                return await asyncio.to_thread(commit), is_repeated
            except StoreError:
                # The server has answered. A busy database is no reason to forget the answer.
                if loop.time() > end:
                    raise
                is_repeated = True
                await asyncio.sleep(_RETRY_SECONDS)

    def _commit_once(
        self,
        outcomes: Sequence[tuple[Delivery, Outcome]],
        marks: Sequence[Delivery],
        renewals: Sequence[Delivery],
    ) -> set[str]:
        now = self._clock.now()
        if renewals:
            self._store.renew(renewals, until=now + self._lease)
        if not outcomes:
            return self._store.mark_in_doubt(marks, until=now + self._in_doubt)
        if not marks:
            return self._store.record_outcomes(outcomes, now=now)
        return self._store.record_outcomes(outcomes, now=now, in_doubt=marks, until=now + self._in_doubt)
