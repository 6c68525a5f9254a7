"""Several threads and processes use one database: nothing is lost, done twice or blocked.

Each `work` function is done by every racer at once, on its own number; threads share a store, processes have
one each.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from helpers_processes import CROWD, Crowd
from syndicate.model import Outcome
from syndicate.scheduling import Schedule, Scheduler, decide
from syndicate.store import SqlStore
from syndicate.testing import NOW, FixedClock, a_new_edition, a_subscriber, an_incoming

LEASE = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)
ACCEPTED = Outcome(state="accepted")
UNKNOWN = Outcome(state="failed", code=550, detail="5.1.1 no such user", suppress=True)

Work = Callable[..., Any]
Race = Callable[..., list[Any]]


def _opened(number: int, url: str, work: Work, *args: Any) -> Any:
    store = SqlStore(url)
    try:
        return work(store, number, *args)
    finally:
        store.close()


@pytest.fixture(params=["threads", "processes"])
def race(request: pytest.FixtureRequest, store: SqlStore, store_url: str) -> Iterator[Race]:
    """Run a function `CROWD` times at once, and return the results."""
    if request.param == "processes":
        crowd: Crowd = request.getfixturevalue("crowd")
        yield lambda work, *args: crowd.race(_opened, store_url, work, *args)
        return
    barrier = threading.Barrier(CROWD)

    def together(work: Work, number: int, args: tuple[Any, ...]) -> Any:
        barrier.wait(30)
        return work(store, number, *args)

    with ThreadPoolExecutor(CROWD) as pool:
        yield lambda work, *args: [
            future.result(60)
            for future in [pool.submit(together, work, number, args) for number in range(CROWD)]
        ]


def people(store: SqlStore, count: int, *newsletters: str) -> list[str]:
    """Add a number of subscribers, and return their ids."""
    names = [f"p{number:03}" for number in range(count)]
    for name in names:
        store.add_subscriber(a_subscriber(name, *newsletters))
    return names


def edition(store: SqlStore, number: int = 1, newsletter: str = "weekly") -> str:
    """Add an edition with a delivery for every subscriber, and return its id."""
    store.add_edition(a_new_edition(newsletter, number), now=NOW)
    store.enqueue(f"{newsletter}-{number}", newsletter, now=NOW)
    return f"{newsletter}-{number}"


def ingest(store: SqlStore, number: int) -> int:
    names = [f"shared-{index}" for index in range(30)]
    if number % 2:
        names.reverse()
    new = store.put("posts", [an_incoming(name) for name in names], NOW, seen=set()).new
    for start in range(0, 30, 10):
        batch = [an_incoming(f"own-{number}-{index}") for index in range(start, start + 10)]
        new += store.put(f"source-{number}", batch, NOW, seen=set()).new
    return new


def test_concurrent_ingests(race: Race, store: SqlStore) -> None:
    """Each article is new once, and the sequence numbers have no gap."""
    total = 30 + CROWD * 30
    assert sum(race(ingest)) == total
    kept = store.articles(now=NOW)
    assert {each.revision for each in kept} == {1}
    assert sorted(each.sequence for each in kept) == list(range(1, total + 1))
    assert store.sequence() == total


def ingest_or_look(store: SqlStore, number: int, total: int) -> list[list[int]]:
    if number:
        for index in range(total // (CROWD - 1)):
            store.put(f"source-{number}", [an_incoming(f"{number}-{index}")], NOW, seen=set())
        return []
    seen: list[list[int]] = [[]]
    while len(seen[-1]) < total:
        numbers = sorted(each.sequence for each in store.articles(now=NOW))
        if len(numbers) > len(seen[-1]):
            seen.append(numbers)
    return seen


def test_sequence_numbers_are_committed_in_order(race: Race) -> None:
    """A process that sees a sequence number has seen all smaller ones, so that a feed misses no change."""
    total = 20 * (CROWD - 1)
    for numbers in race(ingest_or_look, total)[0]:
        assert numbers == list(range(1, len(numbers) + 1))


def send_all(store: SqlStore, number: int) -> list[str]:
    done: list[str] = []
    while mine := store.claim(f"worker-{number}", now=NOW, lease=LEASE, limit=7):
        ours = store.mark_in_doubt(mine, until=NOW + LEASE)
        done += store.record_outcomes([(each, ACCEPTED) for each in mine if each.id in ours], now=NOW)
    return done


def test_each_delivery_is_claimed_once(race: Race, store: SqlStore) -> None:
    people(store, 150)
    edition(store)
    sent = Counter(name for done in race(send_all) for name in done)
    assert len(sent) == 150
    assert set(sent.values()) == {1}
    assert store.counts("weekly-1") == {"accepted": 150}


def settle_late_or_take_over(store: SqlStore, number: int, mine: list[Any]) -> set[str]:
    if not number:
        return store.record_outcomes([(each, ACCEPTED) for each in mine], now=NOW)
    later = NOW + 2 * LEASE
    theirs = store.claim(f"worker-{number}", now=later, lease=LEASE, limit=15)
    return store.record_outcomes([(each, ACCEPTED) for each in theirs], now=later)


def test_outcome_is_recorded_once_by_a_late_worker_and_its_successors(race: Race, store: SqlStore) -> None:
    people(store, 45)
    edition(store)
    mine = store.claim("late", now=NOW, lease=LEASE, limit=99)
    settled = Counter(name for each in race(settle_late_or_take_over, mine) for name in each)
    assert set(settled) == {each.id for each in mine} or len(settled) < 45
    assert set(settled.values()) == {1}
    assert store.counts("weekly-1").get("accepted") == len(settled)


def resend_in_doubt(store: SqlStore) -> int:
    now = NOW + 2 * LEASE
    pending = Outcome(state="pending", until=now)
    return len(store.record_outcomes([(each, pending) for each in store.find_in_doubt(now=now)], now=now))


def answer_late_or_resend(store: SqlStore, number: int, mine: list[Any]) -> int:
    if not number:
        return len(store.record_outcomes([(each, ACCEPTED) for each in mine], now=NOW))
    return resend_in_doubt(store)


def test_late_outcome_and_recovery_exclude_each_other(race: Race, store: SqlStore) -> None:
    people(store, 60)
    edition(store)
    mine = store.claim("late", now=NOW, lease=LEASE, limit=99)
    store.mark_in_doubt(mine, until=NOW + LEASE)
    accepted, *resent = race(answer_late_or_resend, mine)
    resent.append(resend_in_doubt(store))
    assert accepted + sum(resent) == 60
    assert store.counts("weekly-1") == {
        state: number for state, number in (("accepted", accepted), ("pending", sum(resent))) if number
    }


def enqueue(store: SqlStore, number: int) -> int:
    return store.enqueue("weekly-1", "weekly", now=NOW)


def test_concurrent_enqueues(race: Race, store: SqlStore) -> None:
    people(store, 100)
    store.add_edition(a_new_edition("weekly", 1), now=NOW)
    assert sum(race(enqueue)) == 100
    assert store.counts("weekly-1") == {"pending": 100}


def compose_all(store: SqlStore, number: int) -> list[int]:
    made = []
    for index in range(12):
        unseen = store.articles(now=NOW, unseen_by="weekly")
        following = store.next_number("weekly")
        draft = a_new_edition(
            "weekly", following, unseen[:3], slot=NOW + index * MINUTE, edition_id=f"{number}-{index}"
        )
        if store.add_edition(draft, now=NOW):
            made.append(index)
    return made


def test_one_edition_for_each_number_slot_and_article(race: Race, store: SqlStore) -> None:
    store.add_edition(a_new_edition("weekly", 1), now=NOW - LEASE)
    store.put("posts", [an_incoming(f"a-{index:02}") for index in range(30)], NOW, seen=set())
    slots = [index for made in race(compose_all) for index in made]
    assert len(slots) == len(set(slots))
    editions = store.editions("weekly", limit=99)
    assert [each.number for each in editions] == list(range(len(slots) + 1, 0, -1))
    whole = [edition for each in editions if (edition := store.edition(each.id))]
    shown = Counter(article.id for each in whole for article in each.articles)
    assert set(shown.values()) == {1}
    assert len(shown) + len(store.articles(now=NOW, unseen_by="weekly")) == 30


def schedule_all(store: SqlStore, number: int, folder: Path) -> int:
    schedule = Schedule("ferry", "every 1 minute", missed="all")
    clock = FixedClock(NOW)
    done = 0
    busy = folder / "busy"
    while clock.now() < NOW + 200 * MINUTE:
        # Each daemon has a stride of its own, as real ones wake at moments of their own.
        clock.set(min(clock.now() + (number + 1) * MINUTE, NOW + 200 * MINUTE))
        Scheduler(store, [schedule], clock=clock, owner="daemon").sweep()
        while run := store.take(f"daemon-{number}", now=clock.now(), lease=1000 * LEASE, schedules=["ferry"]):
            busy.touch(exist_ok=False)
            busy.unlink()
            assert store.finish(run, state="done", note=str(number), now=clock.now())
            done += 1
    return done


def test_one_run_for_each_slot_and_one_at_a_time(race: Race, store: SqlStore, tmp_path: Path) -> None:
    """Daemons with different clocks decide about the same 200 slots."""
    schedule = Schedule("ferry", "every 1 minute")
    store.cursor("ferry", spec=schedule.identity, now=NOW)
    assert sum(race(schedule_all, tmp_path)) == 200
    runs = store.runs(limit=999)
    assert sorted(each.slot for each in runs) == [NOW + number * MINUTE for number in range(1, 201)]
    assert {(each.state, each.attempts, each.fence) for each in runs} == {("done", 1, 1)}


def meet_schedule(store: SqlStore, number: int) -> Any:
    return store.cursor("ferry", spec="every 1 minute", now=NOW + number * MINUTE)


def test_new_schedule_starts_once(race: Race, store: SqlStore) -> None:
    assert len(set(race(meet_schedule))) == 1


def change_schedule(store: SqlStore, number: int) -> int:
    """Daemons with different clocks find an edited schedule."""
    schedule = Schedule("ferry", "every 2 minutes")
    now = NOW + number * MINUTE
    store.cursor("ferry", spec=schedule.identity, now=now)
    made = 0
    for step in range(10):
        clock = FixedClock(now + step * MINUTE)
        cursor = store.cursor("ferry", spec=schedule.identity, now=clock.now())
        decision = decide(schedule, cursor, clock.now())
        made += store.decide(
            "ferry", after=cursor, upto=decision.upto, run_slots=decision.run, skipped=(), now=clock.now()
        )
    return made


def test_edited_schedule_never_gets_stuck(race: Race, store: SqlStore) -> None:
    store.cursor("ferry", spec="old", now=NOW - MINUTE)
    race(change_schedule)
    schedule = Schedule("ferry", "every 2 minutes")
    clock = FixedClock(NOW + 60 * MINUTE)
    Scheduler(store, [schedule], clock=clock, owner="daemon").sweep()
    assert store.cursor("ferry", spec=schedule.identity, now=clock.now()) == clock.now()


def join_and_ask(store: SqlStore, number: int) -> str:
    for index in range(20):
        store.add_subscriber(a_subscriber(f"{number}-{index}", "weekly", email=f"p{index}@example.org"))
        store.remember("last", str(number))
    return store.secret("links")


def test_concurrent_additions_of_the_same_subscribers(race: Race, store: SqlStore) -> None:
    assert len(set(race(join_and_ask))) == 1, "one secret"
    assert len(list(store.subscribers("weekly"))) == 20
    assert store.recall("last") in {str(number) for number in range(CROWD)}


def leave_or_import(store: SqlStore, number: int, names: list[str]) -> None:
    for name in names:
        if number:
            store.add_subscriber(a_subscriber(name, "daily", "weekly", name=f"From list {number}"))
        else:
            store.unsubscribe(name, None, now=NOW)


def test_concurrent_import_does_not_undo_an_unsubscription(race: Race, store: SqlStore) -> None:
    names = people(store, 40)
    race(leave_or_import, names)
    assert {each.state for each in store.subscribers()} == {"unsubscribed"}
    assert list(store.subscribers("weekly")) == []


def bounce_all(store: SqlStore, number: int, mine: list[Any]) -> int:
    return len(store.record_outcomes([(each, UNKNOWN) for each in mine[number]], now=NOW))


def test_concurrent_bounces_of_one_address(race: Race, store: SqlStore) -> None:
    names = people(store, 30, *(f"letter{number}" for number in range(CROWD)))
    mine = []
    for number in range(CROWD):
        batch = store.claim(
            str(number), now=NOW, lease=LEASE, limit=99, edition_id=edition(store, 1, f"letter{number}")
        )
        mine.append(batch[::-1] if number % 2 else batch)
    assert race(bounce_all, mine) == [len(names)] * CROWD
    assert {each.state for each in store.subscribers()} == {"suppressed"}


def remove_or_bounce(store: SqlStore, number: int, mine: list[Any]) -> None:
    if number:
        store.record_outcomes([(each, UNKNOWN) for each in mine[number - 1 :: CROWD - 1]], now=NOW)
    else:
        for each in mine:
            store.remove_subscriber(each.email, now=NOW)


def test_subscribers_are_removed_while_their_mail_bounces(race: Race, store: SqlStore) -> None:
    people(store, 45)
    edition(store)
    race(remove_or_bounce, store.claim("worker", now=NOW, lease=LEASE, limit=99))
    assert list(store.subscribers()) == []
    assert store.counts("weekly-1") == {"failed": 45}
    assert {email for email, _ in store.failures("weekly-1", limit=99)} == {""}


def ingest_and_compose(store: SqlStore, number: int) -> None:
    """Write like a daemon, its workers and a command at the same time."""
    for index in range(8):
        match number:
            case 0:
                batch = [an_incoming(f"{index}-{each}") for each in range(5)]
                store.put("posts", batch, NOW, seen=set())
            case 1:
                store.withdraw_missing("posts", [f"{index - 1}-0.md"], NOW)
            case 2:
                unseen = store.articles(now=NOW, unseen_by="weekly")
                store.add_edition(a_new_edition("weekly", store.next_number("weekly"), unseen), now=NOW)
            case _:
                people(store, 5)
                store.next_due(now=NOW)


def test_writers_of_all_kinds_do_not_block_each_other(race: Race, store: SqlStore) -> None:
    race(ingest_and_compose)
    assert store.next_number("weekly") == 9
    assert len(list(store.subscribers())) == 5


def test_transaction_reads_one_state(store: SqlStore) -> None:
    """A transaction that reads twice reads the same, whatever other transactions commit."""
    people(store, 3)
    reading = store.subscribers()
    first = next(reading)
    store.add_subscriber(a_subscriber("p999"))
    store.unsubscribe("p002", None, now=NOW)
    assert [first.id, *(each.id for each in reading)] == ["p000", "p001", "p002"]
    assert [each.id for each in store.subscribers("weekly")] == ["p000", "p001", "p999"]


def test_threads_wait_for_a_connection(store: SqlStore) -> None:
    people(store, 3)
    with ThreadPoolExecutor(40) as pool:
        counts = list(pool.map(lambda _: len(list(store.subscribers())), range(200)))
    assert set(counts) == {3}
