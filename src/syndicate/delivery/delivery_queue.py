"""Claims deliveries when they are needed, has them admitted, and gives them to the sessions of each relay."""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..model import Delivery, Outcome
from ..scheduling.system_clock import Clock
from .admission_step import AdmissionStep
from .limits.admission_plan import Admitted
from .limits.microseconds import SECOND, to_microseconds
from .relays import Relay

_DELIVERIES_PER_CONNECTION = 50
# The run waits if the next delivery that a limit has postponed is due earlier than this.
_LONGEST_WAIT = timedelta(seconds=10)
# Later times are not remembered: the next run finds them.
_REMEMBERED = timedelta(hours=1)
# Times are rounded up to this: very many deliveries may be postponed.
_GRID_MICROSECONDS = 250_000
# How often a session that waits looks whether the run ends.
_LOOK_SECONDS = 0.5


@dataclass(order=True, slots=True)
class _Queued:
    """A delivery that may go from a time of the loop on, and is claimed until a time."""

    ready_at: float
    number: int
    delivery: Delivery = field(compare=False)
    claimed_until: datetime = field(compare=False)


@dataclass(slots=True)
class _RelayQueue:
    """What waits for the sessions of a relay: `timed` becomes `ready`."""

    relay: Relay
    ready: deque[_Queued] = field(default_factory=deque)
    timed: list[_Queued] = field(default_factory=list)
    is_closed: bool = False

    def __len__(self) -> int:
        return len(self.ready) + len(self.timed)

    @property
    def size(self) -> int:
        """How many deliveries are enough for the sessions of the relay."""
        return self.relay.connections * _DELIVERIES_PER_CONNECTION

    def update(self, now: float) -> None:
        while self.timed and self.timed[0].ready_at <= now:
            self.ready.append(heapq.heappop(self.timed))

    def clear(self) -> Iterator[_Queued]:
        queued = [*self.ready, *self.timed]
        self.ready.clear()
        self.timed.clear()
        yield from queued


class DeliveryQueue:
    """The deliveries of a run, for each relay.

    Args:
        claim: claims up to a number of deliveries; runs in a thread.
        release: gives claims back; runs in a thread.
        lease: how long claims are kept.
    """

    def __init__(
        self,
        relays: Sequence[Relay],
        *,
        claim: Callable[[int], list[Delivery]],
        release: Callable[[Sequence[Delivery]], object],
        admission: AdmissionStep,
        clock: Clock,
        lease: timedelta,
    ) -> None:
        self._queues = {each.name: _RelayQueue(each) for each in relays}
        self._claim = claim
        self._release = release
        self._admission = admission
        self._clock = clock
        self._lease = lease
        self._filling = asyncio.Lock()
        self._changed = asyncio.Event()
        self._is_exhausted = False
        # When deliveries are due that were postponed, the soonest first.
        self._due_again: list[datetime] = []
        self._number = 0
        # One process can claim a delivery again while a session still has it.
        self._taken: dict[tuple[str, int], _Queued] = {}
        self._batch_sizes: Counter[str] = Counter()
        self.editions: set[str] = set()

    async def take(self, relay: str, is_ending: Callable[[], bool]) -> Delivery | None:
        """Return the next delivery of a relay, when it may go; None if nothing is due or the run ends."""
        while not is_ending():
            if delivery := await self.take_ready(relay):
                return delivery
            if not await self._wait(self._queues[relay]):
                return None
        return None

    async def take_ready(self, relay: str) -> Delivery | None:
        """Return the next delivery of a relay that may go at once, None if there is none."""
        queue = self._queues[relay]
        if found := await self._pop(queue):
            return found
        if not self._can_fill():
            return None
        async with self._filling:
            # Another session may have filled it meanwhile.
            if found := await self._pop(queue):
                return found
            if self._can_fill() and not queue.is_closed:
                await self._fill()
        return await self._pop(queue)

    def put_back(self, relay: str, delivery: Delivery) -> None:
        """Take back a delivery that was not tried."""
        if queued := self._taken.pop((delivery.id, delivery.fence), None):
            self._queues[relay].ready.appendleft(queued)
            self._admission.leave(delivery)
        self._changed.set()

    def finish(self, relay: str, delivery: Delivery, outcome: Outcome) -> None:
        """Note what became of a delivery that was taken."""
        if self._taken.pop((delivery.id, delivery.fence), None):
            self._admission.leave(delivery)
        self._admission.note_outcome(relay, delivery, outcome)
        self._changed.set()

    def taken(self) -> list[Delivery]:
        """Return the deliveries that the sessions have."""
        return [each.delivery for each in self._taken.values()]

    def take_batch_size(self, relay: str) -> int:
        """Return how many deliveries came for a relay since the last call."""
        return self._batch_sizes.pop(relay, 0)

    def has_waiting(self, relay: str) -> bool:
        """Return whether deliveries wait for a relay."""
        return len(self._queues[relay]) > 0

    async def close(self, relay: str) -> None:
        """Give back what waits for a relay. It gets nothing more.

        Raises:
            StoreError: the database failed.
        """
        queue = self._queues[relay]
        queue.is_closed = True
        unused = [each.delivery for each in queue.clear()]
        await self._give_back(unused)
        await asyncio.to_thread(self._admission.settle)
        if unused:
            # The other relays can take them.
            self._is_exhausted = False
        self._changed.set()

    def _can_fill(self) -> bool:
        """Return whether claiming more can help: not if one slow relay has very many waiting."""
        queues = [each for each in self._queues.values() if not each.is_closed]
        is_full = sum(map(len, queues)) >= 2 * sum(each.size for each in queues)
        return not self._is_exhausted and not is_full

    async def _fill(self) -> None:
        """Claim deliveries and give those that are admitted to the relays."""
        until = self._clock.now() + self._lease
        claimed, admitted = await asyncio.to_thread(self._claim_and_admit)
        self._is_exhausted = not claimed
        self.editions.update(each.edition_id for each in claimed)
        now, loop_now = self._clock.now(), asyncio.get_running_loop().time()
        for each in admitted:
            ready_at = loop_now + max(each.not_before - to_microseconds(now), 0) / SECOND
            self._number += 1
            heapq.heappush(
                self._queues[each.relay].timed, _Queued(ready_at, self._number, each.delivery, until)
            )
            self._batch_sizes[each.relay] += 1
        if claimed:
            due = self._admission.due_soon(now + _REMEMBERED)
            self._due_again = sorted({_round_up(each) for each in due}.union(self._due_again))
        for queue in self._queues.values():
            if queue.is_closed and len(queue):
                # It was closed in between.
                await self.close(queue.relay.name)
        self._changed.set()

    def _claim_and_admit(self) -> tuple[list[Delivery], list[Admitted]]:
        self._admission.settle()
        queues = [each for each in self._queues.values() if not each.is_closed]
        claimed = self._claim(sum(each.size for each in queues))
        if not claimed:
            return [], []
        busy = [each.relay.name for each in queues if len(each) >= each.size]
        return claimed, self._admission.admit(claimed, [each.relay.name for each in queues], busy)

    async def _pop(self, queue: _RelayQueue) -> Delivery | None:
        queue.update(asyncio.get_running_loop().time())
        if queue.ready and self._clock.now() >= queue.ready[0].claimed_until:
            # Another worker may have them by now. Who still owns them claims them again.
            await self._give_back([each.delivery for each in queue.clear()])
            self._is_exhausted = False
        for number, each in enumerate(queue.ready):
            if self._admission.enter(each.delivery):
                del queue.ready[number]
                self._taken[each.delivery.id, each.delivery.fence] = each
                return each.delivery
        return None

    async def _wait(self, queue: _RelayQueue) -> bool:
        """Wait until a delivery may be ready. Return False if none will be."""
        now, loop_now = self._clock.now(), asyncio.get_running_loop().time()
        while self._due_again and self._due_again[0] <= now:
            self._due_again.pop(0)
            self._is_exhausted = False
        if queue.is_closed:
            return False
        if self._can_fill():
            await asyncio.sleep(0)
            return True
        due_soon = [each for each in self._due_again[:1] if each <= now + _LONGEST_WAIT]
        if not len(queue) and self._is_exhausted and not due_soon:
            return False
        waits = [each.ready_at - loop_now for each in queue.timed[:1]]
        waits += [(due - now).total_seconds() for due in due_soon]
        self._changed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(min(max(min(waits, default=_LOOK_SECONDS), 0.001), _LOOK_SECONDS)):
                await self._changed.wait()
                return True
        if self._clock.now() <= now:
            # The clock was put back. What was nearly due is far away now.
            self._due_again.clear()
        return True

    async def _give_back(self, deliveries: Sequence[Delivery]) -> None:
        if deliveries:
            self._admission.note_unused(deliveries)
            await asyncio.to_thread(self._release, deliveries)


def _round_up(moment: datetime) -> datetime:
    return moment + timedelta(microseconds=-moment.microsecond % _GRID_MICROSECONDS)
