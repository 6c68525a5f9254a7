"""What is known of a file of a source from the last read."""

from __future__ import annotations

from typing import NamedTuple


class FileState(NamedTuple):
    """A file as it was read.

    Attributes:
        name: its path as the pattern of the source has it.
        status: size, times and inode from before it was read. Empty if a later change may not show in them.
        digest: of its bytes.
        keys: of the articles that it gave.
        records: how many records it has, with those that are left out on purpose, such as drafts.
    """

    name: str
    status: str
    digest: str
    keys: tuple[str, ...] = ()
    records: int = 0
