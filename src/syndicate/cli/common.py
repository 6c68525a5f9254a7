"""What commands have in common: their options, how they end, and how they are interrupted."""

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
from .console import DONE, Output, report_code

if TYPE_CHECKING:
    from ..model import Report
    from ..newsroom import Newsroom

ConfigOption = Annotated[Path, typer.Option("--config", help="The config.", show_default=True)]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", help="Show every note.")]
CONFIG = Path("syndicate.toml")


def open_newsroom(config: Path) -> Newsroom:
    """The newsroom of a config; loads the packages that `--version` and `--help` do not need."""
    from ..newsroom import Newsroom

    return Newsroom.open(config)


@contextmanager
def work(out: Output) -> Iterator[None]:
    """Turn errors into messages and exit codes."""
    try:
        try:
            yield
        finally:
            # Here, where a reader who has gone can still be told from a failure.
            sys.stdout.flush()
    except SyndicateError as error:
        raise typer.Exit(out.failure(error)) from None
    except BrokenPipeError:
        # Whoever read our output has had enough; the interpreter must not complain when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(DONE) from None


def finish(out: Output, report: Report) -> None:
    out.problems(report.problems)
    for part in getattr(report, "parts", ()):
        out.problems(part.problems)
    out.document(report)
    if code := report_code(report):
        raise typer.Exit(code)


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """A first Ctrl-C finishes what is in hand, a second one ends the process at once."""
    asked = False

    def ask(_number: int, _frame: Any) -> None:
        nonlocal asked
        if asked:
            os._exit(130)
        asked = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
