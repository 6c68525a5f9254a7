"""The pure parts of sending limits: no limit is ever exceeded, and nothing waits for ever."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.config import CanarySettings, DomainSettings, RelaySettings, WarmUpSettings
from syndicate.delivery.limits.adaptive_rate import UNLIMITED_BASE, LoweredRate, asks_to_slow_down
from syndicate.delivery.limits.admission_plan import AdmissionPlan, Candidate, plan_admission
from syndicate.delivery.limits.canary import Canary
from syndicate.delivery.limits.limit_states import LimitStates, SendLimits
from syndicate.delivery.limits.microseconds import HOUR, MINUTE, SECOND, to_datetime, to_microseconds
from syndicate.delivery.limits.pacing import HORIZON, LONGEST_WAIT, Pacer
from syndicate.delivery.limits.quota_window import QuotaWindow
from syndicate.delivery.limits.relay_weights import RelayWeights
from syndicate.delivery.limits.warm_up import WarmUp
from syndicate.model import Delivery, Outcome, QuietHours, Rate, WarmUpRamp, parse_quiet_hours, parse_rate

NOW = datetime(2026, 9, 14, 6, 30, tzinfo=UTC)
START = to_microseconds(NOW)

periods = st.sampled_from([timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)])
rates = st.builds(Rate, st.integers(1, 50), periods)


def most_in_any(period: int, moments: Sequence[int]) -> int:
    """The greatest number of moments in any half-open time of a length."""
    ordered = sorted(moments)
    most = first = 0
    for number, moment in enumerate(ordered):
        while ordered[first] <= moment - period:
            first += 1
        most = max(most, number - first + 1)
    return most


# --- texts ----------------------------------------------------------------------------------------------


@given(rates)
def test_rate_is_read_as_it_is_written(rate: Rate) -> None:
    assert parse_rate(str(rate)) == rate


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("14", "write it like"),
        ("14 a second", "write it like"),
        ("0 per hour", "0 would stop all mail"),
        ("5 per fortnight", "not a duration"),
        ("5 per 5 weeks", "at most 31 days"),
    ],
)
def test_wrong_rate_is_explained(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_rate(text)


@given(st.times(), st.times())
def test_quiet_hours_are_read_as_they_are_written(start: time, end: time) -> None:
    start, end = start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0)
    if start != end:
        hours = QuietHours(start=start, end=end)
        assert parse_quiet_hours(str(hours)) == hours


@pytest.mark.parametrize(
    "text", ["", "21:00", "24:00 to 07:00", "21:60 to 07:00", "9 to 5", "07:00 to 07:00"]
)
def test_wrong_quiet_hours_are_explained(text: str) -> None:
    with pytest.raises(ValueError, match="write it like 21:00 to 07:00"):
        parse_quiet_hours(text)


# --- quiet hours ----------------------------------------------------------------------------------------

ZONES = [
    ZoneInfo(name)
    for name in (
        *("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"),
        *("America/Sao_Paulo", "Pacific/Apia", "Africa/Casablanca", "Pacific/Kiritimati"),
    )
]
minutes = st.integers(0, 24 * 60 - 1)


def at(minute: int) -> time:
    return time(minute // 60, minute % 60)


@given(
    st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(ZONES),
    st.tuples(minutes, minutes).filter(lambda pair: pair[0] != pair[1]),
    st.floats(0, 0.99),
)
def test_quiet_hours_end_and_are_quiet_until_then(
    now: datetime, zone: ZoneInfo, pair: tuple[int, int], share: float
) -> None:
    hours = QuietHours(start=at(pair[0]), end=at(pair[1]))
    end = hours.end_after(now, zone)
    local = now.astimezone(zone).time().replace(tzinfo=None)
    if hours.start < hours.end:
        by_the_clock = hours.start <= local < hours.end
    else:
        by_the_clock = local >= hours.start or local < hours.end
    offsets = {(now + timedelta(hours=each)).astimezone(zone).utcoffset() for each in range(-26, 27)}
    if len(offsets) == 1:
        assert (end is not None) == by_the_clock
        if end is not None:
            assert end.astimezone(zone).time() == hours.end
    if end is not None:
        assert now < end <= now + timedelta(hours=24 if len(offsets) == 1 else 50)
        assert hours.end_after(end, zone) is None
        assert hours.end_after(now + (end - now) * share, zone) == end


@pytest.mark.parametrize(
    ("zone", "hours", "now", "end"),
    [
        # 02:30 does not exist on 29 March 2026 in Berlin: the clock goes from 02:00 to 03:00.
        ("Europe/Berlin", "22:00 to 02:30", "2026-03-29T00:15+00:00", "2026-03-29T01:00+00:00"),
        ("Europe/Berlin", "22:00 to 02:30", "2026-03-29T01:00+00:00", None),
        ("Europe/Berlin", "02:30 to 07:00", "2026-03-29T01:00+00:00", "2026-03-29T05:00+00:00"),
        # 02:30 exists twice on 25 October: the first begins, the second ends.
        ("Europe/Berlin", "22:00 to 02:30", "2026-10-25T00:45+00:00", "2026-10-25T01:30+00:00"),
        ("Europe/Berlin", "02:30 to 07:00", "2026-10-25T00:30+00:00", "2026-10-25T06:00+00:00"),
        ("Europe/Berlin", "21:00 to 07:00", "2026-10-25T05:59+00:00", "2026-10-25T06:00+00:00"),
        ("Europe/Berlin", "21:00 to 07:00", "2026-10-25T06:00+00:00", None),
        # The day that Samoa skipped.
        ("Pacific/Apia", "21:00 to 07:00", "2011-12-30T09:30+00:00", "2011-12-30T17:00+00:00"),
    ],
)
def test_quiet_hours_at_clock_changes(zone: str, hours: str, now: str, end: str | None) -> None:
    found = parse_quiet_hours(hours).end_after(datetime.fromisoformat(now), ZoneInfo(zone))
    assert (found.isoformat(timespec="minutes") if found else None) == end


# --- rates and quotas -----------------------------------------------------------------------------------


@given(rates, st.lists(st.tuples(st.integers(0, 2 * MINUTE), st.integers(1, 20)), max_size=40))
def test_pacer_never_exceeds_its_rate(rate: Rate, steps: list[tuple[int, int]]) -> None:
    now, sent = START, []
    pacer = Pacer.of(rate, None)
    for pause, number in steps:
        now += pause
        pacer = Pacer.of(rate, json.loads(json.dumps(pacer.state(now))))
        for _ in range(number):
            if (slot := pacer.slot(now)) <= now + HORIZON:
                pacer.take(slot)
                sent.append(slot)
    assert most_in_any(to_microseconds(rate.period), sent) <= rate.count


@given(rates, st.integers(1, 200))
def test_queue_of_a_pacer_is_in_order_and_has_an_end(rate: Rate, number: int) -> None:
    pacer = Pacer.of(rate, None)
    places = [pacer.queue(START) for _ in range(number)]
    assert places == sorted(places)
    assert places[0] > START and places[-1] <= START + LONGEST_WAIT


def test_pacer_forgets_a_clock_that_was_ahead() -> None:
    rate = Rate(1, timedelta(minutes=1))
    ahead = START + 365 * 24 * HOUR
    pacer = Pacer.of(rate, None)
    pacer.take(pacer.slot(ahead))
    pacer.queue(ahead)
    pacer = Pacer.of(rate, pacer.state(ahead))
    assert pacer.slot(START) <= START + 2 * MINUTE
    assert pacer.queue(START) <= START + LONGEST_WAIT


moves = st.one_of(
    st.integers(1, 30),
    st.integers(0, 3 * 24 * HOUR),
    st.integers(0, 5 * MINUTE),
)


@given(rates, st.lists(st.tuples(moves, st.integers(0, 60), st.integers(0, 5)), max_size=40))
def test_quota_is_never_exceeded_in_any_period(rate: Rate, steps: list[tuple[int, int, int]]) -> None:
    now = START
    window = QuotaWindow.of(rate, None)
    sent: list[tuple[int, int]] = []
    for pause, wanted, unused in steps:
        now += pause
        window = QuotaWindow.of(rate, json.loads(json.dumps(window.state(now))))
        taken = [(now, window.take(now)) for _ in range(min(wanted, window.free(now)))]
        for _, part in taken[:unused]:
            window.give_back(part)
        sent += taken[unused:]
        assert most_in_any(to_microseconds(rate.period), [moment for moment, _ in sent]) <= rate.count


@given(rates, st.lists(st.tuples(moves, st.integers(0, 60)), max_size=20))
def test_used_up_quota_is_free_again(rate: Rate, steps: list[tuple[int, int]]) -> None:
    now, window = START, QuotaWindow.of(rate, None)
    for pause, wanted in steps:
        now += pause
        for _ in range(min(wanted, window.free(now))):
            window.take(now)
        free = window.next_free(now)
        assert now <= free <= now + to_microseconds(rate.period) * 31 // 30 + 2
        assert (free == now) == (window.free(now) > 0)
        assert QuotaWindow.of(rate, window.state(now)).free(free) > 0


def test_quota_is_kept_when_the_clock_was_ahead() -> None:
    rate = Rate(5, timedelta(hours=1))
    window = QuotaWindow.of(rate, None)
    for _ in range(5):
        window.take(START + 365 * 24 * HOUR)
    assert window.free(START) == 0
    assert window.next_free(START) <= START + 2 * HOUR
    assert QuotaWindow.of(rate, window.state(START)).free(START + 2 * HOUR) == 5


def test_quota_that_was_lowered_waits_for_the_excess() -> None:
    window = QuotaWindow.of(Rate(50, timedelta(hours=1)), None)
    for _ in range(50):
        window.take(START)
    lower = QuotaWindow.of(Rate(10, timedelta(hours=1)), window.state(START))
    assert lower.free(START) == 0
    assert lower.free(lower.next_free(START)) == 10


# --- warm-up --------------------------------------------------------------------------------------------

ramps = st.one_of(
    st.builds(WarmUpRamp, first=st.integers(1, 20), factor=st.floats(1, 3), days=st.integers(1, 9)),
    st.builds(WarmUpRamp, counts=st.lists(st.integers(1, 30), min_size=1, max_size=6).map(tuple)),
)


@given(
    ramps, st.sampled_from(ZONES), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 50)), max_size=40)
)
def test_warm_up_sends_no_more_on_a_day_than_its_ramp(
    ramp: WarmUpRamp, zone: ZoneInfo, steps: list[tuple[int, int]]
) -> None:
    now, sent, ended = NOW, Counter[date](), False
    warm_up = WarmUp.of(ramp, zone, None)
    for hours, wanted in steps:
        now += timedelta(hours=hours)
        warm_up = WarmUp.of(ramp, zone, json.loads(json.dumps(warm_up.state())))
        for _ in range(wanted):
            free = warm_up.free(now)
            ended = ended or free is None
            if free == 0 or ended:
                break
            sent[warm_up.take(now)] += 1
        next_day = warm_up.next_day(now)
        assert now < next_day <= now + timedelta(hours=26)
        assert WarmUp.of(ramp, zone, warm_up.state()).free(next_day) != 0
    for number, day in enumerate(sorted(sent), 1):
        reached = [ramp.limit(step) for step in range(1, number + 1)]
        assert None in reached or sent[day] <= max(limit or 0 for limit in reached)


def test_day_of_little_mail_is_no_step_of_the_ramp() -> None:
    warm_up = WarmUp.of(WarmUpRamp(first=10, factor=2), ZoneInfo("UTC"), None)
    for _ in range(4):
        warm_up.take(NOW)
    assert warm_up.free(NOW + timedelta(days=1)) == 10
    for _ in range(5):
        warm_up.take(NOW + timedelta(days=1))
    assert warm_up.free(NOW + timedelta(days=30)) == 20


def test_what_was_not_sent_is_given_back_to_the_warm_up() -> None:
    warm_up = WarmUp.of(WarmUpRamp(first=2), ZoneInfo("UTC"), None)
    day = warm_up.take(NOW)
    warm_up.take(NOW)
    assert warm_up.free(NOW) == 0
    warm_up.give_back(day)
    warm_up.give_back(day - timedelta(days=1))
    assert warm_up.free(NOW) == 1


# --- adaptive rates -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "status", "detail", "asks"),
    [
        (421, None, "try again later", True),
        (421, "4.7.28", "4.7.28 Gmail has detected an unusual rate of unsolicited mail", True),
        (451, "4.7.650", "The mail server [192.0.2.1] has been temporarily rate limited", True),
        (451, "4.7.500", "Server busy. Please try again later from [192.0.2.1]", True),
        (421, None, "RP-001 The mail server IP connecting to Outlook.com server has exceeded the rate", True),
        (451, None, "Messages from 192.0.2.1 temporarily deferred due to unexpected volume [TSS04]", True),
        (450, "4.3.2", "Too many connections from your host", True),
        (452, "4.2.2", "Mailbox full", False),
        (450, "4.2.0", "Greylisted, see http://postgrey.example", False),
        (451, "4.7.1", "Greylisting in action, please come back later", False),
        (450, "4.1.8", "Sender address rejected: domain not found", False),
    ],
)
def test_which_answers_ask_to_send_more_slowly(
    code: int, status: str | None, detail: str, asks: bool
) -> None:
    assert asks_to_slow_down(Outcome(state="deferred", code=code, status=status, detail=detail)) == asks
    assert not asks_to_slow_down(Outcome(state="accepted", code=250, status="2.0.0", detail=detail))


@given(st.floats(2, 1e6), st.lists(st.integers(0, 40 * MINUTE), max_size=20))
def test_lowered_rate_is_at_most_the_base_and_recovers(base: float, pauses: list[int]) -> None:
    now, lowered = START, None
    for pause in pauses:
        now += pause
        before = (lowered.current(now, base) if lowered else None) or base
        is_same_request = lowered is not None and before < base and now - lowered.lowered_at < 30 * SECOND
        lowered = LoweredRate.lower(lowered, now, base)
        current = lowered.current(now, base)
        assert current is not None and 0 < current < base
        if not is_same_request:
            assert current == pytest.approx(max(before / 2, min(60.0, base / 2)))
    if lowered:
        rising = [lowered.current(now + minute * MINUTE, base) or base for minute in range(21)]
        assert rising == sorted(rising)
        assert rising[-1] == base
        assert lowered.current(now - 2 * HOUR, base) is None, "it is from a wrong clock"


# --- weights --------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 20), min_size=1, max_size=5), st.integers(1, 300))
def test_weights_are_kept_at_every_moment(weights: list[int], number: int) -> None:
    names = {f"r{index}": weight for index, weight in enumerate(weights)}
    chooser, chosen = RelayWeights(names), Counter[str]()
    for count in range(1, number + 1):
        chosen[chooser.choose(list(names))] += 1
        for name, weight in names.items():
            assert abs(chosen[name] - count * weight / sum(weights)) < len(weights)


def test_spare_relay_is_used_when_no_other_works() -> None:
    weights = RelayWeights({"a": 3, "b": 1, "spare": 0})
    assert weights.candidates(["a", "b", "spare"]) == ["a", "b"]
    assert weights.candidates(["b", "spare"]) == ["b"]
    assert weights.candidates(["spare"]) == ["spare"]


# --- canary ---------------------------------------------------------------------------------------------


def test_canary_of_a_small_edition_is_the_whole_edition() -> None:
    assert Canary.begin(CanarySettings(minimum=50), 50).free is None
    assert Canary.begin(CanarySettings(minimum=50), 51).free == 50
    assert Canary.begin(CanarySettings(minimum=50, share=0.05), 100_001).free == 5001


@pytest.mark.parametrize(("unsuccessful", "decision"), [(0, "passed"), (10, "passed"), (11, "held")])
def test_canary_decides_by_the_share_that_was_not_accepted(unsuccessful: int, decision: str) -> None:
    canary_settings = CanarySettings(minimum=100, failures=0.1)
    canary = Canary.begin(canary_settings, 5000)
    while canary.free:
        canary.take(canary_settings, START)
    assert canary.is_due(START + to_microseconds(canary_settings.wait))
    assert not canary.is_due(START + to_microseconds(canary_settings.wait) - 1)
    canary.decide(canary_settings, 100, unsuccessful)
    assert canary.decision == decision
    canary.decide(canary_settings, 100, 50)
    assert canary.decision == decision, "it is decided once"


def test_canary_that_was_not_sent_still_has_to_go() -> None:
    canary_settings = CanarySettings(minimum=2, share=0.0001)
    canary = Canary.begin(canary_settings, 5000)
    canary.take(canary_settings, START)
    canary.take(canary_settings, START)
    canary.give_back()
    assert (canary.free, canary.decide_at) == (1, None)
    canary.take(canary_settings, START)
    canary.decide(canary_settings, 0, 0)
    assert (canary.free, canary.decision) == (2, None)


# --- the plan -------------------------------------------------------------------------------------------


@dataclass
class World:
    """Deliveries, workers that share the counts, and what went when through which relay."""

    limits: SendLimits
    values: dict[str, Any] = field(default_factory=dict)
    due: dict[str, int] = field(default_factory=dict)
    paused_until: int = 0
    sent: dict[str, tuple[int, str]] = field(default_factory=dict)

    def step(
        self, now: int, domains: dict[str, str], batch: int, weights: RelayWeights
    ) -> AdmissionPlan | None:
        """Claim what is due, plan, and send what is admitted. Return the plan."""
        if self.paused_until > now:
            return None
        due = sorted((moment, each) for each, moment in self.due.items() if moment <= now)[:batch]
        if not due:
            return None
        candidates = [Candidate(a_delivery(each), domains[each], "news.example") for _, each in due]
        states = LimitStates.load(
            self.limits,
            json.loads(json.dumps(self.values)),
            now=now,
            domains={each.domain for each in candidates},
            sending_domains={"news.example"},
            editions=set(),
        )
        plan = plan_admission(candidates, states, [each.name for each in self.limits.relays], weights)
        for name, value in states.dump().items():
            self.values.pop(name, None) if value is None else self.values.update({name: value})
        for each in plan.admitted:
            self.due.pop(each.delivery.id)
            assert each.delivery.id not in self.sent
            self.sent[each.delivery.id] = (each.not_before, each.relay)
        for delivery, until, _ in plan.postponed:
            assert until > now
            self.due[delivery.id] = until
        for pause in plan.pauses.values():
            assert pause.until is not None and pause.until > now
            self.paused_until = pause.until
        known = {each.id for each in (*plan.unused, *(delivery for delivery, _, _ in plan.postponed))}
        assert known | {each.delivery.id for each in plan.admitted} == {each for _, each in due}
        return plan


def a_delivery(name: str) -> Delivery:
    return Delivery.model_construct(
        id=name,
        edition_id="weekly-1",
        subscriber_id=name,
        email="a@b.example",
        state="claimed",
        created_at=NOW,
    )


fast = st.builds(Rate, st.integers(5, 50), st.sampled_from([timedelta(seconds=1), timedelta(minutes=1)]))
quotas = st.builds(Rate, st.integers(10, 80), st.sampled_from([timedelta(hours=1), timedelta(days=1)]))
relay_lists = st.lists(
    st.tuples(st.none() | fast, st.lists(quotas, max_size=2), st.integers(1, 5)), min_size=1, max_size=3
)


@settings(max_examples=60)
@given(
    relay_lists,
    st.lists(st.none() | fast, min_size=1, max_size=4),
    st.none() | st.just(WarmUpSettings(domain="news.example", first=20, factor=2)),
    st.integers(1, 150),
    st.integers(1, 60),
    st.integers(1, 3),
)
def test_plan_keeps_every_limit_and_sends_everything(
    relays: list[tuple[Rate | None, list[Rate], int]],
    domain_rates: list[Rate | None],
    ramp: WarmUpSettings | None,
    number: int,
    batch: int,
    workers: int,
) -> None:
    limits = SendLimits(
        tuple(
            RelaySettings(name=f"r{index}", transport="x", rate=rate, quota=tuple(quota), weight=weight)
            for index, (rate, quota, weight) in enumerate(relays)
        ),
        tuple(DomainSettings(name=f"d{index}.example", rate=rate) for index, rate in enumerate(domain_rates)),
        (ramp,) if ramp else (),
    )
    domains = {f"{each:04}": f"d{each % len(domain_rates)}.example" for each in range(number)}
    world = World(limits, due=dict.fromkeys(domains, START))
    choosers = [RelayWeights({each.name: each.weight for each in limits.relays}) for _ in range(workers)]
    now, steps = START, 0
    while world.due:
        steps += 1
        assert steps < 30_000, "something waits for ever"
        if world.step(now, domains, batch, choosers[steps % workers]) is None:
            now = max(now + 1, world.paused_until, min(world.due.values()))
        else:
            now += SECOND // 100
    assert now < START + 60 * 24 * HOUR
    by_relay, by_domain, by_day = defaultdict(list), defaultdict(list), Counter[str]()
    for name, (moment, relay) in world.sent.items():
        by_relay[relay].append(moment)
        by_domain[domains[name]].append(moment)
        by_day[f"{to_datetime(moment):%Y-%m-%d}"] += 1
    for each in limits.relays:
        for rate in (*each.quota, *([each.rate] if each.rate else [])):
            assert most_in_any(to_microseconds(rate.period), by_relay[each.name]) <= rate.count
    for each in limits.domains:
        if each.rate:
            assert most_in_any(to_microseconds(each.rate.period), by_domain[each.name]) <= each.rate.count
    if ramp:
        for step, day in enumerate(sorted(by_day), 1):
            limit = ramp.limit(step)
            # What was counted just before midnight may go half a second later.
            assert limit is None or by_day[day] <= limit * 1.5


def test_plan_shares_by_weight_and_does_not_wait_for_a_full_relay() -> None:
    limits = SendLimits(
        (
            RelaySettings(name="a", transport="x", weight=3),
            RelaySettings(name="b", transport="x", weight=1),
            RelaySettings(name="c", transport="x", weight=4, quota=(Rate(10, timedelta(hours=1)),)),
        )
    )
    domains = {f"{each:04}": "d.example" for each in range(410)}
    world = World(limits, due=dict.fromkeys(domains, START))
    world.step(START, domains, 1000, RelayWeights({"a": 3, "b": 1, "c": 4}))
    counts = Counter(relay for _, relay in world.sent.values())
    assert counts["c"] == 10
    assert counts["a"] + counts["b"] == 400
    assert abs(counts["a"] - 300) <= 3


def test_one_slow_domain_drains_slowly_and_the_others_at_once() -> None:
    limits = SendLimits(
        (RelaySettings(name="a", transport="x"),),
        (DomainSettings(name="slow.example", rate=Rate(60, timedelta(minutes=1))),),
    )
    domains = {f"{each:04}": "slow.example" if each % 2 else "fast.example" for each in range(400)}
    world = World(limits, due=dict.fromkeys(domains, START))
    weights = RelayWeights({"a": 1})
    for _ in range(9):
        world.step(START, domains, 50, weights)
    gone = Counter(domains[name] for name in world.sent)
    assert gone == {"fast.example": 200, "slow.example": 1}
    plan = world.step(START + 10 * SECOND, domains, 50, weights)
    assert plan is not None
    assert {reason for _, _, reason in plan.postponed} <= {"rate of slow.example: 60 per minute"}


def test_domain_that_asks_to_slow_down_is_slower_on_that_relay_only() -> None:
    limits = SendLimits((RelaySettings(name="a", transport="x"), RelaySettings(name="b", transport="x")))
    scope: dict[str, Any] = {"domains": {"d.example"}, "sending_domains": set(), "editions": set()}
    states = LimitStates.load(limits, {}, now=START, **scope)
    states.slow_down("a", "d.example")
    values = json.loads(json.dumps(states.dump()))
    domains = {f"{each:04}": "d.example" for each in range(100)}
    world = World(limits, values=values, due=dict.fromkeys(domains, START))
    world.step(START, domains, 100, RelayWeights({"a": 1, "b": 1}))
    counts = Counter(relay for _, relay in world.sent.values())
    assert counts["a"] <= 3 and counts["a"] + counts["b"] == 100
    assert len(world.sent) == 100
    later = START + 21 * MINUTE
    states = LimitStates.load(limits, world.values, now=later, **scope)
    assert states.lowered == {}
    assert states.dump() == dict.fromkeys(states.recovered)
    assert UNLIMITED_BASE / 3600 == 10
