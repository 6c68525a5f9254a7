"""Faults that are planted in the real code, to show that the simulation finds them."""

from __future__ import annotations
import __future__

import importlib
import inspect
import sys
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from unittest import mock

from syndicate.testing.simulation import SmtpFaults

from .scenario import Scenario, WorkerFault, draw_scenario


@dataclass(frozen=True)
class Fault:
    """A line of the real code that is replaced.

    Attributes:
        name: what is wrong then.
        target: the function, as `module:function` or `module:Class.method`.
        line: a part of its source that occurs once.
        replacement: what stands there instead.
        oracle: the oracle that finds it.
        seed: a seed in whose run it is found.
        world: what is set in the scenarios of all seeds, to find it sooner.
    """

    name: str
    target: str
    line: str
    replacement: str
    oracle: str
    seed: int
    world: Mapping[str, Any] = field(default_factory=dict)

    def scenario(self, seed: int) -> Scenario:
        """Return the scenario of a seed for this fault."""
        return replace(draw_scenario(seed), **self.world)

    @contextmanager
    def planted(self) -> Iterator[None]:
        """Replace the line while the context is open.

        Raises:
            LookupError: the line is not in the code, or occurs more than once.
        """
        module_name, _, path = self.target.partition(":")
        module = importlib.import_module(f"syndicate.{module_name}")
        *owners, name = path.split(".")
        owner: Any = module
        for each in owners:
            owner = getattr(owner, each)
        original = inspect.getattr_static(owner, name)
        broken = self._compile(original, vars(module))
        with ExitStack() as stack:
            stack.callback(_clear_caches, module)
            if owners:
                stack.enter_context(_replaced(owner, name, broken))
            else:
                for user in _users(name, original):
                    stack.enter_context(_replaced(user, name, broken))
            _clear_caches(module)
            yield

    def _compile(self, original: Any, namespace: dict[str, Any]) -> Any:
        """Return the function or property with the line replaced."""
        function = original.fget if isinstance(original, property) else original
        source = textwrap.dedent(inspect.getsource(function))
        if source.count(self.line) != 1:
            raise LookupError(f"{self.target} has {self.line!r} {source.count(self.line)} times, not once")
        flags = __future__.annotations.compiler_flag
        code = compile(source.replace(self.line, self.replacement), f"<{self.name}>", "exec", flags)
        scope: dict[str, Any] = {}
        exec(code, namespace | {"property": property}, scope)
        return scope[function.__name__]


def _clear_caches(module: Any) -> None:
    """Forget what the functions of a module have computed, such as SQL statements."""
    for value in vars(module).values():
        if hasattr(value, "cache_clear"):
            value.cache_clear()


def _users(name: str, original: Any) -> list[Any]:
    """Return the modules that know a function by its name."""
    return [
        module
        for module_name, module in [*sys.modules.items()]
        if module_name.startswith("syndicate.") and vars(module).get(name) is original
    ]


@contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    with mock.patch.object(owner, name, value):
        yield


FAULTS: tuple[Fault, ...] = (
    Fault(
        "accepted is recorded before the final dot",
        "delivery.session_sender:SessionSender._hand_over",
        "is_in_doubt = await self._writer.mark_in_doubt(mail.delivery)",
        "is_in_doubt = await self._writer.mark_in_doubt(mail.delivery)\n"
        "        self._writer.record(mail.delivery, Outcome(state='accepted'))\n"
        "        await self._writer.flush()",
        "nothing_lost",
        3,
    ),
    Fault(
        "no row is in doubt when the message is sent",
        "delivery.session_sender:SessionSender._hand_over",
        "is_in_doubt = await self._writer.mark_in_doubt(mail.delivery)",
        "is_in_doubt = True",
        "in_doubt_before_acceptance",
        0,
    ),
    Fault(
        "the fence of a claim is not compared",
        "store.deliveries:_update_held",
        'delivery.c.fence == given["fence"],',
        'given["fence"] == given["fence"],',
        "late_writes_refused",
        3,
        {
            "faults": SmtpFaults(slow=0.6, delay=200.0),
            "worker_faults": [[WorkerFault(150 + 60 * n, "suspend", 420.0) for n in range(4)]] * 3,
        },
    ),
    Fault(
        "a claim is released before its outcome is recorded",
        "delivery.dispatch_run:DispatchRun._record",
        "self._write(delivery, outcome)",
        "self._dispatcher.store.release([delivery])\n    self._write(delivery, outcome)",
        "answers_recorded",
        2,
    ),
    Fault(
        "an attempt is not counted",
        "store.deliveries:_record_outcomes",
        "each.attempts + (1 if outcome.attempted else 0)",
        "each.attempts",
        "attempts_spaced",
        3,
    ),
    Fault(
        "a refusal counts before another mail is accepted",
        "delivery.refusal_guard:RefusalGuard.add_refused",
        "self._streak.append((delivery, outcome))",
        "self._verdict.confirmed.append((delivery, outcome))",
        "no_suppression_without_cause",
        0,
    ),
    Fault(
        "equal refusals are not counted",
        "delivery.refusal_guard:RefusalGuard.add_refused",
        "if self._in_streak[answer] >= self._policy.first or self._in_batch[answer] >= limit:",
        "if False:",
        "equal_refusals_stop",
        0,
    ),
    Fault(
        "a retry has other bytes",
        "mail.personalization:personalizer",
        "date=delivery.created_at",
        "date=delivery.created_at.replace(second=delivery.attempts)",
        "same_bytes",
        0,
    ),
    Fault(
        "an outcome is forgotten when the store fails",
        "delivery.ledger_writer:LedgerWriter._commit",
        "if loop.time() > end:",
        "if outcomes:",
        "repeats_explained",
        18,
        {"store_failures": 0.2},
    ),
    Fault(
        "the time in doubt is shorter than the timeout of the final reply",
        "delivery.relay_runs:RelayRuns.__init__",
        "in_doubt=dispatcher.timeouts.in_doubt",
        "in_doubt=dispatcher.timeouts.final / 10",
        "repeats_explained",
        1,
        {"faults": SmtpFaults(slow_final=0.8, final_delay=590.0)},
    ),
    Fault(
        "a delivery in doubt is decided before its lease ends",
        "store.deliveries:Deliveries.find_in_doubt",
        ", delivery.c.lease_until < now",
        "",
        "repeats_explained",
        0,
    ),
    Fault(
        "the outcome of one message is given to the next",
        "delivery.session_sender:SessionSender._send",
        "self._source.settle(mail, outcome)",
        "self._source.settle(self._next or mail, outcome)",
        "repeats_explained",
        2,
    ),
    Fault(
        "a quota is forgotten at a restart",
        "delivery.limits.quota_window:QuotaWindow.state",
        "{str(part): count for part, count in self.counts.items()} or None",
        "None",
        "quota_kept",
        11,
    ),
    Fault(
        "a lost connection counts no attempt",
        "delivery.dispatch_run:DispatchRun.settle_lost",
        "elif not isinstance(error, ConnectionLostError):",
        "elif True:",
        "answers_recorded",
        2,
    ),
    Fault(
        "a transaction is not reset after a refusal",
        "delivery.transports.smtp_connection:SmtpConnection._begin",
        "if self._needs_reset:",
        "if False:",
        "protocol_kept",
        0,
    ),
    Fault(
        "commands are pipelined although the server does not offer it",
        "delivery.transports.smtp_connection:SmtpConnection.is_pipelined",
        "return self._extensions.pipelining",
        "return True",
        "protocol_kept",
        0,
    ),
    Fault(
        "dots at the beginning of a line are not doubled",
        "delivery.transports.smtp_connection:_stuff_dots",
        'content.replace(b"\\r\\n.", b"\\r\\n..")',
        "content",
        "same_bytes",
        0,
    ),
    Fault(
        "somebody who has unsubscribed is still mailed",
        "store.deliveries:_find_subscribed",
        "found.update(of_edition[each] for each in connection.scalars(subscribed))",
        "found.update(of_edition.values())",
        "nobody_after_unsubscribing",
        0,
    ),
)
"""What is planted, and what finds it."""
