"""Commands for mail that comes back."""

from __future__ import annotations

import typer

from .common import (
    CONFIG,
    ConfigOption,
    JsonOption,
    VerboseOption,
    finish,
    handle_errors,
    interruptible,
    open_newsroom,
)
from .console import Output

app = typer.Typer(help="Bounces, complaints and unsubscribe mails.", no_args_is_help=True)


# With one command only, Typer would leave out its name.
@app.callback()
def _bounces() -> None:
    pass


@app.command("process")
def process(
    config: ConfigOption = CONFIG, as_json: JsonOption = False, verbose: VerboseOption = False
) -> None:
    """Read the mailbox for bounces, and suppress addresses that do not exist or complained."""
    out = Output(as_json=as_json, verbose=verbose)
    with handle_errors(out), open_newsroom(config) as newsroom:
        with interruptible() as stop:
            report = newsroom.process_bounces(stop=stop)
        counts = report.model_dump(exclude={"problems", "external_failure", "read"})
        found = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
        out.print_line(f"{report.read} mails read{': ' if found else ''}{found}")
        finish(out, report)
