"""The preview that the page shows: opened again when the config changes, with a cache of what it rendered."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from ..errors import StoreError, SyndicateError
from .preview import Preview
from .watch_paths import WatchPaths

Result = TypeVar("Result")


class PreviewSession:
    """A preview of a config that may be invalid now and valid after the next change.

    Usable by several threads at once. A thread that has got a preview goes on with it while another
    replaces it.

    Args:
        config: the config file.
        open_preview: reads the config file; raises SyndicateError if it is invalid.

    Attributes:
        generation: a number that increases when the page may look different.
    """

    def __init__(self, config: Path, open_preview: Callable[[Path], Preview]) -> None:
        self.config = config.resolve()
        self.generation = 1
        self._open_preview = open_preview
        self._lock = threading.Lock()
        self._preview: Preview | None = None
        self._error: SyndicateError = StoreError("the preview is not open")
        self._watch_paths = WatchPaths()
        self._store_state: tuple[int, ...] = ()
        self._cache: dict[object, Future[Any]] = {}

    def open(self) -> SyndicateError | None:
        """Read the config, and return the error if that fails."""
        try:
            preview = self._open_preview(self.config)
            watch_paths = WatchPaths.from_settings(preview.settings, self.config.parent)
            store_state = preview.store_state()
        except SyndicateError as error:
            with self._lock:
                self._preview, self._error = None, error
                self._clear_cache()
            return error
        with self._lock:
            self._preview, self._watch_paths, self._store_state = preview, watch_paths, store_state
            self._clear_cache()
        return None

    def preview(self) -> Preview:
        """Return the preview.

        Raises:
            SyndicateError: the config or the database cannot be read.
        """
        with self._lock:
            return self._current()

    def cached(self, key: object, render: Callable[[Preview], Result]) -> Result:
        """Return what a function renders, once for all threads, until something changes.

        Raises:
            SyndicateError: the config is invalid, or the function failed.
        """
        with self._lock:
            preview, cache = self._current(), self._cache
            is_first = key not in cache
            future: Future[Result] = cache.setdefault(key, Future())
        if is_first:
            try:
                future.set_result(render(preview))
            except BaseException as error:
                # The waiting threads get it too; the next request tries again.
                del cache[key]
                future.set_exception(error)
        return future.result()

    def folders(self) -> set[Path]:
        """Return the folders to watch."""
        return {self.config.parent, *self._watch_paths.folders()}

    def affects(self, path: Path) -> bool:
        """Return whether a change of this path changes what the page shows."""
        return path == self.config or self._watch_paths.affects(path)

    def reload(self, changed: set[Path]) -> None:
        """Render everything again, after these files have changed."""
        with self._lock:
            preview = self._preview
        if preview is None or self.config in changed:
            self.open()
            return
        preview.refresh()
        with self._lock:
            self._clear_cache()

    def reload_if_store_changed(self) -> bool:
        """Render everything again if another process has ingested or composed; return whether it has."""
        with self._lock:
            preview, error = self._preview, self._error
        if preview is None:
            # A database that failed may work now; an invalid config changes only with its file.
            return isinstance(error, StoreError) and self.open() is None
        try:
            store_state = preview.store_state()
        except SyndicateError:
            return False
        if store_state == self._store_state:
            return False
        self._store_state = store_state
        self.reload(set())
        return True

    def _current(self) -> Preview:
        if self._preview is None:
            raise self._error
        return self._preview

    def _clear_cache(self) -> None:
        self.generation += 1
        self._cache = {}
