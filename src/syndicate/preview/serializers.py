"""Editions, feeds and errors as JSON values for the script of the page."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from email.header import decode_header, make_header
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError

from ..errors import SyndicateError
from ..linters.mail.message_checks import CLIP_LIMIT
from ..model import Problem
from ..model.findings import Finding
from ..model.problem_kinds import kind_of
from ..publishing.feed_lint import lint_for_publishing
from .edition_preview import EditionPreview
from .preview import FeedPreview, Preview

_FORMAT_NAMES = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}


def contents_to_json(preview: Preview) -> dict[str, Any]:
    """Return what the page offers to choose from, and the problems of the sources without notes."""
    settings = preview.settings
    problems = preview.unsaved_articles().problems
    return {
        "site": settings.site.title,
        "transport": settings.delivery.transports,
        "newsletters": [
            {
                "name": newsletter.name,
                "title": newsletter.title,
                "editions": [
                    {"id": edition.id, "number": edition.number, "subject": edition.subject}
                    for edition in preview.editions(newsletter.name)
                ],
                "subscribers": preview.subscriber_addresses(newsletter.name),
            }
            for newsletter in settings.newsletter
        ],
        "feeds": [{"name": feed.name, "title": feed.title} for feed in preview.feeds()],
        "languages": [{"code": code, "name": _language_name(code)} for code in preview.languages()],
        "problems": [problem_to_json(each, preview.base) for each in problems if each.severity != "note"],
    }


def problem_to_json(problem: Problem, base: Path) -> dict[str, Any]:
    """Return a problem with paths relative to the folder of the config."""
    values = {**problem.model_dump(mode="json"), "kind": kind_of(problem)}
    values["message"] = problem.message.replace(f"{base}{os.sep}", "")
    if problem.file and Path(problem.file).is_relative_to(base):
        values["file"] = Path(problem.file).relative_to(base).as_posix()
    return values


def error_to_json(error: SyndicateError, base: Path) -> dict[str, Any]:
    """Return an error in the form of a problem."""
    return {"error": problem_to_json(Problem.of(error), base)}


def edition_to_json(edition: EditionPreview, base: Path) -> dict[str, Any]:
    """Return an edition with its parts, headers, sizes and findings."""
    message = edition.parse_message()
    html = part_of(message, "html")
    return {
        "subject": edition.digest.subject,
        "preheader": edition.digest.preheader,
        "from": str(message["From"]),
        "to": str(message["To"]),
        "basis": edition.basis,
        "headers": [*headers_to_json(edition.message)],
        "text": part_of(message, "plain"),
        "html": html,
        "message": edition.message.decode("utf-8", "replace").replace("\r\n", "\n"),
        "sizes": {
            "html": len(html.encode()),
            "encoded_html": _encoded_size(message),
            "message": len(edition.message),
            "limit": CLIP_LIMIT,
        },
        "shortened": [each.model_dump() for each in edition.digest.shortened],
        "lint": edition.newsletter.lint,
        "findings": findings_to_json(edition.lint()),
        "problems": [problem_to_json(each, base) for each in edition.problems],
    }


def feed_to_json(feed: FeedPreview, base: Path) -> dict[str, Any]:
    """Return a feed with its documents and the findings of each."""
    return {
        "title": feed.feed.title,
        "entries": len(feed.document.entries),
        "has_page": feed.page is not None,
        "problems": [problem_to_json(each, base) for each in feed.problems],
        "files": [
            {
                "format": format_,
                "name": _FORMAT_NAMES[format_],
                "path": feed.feed.path(format_),
                "size": len(body),
                "source": body.decode(),
                "findings": findings_to_json(lint_for_publishing(body, feed.feed.url(format_))),
            }
            for format_, body in feed.files.items()
        ],
    }


def findings_to_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Return findings, errors first."""
    return [
        {
            "rule": each.rule,
            "kind": each.rule,
            "severity": each.severity,
            "message": each.message,
            "hint": each.fix,
            **each.place.model_dump(),
        }
        for each in sorted(findings, key=lambda finding: finding.severity != "error")
    ]


def part_of(message: EmailMessage, subtype: str) -> str:
    """Return the decoded `plain` or `html` part of a message, with LF line endings."""
    part = message.get_body((subtype,))
    return str(part.get_content()).replace("\r\n", "\n") if part else ""


def headers_to_json(message: bytes) -> Iterator[dict[str, str]]:
    """Give each header field as it is sent, and its decoded value if it has encoded words (RFC 2047)."""
    head = message.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    for line in head.replace("\r\n ", "\n ").replace("\r\n\t", "\n\t").split("\r\n"):
        name, _, value = line.partition(":")
        value = value.strip()
        try:
            decoded = str(make_header(decode_header(value))) if "=?" in value else value
        except (LookupError, ValueError):
            decoded = value
        yield {"name": name, "value": value, "decoded": "" if decoded == value else decoded}


def embedded_image_urls(message: EmailMessage) -> dict[str, str]:
    """Return the images that are attached to a message, as `data:` URLs by Content-ID."""
    urls = {}
    for part in message.walk():
        content_id = str(part["Content-ID"] or "").strip("<> ")
        if content_id and part.get_content_maintype() == "image":
            data = "".join(str(part.get_payload()).split())
            if str(part["Content-Transfer-Encoding"]).lower() == "base64":
                urls[content_id] = f"data:{part.get_content_type()};base64,{data}"
    return urls


def _encoded_size(message: EmailMessage) -> int:
    """Return the size of the HTML part in its transfer encoding, in bytes."""
    part = message.get_body(("html",))
    if part is None:
        return 0
    text = str(part.get_payload())
    return len(text.encode()) + (0 if "\r\n" in text else text.count("\n"))


def _language_name(code: str) -> str:
    try:
        return (Locale.parse(code, sep="-").get_display_name() or code).capitalize()
    except (UnknownLocaleError, ValueError):
        return code
