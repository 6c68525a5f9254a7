"""Adding, importing and removing subscribers, on the operator's word that they consented."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ..errors import ConfigError, Where
from ..model import Consent, Problem, Subscriber, SubscribersReport
from ..model.base import Email
from .csv_files import COLUMNS, REMOVED, read_rows, split_names
from .subscriber_profile import message_of, parse_profile
from .subscriber_store import SubscriberStore

_MAILED = ("", "confirmed")
_NOT_MAILED = ("pending", "unsubscribed", "suppressed", REMOVED)
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
        row: `email` and profile fields.
        newsletters: names; all of `known` if empty.
        known: the newsletters of the config.
        now: UTC; the time of the consent.

    Raises:
        ConfigError: there is no such newsletter.
    """
    additions = _Additions(store, newsletters, known, Consent(how="operator", at=now))
    additions.add(Where(id=row["email"]), row, store.add_subscriber)
    return additions.report()


def resubscribe(
    store: SubscriberStore,
    row: Mapping[str, str],
    *,
    newsletters: Sequence[str],
    known: Collection[str],
    now: datetime,
) -> SubscribersReport:
    """Subscribe an address whose owner unsubscribed and asked to be added again; see `add_subscriber`."""
    additions = _Additions(store, newsletters, known, Consent(how="operator", at=now))
    additions.add(Where(id=row["email"]), row, store.resubscribe)
    return additions.report()


def import_subscribers(
    store: SubscriberStore,
    path: Path,
    *,
    newsletters: Sequence[str],
    known: Collection[str],
    now: datetime,
) -> SubscribersReport:
    """Subscribe the addresses of a CSV file with a header, or of a text file with one address a line.

    Args:
        newsletters: names; they override the column `newsletters`.
        known: the newsletters of the config.
        now: UTC; the time of the consent.

    Raises:
        ConfigError: there is no such newsletter, the file does not exist, or it is not text.
        ExternalError: the file cannot be read.
    """
    additions = _Additions(store, newsletters, known, Consent(how="import", at=now))
    rows, unknown_columns = read_rows(path)
    for where, row in rows:
        additions.add(where, row, store.add_subscriber)
    report = additions.report()
    if not unknown_columns:
        return report
    problem = Problem(
        message=f"columns that are not known were ignored: {', '.join(unknown_columns)}",
        severity="warning",
        file=str(path),
        line=1,
        hint=f"known columns: {', '.join(COLUMNS)}",
    )
    return report.model_copy(update={"problems": (problem, *report.problems)})


def remove_subscriber(store: SubscriberStore, email: str, *, now: datetime) -> bool:
    """Delete a subscriber's data and suppress the address. False, with nothing written, if it is unknown."""
    try:
        address = _EMAIL.validate_python(email)
    except ValidationError:
        return False
    return store.subscriber(address) is not None and store.remove_subscriber(address, now=now)


class _Additions:
    """Adds rows to a store, and collects the report."""

    def __init__(
        self, store: SubscriberStore, newsletters: Sequence[str], known: Collection[str], consent: Consent
    ) -> None:
        if unknown := set(newsletters) - set(known):
            raise ConfigError(
                f"there is no newsletter {min(unknown)!r}",
                where=Where(field="newsletter"),
                hint=f"known: {', '.join(sorted(known)) or 'none'}",
            )
        self._store = store
        self._newsletters = newsletters
        self._known = set(known)
        self._consent = consent
        self._secret = store.secret("people").encode()
        self._added = self._unchanged = 0
        self._problems: list[Problem] = []

    def report(self) -> SubscribersReport:
        return SubscribersReport(added=self._added, unchanged=self._unchanged, problems=tuple(self._problems))

    def add(self, where: Where, row: Mapping[str, str], save: Callable[[Subscriber], bool]) -> None:
        """Add one row.

        Args:
            save: `add_subscriber` or `resubscribe` of the store.
        """
        profile, problems = parse_profile(replace(where, id=row["email"]), row)
        try:
            email = _EMAIL.validate_python(row["email"])
        except ValidationError as error:
            where, hint = replace(where, id=row["email"]), "skipped; correct it and import it again"
            self._problems.append(Problem.at(where, message_of(error), hint=hint))
            return
        where = replace(where, id=email)
        unsubscribed = split_names(row.get("unsubscribed", ""))
        subscriber = Subscriber(
            # The id stays the same after a removal and a new subscription, so that no edition is sent twice.
            id=hmac.new(self._secret, email.casefold().encode(), "sha256").hexdigest(),
            email=email,
            **profile.model_dump(),
            newsletters=tuple(sorted(self._wanted(row).difference(unsubscribed))),
            consent=self._consent,
        )
        state = row.get("state", "").casefold()
        if state in _NOT_MAILED:
            self._suppress(subscriber, state, unsubscribed)
            self._problems.append(Problem.at(where, f"skipped: {email} is {state}", severity="note"))
            return
        if state not in _MAILED:
            # From another tool; it may mean that there is no consent.
            known = ", ".join(name for name in (*_MAILED, *_NOT_MAILED) if name)
            self._warn(where, f"skipped: the state {state!r} is unknown", f"known: {known}")
            return
        if not self._newsletters:
            self._problems.extend(self._check_newsletters(where, row))
        self._problems.extend(problems)
        self._keep_unsubscribed(subscriber, unsubscribed)
        if save(subscriber):
            self._added += 1
        elif self._gets(subscriber):
            self._unchanged += 1
        else:
            self._warn(
                where,
                "has unsubscribed or is suppressed, and was not added again",
                "if the owner of the address asked for it, run subscribers add --rejoin",
            )

    def _warn(self, where: Where, message: str, hint: str) -> None:
        self._problems.append(Problem.at(where, message, severity="warning", hint=hint))

    def _wanted(self, row: Mapping[str, str]) -> set[str]:
        if self._newsletters:
            return set(self._newsletters)
        if "newsletters" not in row:
            # Only a file without this column means all newsletters; an empty cell means none.
            return self._known
        return self._known.intersection(split_names(row["newsletters"]))

    def _check_newsletters(self, where: Where, row: Mapping[str, str]) -> Iterator[Problem]:
        names = split_names(row.get("newsletters", ""))
        if "newsletters" in row and not names and not row.get("unsubscribed"):
            yield Problem.at(where, "gets no newsletter: the cell is empty", severity="note")
        for name in names:
            if name not in self._known:
                yield Problem.at(
                    where,
                    f"there is no newsletter {name!r}",
                    severity="warning",
                    hint=f"left out; known: {', '.join(sorted(self._known)) or 'none'}",
                )

    def _gets(self, subscriber: Subscriber) -> bool:
        stored = self._store.subscriber(subscriber.email)
        if stored is None or stored.state != "confirmed":
            return False
        return set(subscriber.newsletters) <= set(stored.newsletters)

    def _keep_unsubscribed(self, subscriber: Subscriber, unsubscribed: Sequence[str]) -> None:
        """Record unsubscriptions from a file, except from newsletters that the subscriber gets here."""
        stored = self._store.subscriber(subscriber.email) if unsubscribed else None
        names = set(unsubscribed)
        if stored and stored.state == "confirmed":
            names.difference_update(stored.newsletters)
        if not names:
            return
        # Pending, so that nothing can be sent before the unsubscriptions are recorded.
        pending = {"newsletters": tuple(sorted(names)), "state": "pending"}
        self._store.add_subscriber(subscriber.model_copy(update=pending))
        if stored := self._store.subscriber(subscriber.email):
            for name in sorted(names):
                self._store.unsubscribe(stored.id, name, now=self._consent.at)

    def _suppress(self, subscriber: Subscriber, state: str, unsubscribed: Sequence[str]) -> None:
        """Record that an address gets no mail, unless the store knows the subscriber already."""
        stored = self._store.subscriber(subscriber.email)
        if state == "pending" or (stored and stored.state != "pending"):
            return
        if state == REMOVED:
            self._store.remove_subscriber(subscriber.email, now=self._consent.at)
            return
        self._keep_unsubscribed(subscriber, unsubscribed)
        self._store.add_subscriber(subscriber.model_copy(update={"newsletters": (), "state": state}))
