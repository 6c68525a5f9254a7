"""What reading needs of a store. The docstrings are the specification that `ReadingStoreSuite` tests."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from ..model import FileState, HeldChange


class ReadingStore(Protocol):
    """Files that were read, and changes of sources that wait for a confirmation."""

    def file_states(self, source: str, conversion: str) -> list[FileState]:
        """Return the files of a source that were read with a conversion, in any order."""
        ...

    def save_file_states(self, source: str, conversion: str, states: Sequence[FileState]) -> None:
        """Store the states of files in place of the former ones, in one transaction.

        A state may be lost at any time. It is never stored before what was stored before it.
        """
        ...

    def forget_files(self, source: str, names: Collection[str]) -> None:
        """Delete the states of files, with any conversion."""
        ...

    def held_changes(self) -> list[HeldChange]:
        """Return the change that is held of each source, by the names of the sources."""
        ...

    def held_change(self, source: str) -> HeldChange | None:
        """Return the change of a source that is held. None if there is none."""
        ...

    def hold_change(self, change: HeldChange) -> None:
        """Store a change in place of the former one of its source."""
        ...

    def release_change(self, source: str) -> None:
        """Delete the change of a source, if there is one."""
        ...
