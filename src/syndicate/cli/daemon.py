"""The commands of the clock: what runs by it, what is due, and what ran."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from .common import CONFIG, ConfigOption, JsonOption, counted, finish, open_newsroom, work
from .console import DONE, SOME_FAILED, Output

app = typer.Typer()


@app.command()
def run(
    once: Annotated[bool, typer.Option("--once", help="Do what is due and exit.")] = False,
    config: ConfigOption = CONFIG,
) -> None:
    """Run by the clock until SIGTERM; a second one ends at once."""
    from ..daemon import Daemon
    from ..logs import configure

    out = Output()
    configure()
    with work(out), open_newsroom(config) as newsroom:
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
    with work(out), open_newsroom(config) as newsroom:
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
    with work(out), open_newsroom(config) as newsroom:
        found = newsroom.status()
        out.say(f"{counted(found.articles, 'article')}, {counted(found.subscribers, 'subscriber')}")
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
        finish(out, found)


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""
