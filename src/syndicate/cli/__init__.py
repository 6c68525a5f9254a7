"""The command line: arguments to newsroom calls to exit codes."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from .. import __version__
from . import daemon as clock
from . import pipeline as desk
from . import preview
from . import subscribers as people
from .console import OUTSIDE, utf8

__all__ = ["app", "main"]

app = typer.Typer(
    name="syndicate",
    help="Article records in; feeds and newsletters out, on time, to everyone, never twice.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(desk.app)
app.add_typer(preview.app)
app.add_typer(clock.app)
app.add_typer(people.app, name="subscribers")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"syndicate {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """The `syndicate` command."""
    utf8()
    try:
        app()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; what was committed is kept\n")
        sys.exit(130)
    except OSError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(OUTSIDE)
