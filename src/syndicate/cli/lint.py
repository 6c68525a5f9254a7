"""The command that lints documents: files, URLs or standard input. It needs no config."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

import typer

from .. import __version__
from ..errors import ConfigError, FetchError
from .common import JsonOption, handle_errors
from .console import EXTERNAL_FAILURE, SOME_FAILED, Output
from .findings_output import documents_as_json, print_document, print_summary

if TYPE_CHECKING:
    from ..http import Fetcher
    from ..linters.documents import DocumentLint

STDIN = "-"
_URL_SCHEMES = ("http://", "https://")
_FEED_SCHEMES = {"feed://": "http://", "feed:http": "http", "feed:": "http://"}
_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, "
    "text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)

app = typer.Typer()


@dataclass(frozen=True, slots=True)
class Document:
    """A document to lint.

    Attributes:
        name: as the user wrote it.
        body: None if it could not be read.
        url: where it was fetched from, after redirects; None for files.
        content_type: of the answer of the server; None for files.
        error: why it could not be read.
    """

    name: str
    body: bytes | None
    url: str | None = None
    content_type: str | None = None
    error: FetchError | None = None


@dataclass(frozen=True, slots=True)
class LintedDocument:
    """A document and what is wrong with it; `result` is None if it could not be read."""

    document: Document
    result: DocumentLint | None


@app.command()
def lint(
    documents: Annotated[
        list[str],
        typer.Argument(metavar="FILE|URL", help="Files or URLs; - is standard input.", show_default=False),
    ],
    profile: Annotated[
        list[str] | None,
        typer.Option("--for", metavar="PROFILE", help="A platform whose demands to check too; repeatable."),
    ] = None,
    severity: Annotated[
        Literal["warning", "error"], typer.Option("--severity", help="The lowest severity to report.")
    ] = "warning",
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", metavar="RULE", help="A rule not to report; repeatable, or with commas."),
    ] = None,
    as_json: JsonOption = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="List all findings, not only the first of each rule.")
    ] = False,
) -> None:
    """Lint RSS, Atom, JSON Feed, OPML or mail (.eml). Needs no config."""
    out = Output(as_json=as_json, verbose=verbose)
    with handle_errors(out):
        profiles, ignored = _check_profiles(_split(profile)), _check_rules(_split(ignore))
        paths = [each for each in documents if not is_url(each)]
        _check_files(paths)
        linted = []
        fetcher: Fetcher | None = None
        for name in documents:
            if is_url(name) and fetcher is None:
                fetcher = _make_fetcher(documents)
            one = _lint_one(name, fetcher, profiles, ignored, severity)
            print_document(out, one.document, one.result, verbose=verbose)
            linted.append(one)
        print_summary(out, [(one.document, one.result) for one in linted])
        out.print_json(documents_as_json([(one.document, one.result) for one in linted]))
        if any(one.result is None for one in linted):
            raise typer.Exit(EXTERNAL_FAILURE)
        if any(one.result and one.result.has_error for one in linted):
            raise typer.Exit(SOME_FAILED)


def is_url(name: str) -> bool:
    """Return whether an argument is a URL and not a file; `feed:` counts as http."""
    return name.lower().startswith((*_URL_SCHEMES, "feed:"))


def _split(names: Iterable[str] | None) -> list[str]:
    parts = (part.strip() for name in names or () for part in name.split(","))
    return list(dict.fromkeys(part for part in parts if part))


def _check_profiles(names: Sequence[str]) -> Sequence[str]:
    from ..linters.profiles import PROFILES

    for name in names:
        if name not in PROFILES:
            raise ConfigError(
                f"there is no profile {name!r} for --for", hint=f"the profiles are {', '.join(PROFILES)}"
            )
    return names


def _check_rules(names: Sequence[str]) -> Sequence[str]:
    from ..linters.documents import RULES

    for name in names:
        if name not in RULES:
            similar = get_close_matches(name, RULES, n=1)
            raise ConfigError(
                f"there is no rule {name!r} for --ignore",
                hint=f"did you mean {similar[0]}?" if similar else "findings name their rule in brackets",
            )
    return names


def _check_files(names: Iterable[str]) -> None:
    """Raise ConfigError for a file that does not exist or is a folder."""
    for name in names:
        path = Path(name)
        if name == STDIN or (path.exists() and not path.is_dir()):
            continue
        if path.is_dir():
            raise ConfigError(f"{name} is a folder", hint=f"name its files: {name.rstrip('/')}/*.xml")
        hint = "check the name"
        if "." in name.partition("/")[0].strip("."):
            hint += f", or write https://{name} if it is a URL"
        raise ConfigError(f"there is no file {name}", hint=hint)


def _make_fetcher(documents: Sequence[str]) -> Fetcher:
    """Return a fetcher that trusts the hosts that the user typed, wherever they are."""
    from ..http import Fetcher

    hosts = {urlsplit(_http_url(each)).netloc for each in documents if is_url(each)}
    return Fetcher(f"syndicate/{__version__} (lint)", private_hosts=hosts, robots=False)


def _http_url(name: str) -> str:
    for prefix, replacement in _FEED_SCHEMES.items():
        if name.lower().startswith(prefix):
            return replacement + name[len(prefix) :]
    return name


def _lint_one(
    name: str, fetcher: Fetcher | None, profiles: Sequence[str], ignored: Sequence[str], severity: str
) -> LintedDocument:
    from ..linters.documents import lint_document

    document = _fetch(name, fetcher) if is_url(name) and fetcher else _read(name)
    if document.body is None:
        return LintedDocument(document, None)
    result = lint_document(
        document.body,
        url=document.url,
        content_type=document.content_type,
        profiles=profiles,
        ignore=ignored,
    )
    return LintedDocument(document, result.errors_only() if severity == "error" else result)


def _read(name: str) -> Document:
    from ..linters.documents import MAX_BYTES

    # One byte more shows that the document is too large, without reading all of it.
    if name == STDIN:
        return Document("stdin", sys.stdin.buffer.read(MAX_BYTES + 1))
    try:
        with Path(name).open("rb") as file:
            return Document(name, file.read(MAX_BYTES + 1))
    except OSError as error:
        return Document(name, None, error=FetchError(f"cannot be read: {error.strerror or error}"))


def _fetch(name: str, fetcher: Fetcher) -> Document:
    from ..linters.documents import MAX_BYTES

    try:
        answer = fetcher.get(_http_url(name), max_bytes=MAX_BYTES, headers={"Accept": _ACCEPT})
    except FetchError as error:
        return Document(name, None, error=error)
    return Document(name, answer.body, answer.url, answer.headers.get("content-type", ""))
