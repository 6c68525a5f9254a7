"""A run over all relays: those that fail are left out, and the others take over."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import TransportError
from .delivery_queue import DeliveryQueue
from .dispatch_run import DispatchRun
from .ledger_writer import LedgerWriter
from .limits.no_limits import NoLimits
from .relays import Relay, RelayGroup, combined_error, named_error
from .transports.smtp_replies import single_line

if TYPE_CHECKING:
    from .dispatcher import Dispatcher


# The part of the lease after which claims are renewed: a late or failed renewal can be made up for.
_RENEWED_AFTER = 0.25


@dataclass(frozen=True, slots=True)
class DispatchReport:
    """The result of `Dispatcher.drain`.

    Attributes:
        outcomes: how many deliveries ended in each state.
        error: why no relay could be used any longer, if so.
        failed_relays: why others could not be used, although not all failed.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    error: TransportError | None = None
    failed_relays: tuple[TransportError, ...] = ()


class RelayRuns:
    """Sends through all relays until nothing is due, all relays fail, or `stop` returns True."""

    def __init__(self, dispatcher: Dispatcher, edition_id: str | None, stop: Callable[[], bool]) -> None:
        self._dispatcher = dispatcher
        self._edition_id = edition_id
        self._stop = stop
        self._relays = list(RelayGroup.of(dispatcher.transport).relays)
        weights = {each.name: each.weight for each in self._relays}
        self._admission = dispatcher.admission or NoLimits(weights)
        self._writer = LedgerWriter(
            dispatcher.store,
            dispatcher.clock,
            lease=dispatcher.lease,
            in_doubt=dispatcher.timeouts.in_doubt,
            patience=dispatcher.lease / 2,
        )
        self._errors: dict[str, TransportError] = {}
        self._in_doubt = 0
        self._editions: set[str] = set()
        self._refused_editions: set[str] = set()

    async def run(self) -> DispatchReport:
        """Send, and return the report.

        Raises:
            StoreError: the database failed; outcomes recorded before remain.
        """
        working = self._relays
        while working and await self._run(working):
            working = [each for each in working if each.name not in self._errors]
            if self._stop():
                break
            # What the failed ones have given back is left for the others.
        error = None if working else self._error()
        reason = None if error is None else single_line(error.message)
        await self._record_stop(reason)
        if reason and self._edition_id is None and len(self._refused_editions) == 1:
            [edition_id] = self._refused_editions
            await asyncio.to_thread(self._admission.hold_back, edition_id, reason)
        outcomes = self._writer.outcomes + Counter(in_doubt=self._in_doubt)
        del outcomes["pending"]
        return DispatchReport(outcomes, error, () if error else tuple(self._errors.values()))

    async def _run(self, relays: list[Relay]) -> bool:
        """Send through relays. Return whether one failed."""
        dispatcher = self._dispatcher
        queue = DeliveryQueue(
            relays,
            claim=lambda limit: dispatcher.claim(limit, self._edition_id),
            release=dispatcher.store.release,
            admission=self._admission,
            clock=dispatcher.clock,
            lease=dispatcher.lease,
        )
        runs = [DispatchRun(dispatcher, each, queue, self._writer, self._stop) for each in relays]
        renewing = asyncio.ensure_future(self._renew_claims(queue))
        try:
            results = await asyncio.gather(*(each.run() for each in runs), return_exceptions=True)
        finally:
            renewing.cancel()
            self._editions |= queue.editions
            self._in_doubt += sum(each.in_doubt for each in runs)
        has_failed = False
        for relay, run, result in zip(relays, runs, results, strict=True):
            if result is None:
                continue
            if not isinstance(result, TransportError):
                raise result
            has_failed = True
            self._refused_editions |= run.refused_editions
            self._errors[relay.name] = named_error(relay.name, result) if len(self._relays) > 1 else result
        return has_failed

    async def _renew_claims(self, queue: DeliveryQueue) -> None:
        """Renew what the sessions have: a server may take longer for a mail than the lease."""
        while True:
            await asyncio.sleep(self._dispatcher.lease.total_seconds() * _RENEWED_AFTER)
            if taken := queue.taken():
                self._writer.renew(taken)

    def _error(self) -> TransportError:
        return combined_error(list(self._errors.values()))

    async def _record_stop(self, reason: str | None) -> None:
        if self._editions:
            await asyncio.to_thread(
                self._dispatcher.store.record_stop,
                sorted(self._editions),
                reason,
                now=self._dispatcher.clock.now(),
            )
