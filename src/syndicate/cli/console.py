"""Output of the commands: results on stdout, messages on stderr, exit codes."""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Any, Literal

from rich.console import Console
from rich.text import Text

from ..errors import ConfigError, ExternalError, SyndicateError

if TYPE_CHECKING:
    from ..model import Problem, Report

DONE, SOME_FAILED, USAGE_ERROR, EXTERNAL_FAILURE = 0, 1, 2, 3
INTERRUPTED = 130
"""Exit codes: done; some records, feeds or mails failed; wrong usage or config; a server or disk failed."""

STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_MAX_NOTES = 20
_MAX_OF_A_KIND = 3
_UNLIMITED_WIDTH = 100_000
_MAX_ALIGNED = 500


class _PipeConsole(Console):
    """A console that ends quietly when the other end of the pipe is closed, such as by `| head`."""

    def on_broken_pipe(self) -> None:
        # The interpreter flushes stdout once more at exit and must not fail then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(DONE)


class Output:
    """Results and messages of one command.

    Args:
        as_json: print one JSON document to stdout instead of lines and tables.
        verbose: print all notes, not only the first few.
    """

    def __init__(self, *, as_json: bool = False, verbose: bool = False) -> None:
        self.as_json = as_json
        self._verbose = verbose
        # https://no-color.org: no colour, and no other escape sequences such as bold either.
        color_system: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
        self._out = _PipeConsole(highlight=False, soft_wrap=True, color_system=color_system)
        self._err = Console(stderr=True, highlight=False, soft_wrap=True, color_system=color_system)

    def print_line(self, text: str) -> None:
        """Print a line of the result, unless the output is JSON."""
        if not self.as_json:
            self._out.print(Text(text))

    def print_styled(self, *parts: str | tuple[str, str]) -> None:
        """Print a line of the result whose parts can have styles, unless the output is JSON."""
        if not self.as_json:
            self._out.print(Text.assemble(*parts))

    @property
    def width(self) -> int | None:
        """The columns of the terminal; None if stdout is none."""
        return self._out.width if self._out.is_terminal else None

    def print_table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print a table of the result, unless the output is JSON.

        If it does not fit the terminal, or stdout is no terminal, each row is one line of values separated by
        tabs. No value is shortened, so that `grep` and `cut` work.
        """
        if self.as_json:
            return
        from rich.table import Table

        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column, no_wrap=True)
        cells = [[to_single_line(cell) for cell in row] for row in rows]
        for row in cells:
            table.add_row(*map(Text, row))
        # Rich never measures more than the width that it is given.
        unlimited = self._out.options.update_width(_UNLIMITED_WIDTH)
        if self._out.is_terminal and self._out.measure(table, options=unlimited).maximum <= self._out.width:
            self._out.print(table)
            return
        _print_rows([[*columns], *cells])

    def print_long_table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print a table whose rows may be too many for memory; only a short one is aligned."""
        remaining = iter(rows)
        first = list(islice(remaining, _MAX_ALIGNED))
        if len(first) < _MAX_ALIGNED:
            self.print_table(columns, first)
        elif not self.as_json:
            _print_rows([columns])
            _print_rows(chain(first, remaining))

    def print_json(self, value: Any) -> None:
        """Print the result as one JSON document, if the output is JSON."""
        if self.as_json:
            print(json.dumps(_to_json(value), ensure_ascii=False, indent=2))  # noqa: T201 - the result of the command

    def print_json_list(self, values: Iterable[Any]) -> None:
        """Print values as one JSON array, each when it is there, if the output is JSON."""
        if not self.as_json:
            return
        separator = "[\n"
        for value in values:
            text = json.dumps(_to_json(value), ensure_ascii=False, indent=2)
            sys.stdout.write(separator + indent(text, "  "))
            separator = ",\n"
        sys.stdout.write("[]\n" if separator == "[\n" else "\n]\n")

    def print_problems(self, problems: Sequence[Problem]) -> None:
        """Print problems to stderr; of notes only the first few, and fewer of one kind, unless verbose."""
        hidden = 0
        for problem, is_shown in self._choose(problems):
            if is_shown:
                self._err.print(
                    Text.assemble(
                        (f"{problem.severity}: ", STYLES[problem.severity]), _shorten_paths(problem)
                    )
                )
            else:
                hidden += 1
        if hidden:
            notes = "note" if hidden == 1 else "notes"
            self._err.print(Text(f"and {hidden} more {notes}; --verbose shows them", "dim"))

    def _choose(self, problems: Sequence[Problem]) -> Iterator[tuple[Problem, bool]]:
        """Yield the problems, each with whether it is to be printed."""
        if self._verbose:
            yield from ((problem, True) for problem in problems)
            return
        from ..model.problem_kinds import kind_of

        kinds: Counter[str] = Counter()
        for problem in problems:
            if problem.severity != "note":
                yield problem, True
                continue
            kind = kind_of(problem)
            is_shown = kinds[kind] < _MAX_OF_A_KIND and kinds.total() < _MAX_NOTES
            kinds[kind] += is_shown
            yield problem, is_shown

    def print_message(self, severity: str, text: str) -> None:
        """Print a message to stderr."""
        self._err.print(Text.assemble((f"{severity}: ", STYLES[severity]), _shorten_paths(text)))

    def print_problem_groups(self, problems: Sequence[Problem]) -> None:
        """Print problems to stderr by kind, errors first; of each kind only the first few, unless verbose."""
        if self._verbose:
            self.print_problems(problems)
            return
        from ..model.problem_kinds import group_by_kind

        for group in group_by_kind(problems):
            self.print_problems(group[:_MAX_OF_A_KIND])
            if (more := len(group) - _MAX_OF_A_KIND) > 0:
                self._err.print(Text(f"... and {more} more like these; --verbose lists all", "dim"))

    def print_error(self, error: SyndicateError) -> int:
        """Print the error that ended the command; return the exit code for it."""
        if self.as_json:
            from ..model import Problem

            errors = [error, *(error.others if isinstance(error, ConfigError) else ())]
            self.print_json({"error": Problem.of(error), "errors": [Problem.of(each) for each in errors]})
        for line in str(error).splitlines():
            self._err.print(Text.assemble(("error: ", STYLES["error"]), _shorten_paths(line)))
        return exit_code(error)

    @contextmanager
    def show_progress(self, noun: str) -> Iterator[Callable[[str], None]]:
        """Show a progress line on a terminal; give a function to call after each item."""
        if not self._err.is_terminal or self.as_json or os.environ.get("NO_COLOR"):
            yield lambda _: None
            return
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed}"))
        with Progress(*columns, TimeElapsedColumn(), console=self._err, transient=True) as bar:
            task = bar.add_task(noun)
            yield lambda _name: bar.advance(task)

    @contextmanager
    def show_progress_bar(self, noun: str) -> Iterator[Callable[[int, int], None]]:
        """Show a progress bar on a terminal; give a function to call with the number done and of all."""
        if not self._err.is_terminal or self.as_json or os.environ.get("NO_COLOR"):
            yield lambda _done, _of: None
            return
        from rich.progress import Progress

        with Progress(console=self._err, transient=True) as bar:
            task = bar.add_task(noun)
            yield lambda done, of: bar.update(task, completed=done, total=of)


def _print_rows(rows: Iterable[Sequence[object]]) -> None:
    for row in rows:
        # Rich replaces tabs by spaces.
        print("\t".join(map(to_single_line, row)))  # noqa: T201 - the result of the command


def to_single_line(cell: object) -> str:
    """Return the value without control characters and line breaks."""
    return " ".join(_CONTROL.sub(" ", str(cell)).split())


def _shorten_paths(message: object) -> str:
    """Return the message with paths below the current folder relative to it."""
    return str(message).replace(f"{Path.cwd()}{os.sep}", "")


def exit_code(error: SyndicateError) -> int:
    """Return the exit code for an error."""
    if isinstance(error, ConfigError):
        return USAGE_ERROR
    return EXTERNAL_FAILURE if isinstance(error, ExternalError) else SOME_FAILED


def report_code(report: Report) -> int:
    """Return the exit code for a report."""
    if report.external_failure:
        return EXTERNAL_FAILURE
    return DONE if report.ok else SOME_FAILED


def _to_json(value: Any) -> Any:
    from ..model import Frozen

    if isinstance(value, Frozen):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {name: _to_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_to_json(each) for each in value]
    return value


def use_utf8() -> None:
    """Write UTF-8 to stdout and stderr, with any locale."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
