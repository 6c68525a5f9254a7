"""What all commands share: options, errors to exit codes, interruption."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import SyndicateError
from .console import DONE, INTERRUPTED, Output, report_code

if TYPE_CHECKING:
    from ..model import Report
    from ..newsroom import Newsroom

ConfigOption = Annotated[Path, typer.Option("--config", help="The config file.", show_default=True)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", help="Show all notes, not only the first 20.")]
CONFIG = Path("syndicate.toml")


def open_newsroom(config: Path) -> Newsroom:
    """Open the newsroom of a config file; imports it here, so that `--help` and `--version` stay fast."""
    from ..newsroom import Newsroom

    return Newsroom.open(config)


@contextmanager
def handle_errors(out: Output) -> Iterator[None]:
    """Print a SyndicateError and end with its exit code; end quietly if stdout is a closed pipe."""
    try:
        try:
            yield
        finally:
            # Flush here: at interpreter exit a closed pipe could not be told from a failure.
            sys.stdout.flush()
    except SyndicateError as error:
        raise typer.Exit(out.print_error(error)) from None
    except BrokenPipeError:
        # Such as `| head`. The interpreter flushes stdout once more at exit and must not fail then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(DONE) from None


def finish(out: Output, report: Report) -> None:
    """Print the problems of a report and its JSON, and end with its exit code."""
    out.print_problems(report.problems)
    for part in getattr(report, "parts", ()):
        out.print_problems(part.problems)
    out.print_json(report)
    if code := report_code(report):
        raise typer.Exit(code)


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Give a function that says whether Ctrl-C or SIGTERM came; a second one ends the process at once."""
    interrupted = False

    def interrupt(_number: int, _frame: Any) -> None:
        nonlocal interrupted
        if interrupted:
            os._exit(INTERRUPTED)
        interrupted = True

    previous = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: interrupted
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def format_count(number: int, noun: str) -> str:
    """Return `1 article`, `2 articles`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
