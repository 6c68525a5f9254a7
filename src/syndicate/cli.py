"""The command line: arguments to newsroom calls to exit codes."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from . import __version__
from .console import DONE, OUTSIDE, SOME_FAILED, Output, report_code, utf8
from .errors import SyndicateError
from .model import IngestReport, Report, SendReport
from .newsroom import Ids, Newsroom

app = typer.Typer(
    name="syndicate",
    help="Article records in; feeds and newsletters out, on time, to everyone, never twice.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
people = typer.Typer(help="Who gets what.", no_args_is_help=True)
app.add_typer(people, name="subscribers")

ConfigOption = Annotated[Path, typer.Option("--config", help="The config.", show_default=True)]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", help="Show every note.")]
NewslettersOption = Annotated[
    list[str] | None, typer.Option("--newsletter", help="Which one; all if absent; may be repeated.")
]
CONFIG = Path("syndicate.toml")


@contextmanager
def _work(out: Output) -> Iterator[None]:
    """Turn errors into messages and exit codes."""
    try:
        yield
    except SyndicateError as error:
        raise typer.Exit(out.failure(error)) from None
    except BrokenPipeError:
        # Whoever read our output has had enough; the interpreter must not complain when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(DONE) from None


def _finish(out: Output, report: Report) -> None:
    out.problems(report.problems)
    for part in getattr(report, "parts", ()):
        out.problems(part.problems)
    out.document(report)
    if code := report_code(report):
        raise typer.Exit(code)


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
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


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to.")] = Path(),
    as_json: JsonOption = False,
) -> None:
    """Make a working syndicate.toml, an example post and a theme to edit."""
    from .scaffold import create

    out = Output(as_json=as_json)
    with _work(out):
        written = create(folder)
        for path in written:
            out.say(f"wrote {path}")
        change = "" if folder == Path() else f"cd {folder} && "
        out.say(f"\nNow:  {change}syndicate ingest && syndicate publish && syndicate compose weekly")
        out.document({"written": [str(path) for path in written]})


@app.command()
def check(config: ConfigOption = CONFIG, as_json: JsonOption = False, verbose: VerboseOption = False) -> None:
    """Try config, sources, feeds, themes and transport, and say what would go wrong and how to mend it."""
    out = Output(as_json=as_json, verbose=verbose)
    with _work(out), Newsroom.open(config) as newsroom:
        report = newsroom.check()
        errors = sum(problem.severity == "error" for problem in report.problems)
        warnings = sum(problem.severity == "warning" for problem in report.problems)
        found = f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}"
        out.say(found if errors or warnings else "all is well")
        _finish(out, report)


@app.command()
def ingest(
    source: Annotated[str | None, typer.Argument(help="Which source; all if absent.")] = None,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Take in articles."""
    out = Output(as_json=as_json, verbose=verbose)
    with _work(out), Newsroom.open(config) as newsroom:
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
        _finish(out, report)


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
    with _work(out), Newsroom.open(config) as newsroom:
        with out.progress("feeds") as progress:
            ids: Ids = "keep" if keep_ids else "accept" if accept_new_ids else "ask"
            report = newsroom.publish(feed, full=full, ids=ids, progress=progress)
        folder = newsroom.settings.site.output
        out.say(f"{len(report.written)} files written to {folder}, {report.unchanged} left as they were")
        _finish(out, report)


@app.command()
def compose(
    newsletter: Annotated[str, typer.Argument(help="Which newsletter.")],
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Compose the next edition from what no earlier one had; nothing new, no edition."""
    out = Output(as_json=as_json)
    with _work(out), Newsroom.open(config) as newsroom:
        report = newsroom.compose(newsletter)
        if report.edition is None:
            out.say("nothing new, no edition")
        else:
            more = f", and {report.more} more" if report.more else ""
            out.say(f"{report.edition}: {report.subject}\n{_counted(len(report.articles), 'article')}{more}")
            out.say(f"\nNow:  syndicate send {newsletter} --to you@example.org, then without --to")
        _finish(out, report)


@app.command()
def send(
    newsletter: Annotated[str, typer.Argument(help="Which newsletter.")],
    edition: Annotated[str | None, typer.Option(help="Which edition; the last if absent.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say who would get it.")] = False,
    to: Annotated[str | None, typer.Option(help="One copy to this address, outside the ledger.")] = None,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Send an edition to everybody who subscribes and has not had it."""
    out = Output(as_json=as_json)
    with _work(out), Newsroom.open(config) as newsroom, _interruptible() as stop:
        report = newsroom.send(newsletter, edition=edition, dry_run=dry_run, to=to, stop=stop)
        if report.edition:
            _tell(out, report, newsroom.settings.delivery.transport, dry_run=dry_run, to=to)
        _finish(out, report)


def _tell(out: Output, report: SendReport, transport: str, *, dry_run: bool, to: str | None) -> None:
    out.say(f"{report.edition}: {report.subject}")
    if dry_run:
        out.say(f"{report.pending} would be sent by {transport}; {report.accepted} have it")
    elif to:
        out.say(f"a copy went to {to} by {transport}" if report.sent_now else "no copy was sent")
    else:
        states = ("accepted", "pending", "deferred", "in_doubt", "held", "failed")
        counts = [f"{getattr(report, state)} {state}" for state in states if getattr(report, state)]
        out.say(f"{report.sent_now} sent now by {transport}; in all {', '.join(counts) or 'no subscribers'}")


@app.command()
def run(
    once: Annotated[bool, typer.Option("--once", help="Do what is due and exit.")] = False,
    config: ConfigOption = CONFIG,
) -> None:
    """Run by the clock until SIGTERM; a second one ends at once."""
    from .daemon import Daemon
    from .logs import configure

    out = Output()
    configure()
    with _work(out), Newsroom.open(config) as newsroom:
        daemon = Daemon(newsroom)
        well = daemon.once() if once else daemon.run() == DONE
        code = DONE if well else SOME_FAILED
    raise typer.Exit(code)


@app.command("next")
def next_(
    count: Annotated[int, typer.Option("-n", min=1, help="How many slots.")] = 10,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show the coming slots."""
    out = Output(as_json=as_json)
    with _work(out), Newsroom.open(config) as newsroom:
        coming = newsroom.next(count)
        rows = [(f"{due.local:%a %Y-%m-%d %H:%M:%S %Z}", due.schedule, due.note) for due in coming]
        out.table(("when", "schedule", "note"), rows)
        if not coming:
            out.say("nothing is scheduled")
        out.document(coming)


@app.command()
def status(config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """Show what ran and what is waiting."""
    out = Output(as_json=as_json)
    with _work(out), Newsroom.open(config) as newsroom:
        found = newsroom.status()
        out.say(f"{_counted(found.articles, 'article')}, {_counted(found.subscribers, 'subscriber')}")
        if found.schedules:
            out.say("")
            rows = []
            for each in found.schedules:
                last = each.last
                told = f"{_time(last.slot)} {last.state}: {last.note}" if last else "never"
                rows.append((each.name, _time(each.next_slot), told))
            out.table(("schedule", "next (UTC)", "last slot (UTC)"), rows)
        if found.editions:
            out.say("")
            rows = [
                (
                    each.edition,
                    each.subject,
                    ", ".join(f"{number} {state}" for state, number in sorted(each.deliveries.items()))
                    or "not sent",
                )
                for each in found.editions
            ]
            out.table(("edition", "subject", "deliveries"), rows)
        _finish(out, found)


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""


@people.command("add")
def add(
    email: Annotated[str, typer.Argument(help="The address.")],
    name: Annotated[str, typer.Option(help="Whose it is.")] = "",
    newsletter: NewslettersOption = None,
    rejoin: Annotated[bool, typer.Option("--rejoin", help="They left, and asked to be back.")] = False,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Add an address; it is your word that the person agreed."""
    out = Output(as_json=as_json)
    with _work(out), Newsroom.open(config) as newsroom:
        report = newsroom.add_subscriber(email, name=name, newsletters=newsletter or (), rejoin=rejoin)
        if report.added:
            out.say(f"{email} is subscribed")
        elif report.unchanged:
            out.say(f"{email} was subscribed already")
        out.problems(report.problems)
        out.document(report)
        if not report.added and not report.unchanged:
            raise typer.Exit(SOME_FAILED)


@people.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV with a header, or one address a line.")],
    newsletter: NewslettersOption = None,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Add many addresses; who has left stays away."""
    out = Output(as_json=as_json, verbose=verbose)
    with _work(out), Newsroom.open(config) as newsroom:
        report = newsroom.import_subscribers(file, newsletters=newsletter or ())
        out.say(f"{report.added} added or changed, {report.unchanged} there already")
        _finish(out, report)


@people.command("export")
def export(config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """Write all subscribers as CSV to stdout."""
    out = Output(as_json=as_json)
    with _work(out), Newsroom.open(config) as newsroom:
        if as_json:
            out.document(newsroom.subscribers())
        else:
            typer.echo(newsroom.export_subscribers(), nl=False)


@people.command("list")
def list_(
    newsletter: Annotated[str | None, typer.Option(help="Only of this one.")] = None,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show subscribers."""
    out = Output(as_json=as_json)
    with _work(out), Newsroom.open(config) as newsroom:
        if newsletter:
            newsroom.desk.newsletter(newsletter)
        found = newsroom.subscribers(newsletter)
        rows = [(each.email, each.name, each.state, " ".join(each.newsletters)) for each in found]
        out.table(("address", "name", "state", "newsletters"), rows)
        out.document(found)


@people.command("remove")
def remove(
    email: Annotated[str, typer.Argument(help="The address.")],
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Forget a person; the address stays on the list of those who are never mailed."""
    out = Output(as_json=as_json)
    with _work(out), Newsroom.open(config) as newsroom:
        removed = newsroom.remove_subscriber(email)
        out.say(f"{email} is forgotten" if removed else f"{email} is not known")
        out.document({"removed": removed})
        if not removed:
            raise typer.Exit(SOME_FAILED)


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


if __name__ == "__main__":
    main()
