"""What the kinds that read exports have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ...errors import Where
from ...model import Problem
from ..files import Files
from ..settings import FileSettings
from ..source import RawRecord


class ExportSettings(FileSettings):
    """The keys of a kind that reads exports in archives or folders."""

    def watched_files(self, base: Path) -> Files | None:
        """Return the files of the exports."""
        patterns = (f"{each.rstrip('/')}/**/*" if (base / each).is_dir() else each for each in self.path)
        return Files(base, tuple(patterns))


@dataclass(frozen=True, slots=True)
class ExportSource:
    """The public posts of exports.

    Attributes:
        read_all: yields the records, with a problem in place of each that cannot be read.
        complete: whether the exports hold every post, so that missing ones were withdrawn.
    """

    name: str
    read_all: Callable[[], Iterator[RawRecord | Problem]]
    complete: bool = True

    def read(self) -> Iterator[RawRecord | Problem]:
        """Yield the records of all exports; see `Source`."""
        yield from self.read_all()


def describe_hidden(counts: Counter[str], where: Where) -> Iterator[Problem]:
    """Yield a note about the posts that are not for everybody."""
    if counts:
        states = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
        yield Problem.at(where, f"posts that are not public were left out: {states}", severity="note")
