"""The daemon: clock, runs, mail and web in one process that ends well.

The clock wakes it; the ledgers say what is due. Everything that it does can be done again after a crash, by
it or by another one, and nothing is done twice.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any

import structlog

from .config import REFRESH
from .errors import ConfigError, DigestError, SyndicateError, Where, WorldError
from .model import Run
from .newsroom import Newsroom
from .scheduling import Executor, InlineQueue, sweep
from .scheduling.clock import Ticker

DRAIN_SECONDS = 30.0
"""How long a stop may take before the process ends at once."""

_THREADS = 4
# No schedule has a name with a blank.
_MAIL = "the mail"
_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(minutes=10)
_MOST_TOLD = 3

log: Any = structlog.get_logger("syndicate")


class Jobs:
    """What runs do: refreshing the feeds, composing an edition.

    Args:
        newsroom: opened.
    """

    def __init__(self, newsroom: Newsroom) -> None:
        self._newsroom = newsroom

    def do(self, run: Run) -> str:
        """Do the work of a run, and say in a line what was done.

        Raises:
            SyndicateError: it failed.
        """
        return self.refresh() if run.schedule == REFRESH else self._compose(run)

    def refresh(self) -> str:
        """Ingest, then publish."""
        taken, out_of_reach = self._ingest()
        report = self._newsroom.publish()
        for problem in report.problems:
            log.warning("publish", problem=str(problem))
        if report.outside:
            errors = [str(problem) for problem in report.problems if problem.severity == "error"]
            out_of_reach += errors[-_MOST_TOLD:]
        written = f"{len(report.written)} files written, {report.unchanged} left as they were"
        if out_of_reach:
            # The rest is done; what could not be reached is the next run's to try again.
            raise WorldError("; ".join([*out_of_reach, taken, written]))
        return f"{taken}; {written}"

    def _compose(self, run: Run) -> str:
        # What came in since the last refresh belongs into the edition.
        _, out_of_reach = self._ingest()
        report = self._newsroom.compose(run.schedule, slot=run.slot)
        made = "nothing new, no edition"
        for problem in report.problems:
            log.warning("compose", problem=str(problem))
        if report.edition is None and not report.ok:
            raise DigestError(str(report.problems[0]), where=Where(id=run.schedule))
        if report.edition is not None:
            count = self._newsroom.enqueue(run.schedule, report.edition)
            made = f"{report.edition}: {len(report.articles)} articles, {count} deliveries to make"
        if out_of_reach:
            raise WorldError("; ".join([*out_of_reach, made]))
        return made

    def _ingest(self) -> tuple[str, list[str]]:
        """What came in, and which sources were out of reach."""
        report = self._newsroom.ingest()
        out_of_reach: list[str] = []
        new = changed = withdrawn = refused = 0
        for part in report.parts:
            new, changed = new + getattr(part, "new", 0), changed + getattr(part, "changed", 0)
            withdrawn += getattr(part, "withdrawn", 0)
            refused += getattr(part, "refused", 0)
            if part.outside:
                errors = [str(problem) for problem in part.problems if problem.severity == "error"]
                out_of_reach += errors[-_MOST_TOLD:]
            for problem in part.problems:
                if problem.severity != "note":
                    log.warning("ingest", problem=str(problem))
        taken = f"{new} new, {changed} changed, {withdrawn} withdrawn"
        return f"{taken}, {refused} refused" if refused else taken, out_of_reach


class Daemon:
    """Runs what is due until it is told to stop.

    Args:
        newsroom: opened; stays open until `run` has returned.
        drain: seconds that a stop may take.
    """

    def __init__(self, newsroom: Newsroom, *, drain: float = DRAIN_SECONDS) -> None:
        self._newsroom = newsroom
        self._drain = drain
        self._jobs = Jobs(newsroom)
        desk = newsroom.desk
        self._schedules = desk.settings.schedules()
        self._executor = Executor(desk.store, desk.clock, desk.owner)
        # Unlike an event or a condition it may be fed from a signal handler.
        self._wakes: SimpleQueue[None] = SimpleQueue()
        self._stopping = False
        self._busy: set[str] = set()
        self._begun: set[str] = set()
        self._outside: WorldError | None = None
        self._lock = threading.Lock()
        self._pause = _PAUSE
        self._closed_until = desk.clock.now()

    def once(self) -> bool:
        """Do what is due, in this thread; false if something failed. SIGTERM and SIGINT as in `run`.

        Raises:
            WorldError: a source, the disk or the mail server was out of reach; the rest was done.
        """
        self._listen()
        well = self._first_refresh()
        sweep(self._executor.store, self._schedules, self._executor.clock)
        names = [schedule.name for schedule in self._schedules]
        while not self._stopping and (run := self._executor.take(names)):
            well &= self._carry_out(run)
        done = self._newsroom.dispatch(stop=lambda: self._stopping)
        if outside := done.closed or self._outside:
            raise outside
        return well and not done.outcomes["failed"]

    def run(self) -> int:
        """Work until SIGTERM or SIGINT; a second one, or too long a drain, ends the process at once.

        Returns:
            The exit code: 0.
        """
        self._listen()
        queue = InlineQueue(_THREADS, lambda error: log.error("job", error=repr(error)))
        stop_web = self._start_web()
        ticker = Ticker(self._schedules, lambda: self._wakes.put(None))
        ticker.start()
        log.info("started", schedules=[schedule.name for schedule in self._schedules])
        self._enter(REFRESH)
        queue.submit(lambda: self._lane(REFRESH, self._first_refresh))
        try:
            while not self._stopping:
                self._attempt("sweep", lambda: self._turn(queue))
                self._sleep()
        finally:
            ticker.stop()
        log.info("stopping", busy=sorted(self._busy))
        deadline = time.monotonic() + self._drain
        if not queue.drain(self._drain):
            log.error("stopped at once: work was left after the deadline", busy=sorted(self._busy))
            os._exit(1)
        stop_web(max(0.0, deadline - time.monotonic()))
        log.info("stopped")
        return 0

    def stop(self) -> None:
        """Take nothing new; finish what is in hand."""
        self._stopping = True
        self._wakes.put(None)

    def _listen(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._stopping:
            os._exit(1)
        self.stop()

    def _sleep(self) -> None:
        try:
            self._wakes.get(timeout=self._until_next_mail())
            while True:
                self._wakes.get_nowait()
        except Empty:
            return

    def _until_next_mail(self) -> float:
        if _MAIL in self._busy:
            # Its end wakes us.
            return _PAUSE.total_seconds()
        try:
            due = self._newsroom.desk.store.next_due()
        except SyndicateError:
            return _PAUSE.total_seconds()
        if due is None:
            return _PAUSE.total_seconds()
        wait = max(due, self._closed_until) - self._newsroom.desk.clock.now()
        return min(max(wait.total_seconds(), 0.05), _PAUSE.total_seconds())

    def _attempt(self, what: str, action: Callable[[], object]) -> None:
        try:
            action()
        except SyndicateError as error:
            # The database may be away for a while; the next turn tries again.
            log.error(what, error=str(error))  # noqa: TRY400 - it says all there is to say
            time.sleep(0.5)

    def _turn(self, queue: InlineQueue) -> None:
        """Write down what is due, and hand out what can be begun."""
        self._attempt("schedule", self._sweep)
        while not self._stopping and (run := self._take()):
            queue.submit(lambda run=run: self._lane(run.schedule, lambda: self._carry_out(run)))  # type: ignore[misc]
        if self._mail_is_due() and self._enter(_MAIL):
            queue.submit(lambda: self._lane(_MAIL, self._mail))

    def _take(self) -> Run | None:
        with self._lock:
            # One thread is the mail's; and a run that waited for one could lose its lease meanwhile.
            room = len(self._busy - {_MAIL}) < _THREADS - 1
            free = [each.name for each in self._schedules if each.name not in self._busy and room]
            run = self._executor.take(free) if free else None
            if run:
                self._busy.add(run.schedule)
            return run

    def _enter(self, lane: str) -> bool:
        with self._lock:
            if lane in self._busy:
                return False
            self._busy.add(lane)
            return True

    def _lane(self, lane: str, work: Callable[[], object]) -> None:
        try:
            work()
        finally:
            with self._lock:
                self._busy.discard(lane)
            self._wakes.put(None)

    def _carry_out(self, run: Run) -> bool:
        log.info("run", schedule=run.schedule, slot=run.slot.isoformat(), attempt=run.attempts)
        state, note = self._executor.carry_out(run, self._do)
        tell = log.info if state == "done" else log.error
        tell(state, schedule=run.schedule, slot=run.slot.isoformat(), note=note)
        return state == "done"

    def _first_refresh(self) -> bool:
        """Readers should not wait for the first slot of a new site."""
        if not self._newsroom.settings.site.refresh or self._newsroom.desk.store.sequence():
            return True
        try:
            log.info("first refresh", note=self._jobs.refresh())
        except SyndicateError as error:
            self._tell_outside(error)
            log.error("first refresh", error=str(error))  # noqa: TRY400 - it says all there is to say
            return False
        return True

    def _tell_outside(self, error: SyndicateError) -> None:
        if isinstance(error, WorldError):
            self._outside = error

    def _do(self, run: Run) -> str:
        try:
            return self._jobs.do(run)
        except SyndicateError as error:
            self._tell_outside(error)
            raise

    def _sweep(self) -> None:
        sweep(self._executor.store, self._schedules, self._executor.clock, self._begun)

    def _mail_is_due(self) -> bool:
        now = self._newsroom.desk.clock.now()
        due = self._newsroom.desk.store.next_due()
        return due is not None and due <= now and now >= self._closed_until

    def _mail(self) -> None:
        try:
            done = self._newsroom.dispatch(stop=lambda: self._stopping)
        except SyndicateError as error:
            log.error("mail", error=str(error))  # noqa: TRY400
            self._close_mail()
            return
        except Exception:
            # Whatever it is, it would be so again at once.
            log.exception("mail")
            self._close_mail()
            return
        if done.outcomes:
            log.info("mail", **done.outcomes)
        if done.closed:
            log.error("mail", error=str(done.closed))
            self._close_mail()
        else:
            self._pause = _PAUSE

    def _close_mail(self) -> None:
        self._closed_until = self._newsroom.desk.clock.now() + self._pause
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)

    def _start_web(self) -> Callable[[float], None]:
        web = self._newsroom.settings.web
        if web is None:
            return lambda _: None
        try:
            import uvicorn

            from .web import create_app
        except ImportError as error:
            raise ConfigError(
                f"[web] needs {error.name}",
                where=Where(field="web"),
                hint="pip install 'syndicate-feeds[web]'",
            ) from None
        host, _, port = web.listen.rpartition(":")
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            listener = socket.create_server((host.strip("[]") or "127.0.0.1", int(port)), family=family)
        except (OSError, OverflowError) as error:
            raise WorldError(
                f"the web pages cannot be served at {web.listen}: {error}",
                where=Where(field="web.listen"),
                hint="does another process listen there?",
            ) from None
        server = uvicorn.Server(uvicorn.Config(create_app(self._newsroom), log_level="warning"))
        run = partial(server.run, sockets=[listener])
        thread = threading.Thread(target=run, name="web", daemon=True)
        thread.start()

        def stop(timeout: float) -> None:
            server.should_exit = True
            thread.join(timeout)
            listener.close()

        return stop
