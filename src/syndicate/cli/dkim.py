"""The command that prints the DNS records of the DKIM keys."""

from __future__ import annotations

import typer

from .common import CONFIG, ConfigOption, JsonOption, handle_errors, open_newsroom
from .console import Output

app = typer.Typer()


@app.command()
def dkim(config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """Show the DNS records that publish your DKIM keys."""
    out = Output(as_json=as_json)
    with handle_errors(out), open_newsroom(config) as newsroom:
        records = newsroom.dkim_records()
        if records:
            out.print_table(
                ("name", "type", "value"), [(each.name, each.type, each.value) for each in records]
            )
        else:
            out.print_line("the config has no [[delivery.dkim]]")
        out.print_json(records)
