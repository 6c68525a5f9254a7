"""The newsroom behind the page: opened again when its config changes, and asked by many requests at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ..dry_run.preview import Preview
from ..dry_run.watch_paths import WatchPaths
from ..errors import StoreError, SyndicateError
from ..newsroom import Newsroom

Result = TypeVar("Result")


@dataclass(slots=True)
class _Open:
    """A newsroom that is open for as long as it is the house's, or somebody asks it."""

    newsroom: Newsroom
    preview: Preview
    askers: int = 0
    left: bool = False


class PreviewSession:
    """A config that may be broken now and mended in a moment.

    A letter may wait for pictures, and nobody else waits for the letter: whoever asks keeps what they asked
    open, even while another takes its place.

    Args:
        config: its file.

    Attributes:
        generation: another number whenever anything may look different.
    """

    def __init__(self, config: Path) -> None:
        self.config = config.resolve()
        self.generation = 1
        self._lock = threading.Lock()
        self._open: _Open | None = None
        self._error: SyndicateError | None = None
        self._watched = WatchPaths()
        self._pulse: tuple[int, ...] = ()
        self._made: dict[object, Future[Any]] = {}

    def open(self) -> SyndicateError | None:
        """Read the config, anew if it was read before; the error if it is wrong."""
        try:
            newsroom = Newsroom.open(self.config)
            try:
                there = _Open(newsroom, newsroom.preview())
                watched, pulse = there.preview.watched(), there.preview.pulse()
            except SyndicateError:
                newsroom.close()
                raise
        except SyndicateError as error:
            self._replace(None, error)
            return error
        self._watched, self._pulse = watched, pulse
        self._replace(there, None)
        return None

    def close(self) -> None:
        """Let go of the store, as soon as nobody asks it."""
        self._replace(None, None)

    def _replace(self, there: _Open | None, error: SyndicateError | None) -> None:
        with self._lock:
            before, self._open, self._error = self._open, there, error
            self.generation += 1
            self._made = {}
            if before:
                before.left = True
            idle = before is not None and not before.askers
        if before and idle:
            before.newsroom.close()

    @contextmanager
    def asked(self) -> Iterator[tuple[Newsroom, Preview]]:
        """The newsroom and its preview.

        Raises:
            SyndicateError: the config is broken.
        """
        with self._lock:
            there = self._open
            if there is None:
                raise self._error or StoreError("the preview is over")
            there.askers += 1
        try:
            yield there.newsroom, there.preview
        finally:
            with self._lock:
                there.askers -= 1
                last = there.left and not there.askers
            if last:
                there.newsroom.close()

    def made(self, key: object, make: Callable[[Preview], Result]) -> Result:
        """What the preview makes, once for all who ask, kept under a key until something changes."""
        with self.asked() as (_, preview):
            with self._lock:
                kept = self._made
                first = key not in kept
                future: Future[Result] = kept.setdefault(key, Future())
            if first:
                try:
                    future.set_result(make(preview))
                except BaseException as error:
                    del kept[key]
                    future.set_exception(error)
            return future.result()

    def folders(self) -> set[Path]:
        """The folders to watch."""
        return {self.config.parent, *self._watched.folders()}

    def wants(self, path: Path) -> bool:
        """Whether a change of this path shows."""
        return path == self.config or self._watched.wants(path)

    def renew(self, changed: set[Path]) -> None:
        """Files have changed: what is shown is made again."""
        with self._lock:
            there = self._open
        if self.config in changed or there is None:
            self.open()
            return
        there.preview.changed()
        with self._lock:
            self.generation += 1
            self._made = {}

    def stirred(self) -> bool:
        """Whether somebody else has ingested or composed since this was last asked; looks again then."""
        try:
            with self.asked() as (_, preview):
                pulse = preview.pulse()
        except SyndicateError:
            return False
        if pulse == self._pulse:
            return False
        self._pulse = pulse
        self.renew(set())
        return True
