"""Commands for subscribers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
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
    open_newsroom,
)
from .console import SOME_FAILED, Output

if TYPE_CHECKING:
    from ..model import SubscriberRecord

NewslettersOption = Annotated[
    list[str] | None, typer.Option("--newsletter", help="A newsletter; repeatable. Default: all.")
]

_TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]

app = typer.Typer(help="Manage subscribers.", no_args_is_help=True)


@app.command("add")
def add(
    email: Annotated[str, typer.Argument(help="The address.")],
    name: Annotated[str, typer.Option(help="The name of the subscriber.")] = "",
    language: Annotated[str, typer.Option(help="Their language, such as de or pt-BR.")] = "",
    timezone: Annotated[str, typer.Option(help="Their time zone, such as Europe/Berlin.")] = "",
    newsletter: NewslettersOption = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="A tag; repeatable.")] = None,
    consent_text: Annotated[
        str, typer.Option(help="What they agreed to: the text of a form, or its URL.")
    ] = "",
    consent_ip: Annotated[str, typer.Option(help="Their IP address when they agreed.")] = "",
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
            email,
            name=name,
            language=language,
            timezone=timezone,
            newsletters=newsletter or (),
            tags=tag or (),
            consent_text=consent_text,
            consent_ip=consent_ip,
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


@app.command("show")
def show(
    email: Annotated[str, typer.Argument(help="The address.")],
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show all that is kept about an address."""
    out = Output(as_json=as_json)
    with handle_errors(out), open_newsroom(config) as newsroom:
        record = newsroom.show_subscriber(email)
        if record is None:
            out.print_line(f"nothing is kept about {email}")
            out.print_json({"subscriber": None})
            raise typer.Exit(SOME_FAILED)
        out.print_json(record)
        for name, value in _lines_of(record):
            out.print_line(f"{name}: {value}")


@app.command("reinstate")
def reinstate(
    email: Annotated[str | None, typer.Argument(help="The address.")] = None,
    bounced_since: Annotated[
        datetime | None,
        typer.Option(help="All addresses that were suppressed since this time, UTC.", formats=_TIMES),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(help="And before this time, UTC. Default: now.", formats=_TIMES)
    ] = None,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Send mail again to addresses whose mail bounced."""
    out = Output(as_json=as_json)
    with handle_errors(out), open_newsroom(config) as newsroom:
        report = newsroom.reinstate_subscribers(
            email,
            bounced_since=bounced_since and bounced_since.replace(tzinfo=UTC),
            until=until and until.replace(tzinfo=UTC),
        )
        out.print_line(f"{format_count(report.reinstated, 'subscriber')} reinstated")
        finish(out, report)


def _lines_of(record: SubscriberRecord) -> Iterator[tuple[str, object]]:
    """Yield what is kept as names and values."""
    if each := record.subscriber:
        yield from (("address", each.email), ("state", each.state), ("id", each.id), ("name", each.name))
        yield from (("language", each.language or ""), ("time zone", each.timezone or ""))
        yield "tags", ", ".join(each.tags)
        if consent := each.consent:
            yield "consent", f"{consent.how}, {consent.at:%Y-%m-%d %H:%M:%S} UTC"
            yield from (("consent text", consent.text), ("consent IP", consent.ip))
            yield "consent note", consent.note
    for subscription in record.subscriptions:
        since = f"since {subscription.changed_at:%Y-%m-%d}"
        yield "subscription", f"{subscription.newsletter} {subscription.state} {since}"
    for delivery in record.deliveries:
        reply = f" ({delivery.detail})" if delivery.detail else ""
        yield "delivery", f"{delivery.edition_id} {delivery.state} {delivery.created_at:%Y-%m-%d}{reply}"
    for bounce in record.bounces:
        status = bounce.status or "without status"
        yield "bounce", f"{bounce.received_at:%Y-%m-%d} {bounce.kind} {status} {bounce.diagnostic}"
    if entry := record.suppression:
        yield "suppressed", f"{entry.reason} {entry.created_at:%Y-%m-%d} {entry.detail}"
        yield "hash of the address", entry.address_hash
