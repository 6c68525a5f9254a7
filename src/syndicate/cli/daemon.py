"""Commands for schedules: run them, show the next slots, show past runs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from .common import (
    CONFIG,
    ConfigOption,
    JsonOption,
    finish,
    format_count,
    handle_errors,
    open_newsroom,
)
from .console import DONE, SOME_FAILED, Output

app = typer.Typer()


@app.command()
def run(
    once: Annotated[bool, typer.Option("--once", help="Do what is due now and exit.")] = False,
    config: ConfigOption = CONFIG,
) -> None:
    """Run all schedules until SIGTERM or Ctrl-C. A second signal ends the process at once."""
    from ..daemon import Daemon
    from ..logs import configure

    out = Output()
    configure()
    with handle_errors(out), open_newsroom(config) as newsroom:
        daemon = Daemon(newsroom)
        succeeded = daemon.once() if once else daemon.run() == DONE
        code = DONE if succeeded else SOME_FAILED
    raise typer.Exit(code)


@app.command("next")
def next_(
    count: Annotated[int, typer.Option("-n", min=1, help="How many slots to show.")] = 10,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show when each schedule runs next."""
    out = Output(as_json=as_json)
    with handle_errors(out), open_newsroom(config) as newsroom:
        slots = newsroom.next(count)
        rows = [(f"{due.local:%a %Y-%m-%d %H:%M:%S %Z}", due.schedule, due.note) for due in slots]
        out.print_table(("when", "schedule", "note"), rows)
        if not slots:
            out.print_line("nothing is scheduled")
        out.print_json(slots)


@app.command()
def status(config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """Show past runs, next slots and deliveries."""
    out = Output(as_json=as_json)
    with handle_errors(out), open_newsroom(config) as newsroom:
        report = newsroom.status()
        articles = format_count(report.articles, "article")
        out.print_line(f"{articles}, {format_count(report.subscribers, 'subscriber')}")
        if report.schedules:
            out.print_line("")
            rows = []
            for each in report.schedules:
                last = each.last_run
                outcome = f"{_format_time(last.slot)} {last.state}: {last.note}" if last else "never"
                rows.append((each.name, _format_time(each.next_slot), outcome))
            out.print_table(("schedule", "next (UTC)", "last slot (UTC)"), rows)
        if report.editions:
            out.print_line("")
            rows = [
                (
                    each.edition,
                    each.subject,
                    ", ".join(f"{number} {state}" for state, number in sorted(each.deliveries.items()))
                    or "not sent",
                )
                for each in report.editions
            ]
            out.print_table(("edition", "subject", "deliveries"), rows)
        if counts := [f"{number} {kind}" for kind, number in report.bounces if number]:
            out.print_line("")
            out.print_line(f"bounces in 30 days: {', '.join(counts)}")
        finish(out, report)


def _format_time(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S}" if time else ""
