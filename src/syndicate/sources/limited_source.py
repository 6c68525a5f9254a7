"""A source that ends in time, however much it contains."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from ..model import Problem
from .source import FileRead, RawRecord, Source, Unchanged, UnchangedFiles


@dataclass(frozen=True, slots=True)
class LimitedSource:
    """The first records of a source. If there are more, an error follows, so that nothing is withdrawn.

    Attributes:
        max_records: how many records are read.
        seconds: how long the read may take; None if the source watches its time itself.
    """

    source: Source
    max_records: int
    seconds: float | None = None

    @property
    def name(self) -> str:
        """The name of the source."""
        return self.source.name

    @property
    def complete(self) -> bool:
        """Whether a read returns everything; see `Source`."""
        return self.source.complete

    def read(self) -> Iterator[RawRecord | Unchanged | Problem | FileRead | UnchangedFiles]:
        """Yield the records of the source up to the limits; see `Source`."""
        ends = time.monotonic() + self.seconds if self.seconds is not None else None
        count = 0
        for item in self.source.read():
            if isinstance(item, RawRecord | Unchanged):
                count += 1
            elif isinstance(item, UnchangedFiles):
                count += sum(state.records for state in item.states)
            if count > self.max_records:
                yield Problem(
                    message=f"the source has more than {self.max_records} records; the others were not read",
                    hint="raise max_records of the source, or split it",
                )
                return
            yield item
            if ends is not None and time.monotonic() > ends:
                yield Problem(
                    message=f"the source took more than {self.seconds:g} seconds; what was read is kept",
                    hint="raise deadline of the source, or split it",
                )
                return
