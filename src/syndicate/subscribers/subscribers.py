"""Subscribers: who gets what, by the operator's word."""

from __future__ import annotations

import csv
import hmac
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, StringConstraints, TypeAdapter, ValidationError

from ..config import Zone
from ..context import AppContext
from ..errors import ConfigError, Where, WorldError
from ..linters.feeds.values import language as language_fault
from ..mail import UNSUBSCRIBE
from ..model import Consent, Problem, Reader, Report, Subscriber
from ..model.base import Email, Language

COLUMNS = ("email", "name", "language", "timezone", "newsletters", "state", "left")
"""The columns of an import or export; only `email` must be there.

Newsletters are parted by spaces, and quoted if there is one in a name. `left` has those that
the person has left.
"""

_REMOVED = "removed"
_MAILED = ("", "confirmed")
_NOT_MAILED = ("pending", "left", "suppressed", _REMOVED)
_EMAIL = TypeAdapter(Email)


def _registered(tag: str) -> str:
    if language_fault(tag):
        raise ValueError(f"no registry has this language or region: {tag!r}; write it such as de or pt-BR")
    return tag


# As long as the store's columns.
_WISHES: dict[str, TypeAdapter[str]] = {
    "language": TypeAdapter(
        Annotated[Language, StringConstraints(max_length=64), AfterValidator(_registered)]
    ),
    "timezone": TypeAdapter(Annotated[Zone, StringConstraints(max_length=64)]),
}


class PeopleReport(Report):
    """What became of addresses: added or changed, there already, or left out and why."""

    added: int = 0
    unchanged: int = 0


def add(
    desk: AppContext, row: dict[str, str], *, newsletters: Sequence[str], rejoin: bool, how: str = "operator"
) -> PeopleReport:
    """Add a person, with what `COLUMNS` says, or subscribe them to more."""
    return _add(desk, [(Where(id=row["email"]), row)], newsletters, how, rejoin=rejoin)


def import_file(desk: AppContext, path: Path, *, newsletters: Sequence[str]) -> PeopleReport:
    """Add the addresses of a CSV file with a header, or of a text file with one a line.

    Raises:
        ConfigError: the file is not there, or not text.
        WorldError: it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(
            "the file is not UTF-8 text", where=Where(file=str(path)), hint="save it as UTF-8"
        ) from None
    except FileNotFoundError:
        raise ConfigError(
            "there is no such file", where=Where(file=str(path)), hint="is the name right?"
        ) from None
    except OSError as error:
        raise WorldError(f"the file cannot be read: {error.strerror}", where=Where(file=str(path))) from None
    return _add(desk, _rows(path, text), newsletters, "import", rejoin=False)


def export(desk: AppContext) -> str:
    """All subscribers, and whoever else is never to be mailed, as CSV that `import` takes."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    left: dict[str, list[str]] = {}
    for key, name in desk.store.departures():
        left.setdefault(key, []).append(name)
    for each in desk.store.subscribers():
        language, zone = each.language or "", each.timezone or ""
        topics, gone = shlex.join(each.newsletters), shlex.join(left.get(_key(each.email), ()))
        writer.writerow([each.email, each.name, language, zone, topics, each.state, gone])
    for key, reason in desk.store.never_mailed():
        writer.writerow([key, "", "", "", "", _REMOVED if reason == "left" else "suppressed", ""])
    return out.getvalue()


def remove(desk: AppContext, email: str) -> bool:
    """Forget a person and keep the no. False, and nothing is written, if the address is not known."""
    try:
        address = _EMAIL.validate_python(email)
    except ValidationError:
        return False
    if desk.store.subscriber(address) is None:
        return False
    return desk.store.remove_subscriber(address, now=desk.clock.now())


def leave(desk: AppContext, token: str, *, commit: bool) -> str | None:
    """What an unsubscribe link is for, and with `commit` the leaving itself: the newsletter's title.

    None if the token was not made here, or the person is gone.
    """
    words = desk.tokens().read(UNSUBSCRIBE, token)
    if words is None or len(words) != 2:
        return None
    owner, name = words
    if commit and not desk.store.leave(owner, name, now=desk.clock.now()):
        return None
    titles = {each.name: each.title for each in desk.settings.newsletter}
    return titles.get(name, name)


def _rows(path: Path, text: str) -> Iterator[tuple[Where, dict[str, str]]]:
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    names = [name.strip().casefold() for name in next(csv.reader([header], delimiter=delimiter), [])]
    if "email" not in names:
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                yield Where(file=str(path), line=number), {"email": line.strip()}
        return
    reader = csv.DictReader(StringIO(text), fieldnames=names, delimiter=delimiter)
    next(reader)
    for row in reader:
        where = Where(file=str(path), line=reader.line_num)
        yield where, {name: (row.get(name) or "").strip() for name in COLUMNS if name in names}


def _add(
    desk: AppContext,
    rows: Iterator[tuple[Where, dict[str, str]]] | Sequence[tuple[Where, dict[str, str]]],
    newsletters: Sequence[str],
    how: str,
    *,
    rejoin: bool,
) -> PeopleReport:
    known = {each.name for each in desk.settings.newsletter}
    if unknown := set(newsletters) - known:
        raise ConfigError(
            f"there is no newsletter {min(unknown)!r}",
            where=Where(field="newsletter"),
            hint=f"known: {', '.join(sorted(known)) or 'none'}",
        )
    consent = Consent(how=how, at=desk.clock.now())
    secret = desk.store.secret("people").encode()
    added = unchanged = 0
    problems: list[Problem] = []
    for where, row in rows:
        spoken, told = _spoken(replace(where, id=row["email"]), row)
        state, left = row.get("state", "").casefold(), _names(row.get("left", ""))
        try:
            person = Subscriber(
                id="",
                email=row["email"],
                name=row.get("name", ""),
                **spoken,
                newsletters=_wanted(row, newsletters, known),
                consent=consent,
            )
        except ValidationError as error:
            mistake = error.errors()[0]
            message = str(mistake["msg"]).removeprefix("Value error, ")
            problems.append(
                Problem.at(replace(where, id=row["email"]), message, hint="left out; mend it and run again")
            )
            continue
        # The same for somebody who was removed and comes back, so that no edition goes to them twice.
        person = person.model_copy(update={"id": _id(secret, person.email)})
        if state not in _MAILED and state not in _NOT_MAILED:
            # Whatever another tool means by it, it is no word of agreement.
            problems.append(
                Problem.at(
                    replace(where, id=person.email),
                    f"left out: the state {state!r} is not known",
                    severity="warning",
                    hint=f"known: {', '.join(name for name in (*_MAILED, *_NOT_MAILED) if name)}",
                )
            )
            continue
        if state in _NOT_MAILED:
            _bring_no(desk, person, state, left)
            problems.append(Problem.at(where, f"left out: {person.email} is {state}", severity="note"))
            continue
        if not newsletters:
            problems.extend(_doubts(replace(where, id=person.email), row, known))
        problems.extend(told)
        _keep_noes(desk, person, left)
        if desk.store.add_subscriber(person, rejoin=rejoin):
            added += 1
        elif not _has(desk.store.subscriber(person.email), person.newsletters):
            problems.append(
                Problem.at(
                    replace(where, id=person.email),
                    "has left or cannot be mailed, and was not brought back",
                    severity="warning",
                    hint="subscribers add --rejoin, if the person asked to be back",
                )
            )
        else:
            unchanged += 1
    return PeopleReport(added=added, unchanged=unchanged, problems=tuple(problems))


def reader(language: str | None, timezone: str | None) -> Reader:
    """A reader of that language and time zone.

    Raises:
        ConfigError: the language is malformed, or the time zone is not known.
    """
    spoken, problems = _spoken(Where(), {"language": language or "", "timezone": timezone or ""})
    for each in problems:
        raise ConfigError(each.message, where=Where(field=f"--{each.field}"))
    return Reader(**spoken)


def _spoken(where: Where, row: dict[str, str]) -> tuple[dict[str, str | None], list[Problem]]:
    """Language and time zone of a row; what cannot be taken is left empty and told."""
    found: dict[str, str | None] = {}
    problems = []
    for name, kind in _WISHES.items():
        try:
            found[name] = kind.validate_python(row[name]) if row.get(name) else None
        except ValidationError as error:
            message = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
            there = replace(where, field=name)
            problems.append(Problem.at(there, message, severity="warning", hint="left empty"))
            found[name] = None
    return found, problems


def _wanted(row: dict[str, str], newsletters: Sequence[str], known: set[str]) -> tuple[str, ...]:
    # Only a file that says nothing of newsletters means all of them: an empty cell is somebody who has none.
    named = newsletters or (_names(row["newsletters"]) if "newsletters" in row else known)
    return tuple(sorted(known.intersection(named) - set(_names(row.get("left", "")))))


def _doubts(where: Where, row: dict[str, str], known: set[str]) -> Iterator[Problem]:
    named = _names(row.get("newsletters", ""))
    if "newsletters" in row and not named and not row.get("left"):
        yield Problem.at(where, "gets no newsletter: the file names none", severity="note")
    for name in named:
        if name not in known:
            yield Problem.at(
                where,
                f"there is no newsletter {name!r}",
                severity="warning",
                hint=f"left out; known: {', '.join(sorted(known)) or 'none'}",
            )


def _keep_noes(desk: AppContext, person: Subscriber, left: Sequence[str]) -> None:
    """Keep on record what a person has left, but for what they get here: this store knows better."""
    here = desk.store.subscriber(person.email) if left else None
    noes = set(left).difference(here.newsletters if here and here.state == "confirmed" else ())
    if not noes:
        return
    # Nobody is mailed who is pending, so not even for a moment do they get what they have left.
    pending = {"newsletters": tuple(sorted(noes)), "state": "pending"}
    desk.store.add_subscriber(person.model_copy(update=pending))
    there = desk.store.subscriber(person.email)
    for name in sorted(noes) if there else ():
        desk.store.leave(there.id if there else "", name, now=desk.clock.now())


def _bring_no(desk: AppContext, person: Subscriber, state: str, left: Sequence[str]) -> None:
    """Keep on record that somebody is not mailed, if nothing else is known of them here."""
    here = desk.store.subscriber(person.email)
    if state == "pending" or (here and here.state != "pending"):
        return
    if state == _REMOVED:
        desk.store.remove_subscriber(person.email, now=desk.clock.now())
        return
    _keep_noes(desk, person, left)
    desk.store.add_subscriber(person.model_copy(update={"newsletters": (), "state": state}))


def _names(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _key(email: str) -> str:
    return email.strip().casefold()


def _id(secret: bytes, email: str) -> str:
    return hmac.new(secret, _key(email).encode(), "sha256").hexdigest()


def _has(person: Subscriber | None, newsletters: Sequence[str]) -> bool:
    return person is not None and person.state == "confirmed" and set(newsletters) <= set(person.newsletters)
