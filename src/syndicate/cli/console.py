"""What the command line shows: messages on stderr, results on stdout, and exit codes."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rich.console import Console
from rich.text import Text

from ..errors import ConfigError, SyndicateError, WorldError

if TYPE_CHECKING:
    from ..model import Problem, Report

DONE, SOME_FAILED, WRONG_USE, OUTSIDE = 0, 1, 2, 3
"""The exit codes: all done; done but for some records or mails; wrong usage or config; the world failed."""

_STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_MOST_NOTES = 20
_VERY_WIDE = 100_000


class _Quiet(Console):
    """A console whose reader may leave: `| head` is no failure."""

    def on_broken_pipe(self) -> None:
        # The interpreter must not complain either when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(DONE)


class Output:
    """Where results and messages go.

    Args:
        as_json: one JSON document on stdout instead of words and tables.
        verbose: every note, not only the first few.
    """

    def __init__(self, *, as_json: bool = False, verbose: bool = False) -> None:
        self.as_json = as_json
        self._verbose = verbose
        # https://no-color.org asks for no colour; what is bold is an escape sequence as well.
        system: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
        self._out = _Quiet(highlight=False, soft_wrap=True, color_system=system)
        self._err = Console(stderr=True, highlight=False, soft_wrap=True, color_system=system)

    def say(self, text: str) -> None:
        """A line of the result, unless JSON is wanted."""
        if not self.as_json:
            self._out.print(Text(text))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """A table of the result, unless JSON is wanted.

        Where it does not fit, and where no person reads it, each row is one line with tabs between the whole
        values: nothing is cut, and `grep` and `cut` find it.
        """
        if self.as_json:
            return
        from rich.table import Table

        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column, no_wrap=True)
        cells = [[_one_line(cell) for cell in row] for row in rows]
        for row in cells:
            table.add_row(*map(Text, row))
        # A measurement never says more than the width that it may use.
        roomy = self._out.options.update_width(_VERY_WIDE)
        if self._out.is_terminal and self._out.measure(table, options=roomy).maximum <= self._out.width:
            self._out.print(table)
            return
        for row in ([*columns], *cells):
            # Rich would put spaces in place of tabs.
            print("\t".join(row))  # noqa: T201 - it is the result

    def document(self, value: Any) -> None:
        """The result as one JSON document, if JSON is wanted."""
        if self.as_json:
            print(json.dumps(_plain(value), ensure_ascii=False, indent=2))  # noqa: T201 - it is the result

    def problems(self, problems: Sequence[Problem]) -> None:
        """What people may want to mend, on stderr; of notes only the first few, unless all are wanted."""
        notes = 0
        for problem in problems:
            if problem.severity == "note":
                notes += 1
                if notes > _MOST_NOTES and not self._verbose:
                    continue
            self._err.print(
                Text.assemble((f"{problem.severity}: ", _STYLES[problem.severity]), _near(problem))
            )
        if notes > _MOST_NOTES and not self._verbose:
            self._err.print(Text(f"and {notes - _MOST_NOTES} more notes: --verbose shows them", "dim"))

    def failure(self, error: SyndicateError) -> int:
        """An error that ended the command; the exit code for it."""
        if self.as_json:
            from ..model import Problem

            mistakes = [error, *(error.others if isinstance(error, ConfigError) else ())]
            self.document({"error": Problem.of(error), "errors": [Problem.of(each) for each in mistakes]})
        for line in str(error).splitlines():
            self._err.print(Text.assemble(("error: ", _STYLES["error"]), _near(line)))
        return exit_code(error)

    @contextmanager
    def progress(self, what: str) -> Iterator[Callable[[str], None]]:
        """A line that moves while something is done; on a terminal only."""
        if not self._err.is_terminal or self.as_json:
            yield lambda _: None
            return
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed}"))
        with Progress(*columns, TimeElapsedColumn(), console=self._err, transient=True) as bar:
            task = bar.add_task(what)
            yield lambda _name: bar.advance(task)


def _one_line(cell: object) -> str:
    """The value without what would end the line or the column, or steer the terminal."""
    return " ".join(_CONTROL.sub(" ", str(cell)).split())


def _near(told: object) -> str:
    """The words, with paths below the current folder as people would type them."""
    return str(told).replace(f"{Path.cwd()}{os.sep}", "")


def exit_code(error: SyndicateError) -> int:
    """The exit code that an error stands for."""
    if isinstance(error, ConfigError):
        return WRONG_USE
    return OUTSIDE if isinstance(error, WorldError) else SOME_FAILED


def report_code(report: Report) -> int:
    """The exit code that a report stands for."""
    if report.outside:
        return OUTSIDE
    return DONE if report.ok else SOME_FAILED


def _plain(value: Any) -> Any:
    from ..model import Frozen

    if isinstance(value, Frozen):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def utf8() -> None:
    """Words in any script, whatever the terminal was told."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
