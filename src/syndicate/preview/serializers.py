"""Letters, feeds and mistakes as the page's script reads them: plain values for JSON."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from email.header import decode_header, make_header
from email.message import EmailMessage
from itertools import islice
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError

from ..dry_run.preview import Preview, PreviewEdition, ShownFeed
from ..errors import SyndicateError
from ..linters.feeds import lint
from ..model import Problem
from ..model.findings import Finding
from ..newsletters.size_limit import LIMIT
from ..newsroom import Newsroom

_PEOPLE = 200
_NAMES = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}


def contents(newsroom: Newsroom, preview: Preview) -> dict[str, Any]:
    """What there is to choose from, and what is wrong with what is read."""
    problems = preview.drafts().problems
    return {
        "site": newsroom.settings.site.title,
        "transport": newsroom.settings.delivery.transport,
        "newsletters": [
            {
                "name": each.name,
                "title": each.title,
                "editions": [
                    {"id": edition.id, "number": edition.number, "subject": edition.subject}
                    for edition in preview.editions(each.name)
                ],
                "people": list(islice((person.email for person in newsroom.subscribers(each.name)), _PEOPLE)),
            }
            for each in newsroom.settings.newsletter
        ],
        "feeds": [{"name": each.name, "title": each.title} for each in preview.feeds()],
        "languages": [{"code": code, "name": _language(code)} for code in preview.languages()],
        "problems": [told(each, newsroom.desk.base) for each in problems if each.severity != "note"],
    }


def told(problem: Problem, base: Path) -> dict[str, Any]:
    """A problem, with its files as people would type them."""
    values = problem.model_dump(mode="json")
    values["message"] = problem.message.replace(f"{base}{os.sep}", "")
    if problem.file and Path(problem.file).is_relative_to(base):
        values["file"] = Path(problem.file).relative_to(base).as_posix()
    return values


def mistake(error: SyndicateError, base: Path) -> dict[str, Any]:
    """An error, in the same form."""
    return {"error": told(Problem.of(error), base)}


def letter(value: PreviewEdition) -> dict[str, Any]:
    """A letter: its parts, its headers, its size, and what the linter says of it."""
    message = value.parsed()
    html = part(message, "html")
    return {
        "subject": value.digest.subject,
        "preheader": value.digest.preheader,
        "from": str(message["From"]),
        "to": str(message["To"]),
        "shows": value.shows,
        "number": value.number,
        "articles": len(value.articles),
        "headers": [*headers(value.message)],
        "text": part(message, "plain"),
        "source": html,
        "sent": value.message.decode("utf-8", "replace").replace("\r\n", "\n"),
        "sizes": {
            "decoded": len(html.encode()),
            "sent": _sent(message),
            "message": len(value.message),
            "limit": LIMIT,
        },
        "shortened": [each.model_dump() for each in value.digest.shortened],
        "lint": value.newsletter.lint,
        "findings": findings(value.findings()),
        "problems": [each.model_dump(mode="json") for each in value.problems],
    }


def feed(value: ShownFeed, base: Path) -> dict[str, Any]:
    """A feed: its documents, with what the linter says of each."""
    return {
        "title": value.feed.title,
        "home": value.feed.home,
        "entries": len(value.document.entries),
        "page": value.page is not None,
        "problems": [told(each, base) for each in value.problems],
        "files": [
            {
                "kind": kind,
                "name": _NAMES[kind],
                "path": value.feed.path(kind),
                "url": value.feed.url(kind),
                "size": len(body),
                "source": body.decode(),
                "findings": findings(lint(body, url=value.feed.url(kind))),
            }
            for kind, body in value.files.items()
        ],
    }


def findings(found: Iterable[Finding]) -> list[dict[str, Any]]:
    """What a linter found, the errors first."""
    ordered = sorted(found, key=lambda each: each.severity != "error")
    return [
        {
            "rule": each.rule,
            "severity": each.severity,
            "message": each.message,
            "hint": each.fix,
            **each.place.model_dump(),
        }
        for each in ordered
    ]


def part(message: EmailMessage, kind: str) -> str:
    """The text of a part, `plain` or `html`, with LF at the ends of its lines."""
    body = message.get_body((kind,))
    return str(body.get_content()).replace("\r\n", "\n") if body else ""


def headers(message: bytes) -> Iterator[dict[str, str]]:
    """The header lines as they go over the wire, and what people read there if it is another thing."""
    head = message.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    for line in head.replace("\r\n ", "\n ").replace("\r\n\t", "\n\t").split("\r\n"):
        name, _, value = line.partition(":")
        value = value.strip()
        try:
            read = str(make_header(decode_header(value))) if "=?" in value else value
        except (LookupError, ValueError):
            read = value
        yield {"name": name, "value": value, "read": "" if read == value else read}


def pictures(message: EmailMessage) -> dict[str, str]:
    """What travels in the mail, as `data:` addresses by Content-ID."""
    found = {}
    for each in message.walk():
        name = str(each["Content-ID"] or "").strip("<> ")
        if name and each.get_content_maintype() == "image":
            data = "".join(str(each.get_payload()).split())
            if str(each["Content-Transfer-Encoding"]).lower() == "base64":
                found[name] = f"data:{each.get_content_type()};base64,{data}"
    return found


def _sent(message: EmailMessage) -> int:
    """How many bytes the HTML part takes on the wire, encoded."""
    body = message.get_body(("html",))
    if body is None:
        return 0
    text = str(body.get_payload())
    return len(text.encode()) + (0 if "\r\n" in text else text.count("\n"))


def _language(code: str) -> str:
    try:
        return (Locale.parse(code, sep="-").get_display_name() or code).capitalize()
    except (UnknownLocaleError, ValueError):
        return code
