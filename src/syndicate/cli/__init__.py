"""The `syndicate` command: arguments to newsroom calls to exit codes."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from .. import __version__
from . import bounces, daemon, deliveries, dkim, lint, pipeline, preview, subscribers
from .console import EXTERNAL_FAILURE, use_utf8

__all__ = ["app", "main"]

app = typer.Typer(
    name="syndicate",
    help="Publish your articles as RSS, Atom and JSON feeds and as email newsletters, on a schedule.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(pipeline.app)
app.add_typer(lint.app)
app.add_typer(preview.app)
app.add_typer(dkim.app)
app.add_typer(daemon.app)
app.add_typer(deliveries.app, name="deliveries")
app.add_typer(subscribers.app, name="subscribers")
app.add_typer(bounces.app, name="bounces")


def _show_version(requested: bool) -> None:
    if requested:
        typer.echo(f"syndicate {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; exits with one of the codes in `console`."""
    use_utf8()
    if os.environ.get("NO_COLOR") or not (sys.stdout.isatty() and sys.stderr.isatty()):
        # Without this Typer draws help and usage errors as boxes, also into files and pipes.
        app.rich_markup_mode = None
    try:
        app()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; completed work is saved\n")
        sys.exit(130)
    except OSError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(EXTERNAL_FAILURE)
