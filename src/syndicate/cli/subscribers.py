"""Commands for subscribers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from .common import (
    CONFIG,
    ConfigOption,
    JsonOption,
    VerboseOption,
    finish,
    handle_errors,
    open_newsroom,
)
from .console import SOME_FAILED, Output

NewslettersOption = Annotated[
    list[str] | None, typer.Option("--newsletter", help="A newsletter; repeatable. Default: all.")
]

app = typer.Typer(help="Manage subscribers.", no_args_is_help=True)


@app.command("add")
def add(
    email: Annotated[str, typer.Argument(help="The address.")],
    name: Annotated[str, typer.Option(help="The name of the subscriber.")] = "",
    language: Annotated[str, typer.Option(help="Their language, such as de or pt-BR.")] = "",
    timezone: Annotated[str, typer.Option(help="Their time zone, such as Europe/Berlin.")] = "",
    newsletter: NewslettersOption = None,
    rejoin: Annotated[
        bool, typer.Option("--rejoin", help="Add somebody who unsubscribed and asks to be added again.")
    ] = False,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Add a subscriber who has agreed to get the newsletter."""
    out = Output(as_json=as_json)
    with handle_errors(out), open_newsroom(config) as newsroom:
        add_or_resubscribe = newsroom.resubscribe if rejoin else newsroom.add_subscriber
        report = add_or_resubscribe(
            email, name=name, language=language, timezone=timezone, newsletters=newsletter or ()
        )
        if report.added:
            out.print_line(f"subscribed {email}")
        elif report.unchanged:
            out.print_line(f"{email} is already subscribed")
        out.print_problems(report.problems)
        out.print_json(report)
        if not report.added and not report.unchanged:
            raise typer.Exit(SOME_FAILED)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV with a header line, or one address per line.")],
    newsletter: NewslettersOption = None,
    format_name: Annotated[
        str, typer.Option("--from", help="The product that wrote the file, csv or plain.")
    ] = "auto",
    rejects: Annotated[
        Path | None, typer.Option("--rejects", help="Write the rows that were not stored to this CSV file.")
    ] = None,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Import subscribers from a file. Who has unsubscribed stays unsubscribed."""
    out = Output(as_json=as_json, verbose=verbose)
    with handle_errors(out), open_newsroom(config) as newsroom:
        with out.show_progress_bar("lines") as progress:
            report = newsroom.import_subscribers(
                file, newsletters=newsletter or (), format=format_name, rejects=rejects, progress=progress
            )
        counts = f"{report.added} added or changed, {report.unchanged} unchanged"
        if report.not_mailed:
            counts += f", {report.not_mailed} recorded as unsubscribed or suppressed"
        if report.rejected:
            counts += f", {report.rejected} not stored"
        out.print_line(counts)
        finish(out, report)


@app.command("export")
def export(config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """Write all subscribers as CSV to stdout."""
    out = Output(as_json=as_json)
    with handle_errors(out), open_newsroom(config) as newsroom:
        if as_json:
            out.print_json_list(newsroom.iterate_subscribers())
        else:
            newsroom.export_subscribers(sys.stdout)


@app.command("list")
def list_(
    newsletter: Annotated[str | None, typer.Option(help="Only subscribers of this newsletter.")] = None,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List subscribers."""
    out = Output(as_json=as_json)
    with handle_errors(out), open_newsroom(config) as newsroom:
        subscribers = newsroom.iterate_subscribers(newsletter)
        if as_json:
            out.print_json_list(subscribers)
            return
        rows = (
            (
                each.email,
                each.name,
                each.state,
                each.language or "",
                each.timezone or "",
                " ".join(each.newsletters),
                ", ".join(each.tags),
            )
            for each in subscribers
        )
        columns = ("address", "name", "state", "language", "time zone", "newsletters", "tags")
        out.print_long_table(columns, rows)


@app.command("remove")
def remove(
    email: Annotated[str, typer.Argument(help="The address.")],
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Delete a subscriber. The address stays on a list of addresses that are never mailed."""
    out = Output(as_json=as_json)
    with handle_errors(out), open_newsroom(config) as newsroom:
        removed = newsroom.remove_subscriber(email)
        out.print_line(f"removed {email}" if removed else f"{email} is not a subscriber")
        out.print_json({"removed": removed})
        if not removed:
            raise typer.Exit(SOME_FAILED)
