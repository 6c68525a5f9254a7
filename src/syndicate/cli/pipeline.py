"""Commands from a new config to published feeds and sent editions."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .common import (
    CONFIG,
    ConfigOption,
    JsonOption,
    VerboseOption,
    finish,
    format_count,
    handle_errors,
    interruptible,
    open_newsroom,
)
from .console import INTERRUPTED, Output, report_code

if TYPE_CHECKING:
    from ..newsletters.edition_lint import LintMode
    from ..newsroom import IdPolicy, Newsroom

EditionOption = Annotated[str | None, typer.Option(help="The edition, such as weekly-3. Default: the last.")]

_FIRST_COMMANDS = "syndicate ingest && syndicate publish && syndicate compose weekly"

app = typer.Typer()


@app.command()
def init(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="The folder of the site. Default: the current folder.")
    ] = Path(),
    theme: Annotated[
        str | None,
        typer.Option("--theme", help="Copy this built-in theme for editing, into a new or an existing site."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Create a config, an example post and a theme to edit."""
    from .scaffold import copy_theme, create_site, theme_folder

    out = Output(as_json=as_json)
    with handle_errors(out):
        theme_only = bool(theme) and (folder / CONFIG).exists()
        written = copy_theme(folder, theme) if theme and theme_only else create_site(folder, theme)
        for path in written:
            out.print_line(f"wrote {path}")
        if theme and theme_only:
            out.print_line("" if written else "all files of the theme exist already; nothing was written")
            out.print_line(
                f'To use it, set in {folder / CONFIG}, under [[newsletter]]:  theme = "{theme_folder(theme)}"'
            )
        else:
            enter = "" if folder == Path() else f"cd {folder} && "
            out.print_line(f"\nNext: {enter}{_FIRST_COMMANDS}")
        out.print_json({"written": [str(path) for path in written]})


@app.command()
def check(
    config: ConfigOption = CONFIG,
    dns: Annotated[
        bool,
        typer.Option("--dns", help="Also check SPF, DKIM, DMARC, PTR, MX, TLS and one-click unsubscribing."),
    ] = False,
    dns_server: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="The DNS server to ask, such as 9.9.9.9. Implies --dns."),
    ] = None,
    as_json: JsonOption = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="List all problems, not only the first of each kind.")
    ] = False,
) -> None:
    """Report what would go wrong, and how to fix it. Writes nothing."""
    out = Output(as_json=as_json, verbose=verbose)
    with handle_errors(out), open_newsroom(config) as newsroom:
        found = newsroom.check_dns(server=dns_server).problems if dns or dns_server else ()
        report = newsroom.check()
        report = report.model_copy(update={"problems": (*report.problems, *found)})
        errors = sum(problem.severity == "error" for problem in report.problems)
        warnings = sum(problem.severity == "warning" for problem in report.problems)
        summary = f"{format_count(errors, 'error')}, {format_count(warnings, 'warning')}"
        out.print_line(summary if errors or warnings else "no problems found")
        out.print_problem_groups(report.problems)
        out.print_json(report)
        raise typer.Exit(report_code(report))


@app.command()
def ingest(
    source: Annotated[str | None, typer.Argument(help="The source. Default: all.")] = None,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain",
            metavar="ARTICLE",
            help="Show how one record becomes an article: by id, link, file or key. Stores nothing.",
        ),
    ] = None,
    reread: Annotated[
        bool, typer.Option("--reread", help="Also read what has not changed since the last ingest.")
    ] = False,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Apply a change of many articles that is held.")
    ] = False,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Read articles from the sources into the store."""
    from ..model import IngestReport

    out = Output(as_json=as_json, verbose=verbose)
    if explain is not None:
        _explain(out, config, explain)
        return
    # Records have few cycles, and searching for them often takes a fifteenth of the time.
    gc.set_threshold(20_000, 20, 50)
    with handle_errors(out), open_newsroom(config) as newsroom:
        with out.show_progress("articles") as progress:
            report = newsroom.ingest(source, reread=reread, confirm=confirm, progress=progress)
        for part in report.parts:
            if isinstance(part, IngestReport):
                held = f", {part.held} held" if part.held else ""
                out.print_line(
                    f"{part.source}: {part.new} new, {part.changed} changed, {part.unchanged} unchanged, "
                    f"{part.withdrawn} withdrawn{held}, {part.refused} refused"
                )
        if not report.parts:
            out.print_line("the config has no [[source]]")
        finish(out, report)


def _explain(out: Output, config: Path, article: str) -> None:
    from .explanation import print_explanation

    with handle_errors(out), open_newsroom(config) as newsroom:
        explanation = newsroom.explain(article)
        print_explanation(out, explanation)
        out.print_json(explanation)
        if code := report_code(explanation):
            raise typer.Exit(code)


@app.command()
def publish(
    feed: Annotated[str | None, typer.Argument(help="The feed. Default: all.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Build every feed, even if nothing changed.")] = False,
    keep_ids: Annotated[
        bool, typer.Option("--keep-ids", help="Give articles that came with new ids their former ids.")
    ] = False,
    accept_new_ids: Annotated[
        bool, typer.Option("--accept-new-ids", help="Publish articles that came with new ids as new.")
    ] = False,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Write the feed files that changed."""
    out = Output(as_json=as_json, verbose=verbose)
    if keep_ids and accept_new_ids:
        raise typer.BadParameter("--keep-ids and --accept-new-ids contradict each other; use one of them")
    with handle_errors(out), open_newsroom(config) as newsroom:
        with out.show_progress("feeds") as progress:
            ids: IdPolicy = "keep" if keep_ids else "accept" if accept_new_ids else "ask"
            report = newsroom.publish(feed, full=full, ids=ids, progress=progress)
        folder = newsroom.settings.site.output
        out.print_line(f"{len(report.written)} files written to {folder}, {report.unchanged} unchanged")
        finish(out, report)


@app.command()
def compose(
    newsletter: Annotated[str, typer.Argument(help="The newsletter.")],
    note: Annotated[
        Path | None, typer.Option("--note", help="A Markdown file to open this edition with.")
    ] = None,
    pin: Annotated[
        list[str] | None, typer.Option("--pin", help="Id or link of an article to put first; repeatable.")
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option("--exclude", help="Id or link of an article to leave for a later edition; repeatable."),
    ] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Compose even if the linter finds errors.")
    ] = False,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Compose the next edition. It contains what no earlier edition had."""
    out = Output(as_json=as_json)
    with handle_errors(out), open_newsroom(config) as newsroom:
        lint: LintMode = "report" if anyway else "refuse"
        report = newsroom.compose(newsletter, note=note, pin=pin or (), exclude=exclude or (), lint=lint)
        if report.edition is None:
            out.print_line("nothing new, no edition" if report.ok else "no edition")
        else:
            more = f", and {report.more} more" if report.more else ""
            languages = f"; in {', '.join(report.languages)}" if len(report.languages) > 1 else ""
            contents = f"{format_count(len(report.articles), 'article')}{more}{languages}"
            out.print_line(f"{report.edition}: {report.subject}\n{contents}")
            out.print_line(
                f"\nNext: syndicate send-test {newsletter} you@example.org, then syndicate send {newsletter}"
            )
        finish(out, report)


@app.command()
def send(
    newsletter: Annotated[str, typer.Argument(help="The newsletter.")],
    edition: EditionOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Send nothing; list who would get it.")] = False,
    anyway: Annotated[bool, typer.Option("--anyway", help="Send even if the linter finds errors.")] = False,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Continue an edition of which too many first mails failed."),
    ] = False,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Send an edition to all who have not received it."""
    out = Output(as_json=as_json)
    if dry_run and resume:
        raise typer.BadParameter("--dry-run and --resume contradict each other; use one of them")
    with handle_errors(out), open_newsroom(config) as newsroom:
        if resume:
            newsroom.resume(newsletter, edition=edition)
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
        transport = newsroom.settings.delivery.transports
        out.print_line(f"{report.edition}: {report.subject}")
        out.print_line(
            f"{report.sent_now} sent now by {transport}; total: {', '.join(counts) or 'no subscribers'}"
        )
    if stop() and report.pending:
        out.print_line("interrupted")
        out.print_problems(report.problems)
        out.print_json(report)
        raise typer.Exit(INTERRUPTED)
    finish(out, report)


def _show_audience(
    out: Output, newsroom: Newsroom, newsletter: str, edition: str | None, anyway: bool
) -> None:
    report = newsroom.audience(newsletter, edition=edition, lint="report" if anyway else "refuse")
    if report.edition:
        transport = newsroom.settings.delivery.transports
        out.print_line(f"{report.edition}: {report.subject}")
        out.print_line(f"{report.pending} would be sent by {transport}; {report.accepted} already have it")
        for address in report.addresses:
            out.print_line(address)
    finish(out, report)


@app.command("send-test")
def send_test(
    newsletter: Annotated[str, typer.Argument(help="The newsletter.")],
    address: Annotated[str, typer.Argument(help="The address to send to.")],
    edition: EditionOption = None,
    language: Annotated[
        str | None, typer.Option(help="Send the copy for this language, such as pt-BR.")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(help="Send the copy for this time zone, such as Asia/Tokyo.")
    ] = None,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Send one copy to an address. No delivery is recorded."""
    out = Output(as_json=as_json)
    with handle_errors(out), open_newsroom(config) as newsroom:
        report = newsroom.send_test(
            newsletter, address, edition=edition, language=language, timezone=timezone
        )
        if report.edition:
            out.print_line(f"{report.edition}: {report.subject}")
            transport = newsroom.settings.delivery.transports
            sent = f"sent a copy to {address} by {transport}"
            out.print_line(sent if report.sent_now else "no copy was sent")
        finish(out, report)
