"""An asyncio event loop without threads and waiting: time is virtual, and a seed decides the order."""

from __future__ import annotations

import asyncio
import heapq
import random
import sys
from asyncio.events import _set_running_loop
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from contextvars import Context, ContextVar, copy_context
from typing import Any, TypeVar
from unittest import mock

from .network import Network

T = TypeVar("T")

_MAX_STEPS = 2_000_000
_MAX_CLOSES = 100
_current: ContextVar[Process | None] = ContextVar("simulated_process", default=None)


class ProcessKilledError(GeneratorExit):
    """Raised in the code of a killed process that still asks the world for something.

    Python ignores this kind of exception when it closes a coroutine, also in a nested one.
    """


class SimulationError(Exception):
    """Report a simulation that cannot go on: nothing is left to wait for, or it does not end."""


class Process:
    """A process of the simulation: its tasks, its connections and its pending callbacks.

    Attributes:
        before_step: called before each callback of the process; may kill or suspend it.
        steps: how many callbacks have run.
    """

    def __init__(self, loop: EventLoop, name: str) -> None:
        self.name = name
        self.is_alive = True
        self.is_suspended = False
        self.steps = 0
        self.before_step: Callable[[Process], None] | None = None
        self.ready: deque[_Handle] = deque()
        self.context: Context = copy_context()
        self.context.run(_current.set, self)
        self._loop = loop

    def kill(self) -> None:
        """End the process as SIGKILL does: its code stops, and the kernel closes its connections."""
        if self.is_alive:
            self._loop.note("killed", self.name)
            self._loop.network.close_connections_of(self)
            self.is_alive = False
            self.ready.clear()

    def suspend(self, seconds: float) -> None:
        """Stop the process as SIGSTOP does, and continue it later. Its connections stay open."""
        self.is_suspended = True
        self._loop.note("suspended", self.name, round(seconds, 3))
        self._loop.call_at(self._loop.time() + seconds, self._continue, context=self._loop.world.context)

    def _continue(self) -> None:
        self.is_suspended = False

    def require_alive(self) -> None:
        """Raise `ProcessKilledError` if the process has been killed."""
        if not self.is_alive:
            raise ProcessKilledError(self.name)


class _Handle(asyncio.TimerHandle):
    def __init__(self, process: Process, when: float, *arguments: Any) -> None:
        super().__init__(when, *arguments)
        self.process = process


class _Task(asyncio.Task[Any]):
    """A task whose hash does not depend on its address in memory, so that sets of tasks have one order."""

    def __init__(self, number: int, *arguments: Any, **options: Any) -> None:
        self._number = number
        super().__init__(*arguments, **options)

    def __hash__(self) -> int:
        return self._number


class EventLoop(asyncio.AbstractEventLoop):
    """Runs simulated processes.

    Callbacks of one process run in the order in which they were scheduled, like in asyncio. Which process
    runs next is drawn from the seed. When none can run, the time jumps to the next timer.

    A killed process is dropped: its callbacks are removed, its coroutines stay where they are. They are
    closed when the simulation has ended. Whatever their `finally` blocks then ask of the loop or of the
    network raises `ProcessKilledError`; a simulated store calls `current_process().require_alive()` for that.

    Attributes:
        random: what every decision is drawn from.
        network: connects the processes.
        world: the process of `run`, which is never killed.
        trace: what happened, in order.
        thread_delay: returns how many seconds a call in a thread waits, called before and after the call.
        errors: exceptions of callbacks.
    """

    def __init__(self, seed: int | str) -> None:
        self.random = random.Random(seed)  # noqa: S311 - decides a simulation, protects nothing
        self.trace: list[tuple[Any, ...]] = []
        self.errors: list[BaseException] = []
        self.thread_delay: Callable[[], float] = lambda: self.random.expovariate(1000)
        self.world = Process(self, "world")
        self.network = Network(self)
        self._processes = [self.world]
        self._time = 0.0
        self._timers: list[tuple[float, int, _Handle]] = []
        self._number = 0
        self._tasks: list[_Task] = []
        self._thread_free_at: dict[int, float] = {}
        self._is_closed = False

    # Processes

    def start_process(self, name: str, main: Callable[[], Coroutine[Any, Any, object]]) -> Process:
        """Start a process that runs a coroutine."""
        process = Process(self, name)
        self._processes = [each for each in self._processes if each.is_alive] + [process]
        self.note("started", name)
        process.context.run(lambda: self.create_task(main()))
        return process

    def current_process(self) -> Process:
        """Return the process whose code is running."""
        return _current.get() or self.world

    def note(self, *event: object) -> None:
        """Add an event to the trace."""
        self.trace.append((round(self._time, 6), *event))

    # Running

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Run the coroutine of the world until it ends, then end all processes and close the loop.

        Meanwhile `time.monotonic`, `random` and `socket.getfqdn` belong to the simulation.

        Raises:
            SimulationError: the coroutine waits for something that never comes, or does not end.
        """
        with self._replace_environment():
            try:
                task = self.world.context.run(self.create_task, main)
                while not task.done():
                    self._run_step()
                result: T = task.result()
            finally:
                self._end()
        for error in self.errors:
            raise error
        return result

    @contextmanager
    def _replace_environment(self) -> Iterator[None]:
        state, hooks = random.getstate(), sys.get_asyncgen_hooks()
        random.seed(self.random.getrandbits(64))
        # The generators of killed processes must not be finalized in the middle of the simulation.
        sys.set_asyncgen_hooks(firstiter=None, finalizer=lambda _: None)
        _set_running_loop(self)
        try:
            with (
                mock.patch("time.monotonic", self.time),
                mock.patch("socket.getfqdn", lambda *_: f"{self.current_process().name}.example"),
            ):
                yield
        finally:
            _set_running_loop(None)
            sys.set_asyncgen_hooks(*hooks)
            random.setstate(state)

    def _run_step(self) -> None:
        runnable = [
            each for each in self._processes if each.ready and each.is_alive and not each.is_suspended
        ]
        if not runnable:
            self._advance()
            return
        process = runnable[0] if len(runnable) == 1 else self.random.choice(runnable)
        process.steps += 1
        if process.steps > _MAX_STEPS:
            raise SimulationError(f"{process.name} does not end after {_MAX_STEPS} steps")
        if process.before_step:
            process.before_step(process)
            if not process.is_alive or process.is_suspended:
                return
        handle = process.ready.popleft()
        if not handle.cancelled():
            handle._run()

    def _advance(self) -> None:
        """Move the time to the next timer, and make the timers of that time ready."""
        if not self._timers:
            raise SimulationError("nothing is left to wait for")
        self._time = max(self._time, self._timers[0][0])
        while self._timers and self._timers[0][0] <= self._time:
            handle = heapq.heappop(self._timers)[2]
            if handle.process.is_alive and not handle.cancelled():
                handle.process.ready.append(handle)

    def _end(self) -> None:
        for process in self._processes:
            process.is_alive = False
        dead = self.world.context
        for task in self._tasks:
            if not task.done():
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                dead.run(_close_coroutine, task.get_coro())
        self.network.forget()
        self._timers.clear()
        self._is_closed = True

    # What asyncio asks of a loop

    def time(self) -> float:
        """Return the virtual time in seconds since the start."""
        return self._time

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return not self._is_closed

    def is_closed(self) -> bool:
        return self._is_closed

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        handle = self._handle(self._time, callback, args, context)
        if handle.process.is_alive:
            handle.process.ready.append(handle)
        return handle

    call_soon_threadsafe = call_soon  # type: ignore[assignment]

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._time + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        handle = self._handle(when, callback, args, context)
        self._number += 1
        heapq.heappush(self._timers, (when, self._number, handle))
        return handle

    def _handle(
        self, when: float, callback: Callable[..., object], args: tuple[Any, ...], context: Context | None
    ) -> _Handle:
        current = self.current_process()
        current.require_alive()
        process = current if context is None else context.get(_current, None) or self.world
        return _Handle(process, when, callback, args, self, context)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Do nothing: a cancelled timer is skipped when it is due."""

    def create_future(self) -> asyncio.Future[Any]:
        self.current_process().require_alive()
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        self.current_process().require_alive()
        task = _Task(len(self._tasks), coro, loop=self, **options)
        self._tasks.append(task)
        return task

    def run_in_executor(  # type: ignore[override]
        self, executor: object, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Call the function after a delay, and return its result after another.

        The process may be killed or suspended before and after the call. Calls in an executor of the caller's
        own run one after the other, those in the loop's own executor in any order.
        """
        future: asyncio.Future[T] = self.create_future()
        start = self._time + self.thread_delay()
        if executor is not None:
            start = max(start, self._thread_free_at.get(id(executor), 0.0))
        end = start + self.thread_delay()
        self._thread_free_at[id(executor)] = end
        self.call_at(start, self._call_in_thread, future, end, func, args)
        return future

    def _call_in_thread(
        self, future: asyncio.Future[T], end: float, func: Callable[..., T], args: tuple[Any, ...]
    ) -> None:
        try:
            result = func(*args)
        except ProcessKilledError:
            return
        except BaseException as error:
            self.call_at(end, _finish, future, future.set_exception, error)
        else:
            self.call_at(end, _finish, future, future.set_result, result)

    async def create_connection(  # type: ignore[override]
        self, protocol_factory: Callable[[], Any], host: str, port: int, **_: object
    ) -> tuple[asyncio.Transport, Any]:
        """Connect to a simulated server. TLS and the other options are not simulated."""
        return await self.network.connect(protocol_factory, host, port)

    async def create_server(  # type: ignore[override]
        self, protocol_factory: Callable[[], asyncio.Protocol], host: str, port: int, **_: object
    ) -> asyncio.AbstractServer:
        """Listen for simulated connections."""
        return self.network.listen(protocol_factory, host, port)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Keep the exception of a callback; `run` raises it. Errors of tasks belong to who awaits them."""
        error = context.get("exception")
        if "handle" in context and error is not None and not isinstance(error, ProcessKilledError):
            self.errors.append(error)


def _finish(future: asyncio.Future[Any], finish: Callable[[Any], None], value: object) -> None:
    if not future.done():
        finish(value)


def _close_coroutine(coroutine: Any) -> None:
    """Close a coroutine of a killed process. One that awaits again while it is closed is closed again."""
    for _ in range(_MAX_CLOSES):
        try:
            coroutine.close()
        except RuntimeError:
            # "coroutine ignored GeneratorExit"
            continue
        except BaseException:  # noqa: S110 - the error of a dead process
            pass
        return
    with suppress(BaseException):
        coroutine.throw(ProcessKilledError())
