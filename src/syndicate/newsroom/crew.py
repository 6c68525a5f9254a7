"""The processes of a publish: this one, and for a large one a helper for each further processor.

A helper is a Python of its own, started afresh: it knows nothing of the program that publishes, runs none
of its code again, and may be started whatever threads that program has. It is asked through a pipe. When
the pipe ends it ends, so that none outlives its publish, however that ends; and it holds the lock on the
output folder for as long as it lives. What a helper that was killed has left undone is done here.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

from ..errors import StoreError, SyndicateError
from ..publishing import FilePublisher, Hand, Spills
from ..store import SqlStore

# Each helper takes some 80 MB, and beyond a few the disk is what all of them wait for.
_MOST = 3
# So many tasks are with a helper: the one that it does, and the next.
_AHEAD = 2
# Bytes that a pipe holds for certain.
_SMALL = 60_000
# Seconds that a helper has to finish what it does when it is no longer wanted.
_PATIENCE = 30.0


Thing = TypeVar("Thing")


class Recipe(NamedTuple):
    """What a helper needs to make itself a hand.

    Attributes:
        store: the URL, and the seconds to wait for it.
        root, compress: of the publisher.
        lint: whether the linter looks at what is new.
    """

    store: tuple[str, float]
    root: Path
    compress: bool
    lint: bool


class Job:
    """Something asked for: the name of a method of `Hand`, and its arguments."""

    def __init__(self, task: str, args: tuple[Any, ...]) -> None:
        self.task = task
        self.args = args
        self.answer: Any = None
        self.error: BaseException | None = None
        self.done = False

    def do(self, hand: Hand, *, share: bool) -> None:
        """Do it here.

        Args:
            hand: does it.
            share: whether other processes are to read what it spells.
        """
        try:
            self.answer = getattr(hand, self.task)(*self.args)
            if share:
                hand.flush()
        except SyndicateError as error:
            self.error = error
        self.done = True

    def result(self) -> Any:
        """The answer; raises what it raised."""
        if self.error is not None:
            raise self.error
        return self.answer


class Crew:
    """Does jobs in this process and in helpers. A context manager: leaving it ends the helpers.

    Args:
        hand: does them here.
        spills: of that hand; there will be a helper for each further file.
        recipe: for helpers; none if there can be none.
        lock: the descriptor that keeps others from publishing to the same folder.
    """

    def __init__(self, hand: Hand, spills: Spills, recipe: Recipe | None, lock: int) -> None:
        self._hand = hand
        self._spills = spills
        self._recipe = recipe
        self._lock = lock
        self._waiting: deque[Job] = deque()
        self._news = threading.Condition()
        self._over = False
        self._helpers: list[_Helper] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._news:
            self._over = True
            self._waiting.clear()
            self._news.notify_all()
        for helper in self._helpers:
            helper.end()

    def grow(self) -> None:
        """Start the helpers, if there are to be any and they are not there."""
        if self._helpers or not self._recipe:
            return
        self._hand.flush()
        for number in range(1, len(self._spills.files)):
            spills = Spills(self._spills.files, number)
            helper = _Helper(self._recipe, spills, self._lock)
            self._helpers.append(helper)
            helper.served = threading.Thread(
                target=self._serve, args=(helper,), name="publish-helper", daemon=True
            )
            helper.served.start()

    def ask(self, task: str, *args: Any) -> Job:
        """Have something done, some time before `answers` is asked for it."""
        job = Job(task, args)
        with self._news:
            self._waiting.append(job)
            self._news.notify_all()
        return job

    def answers(self, jobs: Sequence[Job]) -> list[Any]:
        """Wait for jobs, and do some of what is waiting meanwhile.

        Raises:
            StoreError, PublishError: what a job raised.
        """
        while True:
            with self._news:
                while not self._waiting and not all(job.done for job in jobs):
                    self._news.wait()
                if all(job.done for job in jobs):
                    break
                mine = self._waiting.popleft()
            mine.do(self._hand, share=bool(self._helpers))
        return [job.result() for job in jobs]

    def _serve(self, helper: _Helper) -> None:
        """Bring jobs to a helper and answers back, until all is over or it is no more."""
        under_way: deque[Job] = deque()
        following: Job | None = None
        try:
            while True:
                with self._news:
                    while not (self._waiting or following or under_way or self._over):
                        self._news.wait()
                    if self._over:
                        return
                    if following is None and self._waiting and len(under_way) < _AHEAD:
                        following = self._waiting.popleft()
                if following is not None:
                    asked = pickle.dumps((following.task, following.args), pickle.HIGHEST_PROTOCOL)
                    # More than a pipe holds would wait for the helper, which may wait for its answer to go.
                    if not under_way or len(asked) < _SMALL:
                        under_way.append(following)
                        following = None
                        helper.pipe.send_bytes(asked)
                        continue
                answer, error = helper.pipe.recv()
                with self._news:
                    job = under_way.popleft()
                    job.answer, job.error, job.done = answer, error, True
                    self._news.notify_all()
        except (EOFError, OSError):
            with self._news:
                if following is not None:
                    under_way.append(following)
                self._waiting.extendleft(reversed(under_way))
                self._news.notify_all()


class _Helper:
    """A process that does jobs, and the end of its pipe that is here."""

    def __init__(self, recipe: Recipe, spills: Spills, lock: int) -> None:
        self.served: threading.Thread | None = None
        self.pipe, there = Pipe()
        with there:
            fd = there.fileno()
            # A module of this name is there in every process; the program's own main module stays unread.
            code = f"import sys; sys.path[:] = {sys.path!r}; from {__name__} import help_out; help_out({fd})"
            self.process = subprocess.Popen(  # noqa: S603 - this very Python, with a line of our own
                [sys.executable, "-c", code],
                pass_fds=(fd, lock, *spills.files),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        with suppress(OSError):
            self.pipe.send((recipe, spills.files, spills.own))

    def end(self) -> None:
        """Let it finish what it does, and wait for that."""
        # Closed, the pipe would not wake who is waiting at this end of it.
        with socket.socket(fileno=os.dup(self.pipe.fileno())) as line, suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
        if self.served:
            self.served.join()
        self.pipe.close()
        try:
            self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def helpers_here() -> int:
    """How many helpers are worth while on this machine."""
    if not sys.executable or getattr(sys, "frozen", False):
        # There is no Python to start, only a program that would do again what it does.
        return 0
    try:
        processors = len(os.sched_getaffinity(0))
    except AttributeError:
        processors = os.cpu_count() or 1
    return min(processors - 1, _MOST)


def batched(items: Sequence[Thing], size: int) -> Iterator[Sequence[Thing]]:
    """The items in pieces of a size; the last may be shorter."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def recipe_of(store: object, publisher: FilePublisher, *, lint: bool) -> Recipe | None:
    """What helpers need, if they can open the store as well: one in memory is in one process alone."""
    if not isinstance(store, SqlStore) or store.url is None:
        return None
    return Recipe((store.url, store.wait), publisher.root, publisher.compress, lint)


def help_out(fd: int) -> None:
    """What a helper does: one job after another, until the pipe ends."""
    import gc

    # Whoever types Ctrl-C means the program that publishes, which ends the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The writers come to their turn as often as they would if the maker of documents waited more.
    sys.setswitchinterval(0.001)
    with Connection(fd) as pipe, suppress(EOFError, BrokenPipeError, ConnectionResetError, StoreError):
        recipe, files, own = pipe.recv()
        url, wait = recipe.store
        publisher = FilePublisher(recipe.root, compress=recipe.compress)
        spills = Spills(files, own)
        store = SqlStore(url, wait=wait)
        hand = Hand(store.load, publisher, spills, lint=recipe.lint)
        # What is there now stays for good, and what a job makes seldom refers to itself.
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        while True:
            task, args = pipe.recv()
            job = Job(task, args)
            job.do(hand, share=True)
            pipe.send((job.answer, job.error))


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Let Python look for cycles less often: a third of a large publish would go into that."""
    import gc

    before = gc.get_threshold()
    if not gc.isenabled() or before[0] == 0:
        yield
        return
    gc.set_threshold(max(before[0], 50_000), before[1], before[2])
    try:
        yield
    finally:
        gc.set_threshold(*before)


__all__ = ["Crew", "Job", "Recipe", "batched", "help_out", "helpers_here", "recipe_of", "seldom_collected"]
