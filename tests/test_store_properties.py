"""Random histories: the store agrees with simple models of deliveries and articles."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from syndicate.model import Delivery, FeedQuery, Outcome
from syndicate.model.article_identity import Standing, outranks
from syndicate.store import SqlStore
from syndicate.testing import NOW, a_new_edition, a_subscriber, an_incoming

LEASE = timedelta(minutes=5)
NAMES = ["ann", "bob", "cay", "dan"]
CLAIM_ORDER = ("claimed", "deferred", "pending")
OPEN = {"pending", "claimed", "in_doubt", "deferred"}
NEXT = {
    "pending": {"claimed", "failed"},
    "claimed": {"pending", "claimed", "in_doubt", "accepted", "deferred", "failed", "held"},
    "in_doubt": {"pending", "accepted", "deferred", "failed", "held"},
    "deferred": {"claimed", "failed"},
    "accepted": set(),
    "failed": set(),
    "held": set(),
}


@pytest.fixture(scope="module", autouse=True)
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a database to copy: migrations for each example would take most of the time."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    SqlStore(f"sqlite:///{path}").close()
    _template.append(path)
    return path


_template: list[Path] = []


@dataclass
class Row:
    """A delivery in the model."""

    state: str
    due: datetime
    made: datetime
    fence: int = 0
    lease: datetime | None = None
    attempts: int = 0
    accepted: int = 0

    def go(self, state: str) -> None:
        """Change the state, which must be an allowed transition."""
        assert state in NEXT[self.state], f"{self.state} -> {state}"
        self.state = state


class Ledger(RuleBasedStateMachine):
    """One edition, four subscribers, any number of workers, some of them late."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "ledger.db"
        shutil.copy(_template[-1], path)
        self.store = SqlStore(f"sqlite:///{path}")
        self.store.add_edition(a_new_edition("weekly", 1), now=NOW)
        self.now = NOW
        self.rows: dict[str, Row] = {}
        self.willing: dict[str, bool] = {}
        self.never: set[str] = set()
        self.given: list[Delivery] = []

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @initialize(names=st.lists(st.sampled_from(NAMES), unique=True))
    def begin(self, names: list[str]) -> None:
        for name in names:
            self.join(name)
        self.enqueue()

    @rule(minutes=st.integers(1, 12))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(name=st.sampled_from(NAMES))
    def join(self, name: str) -> None:
        new = name not in self.willing
        assert self.store.add_subscriber(a_subscriber(name)) == new
        self.willing.setdefault(name, True)

    @rule(name=st.sampled_from(NAMES))
    def leave(self, name: str) -> None:
        assert self.store.unsubscribe(name, "weekly", now=self.now) == (name in self.willing)
        if name in self.willing:
            self.willing[name] = False

    @rule()
    def enqueue(self) -> None:
        new = {name for name, on in self.willing.items() if on and name not in self.rows}
        unsent = {name for name, row in self.rows.items() if row.state in ("pending", "claimed", "deferred")}
        audience = sorted(new | {name for name in unsent if self.willing[name]})
        assert self.store.audience("weekly-1", "weekly") == [f"{name}@example.org" for name in audience]
        assert self.store.enqueue("weekly-1", "weekly", now=self.now) == len(new)
        self.rows |= {name: Row("pending", self.now, self.now) for name in sorted(new)}

    @rule(limit=st.integers(1, 3))
    def claim(self, limit: int) -> None:
        expected = []
        while not expected:
            due = [
                (CLAIM_ORDER.index(row.state), row.due, name)
                for name, row in self.rows.items()
                if (row.state in ("pending", "deferred") and row.due <= self.now)
                or (row.state == "claimed" and row.lease is not None and row.lease < self.now)
            ]
            # Rows of one state that are due at the same time come in the order of their creation.
            due = sorted(due, key=lambda each: each[:2])[:limit]
            if not due:
                break
            for *_, name in due:
                row = self.rows[name]
                row.fence += 1
                row.go("claimed" if self.willing[name] else "failed")
                row.lease = self.now + LEASE if self.willing[name] else None
                if self.willing[name]:
                    expected.append((name, row.fence, row.attempts))
        got = self.store.claim("worker", now=self.now, lease=LEASE, limit=limit)
        assert sorted((d.subscriber_id, d.fence, d.attempts) for d in got) == sorted(expected)
        self.given += got

    def held(self, delivery: Delivery, *states: str) -> Row | None:
        row = self.rows[delivery.subscriber_id]
        return row if row.state in states and row.fence == delivery.fence else None

    @precondition(lambda self: self.given)
    @rule(data=st.data())
    def doubt(self, data: st.DataObject) -> None:
        mine = data.draw(st.sampled_from(self.given))
        row = self.held(mine, "claimed")
        assert self.store.mark_in_doubt([mine], until=self.now + LEASE) == ({mine.id} if row else set())
        if row:
            row.go("in_doubt")
            row.lease = self.now + LEASE

    @precondition(lambda self: self.given)
    @rule(data=st.data(), state=st.sampled_from(["accepted", "deferred", "failed", "unknown"]))
    def settle(self, data: st.DataObject, state: str) -> None:
        mine = data.draw(st.sampled_from(self.given))
        until = self.now + timedelta(minutes=3) if state == "deferred" else None
        suppress = state == "unknown"
        state = "failed" if suppress else state
        outcome = Outcome(state=state, until=until, suppress=suppress)  # type: ignore[arg-type]
        row = self.held(mine, "claimed", "in_doubt")
        assert self.store.record_outcomes([(mine, outcome)], now=self.now) == ({mine.id} if row else set())
        if row:
            row.go(state)
            row.due, row.lease, row.attempts = until or self.now, None, mine.attempts + 1
            row.accepted += state == "accepted"
            if suppress:
                self.willing[mine.subscriber_id] = False

    @precondition(lambda self: self.given)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        mine = data.draw(st.sampled_from(self.given))
        self.store.release([mine])
        if row := self.held(mine, "claimed"):
            row.go("deferred" if row.attempts else "pending")
            row.lease = None

    @rule(state=st.sampled_from(["pending", "held"]), minutes=st.integers(0, 9))
    def resolve_in_doubt(self, state: str, minutes: int) -> None:
        expired = {
            name: row
            for name, row in self.rows.items()
            if row.state == "in_doubt" and row.lease and row.lease < self.now
        }
        found = self.store.find_in_doubt(now=self.now)
        assert sorted((each.subscriber_id, each.fence, each.attempts) for each in found) == sorted(
            (name, row.fence, row.attempts) for name, row in expired.items()
        )
        due = self.now + timedelta(minutes=minutes)
        outcome = Outcome(state=state, until=due)  # type: ignore[arg-type]
        recorded = self.store.record_outcomes([(each, outcome) for each in found], now=self.now)
        assert recorded == {each.id for each in found}
        for row in expired.values():
            row.go(state)
            row.due, row.lease, row.attempts = due, None, row.attempts + 1

    @invariant()
    def nothing_is_lost(self) -> None:
        assert self.store.counts("weekly-1") == dict(Counter(row.state for row in self.rows.values()))

    @invariant()
    def nothing_is_accepted_twice(self) -> None:
        assert all(row.accepted <= 1 for row in self.rows.values())

    @invariant()
    def what_is_open_comes_due(self) -> None:
        moments = [row.lease or row.due for row in self.rows.values() if row.state in OPEN]
        assert self.store.next_due(now=self.now) == min(moments, default=None)


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@dataclass
class Kept:
    """An article in the model."""

    id: str
    key: str
    link: str | None
    title: str
    revision: int
    sequence: int
    withdrawn: bool = False


record = st.tuples(
    st.sampled_from(["a.md", "b.md", "c.md"]),
    st.sampled_from(["1", "2", "3"]),
    st.sampled_from([None, "x", "y", "z"]),
    st.sampled_from(["old", "new"]),
)
reads = st.lists(st.tuples(st.lists(record, max_size=4), st.booleans()), min_size=1, max_size=5)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=reads)
def test_articles_equal_those_of_a_model_in_a_dictionary(history: list[tuple[list[Any], bool]]) -> None:
    """Complete and partial reads of a source whose keys, ids and links change."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "articles.db"
        shutil.copy(_template[-1], path)
        store = SqlStore(f"sqlite:///{path}")
        try:
            _replay(store, history)
        finally:
            store.close()


def _replay(store: SqlStore, history: list[tuple[list[Any], bool]]) -> None:
    kept: dict[str, Kept] = {}
    sequence = 0
    for records, complete in history:
        expected = Counter[str]()
        seen: list[str] = []
        for key, name, link, title in records:
            known = (
                next((each for each in kept.values() if each.key == key), None)
                or kept.get(name)
                or next((each for each in kept.values() if link and each.link == link), None)
            )
            if known and (key in seen or (known.key != key and known.key in seen)):
                expected["clashes"] += 1
                continue
            seen.append(key)
            if known is None:
                sequence += 1
                kept[name] = Kept(name, key, link, title, 1, sequence)
                expected["new"] += 1
            elif (known.link, known.title, known.withdrawn) == (link, title, False):
                known.key = key
                expected["unchanged"] += 1
            else:
                sequence += 1
                kept[known.id] = Kept(known.id, key, link, title, known.revision + 1, sequence)
                expected["changed"] += 1
        batch = [
            an_incoming(name, key, id=name, link=link and f"https://example.org/{link}", title=title)
            for key, name, link, title in records
        ]
        given_keys: set[str] = set()
        tally = store.put("posts", batch, NOW, seen=given_keys)
        assert given_keys == set(seen)
        assert (tally.new, tally.changed, tally.unchanged, len(tally.rejected)) == tuple(
            expected[name] for name in ("new", "changed", "unchanged", "clashes")
        )
        if complete:
            gone = [each for each in kept.values() if not each.withdrawn and each.key not in seen]
            assert store.withdraw_missing("posts", seen, NOW) == len(gone)
            for each in gone:
                sequence += 1
                each.withdrawn = True
        visible = {each.article.id: each for each in store.articles(now=NOW)}
        assert {name: (each.article.title, each.revision) for name, each in visible.items()} == {
            each.id: (each.title, each.revision) for each in kept.values() if not each.withdrawn
        }
        assert store.sequence() == sequence


@dataclass
class Claim:
    """An article of a source in the model."""

    link: str | None
    standings: tuple[Standing, Standing]
    withdrawn: bool = False


Reads = list[tuple[int, list[tuple[int, str | None, tuple[Standing, Standing]]], bool]]


@st.composite
def claims(draw: st.DrawFn) -> Reads:
    """Reads of three sources: number, link and standings of each record, and whether the read is complete."""
    standings = st.tuples(st.sampled_from(Standing), st.sampled_from(Standing))
    reads = []
    for _ in range(draw(st.integers(1, 7))):
        source = draw(st.integers(0, 2))
        numbers = draw(st.lists(st.integers(0, 2), max_size=3, unique=True))
        # A link that several records of one source have is another matter.
        links = st.sampled_from([None, "one", "two"])
        records = [
            (each, "shared" if each == source and draw(st.booleans()) else draw(links), draw(standings))
            for each in numbers
        ]
        named = [
            (each, link and (link if link == "shared" else f"{link}-{each}"), some)
            for each, link, some in records
        ]
        reads.append((source, named, draw(st.booleans())))
    return reads


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(claims())
def test_each_source_keeps_its_articles_and_only_outranked_ones_are_hidden(reads: Reads) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "claims.db"
        shutil.copy(_template[-1], path)
        store = SqlStore(f"sqlite:///{path}")
        try:
            _compare(store, reads)
        finally:
            store.close()


def _compare(store: SqlStore, reads: Reads) -> None:
    model: dict[tuple[int, int], Claim] = {}
    ids: dict[str, str] = {}
    for source, records, complete in reads:
        before = store.sequence()
        batch = [
            replace(
                an_incoming(
                    str(number),
                    f"{number}",
                    title=f"{source}/{number}",
                    link=link and f"https://example.org/{link}",
                ),
                id_standing=by_id,
                link_standing=by_link,
            )
            for number, link, (by_id, by_link) in records
        ]
        tally = store.put(f"source {source}", batch, NOW, seen=set())
        assert tally.rejected == ()
        for number, link, standings in records:
            model[source, number] = Claim(link, standings)
        if complete:
            store.withdraw_missing(f"source {source}", {str(number) for number, *_ in records}, NOW)
            for key, each in model.items():
                if key[0] == source and key[1] not in {number for number, *_ in records}:
                    each.withdrawn = True
        shown = {
            f"{source}/{number}"
            for (source, number), each in model.items()
            if _is_shown(model, source, number)
        }
        found = store.articles(now=NOW)
        assert {each.article.title for each in found} == shown
        [keys] = store.newest_entries([FeedQuery({}, {})], now=NOW)
        assert [key.id for key in keys] == [each.article.id for each in found]
        hidden = {each.incoming.article.title for each in tally.conflicts if each.is_hidden}
        assert hidden == {f"{source}/{number}" for number, *_ in records} - shown
        for each in found:
            title, article_id = each.article.title, each.article.id
            claim = f"urn:{title.partition('/')[2]}"
            assert each.claimed_id == (None if article_id == claim else claim)
            if ids.setdefault(title, article_id) != article_id:
                assert ids[title] == claim, "only whose id it is not gives it up, and once"
                ids[title] = article_id
                assert store.sequence() > before
        assert len({each.article.id for each in found}) == len(found)


def _is_shown(model: dict[tuple[int, int], Claim], source: int, number: int) -> bool:
    mine = model[source, number]
    rivals = [(key, each) for key, each in model.items() if key[0] != source and not each.withdrawn]
    return not mine.withdrawn and not any(
        (key[1] == number and outranks(each.standings[0], mine.standings[0]))
        or (
            mine.link is not None
            and each.link == mine.link
            and outranks(each.standings[1], mine.standings[1])
        )
        for key, each in rivals
    )
