"""Importing files of subscribers: in batches that each commit, in constant memory."""

from __future__ import annotations

import csv
import gc
import os
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from ..errors import ConfigError, Where
from ..model import Consent, ImportedSubscriber, Problem, SubscribersReport
from .cells import escape_cell
from .file_formats import COLUMNS, CSV, HASH_PREFIX, NAMES, REMOVED
from .subscriber_files import Row, SubscriberFile
from .subscriber_rows import RejectedRow, SubscriberReader, Unconfirmed
from .subscriber_store import SubscriberStore
from .subscriptions import declined

_BATCH = 5000
_MAX_PROBLEMS = 100
_HASH = re.compile(r"[0-9a-f]{64}")


class _Writer(Protocol):
    def writerow(self, row: Sequence[Any], /) -> object: ...


def import_subscribers(
    store: SubscriberStore,
    path: Path,
    *,
    newsletters: Sequence[str],
    known: Collection[str],
    now: datetime,
    format_name: str = "auto",
    rejects: Path | None = None,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> SubscribersReport:
    """Subscribe the addresses of a file: CSV with a header, or one address a line.

    Each batch of rows is one transaction. If the process is killed, import the file again: rows that are
    stored already do not change.

    Args:
        newsletters: names; they override the column `newsletters`.
        known: the newsletters of the config.
        now: UTC; the time of consents that have none of their own.
        format_name: one of `file_formats.NAMES`, or `auto`.
        rejects: a CSV file to write, with the rows that are not stored and the reasons.
        progress: called with the number of lines done and of all lines.

    Raises:
        ConfigError: there is no such newsletter or format, the file does not exist, or it is not text.
        ExternalError: the file cannot be read, or the other cannot be written.
    """
    file = SubscriberFile.open(path, format_name)
    note = "" if file.format is CSV else f"from {file.format.title}"
    reader = SubscriberReader.of_store(store, newsletters, known, Consent(how="import", at=now, note=note))
    with _open_rejects(rejects, file.header or ("email",)) as writer, _without_garbage_collection():
        work = _Import(store, file, reader, writer, now)
        for done in work.run():
            progress(done, file.lines)
    return work.report()


class _Import:
    """The import of one file."""

    def __init__(
        self,
        store: SubscriberStore,
        file: SubscriberFile,
        reader: SubscriberReader,
        rejects: _Writer | None,
        now: datetime,
    ) -> None:
        self._store = store
        self._file = file
        self._reader = reader
        self._rejects = rejects
        self._now = now
        self._counts = {"added": 0, "unchanged": 0, "declined": 0, "not_mailed": 0, "rejected": 0}
        self._problems = _Problems()
        self._batch: list[tuple[Row, ImportedSubscriber]] = []
        self._hashes: list[tuple[str, str]] = []
        self._key_id = store.address_key_id()

    def run(self) -> Iterator[int]:
        """Import the rows. After each batch yield the number of lines that are done."""
        states, state = self._file.format.states, self._file.state
        # An export of our own may be older than the store; another product knows what its subscribers said.
        is_current = self._file.format is not CSV
        found: list[Problem] = []
        path = str(self._file.path)
        for row in self._file.rows():
            if row.values.get("email", "").startswith(HASH_PREFIX):
                self._add_hash(row)
                continue
            try:
                read = self._reader.read(row, found, file=path, states=states, state=state)
            except RejectedRow as error:
                self._reject(row, error.problem)
            else:
                if isinstance(read, Unconfirmed):
                    message = f"skipped: {read.email} has not confirmed"
                    self._reject(row, Problem.at(self._where(row), message, severity="note"))
                else:
                    if is_current and read.no_mail:
                        read = replace(read, is_current=True)
                    self._batch.append((row, read))
            if found:
                self._problems.extend(found)
                found.clear()
            if len(self._batch) + len(self._hashes) >= _BATCH:
                self._store_batch()
                yield row.line
        self._store_batch()
        yield self._file.lines

    def _add_hash(self, row: Row) -> None:
        """Take over an address that was removed from another store of the same site."""
        key, _, hashed = row.values["email"].removeprefix(HASH_PREFIX).partition(":")
        if key != self._key_id or not _HASH.fullmatch(hashed):
            problem = Problem.at(
                self._where(row),
                "a removed address was not taken over: its hash was made with the key of another store",
                severity="warning",
                hint="both stores need the same SYNDICATE_SECRET when they are created",
            )
            self._reject(row, problem)
            return
        removed = any(state == REMOVED for _, state in row.states)
        self._hashes.append((hashed, "unsubscribed" if removed else "suppressed"))

    def _where(self, row: Row) -> Where:
        return Where(file=str(self._file.path), line=row.line)

    def _store_batch(self) -> None:
        results = self._store.import_subscribers([each for _, each in self._batch], now=self._now)
        for (row, read), result in zip(self._batch, results, strict=True):
            self._counts[result] += 1
            if result == "declined":
                self._reject(row, declined(self._where(row), read.subscriber.email))
        self._batch.clear()
        if self._hashes:
            self._store.suppress_hashes(self._hashes, now=self._now)
            self._counts["not_mailed"] += len(self._hashes)
            self._hashes.clear()

    def _reject(self, row: Row, problem: Problem) -> None:
        self._counts["rejected"] += 1
        self._problems.extend([problem])
        if self._rejects:
            cells = [*row.cells, *[""] * (len(self._file.header) - len(row.cells))]
            self._rejects.writerow([*map(escape_cell, cells), row.line, escape_cell(problem.message)])

    def report(self) -> SubscribersReport:
        """Return what was done, with the first problems."""
        return SubscribersReport(
            added=self._counts["added"],
            unchanged=self._counts["unchanged"],
            not_mailed=self._counts["not_mailed"],
            rejected=self._counts["rejected"],
            format=self._file.format.name,
            problems=(*self._file_problems(), *self._problems.first()),
        )

    def _file_problems(self) -> Iterator[Problem]:
        path = str(self._file.path)
        if self._file.unknown_columns:
            yield Problem(
                message=f"columns that are not known were ignored: {', '.join(self._file.unknown_columns)}",
                severity="warning",
                file=path,
                line=1,
                hint=f"known columns: {', '.join(COLUMNS)}; known exports: --from {', '.join(NAMES)}",
            )
        if self._file.state:
            yield Problem(
                message=f"no address of this file gets mail; its name or a column says {self._file.state}",
                severity="note",
                file=path,
            )


class _Problems:
    """The first problems of each severity, and the number of the others."""

    def __init__(self) -> None:
        self._first: list[Problem] = []
        self._numbers = {"error": 0, "warning": 0, "note": 0}

    def extend(self, problems: Sequence[Problem]) -> None:
        for each in problems:
            self._numbers[each.severity] += 1
            if self._numbers[each.severity] <= _MAX_PROBLEMS:
                self._first.append(each)

    def first(self) -> Iterator[Problem]:
        yield from self._first
        if more := sum(max(number - _MAX_PROBLEMS, 0) for number in self._numbers.values()):
            yield Problem(
                message=f"{more} more rows have problems like these",
                severity="note",
                hint="--rejects FILE writes all rows that were not stored, with the reasons",
            )


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Pause the search for reference cycles: rows have none, and it takes a third of an import."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def _open_rejects(path: Path | None, header: Sequence[str]) -> Iterator[_Writer | None]:
    """Open a CSV file that only its owner can read: the columns of the import, the line and the reason."""
    if path is None:
        yield None
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.fchmod(descriptor, 0o600)
    except OSError as error:
        raise ConfigError(
            f"the file cannot be written: {error.strerror}",
            where=Where(file=str(path)),
            hint="name another file",
        ) from None
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*header, "line", "reason"])
        yield writer
