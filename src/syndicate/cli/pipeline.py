"""The commands of the main job: from a config to feeds and mails."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .common import (
    CONFIG,
    ConfigOption,
    JsonOption,
    VerboseOption,
    counted,
    finish,
    interruptible,
    open_newsroom,
    work,
)
from .console import Output

if TYPE_CHECKING:
    from ..newsroom import Ids, Newsroom

EditionOption = Annotated[str | None, typer.Option(help="Which edition; the last if absent.")]

app = typer.Typer()


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to.")] = Path(),
    theme: Annotated[
        str | None,
        typer.Option("--theme", help="Copy this theme of ours, to edit; into a new site or an old one."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a working syndicate.toml, an example post and a theme to edit."""
    from .scaffold import CONFIG as CONFIG_FILE
    from .scaffold import copy_theme, create, theme_folder

    out = Output(as_json=as_json)
    with work(out):
        there = bool(theme) and (folder / CONFIG_FILE).exists()
        written = copy_theme(folder, theme) if theme and there else create(folder, theme)
        for path in written:
            out.say(f"wrote {path}")
        if theme and there:
            out.say("" if written else "all of its files are there already; none was changed")
            out.say(f'Now, in {folder / CONFIG_FILE}, under [[newsletter]]:  theme = "{theme_folder(theme)}"')
        else:
            change = "" if folder == Path() else f"cd {folder} && "
            out.say(f"\nNow:  {change}syndicate ingest && syndicate publish && syndicate compose weekly")
        out.document({"written": [str(path) for path in written]})


@app.command()
def check(config: ConfigOption = CONFIG, as_json: JsonOption = False, verbose: VerboseOption = False) -> None:
    """Try config, sources, feeds, themes and transport, and say what would go wrong and how to mend it."""
    out = Output(as_json=as_json, verbose=verbose)
    with work(out), open_newsroom(config) as newsroom:
        report = newsroom.check()
        errors = sum(problem.severity == "error" for problem in report.problems)
        warnings = sum(problem.severity == "warning" for problem in report.problems)
        found = f"{counted(errors, 'error')}, {counted(warnings, 'warning')}"
        out.say(found if errors or warnings else "all is well")
        finish(out, report)


@app.command()
def ingest(
    source: Annotated[str | None, typer.Argument(help="Which source; all if absent.")] = None,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Take in articles."""
    from ..model import IngestReport

    out = Output(as_json=as_json, verbose=verbose)
    with work(out), open_newsroom(config) as newsroom:
        with out.progress("articles") as progress:
            report = newsroom.ingest(source, progress=progress)
        for part in report.parts:
            if isinstance(part, IngestReport):
                out.say(
                    f"{part.source}: {part.new} new, {part.changed} changed, {part.unchanged} unchanged, "
                    f"{part.withdrawn} withdrawn, {part.refused} refused"
                )
        if not report.parts:
            out.say("the config has no [[source]]")
        finish(out, report)


@app.command()
def publish(
    feed: Annotated[str | None, typer.Argument(help="Which feed; all if absent.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Build every feed, changed or not.")] = False,
    keep_ids: Annotated[
        bool, typer.Option("--keep-ids", help="Articles that came with new ids get their former ones.")
    ] = False,
    accept_new_ids: Annotated[
        bool, typer.Option("--accept-new-ids", help="Publish articles that came with new ids as new.")
    ] = False,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Write the feeds that changed."""
    out = Output(as_json=as_json, verbose=verbose)
    if keep_ids and accept_new_ids:
        raise typer.BadParameter("--keep-ids and --accept-new-ids say the opposite of each other")
    with work(out), open_newsroom(config) as newsroom:
        with out.progress("feeds") as progress:
            ids: Ids = "keep" if keep_ids else "accept" if accept_new_ids else "ask"
            report = newsroom.publish(feed, full=full, ids=ids, progress=progress)
        folder = newsroom.settings.site.output
        out.say(f"{len(report.written)} files written to {folder}, {report.unchanged} left as they were")
        finish(out, report)


@app.command()
def compose(
    newsletter: Annotated[str, typer.Argument(help="Which newsletter.")],
    note: Annotated[
        Path | None, typer.Option("--note", help="A Markdown file, put in front of this edition.")
    ] = None,
    pin: Annotated[
        list[str] | None, typer.Option("--pin", help="Id or link of an article to come first; repeatable.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option("--exclude", help="Id or link of an article to leave for later.")
    ] = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Make it whatever the linter finds.")] = False,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Compose the next edition from what no earlier one had; nothing new, no edition."""
    out = Output(as_json=as_json)
    with work(out), open_newsroom(config) as newsroom:
        report = newsroom.compose(newsletter, note=note, pin=pin or (), exclude=exclude or (), anyway=anyway)
        if report.edition is None:
            out.say("nothing new, no edition" if report.ok else "no edition")
        else:
            more = f", and {report.more} more" if report.more else ""
            spoken = f"; in {', '.join(report.languages)}" if len(report.languages) > 1 else ""
            shown = f"{counted(len(report.articles), 'article')}{more}{spoken}"
            out.say(f"{report.edition}: {report.subject}\n{shown}")
            out.say(
                f"\nNow:  syndicate send-test {newsletter} you@example.org, then syndicate send {newsletter}"
            )
        finish(out, report)


@app.command()
def send(
    newsletter: Annotated[str, typer.Argument(help="Which newsletter.")],
    edition: EditionOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Send nothing; say who would get it.")] = False,
    anyway: Annotated[bool, typer.Option("--anyway", help="Send it whatever the linter finds.")] = False,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Send an edition to everybody who subscribes and has not had it."""
    out = Output(as_json=as_json)
    with work(out), open_newsroom(config) as newsroom:
        if dry_run:
            _show_audience(out, newsroom, newsletter, edition, anyway)
        else:
            _send(out, newsroom, newsletter, edition, anyway)


def _send(out: Output, newsroom: Newsroom, newsletter: str, edition: str | None, anyway: bool) -> None:
    with interruptible() as stop:
        report = newsroom.send(newsletter, edition=edition, lint="report" if anyway else "refuse", stop=stop)
    if report.edition:
        states = ("accepted", "pending", "deferred", "in_doubt", "held", "failed")
        counts = [f"{getattr(report, state)} {state}" for state in states if getattr(report, state)]
        transport = newsroom.settings.delivery.transport
        out.say(f"{report.edition}: {report.subject}")
        out.say(f"{report.sent_now} sent now by {transport}; in all {', '.join(counts) or 'no subscribers'}")
    finish(out, report)


def _show_audience(
    out: Output, newsroom: Newsroom, newsletter: str, edition: str | None, anyway: bool
) -> None:
    report = newsroom.audience(newsletter, edition=edition, lint="report" if anyway else "refuse")
    if report.edition:
        transport = newsroom.settings.delivery.transport
        out.say(f"{report.edition}: {report.subject}")
        out.say(f"{report.pending} would be sent by {transport}; {report.accepted} have it")
        for address in report.addresses:
            out.say(address)
    finish(out, report)


@app.command("send-test")
def send_test(
    newsletter: Annotated[str, typer.Argument(help="Which newsletter.")],
    address: Annotated[str, typer.Argument(help="To whom.")],
    edition: EditionOption = None,
    language: Annotated[str | None, typer.Option(help="The copy for this language, such as pt-BR.")] = None,
    timezone: Annotated[
        str | None, typer.Option(help="The copy for this time zone, such as Asia/Tokyo.")
    ] = None,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Send one copy of an edition to an address; it is nobody's delivery."""
    out = Output(as_json=as_json)
    with work(out), open_newsroom(config) as newsroom:
        report = newsroom.send_test(
            newsletter, address, edition=edition, language=language, timezone=timezone
        )
        if report.edition:
            out.say(f"{report.edition}: {report.subject}")
            transport = newsroom.settings.delivery.transport
            out.say(f"a copy went to {address} by {transport}" if report.sent_now else "no copy was sent")
        finish(out, report)
