"""Rows of text as subscribers: addresses and fields are checked, and states are understood."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from ..errors import ConfigError, Where
from ..model import Consent, ImportedSubscriber, NoMailReason, Problem, Subscriber
from ..model.base import Email
from .cells import parse_time, split_address, split_names, split_tags
from .file_formats import SEVERITY, YES_IS_NOT_MAILED
from .subscriber_files import Row
from .subscriber_profile import check_line, message_of, parse_profile
from .subscriber_store import SubscriberStore

_EMAIL = TypeAdapter(Email)
_MAX_TAGS = 100
_MAX_NAME = 200
_CORRECT = "skipped; correct it and import it again"
_CONSENT = [(f"consent_{part}", part) for part in ("at", "how", "text", "ip", "note")]


class RejectedRow(Exception):  # noqa: N818 - it is no failure of the program
    """A row of which nothing is stored.

    Attributes:
        problem: says why.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A row of an address that has not confirmed; nothing is stored of it.

    Attributes:
        word: the state in the file; empty if the name of the file says it.
    """

    email: str
    word: str


class SubscriberReader:
    """Makes subscribers of rows.

    Args:
        secret: from `SubscriberStore.secret`; the ids are made with it.
        newsletters: names, for all rows; if empty, the column `newsletters`, or all of `known`.
        known: the newsletters of the config.
        consent: for rows without one of their own.

    Raises:
        ConfigError: there is no such newsletter.
    """

    def __init__(
        self, secret: bytes, newsletters: Collection[str], known: Collection[str], consent: Consent
    ) -> None:
        if unknown := set(newsletters) - set(known):
            raise ConfigError(
                f"there is no newsletter {min(unknown)!r}",
                where=Where(field="newsletter"),
                hint=f"known: {', '.join(sorted(known)) or 'none'}",
            )
        self._secret = secret
        self._newsletters = tuple(sorted(newsletters))
        self._known = set(known)
        self._all = tuple(sorted(known))
        self._consent = consent

    @classmethod
    def of_store(
        cls, store: SubscriberStore, newsletters: Collection[str], known: Collection[str], consent: Consent
    ) -> SubscriberReader:
        """Return a reader whose ids are those of a store."""
        return cls(store.secret("people").encode(), newsletters, known, consent)

    def read(
        self,
        row: Row,
        problems: list[Problem],
        *,
        file: str | None = None,
        states: Mapping[str, Mapping[str, str]] | None = None,
        state: str = "",
    ) -> ImportedSubscriber | Unconfirmed:
        """Return what a row says.

        Args:
            problems: gets warnings about fields that are left empty.
            file: for the places of problems.
            states: of the format: for each column what its words mean.
            state: `pending` or a `NoMailReason` for all rows of the file.

        Raises:
            RejectedRow: the address or a state cannot be understood.
        """
        values = row.values
        if row.error:
            raise RejectedRow(Problem.at(_place(file, row), row.error, hint=_CORRECT))
        name, address = split_address(values["email"])
        try:
            email = _EMAIL.validate_python(address)
        except ValidationError as error:
            place = _place(file, row, address)
            raise RejectedRow(Problem.at(place, message_of(error), hint=_CORRECT)) from None
        no_mail, no_mail_since = state, None
        if row.states or row.no_mail_dates:
            no_mail, no_mail_since = _no_mail_reason(row, file, email, states or {}, state)
        answer = YES_IS_NOT_MAILED.get(values.get("unsubscribed", "").casefold())
        if answer is not None:
            # The column of another product, not names of newsletters.
            no_mail = min(no_mail, answer, key=SEVERITY.index)
            values = {**values, "unsubscribed": ""}
        unsubscribed = self._unsubscribed(file, row, email, values)
        if no_mail == "pending" and not unsubscribed:
            words = [word for column, word in row.states if (states or {})[column].get(word) == "pending"]
            return Unconfirmed(email, words[0] if words else "")
        if name and not values.get("name"):
            values = {**values, "name": name}
        profile, faults = parse_profile(values)
        for field, message in faults:
            place = _place(file, row, email, field)
            problems.append(Problem.at(place, message, severity="warning", hint="left empty"))
        newsletters = () if no_mail == "pending" else self._wanted(values, unsubscribed)
        if not no_mail and not self._newsletters and "newsletters" in values:
            problems.extend(self._check_newsletters(_place(file, row, email), values))
        subscriber = Subscriber.model_construct(
            # The id stays the same after a removal and a new subscription, so that no edition is sent twice.
            id=hmac.digest(self._secret, email.casefold().encode(), "sha256").hex(),
            email=email,
            state="pending" if no_mail == "pending" else "confirmed",
            newsletters=newsletters,
            tags=_tags(_place(file, row, email, "tags"), values["tags"], problems)
            if values.get("tags")
            else (),
            consent=self._read_consent(file, row, email, problems),
            name=profile.get("name", ""),
            language=profile.get("language"),
            timezone=profile.get("timezone"),
        )
        if no_mail in ("", "pending"):
            return ImportedSubscriber(subscriber, unsubscribed)
        ended = self._newsletters if no_mail == "unsubscribed" else ()
        return ImportedSubscriber(
            subscriber, unsubscribed, cast("NoMailReason", no_mail), no_mail_since, ended
        )

    def _unsubscribed(
        self, file: str | None, row: Row, email: str, values: Mapping[str, str]
    ) -> tuple[str, ...]:
        """Return the newsletters in the column `unsubscribed`."""
        cell = values.get("unsubscribed")
        if not cell:
            return ()
        names = split_names(cell)
        try:
            return tuple(filter(None, map(_check_name, names)))
        except ValueError as error:
            place = _place(file, row, email, "unsubscribed")
            raise RejectedRow(Problem.at(place, message_of(error), hint=_CORRECT)) from None

    def _wanted(self, values: Mapping[str, str], unsubscribed: Collection[str]) -> tuple[str, ...]:
        if self._newsletters:
            names: Sequence[str] = self._newsletters
        elif "newsletters" not in values:
            # Only a file without this column means all newsletters; an empty cell means none.
            names = self._all
        else:
            names = sorted(self._known.intersection(split_names(values["newsletters"])))
        return tuple(name for name in names if name not in unsubscribed)

    def _check_newsletters(self, where: Where, values: Mapping[str, str]) -> Iterator[Problem]:
        names = split_names(values["newsletters"])
        if not names and not values.get("unsubscribed"):
            yield Problem.at(where, "gets no newsletter: the cell is empty", severity="note")
        for name in names:
            if name not in self._known:
                yield Problem.at(
                    where,
                    f"there is no newsletter {name!r}",
                    severity="warning",
                    hint=f"left out; known: {', '.join(sorted(self._known)) or 'none'}",
                )

    def _read_consent(self, file: str | None, row: Row, email: str, problems: list[Problem]) -> Consent:
        """Return the consent of a row: what its columns say, or that of the import."""
        given = [(part, cell) for name, part in _CONSENT if (cell := row.values.get(name))]
        if not given:
            return self._consent
        fields: dict[str, Any] = self._consent.model_dump()
        for part, cell in given:
            try:
                fields[part] = parse_time(cell) if part == "at" else check_line(cell)
            except ValueError as error:
                place = _place(file, row, email, f"consent_{part}")
                hint = "the time of the import is recorded" if part == "at" else "ignored"
                problems.append(Problem.at(place, message_of(error), severity="warning", hint=hint))
        return Consent.model_construct(**fields)


def _place(file: str | None, row: Row, email: str | None = None, field: str | None = None) -> Where:
    return Where(file, row.line or None, field, email)


def _no_mail_reason(
    row: Row, file: str | None, email: str, states: Mapping[str, Mapping[str, str]], state: str
) -> tuple[str, datetime | None]:
    """Return why an address gets no mail, empty if it does, and since when."""
    found = {state}
    for column, word in row.states:
        if (meaning := states[column].get(word)) is None:
            # It may mean that there is no consent.
            problem = Problem.at(
                _place(file, row, email, column),
                f"skipped: the state {word!r} is unknown",
                severity="warning",
                hint=f"known: {', '.join(sorted(filter(None, states[column])))}",
            )
            raise RejectedRow(problem)
        found.add(meaning)
    dates = row.no_mail_dates or {}
    found.update(meaning for meaning, cell in dates.items() if cell)
    worst = min(found, key=SEVERITY.index)
    try:
        return worst, parse_time(dates[worst]) if dates.get(worst) else None
    except ValueError:
        # The address gets no mail, whenever it was.
        return worst, None


def _tags(where: Where, cell: str, problems: list[Problem]) -> tuple[str, ...]:
    tags = split_tags(cell)
    kept = sorted({*filter(None, map(_tag, tags))})[:_MAX_TAGS]
    if left_out := len({*tags}) - len(kept):
        problems.append(
            Problem.at(
                where,
                f"{left_out} of {len({*tags})} tags were left out",
                severity="warning",
                hint=f"at most {_MAX_TAGS} tags are stored, each of at most {_MAX_NAME} characters",
            )
        )
    return tuple(kept)


def _tag(text: str) -> str:
    """Return a tag, empty if it cannot be stored."""
    try:
        return _check_name(text)
    except ValueError:
        return ""


def _check_name(text: str) -> str:
    """Return the name of a newsletter or a tag.

    Raises:
        ValueError: it cannot be stored.
    """
    name = check_line(text)
    if len(name) > _MAX_NAME:
        raise ValueError(f"a name is longer than {_MAX_NAME} characters")
    return name
