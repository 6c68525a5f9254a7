"""What must be true of every run. Each oracle yields what is wrong, in a sentence."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta

from syndicate.testing.simulation import AcceptedMessage, Process, Refusal

from .journal import Claim, Record
from .world import NOW, Run

Oracle = Callable[[Run], Iterator[str]]


def _claim(run: Run, message: AcceptedMessage) -> Claim | None:
    """Return the claim under which a message was sent."""
    claims = [
        each
        for each in run.journal.claims
        if each.process is message.client and each.email == message.recipient and each.time <= message.time
    ]
    return claims[-1] if claims else None


def _is_recorded(run: Run, message: AcceptedMessage) -> bool:
    """Whether the process that sent a message has recorded that it was accepted."""
    claim = _claim(run, message)
    return claim is not None and any(
        (each.process, each.email, each.fence) == (claim.process, claim.email, claim.fence)
        and each.state == "accepted"
        for each in run.journal.records
    )


def _interruption(run: Run, client: Process, since: float, failed_since: float) -> str | None:
    """Why a process could not record an answer that it got after a moment.

    Args:
        since: when it claimed the delivery.
        failed_since: when it had an answer to record.
    """
    journal = run.journal
    if journal.kills.get(client, -1) >= failed_since:
        return "the process was killed"
    if any(who is client and end >= since for who, _, end in journal.suspensions):
        return "the process was suspended"
    if journal.jumps:
        return "the clocks differ"
    return None


def _store_failure(run: Run, client: Process, since: float) -> bool:
    """Whether a store call of a process has failed after a moment."""
    return any(who is client and time >= since for who, time in run.journal.store_failures)


def _store_outage(run: Run, client: Process, since: float) -> bool:
    """Whether the store failed for so long that the process had to give up."""
    times = [time for who, time in run.journal.store_failures if who is client and time >= since]
    return any(
        after - before > 100
        for each in run.scenario.store_outages
        for before, after in [(each.start, each.end)]
        if any(before <= time < after for time in times)
    )


def _excuse(run: Run, message: AcceptedMessage) -> str | None:
    """Why the process that sent a message could not record that it was accepted. None if it could."""
    if not message.is_answered:
        return "the reply was lost"
    if _store_outage(run, message.client, message.time):
        return "the store failed for a long time"
    claim = _claim(run, message)
    return _interruption(run, message.client, claim.time if claim else message.time, message.time)


# Two when the server begins to refuse everybody, if the run ends then, and two when it is corrected.
_UNLUCKY = 4


def _unlucky(run: Run) -> dict[str, tuple[Refusal, Process]]:
    """Return who was refused with everybody, in a run in which the server accepted mails before or after.

    If only one or two in a row were refused, that looks like single recipients.
    """
    found: dict[str, tuple[Refusal, Process]] = {}
    for event in run.server.refused_with_everybody:
        for refusal in run.scenario.refusals:
            runs = [
                each
                for each in run.journal.runs
                if each.process is event.client and each.start <= event.time <= each.end
            ]
            # Without an end the worker had given up before the server read what it had sent.
            if (
                runs
                and refusal.start <= event.time < refusal.end
                and any(
                    each.client is event.client and runs[0].start <= each.time <= runs[0].end
                    for each in run.accepted
                )
            ):
                found[event.recipient] = refusal, event.client
    return found


def settled(run: Run) -> Iterator[str]:
    """Every delivery is settled in the end."""
    if not run.is_settled:
        yield f"deliveries are open long after the last fault: {Counter(run.states.values())}"


def nothing_lost(run: Run) -> Iterator[str]:
    """Every subscriber whose address is good gets the edition; a delivery is accepted only if it arrived."""
    arrived, unlucky = {each.recipient for each in run.accepted}, _unlucky(run)
    for address, state in run.states.items():
        if state == "accepted" and address not in arrived:
            yield f"{address} is recorded as accepted, and the server never got the message"
        is_good = address not in run.scenario.refused and address not in run.journal.unsubscribed
        may_be_held = run.scenario.in_doubt == "hold" and state == "held"
        if is_good and state != "accepted" and not may_be_held and address not in unlucky:
            yield f"{address} is {state}, and nothing was wrong with the address"


def repeats_explained(run: Run) -> Iterator[str]:
    """A message is repeated only if the process that sent it could not record the reply."""
    copies: defaultdict[str, list[AcceptedMessage]] = defaultdict(list)
    for message in run.accepted:
        copies[message.recipient].append(message)
    unrecorded: Counter[int] = Counter()
    for address, messages in copies.items():
        if run.scenario.in_doubt == "hold" and len(messages) > 1:
            yield f"{address} got {len(messages)} copies in spite of in_doubt = hold"
        for message in messages:
            if _is_recorded(run, message):
                if message is not messages[-1]:
                    yield f"{address} got another copy after the acceptance was recorded"
                continue
            unrecorded[message.connection] += 1
            if _excuse(run, message) is None:
                yield f"{address}: an acceptance was not recorded at {message.time:.3f} without a reason"
    for connection, number in unrecorded.items():
        if number > 1:
            yield f"connection {connection} left {number} messages in doubt"


def in_doubt_before_acceptance(run: Run) -> Iterator[str]:
    """A delivery is in doubt, under the claim of its sender, before the server can have accepted it."""
    for message in run.accepted:
        claim = _claim(run, message)
        if claim is None or not any(
            (each.process, each.email, each.fence) == (claim.process, claim.email, claim.fence)
            and each.time <= message.time
            for each in run.journal.doubts
        ):
            yield f"{message.recipient} was accepted at {message.time:.3f} and was not in doubt"


def late_writes_refused(run: Run) -> Iterator[str]:
    """Only the worker with the last claim of a delivery writes."""
    for write in [*run.journal.doubts, *run.journal.records]:
        fences = [
            each.fence
            for each in run.journal.claims
            if each.email == write.email and each.time <= write.time and each.process is not write.process
        ]
        if fences and max(fences) > write.fence:
            yield f"{write.email} was changed at {write.time:.3f} under an old claim"


def nobody_after_unsubscribing(run: Run) -> Iterator[str]:
    """Nobody is mailed who had unsubscribed before the delivery was claimed."""
    for message in run.accepted:
        left = run.journal.unsubscribed.get(message.recipient)
        claim = _claim(run, message)
        if left is not None and claim is not None and claim.time > left:
            yield f"{message.recipient} was mailed after unsubscribing"


def no_suppression_without_cause(run: Run) -> Iterator[str]:
    """Only addresses that the server always answers 5.1.1 are suppressed; only refused ones have failed."""
    unlucky = _unlucky(run)
    for address in sorted(run.suppressed):
        if "5.1.1" not in run.scenario.refused.get(address, "") and address not in unlucky:
            yield f"{address} is suppressed, and the address exists"
    failed = [
        address
        for address, state in run.states.items()
        if state == "failed"
        and address not in run.scenario.refused
        and address not in run.journal.unsubscribed
    ]
    for address in failed:
        if address not in unlucky:
            yield f"{address} has failed, and nothing was wrong with the address"
    for number in Counter(unlucky[address] for address in failed if address in unlucky).values():
        if number > _UNLUCKY:
            yield f"{number} deliveries have failed when the server refused everybody"


def held_explained(run: Run) -> Iterator[str]:
    """A delivery is held only if its message may have been sent: nothing that certainly was not is held."""
    for address, state in run.states.items():
        if state != "held":
            continue
        doubt = [each for each in run.journal.doubts if each.email == address][-1]
        claimed = max(
            each.time for each in run.journal.claims if (each.email, each.fence) == (address, doubt.fence)
        )
        unanswered = run.server.unanswered.get((doubt.process, address), [])
        # What was written to a server that had just been killed may have been read by it.
        broken = [*unanswered, *run.journal.server_kills]
        if not any(time >= claimed for time in broken) and (
            _interruption(run, doubt.process, doubt.time, doubt.time) is None
            and not _store_failure(run, doubt.process, claimed)
        ):
            yield f"{address} is held, and its message was not sent"


def refused_fail(run: Run) -> Iterator[str]:
    """A recipient whom the server always refuses has failed in the end, and is suppressed only for 5.1.1."""
    for address in run.scenario.refused:
        if run.states[address] != "failed":
            yield f"{address} is {run.states[address]}, and the server always refused it"


def attempts_spaced(run: Run) -> Iterator[str]:
    """Each attempt at a delivery waits as long as the retry policy says after so many attempts."""
    if run.journal.jumps:
        return
    events = sorted([*run.journal.claims, *run.journal.records], key=lambda each: each.time)
    attempts: Counter[str] = Counter()
    last: dict[str, Record] = {}
    claimed: dict[str, float] = {}
    for each in events:
        if isinstance(each, Claim):
            previous = last.get(each.email)
            if previous and previous.until and NOW + timedelta(seconds=each.time) < previous.until:
                yield f"{each.email} was claimed before it was due"
            claimed[each.email] = each.time
            continue
        last[each.email] = each
        attempts[each.email] += each.attempted
        if each.attempted and each.state == "deferred":
            number = attempts[each.email]
            policy = run.retry
            wait = min(policy.first * policy.factor ** min(number - 1, 20), policy.longest)
            earliest = NOW + timedelta(seconds=claimed[each.email]) + wait
            if each.until is None or each.until < earliest:
                yield f"{each.email} is due again too soon after attempt {number}"


def answers_recorded(run: Run) -> Iterator[str]:
    """A recipient whom the server defers, or at whom the connection ends, has had an attempt."""
    for event in [*run.server.lost_recipients, *run.server.deferred]:
        claims = [
            each
            for each in run.journal.claims
            if each.process is event.client and each.email == event.recipient and each.time <= event.time
        ]
        if not claims:
            yield f"{event.recipient} was sent without a claim"
            continue
        claim = claims[-1]
        is_recorded = any(
            (each.process, each.email, each.fence) == (claim.process, claim.email, claim.fence)
            and each.attempted
            and each.state in ("deferred", "failed")
            for each in run.journal.records
        )
        # The server or the store was so slow that the lease has ended.
        ended = claim.time + run.lease
        is_late = event.time > ended or any(
            each.email == event.recipient and each.process is not event.client and each.time >= ended
            for each in run.journal.claims
        )
        is_interrupted = is_late or _interruption(run, event.client, claim.time, claim.time)
        if not is_recorded and not is_interrupted and not _store_failure(run, event.client, claim.time):
            yield f"{event.recipient} was deferred at {event.time:.3f}, and no attempt was counted"


def equal_refusals_stop(run: Run) -> Iterator[str]:
    """A worker stops when the server refuses everybody. What is in hand is still answered."""
    limit = run.scenario.refusal_limit + run.scenario.connections
    for each in run.journal.runs:
        answers = Counter(
            event.reply
            for event in run.server.refused_with_everybody
            if event.client is each.process and each.start <= event.time <= each.end
        )
        for reply, number in answers.items():
            if number > limit:
                yield f"{number} recipients were refused with {reply!r} in one run"


def quota_kept(run: Run) -> Iterator[str]:
    """The relay gets no more mails in an hour than its quota allows.

    Mails that were sent more than a minute after their claim do not count: their process was stopped in
    between, or the server was slow.
    """
    quota = run.scenario.quota
    if quota is None or run.journal.jumps:
        return
    times = [
        message.time
        for message in run.accepted
        if (claim := _claim(run, message)) and message.time <= claim.time + 60
    ]
    for first, last in zip(times, times[quota:], strict=False):
        if last - first < 3600:
            yield f"more than {quota} mails were sent in the hour from {first:.3f} on"


def same_bytes(run: Run) -> Iterator[str]:
    """Every copy of a message has the bytes and the envelope that it had at first."""
    seen: dict[str, str] = {}
    message_ids: dict[bytes, str] = {}
    for message in run.accepted:
        if message.content != run.journal.built[message.recipient]:
            yield f"{message.recipient} got other bytes than were built at first"
        if seen.setdefault(message.recipient, message.sender) != message.sender:
            yield f"{message.recipient} got a copy from another sender"
        message_id = message.content.partition(b"Message-ID: ")[2].partition(b"\r\n")[0]
        if message_ids.setdefault(message_id, message.recipient) != message.recipient or not message_id:
            yield f"{message.recipient} has no Message-ID of its own"
        if f"<{message.recipient}>".encode() not in message.content and (
            f"To: {message.recipient}".encode() not in message.content
        ):
            yield f"{message.recipient} got the message of somebody else"


def protocol_kept(run: Run) -> Iterator[str]:
    """The client keeps to RFC 5321, 2920 and 3030."""
    yield from run.server.violations


ORACLES: tuple[Oracle, ...] = (
    settled,
    nothing_lost,
    repeats_explained,
    in_doubt_before_acceptance,
    late_writes_refused,
    nobody_after_unsubscribing,
    no_suppression_without_cause,
    held_explained,
    refused_fail,
    attempts_spaced,
    answers_recorded,
    equal_refusals_stop,
    quota_kept,
    same_bytes,
    protocol_kept,
)


def check(run: Run) -> list[str]:
    """Return what is wrong with a run, each with the name of the oracle."""
    return [f"{oracle.__name__}: {wrong}" for oracle in ORACLES for wrong in oracle(run)]
