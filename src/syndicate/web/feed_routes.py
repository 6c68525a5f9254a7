"""Feed files over HTTP: media types, content codings, conditions, and how long caches may keep them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from ..model import FORMATS, MEDIA_TYPES
from ..scheduling import Schedule
from ..scheduling.system_clock import Clock
from ..views import evaluate_conditions
from .content_coding import choose_coding
from .published_files import PublishedFiles, modification_time

_log = logging.getLogger(__name__)

SERVED_TYPES: Mapping[str, str] = {
    **{kind: MEDIA_TYPES[kind] for kind in FORMATS},
    "opml": "text/x-opml",
    "html": "text/html",
}
"""The media type of each file name extension that is served. Other files of the folder are not."""

INDEX = "index.html"
SHORTEST_AGE = timedelta(minutes=1)
"""Caches may keep a feed at least this long: a refresh takes some time."""
LONGEST_AGE = timedelta(hours=1)
"""Caches may keep a feed at most this long: somebody may publish by hand."""
UNSCHEDULED_AGE = timedelta(minutes=5)
ARCHIVE_AGE = timedelta(days=1)
"""For paths with `/archive/`: such a document changes only if an old article does."""
UNSTABLE_TIME = timedelta(seconds=2)
"""A file that is newer than this gets no Last-Modified."""

_METHODS = "GET, HEAD, OPTIONS"
_COMMON_HEADERS = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag",
    "x-content-type-options": "nosniff",
}
# A browser may show a feed as a page, and would run scripts in it.
_DOCUMENT_POLICY = "sandbox; default-src 'none'"
_PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Feeds:
    """The ASGI application for `/feeds/{path:path}`.

    It answers GET, HEAD and OPTIONS, for scripts of any site, and serves no ranges.

    Args:
        refresh: when feeds may change, for caches; None if nobody knows.
    """

    def __init__(self, files: PublishedFiles, refresh: Schedule | None, clock: Clock) -> None:
        self._files = files
        self._refresh = refresh
        self._clock = clock
        self._next_refresh = datetime.min.replace(tzinfo=UTC)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        if request.method == "OPTIONS":
            response = _preflight()
        elif request.method not in ("GET", "HEAD"):
            response = _refusal(405, "feeds are read-only", allow=_METHODS)
        else:
            path = _served_path(scope)
            if path is None:
                response = _not_found()
            else:
                response = await run_in_threadpool(self._respond, request, path)
        await response(scope, receive, send)

    def _respond(self, request: Request, path: str) -> Response:
        try:
            return self._document(request, path)
        except OSError as error:
            _log.error("a published file cannot be read: %s", error)
            return _refusal(503, "this file cannot be read at the moment", retry_after="60")

    def _document(self, request: Request, path: str) -> Response:
        request_headers = {name: ", ".join(request.headers.getlist(name)) for name in request.headers}
        with self._files.open(path) as by_coding:
            if not by_coding:
                return _not_found()
            coding = choose_coding(request_headers.get("accept-encoding"), by_coding)
            if coding is None:
                return _refusal(406, "the file does not exist in this coding", vary="Accept-Encoding")
            file = by_coding[coding]
            tag = self._files.tag(file)
            now = self._clock.now()
            modified = _last_modified(modification_time(file), now)
            kind = PurePosixPath(path).suffix[1:]
            headers = {
                "etag": tag,
                **({"last-modified": format_datetime(modified, usegmt=True)} if modified else {}),
                "cache-control": f"public, max-age={self._max_age(path, now)}",
                "vary": "Accept-Encoding",
                "content-security-policy": _PAGE_POLICY if kind == "html" else _DOCUMENT_POLICY,
                **_COMMON_HEADERS,
            }
            status = evaluate_conditions(request_headers, tag, modified)
            if status == 412:
                return _refusal(412, "the file has changed")
            if status == 304:
                return Response(status_code=304, headers=headers)
            body = file.read()
        headers |= {
            "content-type": f"{SERVED_TYPES[kind]}; charset=utf-8",
            "content-length": str(len(body)),
            "accept-ranges": "none",
        }
        if coding != "identity":
            headers["content-encoding"] = coding
        return Response(b"" if request.method == "HEAD" else body, headers=headers)

    def _max_age(self, path: str, now: datetime) -> int:
        """Return for how many seconds a cache may keep a file."""
        if "/archive/" in f"/{path}":
            age = ARCHIVE_AGE
        elif self._refresh is None:
            age = UNSCHEDULED_AGE
        else:
            if self._next_refresh <= now:
                self._next_refresh = next(self._refresh.slots(now))
            age = min(max(self._next_refresh - now, SHORTEST_AGE), LONGEST_AGE)
        return int(age.total_seconds())


def _served_path(scope: Scope) -> str | None:
    """Return the path below the folder, or None if no such file is ever served."""
    path: str = scope["path_params"]["path"] or INDEX
    # An encoded slash is part of a name, and no file has one in its name.
    if b"%2f" in scope.get("raw_path", b"").lower():
        return None
    if any(part == "" or part.startswith(".") for part in path.split("/")):
        return None
    return path if PurePosixPath(path).suffix[1:] in SERVED_TYPES else None


def _last_modified(nanoseconds: int, now: datetime) -> datetime | None:
    """Return the Last-Modified of a file, or None while it may change again within the same second.

    HTTP dates have whole seconds. Clients that compare dates only would take two versions with one date for
    the same (RFC 9110, section 8.8.2.2); newsboat does so even if the entity tags differ.
    """
    modified = datetime.fromtimestamp(nanoseconds // 10**9, UTC)
    return modified if modified + UNSTABLE_TIME <= now else None


def _preflight() -> Response:
    """Answer what a browser asks before a script of another site may send a conditional request."""
    headers = {
        "allow": _METHODS,
        "access-control-allow-methods": _METHODS,
        "access-control-allow-headers": "If-None-Match, If-Modified-Since, Cache-Control",
        "access-control-max-age": "86400",
        **_COMMON_HEADERS,
    }
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)


def _not_found() -> Response:
    return _refusal(404, "there is no such feed")


def _refusal(status: int, reason: str, **headers: Any) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return PlainTextResponse(f"{reason}\n", status, {"cache-control": "no-store", **named, **_COMMON_HEADERS})
