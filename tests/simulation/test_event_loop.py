"""The simulated loop and network behave like asyncio's, and a seed decides everything."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.testing.simulation import EventLoop, SimulationError


def run(main: Coroutine[Any, Any, Any], seed: int = 1) -> Any:
    return EventLoop(seed).run(main)


def test_time_jumps_to_the_next_timer() -> None:
    async def main() -> tuple[float, float]:
        await asyncio.sleep(86_400)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 3600)
        return asyncio.get_running_loop().time(), time.monotonic()

    assert run(main()) == (90_000, 90_000)


def test_waiting_for_nothing_is_an_error() -> None:
    with pytest.raises(SimulationError, match="nothing is left"):
        run(asyncio.Event().wait())


def test_the_error_of_a_callback_ends_the_run() -> None:
    async def main() -> None:
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)
        await asyncio.sleep(1)

    with pytest.raises(ZeroDivisionError):
        run(main())


def interleaving(seed: int) -> list[int]:
    seen: list[int] = []

    async def work(number: int) -> None:
        for _ in range(4):
            await asyncio.to_thread(seen.append, number)
            await asyncio.sleep(random.random())

    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, EventLoop)
        for number in range(3):
            loop.start_process(str(number), lambda number=number: work(number))  # type: ignore[misc]
        await asyncio.sleep(60)

    run(main(), seed)
    return seen


def test_the_seed_decides_the_order() -> None:
    state = random.getstate()
    orders = [interleaving(seed) for seed in range(5)]
    assert orders == [interleaving(seed) for seed in range(5)]
    assert len({tuple(order) for order in orders}) > 1
    assert random.getstate() == state, "the random numbers of the caller are its own"


def test_tasks_of_one_process_run_in_order_and_sets_of_tasks_too() -> None:
    async def main() -> list[int]:
        seen: list[int] = []

        async def work(number: int) -> None:
            seen.append(number)

        await asyncio.wait({asyncio.create_task(work(number)) for number in range(20)})
        async with asyncio.TaskGroup() as group:
            for number in range(20, 25):
                group.create_task(work(number))
        return seen

    assert run(main()) == [*range(25)]


class World:
    """A loop with a process that works for ever, to kill or suspend it."""

    def __init__(self, seed: int = 1) -> None:
        self.loop = EventLoop(seed)
        self.seen: list[str] = []

    async def sleep_and_clean(self) -> None:
        try:
            await asyncio.sleep(10)
            self.seen.append("slept")
        finally:
            self.seen.append("finally")
            await asyncio.sleep(0)
            self.seen.append("cleaned")


def test_a_killed_process_does_nothing_more() -> None:
    world = World()

    async def main() -> None:
        process = world.loop.start_process("worker", world.sleep_and_clean)
        await asyncio.sleep(1)
        process.kill()
        await asyncio.sleep(100)
        assert world.seen == []

    world.loop.run(main())
    # Its coroutines are closed at the end, when nothing can be reached.
    assert world.seen == ["finally"]


def test_a_killed_process_cannot_reach_anything() -> None:
    loop = EventLoop(1)
    errors: list[str] = []

    async def work() -> None:
        loop.current_process().kill()
        for reach in (
            loop.create_future,
            lambda: loop.call_soon(print),
            lambda: loop.call_later(1, print),
            lambda: loop.run_in_executor(None, print),
        ):
            try:
                reach()
            except GeneratorExit as error:
                errors.append(type(error).__name__)

    async def main() -> None:
        loop.start_process("worker", work)
        await asyncio.sleep(1)

    loop.run(main())
    assert errors == ["ProcessKilledError"] * 4


@pytest.mark.parametrize("seed", range(20))
def test_a_process_is_killed_before_or_after_a_call_in_a_thread(seed: int) -> None:
    loop = EventLoop(seed)
    seen: list[str] = []

    async def work() -> None:
        await asyncio.to_thread(seen.append, "called")
        seen.append("returned")

    async def main() -> None:
        process = loop.start_process("worker", work)
        await asyncio.sleep(loop.random.uniform(0, 0.004))
        process.kill()
        killed = list(seen)
        await asyncio.sleep(10)
        assert seen == killed
        outcomes.add(tuple(seen))

    loop.run(main())


outcomes: set[tuple[str, ...]] = set()


def test_all_of_them_have_happened() -> None:
    for seed in range(20):
        test_a_process_is_killed_before_or_after_a_call_in_a_thread(seed)
    assert outcomes == {(), ("called",), ("called", "returned")}


def test_calls_in_an_executor_of_ones_own_keep_their_order() -> None:
    async def main() -> list[int]:
        loop, seen, executor = asyncio.get_running_loop(), list[int](), object()
        calls = [loop.run_in_executor(executor, seen.append, number) for number in range(30)]  # type: ignore[arg-type]
        await asyncio.gather(*calls)
        return seen

    assert run(main()) == [*range(30)]


def test_a_suspended_process_goes_on_later() -> None:
    world = World()

    async def main() -> None:
        process = world.loop.start_process("worker", world.sleep_and_clean)
        await asyncio.sleep(1)
        process.suspend(100)
        await asyncio.sleep(99)
        assert world.seen == []
        await asyncio.sleep(2)
        assert world.seen == ["slept", "finally", "cleaned"]

    world.loop.run(main())


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)
        await writer.drain()
    writer.close()
    await writer.wait_closed()


async def serve(handler: Any = echo) -> None:
    server = await asyncio.start_server(handler, "server", 7)
    async with server:
        await server.serve_forever()


@given(st.integers(0, 10_000), st.lists(st.binary(min_size=1, max_size=300_000), max_size=5))
def test_streams_keep_bytes_in_order(seed: int, parts: list[bytes]) -> None:
    loop = EventLoop(seed)
    loop.network.split_share = 0.5

    async def main() -> bytes:
        loop.start_process("server", serve)
        await asyncio.sleep(1)
        reader, writer = await asyncio.open_connection("server", 7)
        for part in parts:
            writer.write(part)
        sent = b"".join(parts)
        received = await reader.readexactly(len(sent))
        writer.close()
        await writer.wait_closed()
        assert await reader.read() == b""
        return received

    assert loop.run(main()) == b"".join(parts)


def test_a_connection_is_refused_when_nobody_listens() -> None:
    loop = EventLoop(1)

    async def main() -> None:
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("server", 7)
        process = loop.start_process("server", serve)
        await asyncio.sleep(1)
        _, writer = await asyncio.open_connection("server", 7)
        process.kill()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("server", 7)
        loop.network.unreachable.add("server")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.open_connection("server", 7), 60)
        writer.close()

    loop.run(main())


def test_what_a_process_wrote_before_it_was_killed_still_arrives() -> None:
    loop = EventLoop(1)
    received: list[bytes] = []

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.readexactly(5))
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        received.append(b"end")
        writer.close()

    async def write() -> None:
        _, writer = await asyncio.open_connection("server", 7)
        writer.write(b"words")
        await asyncio.sleep(0.5)
        loop.current_process().kill()
        await writer.drain()

    async def main() -> None:
        loop.start_process("server", lambda: serve(keep))
        await asyncio.sleep(1)
        loop.start_process("client", write)
        await asyncio.sleep(1)

    loop.run(main())
    assert received == [b"words", b"end"]


@pytest.mark.parametrize("seed", range(5))
def test_a_killed_server_ends_its_connections(seed: int) -> None:
    loop = EventLoop(seed)

    async def main() -> None:
        server = loop.start_process("server", serve)
        await asyncio.sleep(1)
        reader, writer = await asyncio.open_connection("server", 7)
        server.kill()
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.write(b"words")
        with pytest.raises(ConnectionResetError):
            await asyncio.sleep(1)
            await writer.drain()
        writer.close()

    loop.run(main())


def test_data_for_a_suspended_process_waits() -> None:
    loop = EventLoop(1)

    async def main() -> float:
        server = loop.start_process("server", serve)
        await asyncio.sleep(1)
        reader, writer = await asyncio.open_connection("server", 7)
        server.suspend(500)
        writer.write(b"words")
        assert await reader.readexactly(5) == b"words"
        writer.close()
        return loop.time()

    assert loop.run(main()) > 500
