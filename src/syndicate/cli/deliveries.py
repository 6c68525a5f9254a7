"""Commands for the deliveries of editions."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from .common import CONFIG, ConfigOption, JsonOption, finish, handle_errors, open_newsroom
from .console import Output
from .pipeline import EditionOption

app = typer.Typer(no_args_is_help=True, help="The deliveries of editions.")


@app.command()
def retry(
    newsletter: Annotated[str, typer.Argument(help="The newsletter.")],
    state: Annotated[
        Literal["failed", "held", "deferred"],
        typer.Option("--state", help="The state of the deliveries to try again: failed, held or deferred."),
    ] = "failed",
    edition: EditionOption = None,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Make deliveries due now that failed, are held or deferred. The next send sends them."""
    out = Output(as_json=as_json)
    with handle_errors(out), open_newsroom(config) as newsroom:
        report = newsroom.retry_deliveries(newsletter, state=state, edition=edition)
        if report.edition:
            are = "delivery is" if report.retried == 1 else "deliveries are"
            out.print_line(f"{report.edition}: {report.retried} {are} due now")
            if report.retried:
                out.print_line(f"\nNext: syndicate send {newsletter} --edition {report.edition}")
        finish(out, report)
