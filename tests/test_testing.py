"""The fakes behave as documented, and the suites cover every method of the protocols."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from helpers_slow import SLOW_FILES
from syndicate import testing
from syndicate.errors import ExternalError, TransportError, Where
from syndicate.model import Outcome
from syndicate.sources.source import RawRecord
from syndicate.testing import (
    ACCEPT,
    DEFER,
    DROP_AFTER_COMMIT,
    DROP_BEFORE_COMMIT,
    LOSE_REPLY,
    NOW,
    REFUSE,
    UNKNOWN,
    FixedClock,
    ListSource,
    MemoryTransport,
    Sent,
    StoreSuite,
)
from syndicate.testing.store import Store


def test_import_loads_neither_pytest_nor_a_database() -> None:
    heavy = "{'pytest', 'sqlalchemy', 'alembic', 'hypothesis', 'psycopg'}"
    code = f"import sys, syndicate.testing; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_name_is_exported_and_documented() -> None:
    for name in testing.__all__:
        value = getattr(testing, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert value.__doc__, name


def test_suite_calls_every_method_of_the_store() -> None:
    source = "".join(inspect.getsource(inspect.getmodule(base) or base) for base in StoreSuite.__mro__[:-1])
    methods = {name for base in Store.__mro__ for name in vars(base) if not name.startswith("_")}
    assert {name for name in methods if f"store.{name}(" not in source} == set()


def test_fixed_clock() -> None:
    clock = FixedClock(datetime(2026, 1, 5, 13, tzinfo=ZoneInfo("Europe/Berlin")))
    assert clock.now() == clock.now() == NOW
    assert clock.now().tzinfo is UTC
    assert clock.move(timedelta(hours=-1)) == NOW - timedelta(hours=1)
    clock.set(NOW)
    assert clock.now() == NOW


def test_list_source_returns_its_records_and_can_fail() -> None:
    record = RawRecord({"title": "A"}, Where(line=1))
    assert list(ListSource("posts", [record]).read()) == [record]
    broken = ListSource("posts", [record], complete=False, fails=ExternalError("away"))
    reading = broken.read()
    assert next(reading) == record
    with pytest.raises(ExternalError, match="away"):
        next(reading)
    assert not broken.complete


def send(transport: MemoryTransport, *recipients: str, ours: bool = True) -> list[Outcome | str | None]:
    """Send messages in one session, and return the outcome of each, or where the connection was lost."""
    results: list[Outcome | str | None] = []

    async def go() -> None:
        async with transport.session() as session:
            for recipient in recipients:
                asked: list[str] = []

                async def before_commit(asked: list[str] = asked) -> bool:
                    asked.append("committed")
                    return ours

                try:
                    results.append(await session.send("from@example.org", recipient, b"mail", before_commit))
                except TransportError:
                    results.append(f"lost {'after' if asked else 'before'}")

    asyncio.run(go())
    return results


def test_memory_transport_answers_as_scripted() -> None:
    transport = MemoryTransport({"b": DEFER, "c": UNKNOWN, "d": REFUSE})
    assert send(transport, "a", "b", "c", "d") == [
        ACCEPT.outcome,
        DEFER.outcome,
        UNKNOWN.outcome,
        REFUSE.outcome,
    ]
    assert transport.sent == [Sent("from@example.org", "a", b"mail")]
    assert transport.asked == ["a", "b", "c", "d"]


def test_memory_transport_loses_connections_as_scripted() -> None:
    transport = MemoryTransport({"a": DROP_BEFORE_COMMIT, "b": DROP_AFTER_COMMIT, "c": LOSE_REPLY})
    assert send(transport, "a", "d") == ["lost before", "lost before"], "what is gone is gone"
    assert send(transport, "b") == ["lost after"]
    assert transport.sent == []
    assert send(transport, "c") == ["lost after"]
    assert [each.recipient for each in transport.sent] == ["c"]
    assert transport.opened == 3


def test_memory_transport_answers_each_attempt_as_scripted() -> None:
    transport = MemoryTransport({"a": [DEFER, LOSE_REPLY]})
    assert [send(transport, "a")[0] for _ in range(3)] == [DEFER.outcome, "lost after", ACCEPT.outcome]
    assert len(transport.sent) == 2


def test_memory_transport_sends_only_what_the_ledger_lets_it() -> None:
    transport = MemoryTransport()
    assert send(transport, "a", ours=False) == [None]
    assert transport.sent == []


def test_closed_transport_attempts_nothing() -> None:
    transport = MemoryTransport(error=TransportError("no route"))
    with pytest.raises(TransportError, match="no route"):
        send(transport, "a")
    assert (transport.asked, transport.opened) == ([], 0)


def test_slow_test_files_exist() -> None:
    there = {path.stem for path in Path(__file__).parent.glob("test_*.py")}
    assert there >= SLOW_FILES
