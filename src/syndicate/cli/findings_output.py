"""Findings of the linter as text, and as one JSON document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .common import format_count
from .console import STYLES, Output, to_single_line

if TYPE_CHECKING:
    from ..linters.documents import DocumentLint
    from ..model.findings import Finding
    from .lint import Document

_MOST_OF_A_RULE = 3
_INDENT = "    "
_PIPE_WIDTH = 120
_MIN_WIDTH = 20
# A longer line is that of a document without line breaks, whose beginning says nothing.
_MAX_LINE = 1_000

Linted = tuple["Document", "DocumentLint | None"]


def print_document(
    out: Output, document: Document, result: DocumentLint | None, *, verbose: bool = False
) -> None:
    """Print the findings of one document by line; of each rule only the first few, unless verbose."""
    if out.as_json:
        return
    if result is None:
        # The hints of the fetcher are about the sources of a config.
        message = document.error.message if document.error else "cannot be read"
        out.print_message("error", f"{to_single_line(document.name)}: {to_single_line(message)}")
        return
    lines = _lines(document.body or b"") if result.format != "mail" else []
    printed: dict[str, int] = {}
    last_line: int | None = None
    for finding in result.findings:
        number = printed[finding.rule] = printed.get(finding.rule, 0) + 1
        if number <= _MOST_OF_A_RULE or verbose:
            excerpt = "" if finding.place.line == last_line else _excerpt(finding, lines)
            _print_finding(out, document.name, finding, excerpt, with_fix=number == 1)
            last_line = finding.place.line
    for rule, count in result.counts.items():
        shown = count if verbose else _MOST_OF_A_RULE
        if verbose and (kept := printed.get(rule, 0)) < count:
            out.print_styled(f"{to_single_line(document.name)}: ... and {count - kept} more [{rule}]")
        elif count > shown:
            more = [each for each in result.findings if each.rule == rule][shown:]
            numbers = [each.place.line for each in more if each.place.line is not None]
            where = _line_range(numbers, is_complete=len(more) == count - shown)
            hidden = f"... and {count - shown} more [{rule}]{where}; --verbose lists them"
            out.print_styled(f"{to_single_line(document.name)}: {hidden}")


def _lines(body: bytes) -> list[bytes]:
    if body[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in body[:4]:
        return []  # the lines of UTF-16 are not those of its bytes
    return body.split(b"\n")


def _line_range(numbers: Sequence[int], *, is_complete: bool) -> str:
    if not numbers:
        return ""
    first, last = min(numbers), max(numbers)
    if not is_complete:
        return f", from line {first} on"
    return f", line {first}" if first == last else f", lines {first} to {last}"


def _print_finding(out: Output, name: str, finding: Finding, excerpt: str, *, with_fix: bool) -> None:
    place = finding.place
    where = to_single_line(name)
    if place.line is not None:
        where += f":{place.line}"
    out.print_styled(
        f"{where}: ",
        (f"{finding.severity}: ", STYLES[finding.severity]),
        f"{to_single_line(finding.message)} ",
        (f"[{finding.rule}]", "dim"),
    )
    width = max((out.width or _PIPE_WIDTH) - len(_INDENT), _MIN_WIDTH)
    details = [place.path] if place.path else []
    if place.id and place.id not in place.path:
        details.append(place.id)
    if details:
        out.print_styled((_INDENT + _cut(to_single_line(", ".join(details)), width), "dim"))
    if excerpt:
        out.print_styled((_INDENT + _cut("> " + to_single_line(excerpt), width), "dim"))
    if with_fix:
        out.print_styled(f"{_INDENT}fix: {to_single_line(finding.fix)}")


def _excerpt(finding: Finding, lines: Sequence[bytes]) -> str:
    place = finding.place
    if place.snippet:
        return place.snippet
    if place.line is None or not 0 < place.line <= len(lines):
        return ""
    line = lines[place.line - 1].strip()
    return line.decode("utf-8", "replace") if len(line) <= _MAX_LINE else ""


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def print_summary(out: Output, linted: Sequence[Linted]) -> None:
    """Print a line for each document, and one for all if there are several."""
    for document, result in linted:
        if result is not None:
            kind = result.format or "unknown format"
            out.print_line(
                f"{to_single_line(document.name)}: {kind}: {_count(result.errors, result.warnings)}"
            )
    if len(linted) > 1:
        results = [result for _, result in linted if result is not None]
        unread = len(linted) - len(results)
        text = _count(sum(each.errors for each in results), sum(each.warnings for each in results))
        out.print_line(
            f"{format_count(len(results), 'document')}: {text}" + (f"; {unread} not read" if unread else "")
        )


def _count(errors: int, warnings: int) -> str:
    if not errors and not warnings:
        return "no problems found"
    return f"{format_count(errors, 'error')}, {format_count(warnings, 'warning')}"


def documents_as_json(linted: Sequence[Linted]) -> dict[str, Any]:
    """Return the result of the command as one object."""
    documents = []
    for document, result in linted:
        findings = result.findings if result is not None else ()
        documents.append(
            {
                "name": document.name,
                "url": document.url,
                "format": result.format or None if result is not None else None,
                "errors": result.errors if result is not None else 0,
                "warnings": result.warnings if result is not None else 0,
                "counts": result.counts if result is not None else {},
                "findings": list(findings),
                "error": document.error.message if document.error else None,
            }
        )
    results = [result for _, result in linted if result is not None]
    errors = sum(each.errors for each in results)
    return {
        "ok": len(results) == len(linted) and not errors,
        "errors": errors,
        "warnings": sum(each.warnings for each in results),
        "documents": documents,
    }
