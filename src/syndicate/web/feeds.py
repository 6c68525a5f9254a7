"""Feed files over HTTP: their media types, their codings, and 304 where nothing has changed."""

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
from .files import Files, changed
from .negotiation import choose_coding

_log = logging.getLogger(__name__)

TYPES: Mapping[str, str] = {
    **{kind: MEDIA_TYPES[kind] for kind in FORMATS},
    "opml": "text/x-opml",
    "html": "text/html",
}
"""The endings of what is served, and their media types; nothing else in the folder is."""

INDEX = "index.html"
SHORTEST = timedelta(minutes=1)
"""A cache may always keep a feed for this long: a refresh takes its time, too."""
LONGEST = timedelta(hours=1)
"""And no longer than this, since somebody may publish by hand."""
UNSCHEDULED = timedelta(minutes=5)
ARCHIVED = timedelta(days=1)
"""For what has `/archive/` in its path: it changes only when an old article does."""
SETTLING = timedelta(seconds=2)
"""How long a file gets no Last-Modified: its second, and one for a version that was written in it already."""

_METHODS = "GET, HEAD, OPTIONS"
_ANYBODY = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag",
    "x-content-type-options": "nosniff",
}
# A browser may take a feed for a page, and what is in it for that page's scripts.
_DOCUMENT_POLICY = "sandbox; default-src 'none'"
_PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Feeds:
    """The ASGI application for `/feeds/{path:path}`.

    Answers GET, HEAD and OPTIONS. Any site's scripts may read. A feed is a whole: ranges are not served.

    Args:
        files: the site's output.
        refresh: when feeds may change, for caches; None if nobody knows.
        clock: what time it is, for the same.
    """

    def __init__(self, files: Files, refresh: Schedule | None, clock: Clock) -> None:
        self._files = files
        self._refresh = refresh
        self._clock = clock
        self._slot = datetime.min.replace(tzinfo=UTC)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        if request.method == "OPTIONS":
            response = _preflight()
        elif request.method not in ("GET", "HEAD"):
            response = _refusal(405, "feeds can only be read", allow=_METHODS)
        else:
            path = _path(scope)
            response = _nothing() if path is None else await run_in_threadpool(self._answer, request, path)
        await response(scope, receive, send)

    def _answer(self, request: Request, path: str) -> Response:
        try:
            return self._document(request, path)
        except OSError as error:
            _log.error("a published file cannot be read: %s", error)
            return _refusal(503, "this cannot be read just now", retry_after="60")

    def _document(self, request: Request, path: str) -> Response:
        asked = {name: ", ".join(request.headers.getlist(name)) for name in request.headers}
        with self._files.open(path) as there:
            if not there:
                return _nothing()
            coding = choose_coding(asked.get("accept-encoding"), there)
            if coding is None:
                return _refusal(406, "there is no such coding of this", vary="Accept-Encoding")
            file = there[coding]
            tag = self._files.tag(file)
            now = self._clock.now()
            modified = _settled(changed(file), now)
            kind = PurePosixPath(path).suffix[1:]
            headers = {
                "etag": tag,
                **({"last-modified": format_datetime(modified, usegmt=True)} if modified else {}),
                "cache-control": f"public, max-age={self._keep_for(path, now)}",
                "vary": "Accept-Encoding",
                "content-security-policy": _PAGE_POLICY if kind == "html" else _DOCUMENT_POLICY,
                **_ANYBODY,
            }
            if (status := evaluate_conditions(asked, tag, modified)) == 412:
                return _refusal(412, "this has changed")
            if status == 304:
                return Response(status_code=304, headers=headers)
            body = file.read()
        headers |= {
            "content-type": f"{TYPES[kind]}; charset=utf-8",
            "content-length": str(len(body)),
            "accept-ranges": "none",
        }
        if coding != "identity":
            headers["content-encoding"] = coding
        return Response(b"" if request.method == "HEAD" else body, headers=headers)

    def _keep_for(self, path: str, now: datetime) -> int:
        """For how many seconds a cache may keep what it gets now."""
        if "/archive/" in f"/{path}":
            span = ARCHIVED
        elif self._refresh is None:
            span = UNSCHEDULED
        else:
            if self._slot <= now:
                self._slot = next(self._refresh.slots(now))
            span = min(max(self._slot - now, SHORTEST), LONGEST)
        return int(span.total_seconds())


def _path(scope: Scope) -> str | None:
    """The path below the folder, or None for what is not served whether it is there or not."""
    path: str = scope["path_params"]["path"] or INDEX
    # An encoded slash is part of a name, and no file has one in its name.
    if b"%2f" in scope.get("raw_path", b"").lower():
        return None
    if any(part == "" or part.startswith(".") for part in path.split("/")):
        return None
    return path if PurePosixPath(path).suffix[1:] in TYPES else None


def _settled(nanoseconds: int, now: datetime) -> datetime | None:
    """When something changed last, or None while it may yet change again within that second.

    HTTP tells no less than seconds. Two versions with one Last-Modified would be one to readers that go by it
    (RFC 9110 8.8.2.2); newsboat does so even where the tags differ.
    """
    modified = datetime.fromtimestamp(nanoseconds // 10**9, UTC)
    return modified if modified + SETTLING <= now else None


def _preflight() -> Response:
    """What a browser asks before a script of another site may send a condition with its request."""
    headers = {
        "allow": _METHODS,
        "access-control-allow-methods": _METHODS,
        "access-control-allow-headers": "If-None-Match, If-Modified-Since, Cache-Control",
        "access-control-max-age": "86400",
        **_ANYBODY,
    }
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)


def _nothing() -> Response:
    return _refusal(404, "there is no such feed")


def _refusal(status: int, reason: str, **headers: Any) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return PlainTextResponse(f"{reason}\n", status, {"cache-control": "no-store", **named, **_ANYBODY})
