"""Subscribers: who gets what, by the operator's word."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path
from uuid import uuid4

from pydantic import ValidationError

from ..errors import ConfigError, Where, WorldError
from ..mail import UNSUBSCRIBE
from ..model import Consent, Problem, Report, Subscriber
from .desk import Desk

COLUMNS = ("email", "name", "language", "timezone", "newsletters")
"""The columns of an import or export; only `email` must be there. Newsletters are parted by spaces."""


class PeopleReport(Report):
    """What became of addresses: added or changed, there already, or left out and why."""

    added: int = 0
    unchanged: int = 0


def add(
    desk: Desk, email: str, *, name: str, newsletters: Sequence[str], rejoin: bool, how: str = "operator"
) -> PeopleReport:
    """Add an address, or subscribe it to more."""
    return _add(desk, [(Where(id=email), {"email": email, "name": name})], newsletters, how, rejoin=rejoin)


def import_file(desk: Desk, path: Path, *, newsletters: Sequence[str]) -> PeopleReport:
    """Add the addresses of a CSV file with a header, or of a text file with one a line.

    Raises:
        ConfigError: the file is not text.
        WorldError: it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(
            "the file is not UTF-8 text", where=Where(file=str(path)), hint="save it as UTF-8"
        ) from None
    except OSError as error:
        raise WorldError(f"the file cannot be read: {error.strerror}", where=Where(file=str(path))) from None
    return _add(desk, _rows(path, text), newsletters, "import", rejoin=False)


def export(desk: Desk) -> str:
    """All subscribers as CSV that `import` takes."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*COLUMNS, "state"])
    for each in desk.store.subscribers():
        topics = " ".join(each.newsletters)
        writer.writerow([each.email, each.name, each.language or "", each.timezone or "", topics, each.state])
    return out.getvalue()


def leave(desk: Desk, token: str, *, commit: bool) -> str | None:
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
    names = [name.strip().casefold() for name in header.split(delimiter)]
    if "email" not in names:
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                yield Where(file=str(path), line=number), {"email": line.strip()}
        return
    reader = csv.DictReader(StringIO(text), fieldnames=names, delimiter=delimiter)
    next(reader)
    for row in reader:
        where = Where(file=str(path), line=reader.line_num)
        yield where, {name: (row.get(name) or "").strip() for name in (*COLUMNS, "state")}


def _add(
    desk: Desk,
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
    added = unchanged = 0
    problems: list[Problem] = []
    for where, row in rows:
        if row.get("state") in ("left", "suppressed", "pending"):
            problems.append(Problem.at(where, f"left out: {row['email']} is {row['state']}", severity="note"))
            continue
        wanted = (
            newsletters or [name for name in row.get("newsletters", "").split() if name in known] or known
        )
        try:
            person = Subscriber(
                id=uuid4().hex,
                email=row["email"],
                name=row.get("name", ""),
                language=row.get("language") or None,
                timezone=row.get("timezone") or None,
                newsletters=tuple(sorted(wanted)),
                consent=consent,
            )
        except ValidationError as error:
            mistake = error.errors()[0]
            message = str(mistake["msg"]).removeprefix("Value error, ")
            problems.append(
                Problem.at(replace(where, id=row["email"]), message, hint="left out; mend it and run again")
            )
            continue
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


def _has(person: Subscriber | None, newsletters: Sequence[str]) -> bool:
    return person is not None and person.state == "confirmed" and set(newsletters) <= set(person.newsletters)
