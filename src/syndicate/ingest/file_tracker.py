"""Keeps track of the files of a source during one read: which ones need not be read again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from ..model import FileState
from ..sources import KnownFiles
from .reading_store import ReadingStore


class FileTracker:
    """The files of one source.

    A file becomes known when all its records have become articles, or were left out on purpose, such as
    drafts, and the articles depend on nothing else that may change. Other files are read, and their problems
    reported, at each ingest.

    Args:
        conversion: what the articles depend on besides the bytes of the files. Files that were read with
            another one are read again.
        stored_keys: of the articles of the source. A file of whose articles one is not there is read again.
        reread: whether all files are read.
    """

    def __init__(
        self,
        store: ReadingStore,
        source: str,
        conversion: str,
        stored_keys: set[str],
        now: datetime,
        *,
        reread: bool,
    ) -> None:
        self._store = store
        self._source = source
        self._conversion = conversion
        states: dict[str, FileState] = {}
        self._outdated: list[str] = []
        for state in () if reread else store.file_states(source, conversion):
            if stored_keys.issuperset(state.keys):
                states[state.name] = state
            else:
                self._outdated.append(state.name)
        self.known = KnownFiles(states, now)
        self._keys: list[str] = []
        self._records = 0
        self._is_unfinished = False
        self._finished: list[FileState] = []
        self._found: set[str] = set()
        self._stale: list[str] = []

    def add_record(self, key: str | None) -> None:
        """Note a record of the current file, and the key of its article, if it has one."""
        self._records += 1
        if key is not None:
            self._keys.append(key)

    def read_again(self) -> None:
        """Let the current file be read at the next ingest even if it has not changed."""
        self._is_unfinished = True

    def finish(self, state: FileState) -> None:
        """Note the end of the current file."""
        self._found.add(state.name)
        if self._is_unfinished:
            self._stale.append(state.name)
        else:
            self._finished.append(state._replace(keys=tuple(self._keys), records=self._records))
        self._keys, self._records, self._is_unfinished = [], 0, False

    def add_unchanged(self, states: Sequence[FileState]) -> None:
        """Note files that were not read."""
        self._found.update([state.name for state in states])
        known = self.known.states
        self._finished += [state for state in states if known[state.name] != state]

    def forget(self, state: FileState) -> None:
        """Let a file be read at the next ingest: another file has a record with the same key."""
        self._stale.append(state.name)

    def discard(self, keys: Iterable[str]) -> None:
        """Let the files of records be read at the next ingest.

        Args:
            keys: of records that are not stored.
        """
        without = frozenset(keys)
        if not without.isdisjoint(self._keys):
            self.read_again()
        self._stale += [each.name for each in self._finished if not without.isdisjoint(each.keys)]
        self._finished = [each for each in self._finished if without.isdisjoint(each.keys)]

    def forget_opened(self) -> None:
        """Forget the former states of files before their records are stored.

        If the read ends in the middle of a file, the articles are no longer those of its former bytes.
        """
        if opened := self.known.opened:
            self._store.forget_files(self._source, opened)
            opened.clear()

    def save(self, rejected: Iterable[str] = (), waiting: Iterable[str] = ()) -> None:
        """Store the states of the finished files, whose articles are stored.

        Args:
            rejected: keys of records that were not stored.
            waiting: keys of records that are not stored yet.
        """
        self.forget_opened()
        self.discard(rejected)
        later = frozenset(waiting)
        states = [each for each in self._finished if later.isdisjoint(each.keys)]
        self._finished = [each for each in self._finished if not later.isdisjoint(each.keys)]
        if states:
            self._store.save_file_states(self._source, self._conversion, states)

    def close(self, *, is_whole: bool) -> None:
        """Forget files that have to be read again and, after a read of everything, those that are gone."""
        stored = self.known.states
        names = [name for name in self._stale if name in stored]
        if is_whole:
            names += stored.keys() - self._found
            names += set(self._outdated) - self._found
        if names:
            self._store.forget_files(self._source, names)
