"""The newsroom behind the page: opened again when its config changes, and asked by one request at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from ...errors import StoreError, SyndicateError
from ...newsroom import Newsroom, Preview, Watched

Result = TypeVar("Result")


class House:
    """A config that may be broken now and mended in a moment.

    Args:
        config: its file.

    Attributes:
        generation: another number whenever anything may look different.
    """

    def __init__(self, config: Path) -> None:
        self.config = config.resolve()
        self.generation = 1
        self._lock = threading.RLock()
        self._newsroom: Newsroom | None = None
        self._preview: Preview | None = None
        self._error: SyndicateError | None = None
        self._watched = Watched()
        self._pulse: tuple[int, ...] = ()
        self._made: dict[object, object] = {}

    def open(self) -> SyndicateError | None:
        """Read the config, anew if it was read before; the error if it is wrong."""
        with self._lock:
            self.close()
            self.generation += 1
            try:
                self._newsroom = Newsroom.open(self.config)
                self._preview = self._newsroom.preview()
                self._watched = self._preview.watched()
                self._pulse = self._preview.pulse()
                self._error = None
            except SyndicateError as error:
                self._error = error
            return self._error

    def close(self) -> None:
        """Let go of the store."""
        with self._lock:
            self._made.clear()
            if self._newsroom:
                self._newsroom.close()
            self._newsroom = self._preview = None

    @contextmanager
    def asked(self) -> Iterator[tuple[Newsroom, Preview]]:
        """The newsroom and its preview, for one at a time.

        Raises:
            SyndicateError: the config is broken.
        """
        with self._lock:
            if self._newsroom is None or self._preview is None:
                raise self._error or StoreError("the preview is over")
            yield self._newsroom, self._preview

    def made(self, key: object, make: Callable[[Preview], Result]) -> Result:
        """What the preview makes, kept under a key until something changes."""
        with self.asked() as (_, preview):
            if key not in self._made:
                self._made[key] = make(preview)
            return self._made[key]  # type: ignore[return-value]

    def folders(self) -> set[Path]:
        """The folders to watch."""
        return {self.config.parent, *self._watched.folders()}

    def wants(self, path: Path) -> bool:
        """Whether a change of this path shows."""
        return path == self.config or self._watched.wants(path)

    def renew(self, changed: set[Path]) -> None:
        """Files have changed: what is shown is made again."""
        with self._lock:
            if self.config in changed or self._preview is None:
                self.open()
                return
            self.generation += 1
            self._made.clear()
            self._preview.changed()

    def stirred(self) -> bool:
        """Whether somebody else has ingested or composed since this was last asked; looks again then."""
        with self._lock:
            if self._preview is None:
                return False
            try:
                pulse = self._preview.pulse()
            except StoreError:
                return False
            if pulse == self._pulse:
                return False
            self._pulse = pulse
            self.renew(set())
            return True
