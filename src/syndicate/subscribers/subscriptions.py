"""Adding and removing single subscribers, on the operator's word that they consented."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from ..errors import Where
from ..model import Consent, Problem, Subscriber, SubscribersReport
from ..model.base import Email
from .subscriber_files import Row
from .subscriber_rows import RejectedRow, SubscriberReader, Unconfirmed
from .subscriber_store import SubscriberStore

_EMAIL = TypeAdapter(Email)


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
