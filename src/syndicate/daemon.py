"""The daemon: clock, runs, delivery and web pages in one process that stops in order.

The clock wakes the daemon; the store says what is due. Every step can be repeated after a crash, by this
process or by another one, and nothing is done twice.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any

import structlog

from .config import BOUNCES, REFRESH
from .errors import ConfigError, DigestError, ExternalError, SyndicateError, Where
from .model import Problem, Run
from .newsroom import Newsroom
from .scheduling import WorkerThreads
from .scheduling.clock import Ticker

DRAIN_SECONDS = 30.0
"""How long a stop may take before the process exits at once."""

_THREADS = 4
_POLL_SECONDS = 30.0
_FIRST_PAUSE, _LONGEST_PAUSE = 30.0, 600.0
# No schedule has a name with a space.
_MAIL = "the mail"
_REPORTED_ERRORS = 3

log: Any = structlog.get_logger("syndicate")


class Jobs:
    """The work of runs: refreshing the feeds, reading bounces, composing an edition.

    Args:
        is_stopping: whether the daemon is being stopped.
    """

    def __init__(self, newsroom: Newsroom, is_stopping: Callable[[], bool] = lambda: False) -> None:
        self._newsroom = newsroom
        self._is_stopping = is_stopping

    def do(self, run: Run) -> str:
        """Do the work of a run and return one line about it.

        Raises:
            SyndicateError: it failed.
        """
        if run.schedule == REFRESH:
            return self.refresh()
        return self._process_bounces() if run.schedule == BOUNCES else self._compose(run)

    def refresh(self) -> str:
        """Ingest, then publish. Return one line about both.

        Raises:
            ExternalError: a source or the disk could not be reached; the rest was done.
            SyndicateError: it failed.
        """
        ingested, errors = self._ingest()
        report = self._newsroom.publish()
        for problem in report.problems:
            log.warning("publish", problem=str(problem))
        if report.external_failure:
            errors += _last_errors(report.problems)
        published = f"{len(report.written)} files written, {report.unchanged} unchanged"
        if errors:
            # The next run tries again.
            raise ExternalError("; ".join([*errors, ingested, published]))
        return f"{ingested}; {published}"

    def _process_bounces(self) -> str:
        report = self._newsroom.process_bounces(stop=self._is_stopping)
        for problem in report.problems:
            log.warning("bounces", problem=str(problem))
        counts = report.model_dump(exclude={"problems", "external_failure"})
        done = ", ".join(f"{number} {name}" for name, number in counts.items() if number) or "nothing new"
        if report.external_failure:
            raise ExternalError("; ".join([*_last_errors(report.problems), done]))
        return done

    def _compose(self, run: Run) -> str:
        # Articles that arrived since the last refresh belong to the edition.
        _, errors = self._ingest()
        report = self._newsroom.compose(run.schedule, slot=run.slot)
        composed = "no new articles, no edition"
        for problem in report.problems:
            log.warning("compose", problem=str(problem))
        if report.edition is None and not report.ok:
            raise DigestError(str(report.problems[0]), where=Where(id=run.schedule))
        if report.edition is not None:
            count = self._newsroom.enqueue(run.schedule, report.edition)
            composed = f"{report.edition}: {len(report.articles)} articles, {count} deliveries queued"
        if errors:
            raise ExternalError("; ".join([*errors, composed]))
        return composed

    def _ingest(self) -> tuple[str, list[str]]:
        """Return one line about the ingest, and the errors of sources that could not be reached."""
        report = self._newsroom.ingest()
        errors: list[str] = []
        new = changed = withdrawn = refused = 0
        for part in report.parts:
            new += part.new
            changed += part.changed
            withdrawn += part.withdrawn
            refused += part.refused
            if part.external_failure:
                errors += _last_errors(part.problems)
            for problem in part.problems:
                if problem.severity != "note":
                    log.warning("ingest", problem=str(problem))
        ingested = f"{new} new, {changed} changed, {withdrawn} withdrawn"
        return f"{ingested}, {refused} refused" if refused else ingested, errors


def _last_errors(problems: tuple[Problem, ...]) -> list[str]:
    return [str(problem) for problem in problems if problem.severity == "error"][-_REPORTED_ERRORS:]


class MailQueue:
    """The deliveries that are due, and the pause after an error: 30 seconds, doubled up to 10 minutes."""

    def __init__(self, newsroom: Newsroom) -> None:
        self._newsroom = newsroom
        self._pause = _FIRST_PAUSE
        self._paused_until = time.monotonic()

    def seconds_until_due(self) -> float | None:
        """Return the seconds until deliveries can be sent; None if none is waiting.

        Raises:
            StoreError: the database failed.
        """
        seconds = self._newsroom.seconds_until_delivery()
        return None if seconds is None else max(seconds, self._paused_until - time.monotonic(), 0.0)

    def send(self, stop: Callable[[], bool]) -> None:
        """Send what is due. An error is logged and starts a pause."""
        try:
            report = self._newsroom.dispatch(stop=stop)
        except SyndicateError as error:
            log.error("mail", error=str(error))  # noqa: TRY400 - the message says everything
            self._start_pause()
            return
        except Exception:
            # Any other error would come again at once: pause too.
            log.exception("mail")
            self._start_pause()
            return
        if report.outcomes:
            log.info("mail", **report.outcomes)
        for relay_error in report.failed_relays:
            log.warning("mail", error=str(relay_error))
        if report.error:
            log.error("mail", error=str(report.error))
            self._start_pause()
        else:
            self._pause = _FIRST_PAUSE

    def _start_pause(self) -> None:
        self._paused_until = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)


class Lanes:
    """What is being worked on: one job of a name at a time, and one thread left for the mail."""

    def __init__(self) -> None:
        self._busy: set[str] = set()
        self._lock = threading.Lock()

    def enter(self, name: str) -> bool:
        """Begin a job. Return False if one of this name is being worked on."""
        with self._lock:
            if name in self._busy:
                return False
            self._busy.add(name)
            return True

    def leave(self, name: str) -> None:
        """End a job."""
        with self._lock:
            self._busy.discard(name)

    def take(self, names: list[str], take: Callable[[list[str]], Run | None]) -> Run | None:
        """Begin the run that `take` returns for the free ones of these names, if a thread is free for it."""
        with self._lock:
            # A run that waits for a thread could lose its lease meanwhile.
            has_free_thread = len(self._busy - {_MAIL}) < _THREADS - 1
            free = [name for name in names if name not in self._busy]
            run = take(free) if free and has_free_thread else None
            if run:
                self._busy.add(run.schedule)
            return run

    def busy(self) -> list[str]:
        """Return the names of the jobs that are being worked on."""
        with self._lock:
            return sorted(self._busy)


class Daemon:
    """Runs what is due until it is stopped.

    Args:
        newsroom: must stay open until `run` returns.
        drain: seconds that a stop may take.
    """

    def __init__(self, newsroom: Newsroom, *, drain: float = DRAIN_SECONDS) -> None:
        self._newsroom = newsroom
        self._drain = drain
        self._jobs = Jobs(newsroom, lambda: self._is_stopping)
        self._mail = MailQueue(newsroom)
        self._lanes = Lanes()
        self._scheduler = newsroom.scheduler()
        self._names = [schedule.name for schedule in self._scheduler.schedules]
        # Unlike an event or a condition, a signal handler may put into it.
        self._wakes: SimpleQueue[None] = SimpleQueue()
        self._is_stopping = False
        self._world_error: ExternalError | None = None

    def once(self) -> bool:
        """Do what is due in this thread. Return False if something failed.

        Signals stop it as they stop `run`.

        Raises:
            ExternalError: a source, the disk or the mail server could not be reached; the rest was done.
        """
        self._handle_signals()
        is_ok = self._refresh_first()
        self._scheduler.sweep()
        while not self._is_stopping and (run := self._scheduler.take(self._names)):
            is_ok &= self._carry_out(run)
        report = self._newsroom.dispatch(stop=lambda: self._is_stopping)
        if error := report.error or self._world_error:
            raise error
        return is_ok and not report.outcomes["failed"]

    def run(self) -> int:
        """Work until SIGTERM or SIGINT. A second signal, or too long a drain, ends the process at once.

        Returns:
            The exit code: 0.
        """
        self._handle_signals()
        threads = WorkerThreads(_THREADS, lambda error: log.error("job", error=repr(error)))
        stop_web = self._start_web()
        stop_listener = self._start_listener()
        ticker = Ticker(self._scheduler.schedules, lambda: self._wakes.put(None))
        ticker.start()
        log.info("started", schedules=self._names)
        self._lanes.enter(REFRESH)
        threads.submit(lambda: self._work(REFRESH, self._refresh_first))
        try:
            while not self._is_stopping:
                self._attempt("sweep", lambda: self._start_due(threads))
                self._sleep()
        finally:
            ticker.stop()
        log.info("stopping", busy=self._lanes.busy())
        deadline = time.monotonic() + self._drain
        if not threads.drain(self._drain):
            log.error("stopped at once: work was unfinished at the deadline", busy=self._lanes.busy())
            os._exit(1)
        stop_listener(max(0.0, deadline - time.monotonic()))
        stop_web(max(0.0, deadline - time.monotonic()))
        log.info("stopped")
        return 0

    def stop(self) -> None:
        """Start nothing more; finish what is being worked on."""
        self._is_stopping = True
        self._wakes.put(None)

    def _handle_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._is_stopping:
            os._exit(1)
        self.stop()

    def _sleep(self) -> None:
        try:
            self._wakes.get(timeout=self._sleep_seconds())
            while True:
                self._wakes.get_nowait()
        except Empty:
            return

    def _sleep_seconds(self) -> float:
        if _MAIL in self._lanes.busy():
            # The end of its job wakes the daemon.
            return _POLL_SECONDS
        try:
            seconds = self._mail.seconds_until_due()
        except SyndicateError:
            return _POLL_SECONDS
        return _POLL_SECONDS if seconds is None else min(max(seconds, 0.05), _POLL_SECONDS)

    def _attempt(self, what: str, action: Callable[[], object]) -> None:
        try:
            action()
        except SyndicateError as error:
            # The database may be unreachable for a while. The next turn tries again.
            log.error(what, error=str(error))  # noqa: TRY400 - the message says everything
            time.sleep(0.5)

    def _start_due(self, threads: WorkerThreads) -> None:
        self._attempt("schedule", self._scheduler.sweep)
        while not self._is_stopping and (run := self._lanes.take(self._names, self._scheduler.take)):
            threads.submit(partial(self._work, run.schedule, partial(self._carry_out, run)))
        if self._mail.seconds_until_due() == 0 and self._lanes.enter(_MAIL):
            threads.submit(lambda: self._work(_MAIL, lambda: self._mail.send(lambda: self._is_stopping)))

    def _work(self, name: str, job: Callable[[], object]) -> None:
        try:
            job()
        finally:
            self._lanes.leave(name)
            self._wakes.put(None)

    def _carry_out(self, run: Run) -> bool:
        log.info("run", schedule=run.schedule, slot=run.slot.isoformat(), attempt=run.attempts)
        state, note = self._scheduler.carry_out(run, self._do)
        write = log.info if state == "done" else log.error
        write(state, schedule=run.schedule, slot=run.slot.isoformat(), note=note)
        return state == "done"

    def _refresh_first(self) -> bool:
        """Refresh a new site at once: its feeds should not wait for the first slot."""
        if not self._newsroom.settings.site.refresh or self._newsroom.has_ingested():
            return True
        try:
            log.info("first refresh", note=self._jobs.refresh())
        except SyndicateError as error:
            self._keep_world_error(error)
            log.error("first refresh", error=str(error))  # noqa: TRY400 - the message says everything
            return False
        return True

    def _do(self, run: Run) -> str:
        try:
            return self._jobs.do(run)
        except SyndicateError as error:
            self._keep_world_error(error)
            raise

    def _keep_world_error(self, error: SyndicateError) -> None:
        if isinstance(error, ExternalError):
            self._world_error = error

    def _start_listener(self) -> Callable[[float], None]:
        """Take bounces in a thread, if the config says so. Return what stops it within some seconds."""
        listener = self._newsroom.bounce_listener(lambda line: log.info("bounce", result=line))
        if listener is None:
            return lambda _: None
        listener.start()
        return listener.stop

    def _start_web(self) -> Callable[[float], None]:
        """Serve the web pages in a thread. Return what stops it within some seconds."""
        web = self._newsroom.settings.web
        if web is None:
            return lambda _: None
        try:
            import uvicorn

            app = self._newsroom.web_app()
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
            raise ExternalError(
                f"the web pages cannot be served at {web.listen}: {error}",
                where=Where(field="web.listen"),
                hint="stop the process that listens there, or choose another port",
            ) from None
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        run = partial(server.run, sockets=[listener])
        thread = threading.Thread(target=run, name="web", daemon=True)
        thread.start()

        def stop(timeout: float) -> None:
            server.should_exit = True
            thread.join(timeout)
            listener.close()

        return stop
