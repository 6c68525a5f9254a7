"""Adding and removing single subscribers, on the operator's word that they consented."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from ..errors import ConfigError, Where
from ..model import Consent, Problem, ReinstateReport, Subscriber, SubscriberRecord, SubscribersReport
from ..model.base import Email
from .cells import join_tags
from .subscriber_files import Row
from .subscriber_rows import RejectedRow, SubscriberReader, Unconfirmed
from .subscriber_store import SubscriberStore

_EMAIL = TypeAdapter(Email)


def subscriber_row(
    email: str,
    name: str,
    language: str,
    timezone: str,
    tags: Sequence[str],
    consent_text: str,
    consent_ip: str,
) -> dict[str, str]:
    """Return a subscriber as a row of our CSV files."""
    return {
        "email": email,
        "name": name,
        "language": language,
        "timezone": timezone,
        "tags": join_tags(tags),
        "consent_text": consent_text,
        "consent_ip": consent_ip,
    }


def add_subscriber(
    store: SubscriberStore,
    row: Mapping[str, str],
    *,
    newsletters: Sequence[str],
    known: Collection[str],
    now: datetime,
) -> SubscribersReport:
    """Subscribe one address to newsletters.

    Args:
        row: `email`, profile fields, and other columns of our CSV files.
        newsletters: names; all of `known` if empty.
        known: the newsletters of the config.
        now: UTC; the time of the consent.

    Raises:
        ConfigError: there is no such newsletter.
    """
    return _add(store, row, newsletters, known, now, store.add_subscriber)


def resubscribe(
    store: SubscriberStore,
    row: Mapping[str, str],
    *,
    newsletters: Sequence[str],
    known: Collection[str],
    now: datetime,
) -> SubscribersReport:
    """Subscribe an address whose owner unsubscribed and asked to be added again; see `add_subscriber`."""
    return _add(store, row, newsletters, known, now, store.resubscribe)


def remove_subscriber(store: SubscriberStore, email: str, *, now: datetime) -> bool:
    """Delete a subscriber's data and suppress the address. False, with nothing written, if it is unknown."""
    try:
        address = _EMAIL.validate_python(email)
    except ValidationError:
        return False
    return store.subscriber(address) is not None and store.remove_subscriber(address, now=now)


def find_record(store: SubscriberStore, email: str) -> SubscriberRecord | None:
    """Return all that is kept about an address. None if nothing is, or if it is no address."""
    try:
        address = _EMAIL.validate_python(email)
    except ValidationError:
        return None
    return store.subscriber_record(address)


def reinstate(
    store: SubscriberStore, email: str | None, *, bounced_since: datetime | None, until: datetime
) -> ReinstateReport:
    """Undo suppressions by bounce: of one address, or of all from `bounced_since` to `until` (UTC).

    Raises:
        ConfigError: neither is given.
    """
    if email is not None:
        record = find_record(store, email)
        if record and record.subscriber and store.reinstate_subscriber(record.subscriber.email):
            problems = () if record.subscriber.newsletters else (_without_newsletter(email),)
            return ReinstateReport(reinstated=1, problems=problems)
        return ReinstateReport(problems=(_not_reinstated(email, record),))
    if bounced_since is None:
        raise ConfigError(
            "neither an address nor a time is given", hint="name an address, or use --bounced-since"
        )
    return ReinstateReport(reinstated=store.reinstate_bounced(since=bounced_since, until=until))


def _without_newsletter(email: str) -> Problem:
    return Problem(
        message="the address is subscribed to no newsletter",
        severity="note",
        id=email,
        hint=f"subscribe it: syndicate subscribers add {email} --newsletter NAME",
    )


def _not_reinstated(email: str, record: SubscriberRecord | None) -> Problem:
    where = Where(id=email)
    if record is None or record.subscriber is None:
        return Problem.at(where, "is not a subscriber", hint="nothing was changed")
    if record.subscriber.state == "confirmed":
        return Problem.at(where, "is not suppressed", severity="note")
    reason = record.suppression.reason if record.suppression else record.subscriber.state
    return Problem.at(
        where,
        f"stays without mail; the reason is: {reason}",
        hint="only a suppression by a bounce can be undone; if the owner of the address asked for it, "
        "run subscribers add --rejoin",
    )


def declined(where: Where, email: str) -> Problem:
    """Return the problem of an address that was not subscribed again."""
    return Problem.at(
        replace(where, id=email),
        "has unsubscribed or is suppressed, and was not added again",
        severity="warning",
        hint="if the owner of the address asked for it, run subscribers add --rejoin",
    )


def _add(
    store: SubscriberStore,
    row: Mapping[str, str],
    newsletters: Sequence[str],
    known: Collection[str],
    now: datetime,
    save: Callable[[Subscriber], bool],
) -> SubscribersReport:
    reader = SubscriberReader.of_store(store, newsletters, known, Consent(how="operator", at=now))
    problems: list[Problem] = []
    try:
        read = reader.read(Row(0, (), row), problems)
    except RejectedRow as error:
        return SubscribersReport(rejected=1, problems=(error.problem,))
    assert not isinstance(read, Unconfirmed), "a single row has no state"
    new = read.subscriber
    if save(new):
        return SubscribersReport(added=1, problems=tuple(problems))
    if _gets(store, new):
        return SubscribersReport(unchanged=1, problems=tuple(problems))
    return SubscribersReport(rejected=1, problems=(*problems, declined(Where(), new.email)))


def _gets(store: SubscriberStore, new: Subscriber) -> bool:
    """Return whether a subscriber already gets the newsletters."""
    stored = store.subscriber(new.email)
    return (
        stored is not None and stored.state == "confirmed" and set(new.newsletters) <= set(stored.newsletters)
    )
