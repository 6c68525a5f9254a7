"""The commands for subscribers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .common import CONFIG, ConfigOption, JsonOption, VerboseOption, finish, open_newsroom, work
from .console import SOME_FAILED, Output

NewslettersOption = Annotated[
    list[str] | None, typer.Option("--newsletter", help="Which one; all if absent; may be repeated.")
]

app = typer.Typer(help="Who gets what.", no_args_is_help=True)


@app.command("add")
def add(
    email: Annotated[str, typer.Argument(help="The address.")],
    name: Annotated[str, typer.Option(help="Whose it is.")] = "",
    language: Annotated[str, typer.Option(help="Theirs, such as de or pt-BR.")] = "",
    timezone: Annotated[str, typer.Option(help="Theirs, such as Europe/Berlin.")] = "",
    newsletter: NewslettersOption = None,
    rejoin: Annotated[bool, typer.Option("--rejoin", help="They left, and asked to be back.")] = False,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Add an address; it is your word that the person agreed."""
    out = Output(as_json=as_json)
    with work(out), open_newsroom(config) as newsroom:
        add_or_resubscribe = newsroom.resubscribe if rejoin else newsroom.add_subscriber
        report = add_or_resubscribe(
            email, name=name, language=language, timezone=timezone, newsletters=newsletter or ()
        )
        if report.added:
            out.say(f"{email} is subscribed")
        elif report.unchanged:
            out.say(f"{email} was subscribed already")
        out.problems(report.problems)
        out.document(report)
        if not report.added and not report.unchanged:
            raise typer.Exit(SOME_FAILED)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV with a header, or one address a line.")],
    newsletter: NewslettersOption = None,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Add many addresses; who has left stays away."""
    out = Output(as_json=as_json, verbose=verbose)
    with work(out), open_newsroom(config) as newsroom:
        report = newsroom.import_subscribers(file, newsletters=newsletter or ())
        out.say(f"{report.added} added or changed, {report.unchanged} there already")
        finish(out, report)


@app.command("export")
def export(config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """Write all subscribers as CSV to stdout."""
    out = Output(as_json=as_json)
    with work(out), open_newsroom(config) as newsroom:
        if as_json:
            out.document(newsroom.subscribers())
        else:
            typer.echo(newsroom.export_subscribers(), nl=False)


@app.command("list")
def list_(
    newsletter: Annotated[str | None, typer.Option(help="Only of this one.")] = None,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show subscribers."""
    out = Output(as_json=as_json)
    with work(out), open_newsroom(config) as newsroom:
        found = newsroom.subscribers(newsletter)
        rows = [
            (
                each.email,
                each.name,
                each.state,
                each.language or "",
                each.timezone or "",
                " ".join(each.newsletters),
            )
            for each in found
        ]
        out.table(("address", "name", "state", "language", "time zone", "newsletters"), rows)
        out.document(found)


@app.command("remove")
def remove(
    email: Annotated[str, typer.Argument(help="The address.")],
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Forget a person; the address stays on the list of those who are never mailed."""
    out = Output(as_json=as_json)
    with work(out), open_newsroom(config) as newsroom:
        removed = newsroom.remove_subscriber(email)
        out.say(f"{email} is forgotten" if removed else f"{email} is not known")
        out.document({"removed": removed})
        if not removed:
            raise typer.Exit(SOME_FAILED)
