"""HTTP responses for feeds in any web framework: ETag, Last-Modified, 304 (RFC 9110 8.8 and 13). Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Literal, Protocol

_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_METHODS = "GET, HEAD"


class RequestHeaders(Protocol):
    """The headers of a request, as Django, Flask, Starlette and FastAPI have them; a dict will do."""

    def items(self) -> Iterable[tuple[str, str]]: ...


@dataclass(frozen=True)
class FeedResponse:
    """A response to send as it is.

    Attributes:
        status: 200, 304 (the client has this version), 405 or 412.
        headers: all headers that depend on the feed; names are in the usual spelling.
        body: empty for HEAD requests and for every status but 200.
    """

    status: int
    headers: dict[str, str]
    body: bytes


def feed_response(
    body: bytes,
    media_type: str,
    *,
    method: str = "GET",
    request_headers: RequestHeaders | None = None,
    last_modified: datetime | None = None,
    max_age: timedelta | None = None,
) -> FeedResponse:
    """Answer a request for a feed: 304 if the client has this version, otherwise the document.

    The ETag is a hash of the body, so the body must be the same as long as the feed is. `to_rss`, `to_atom`
    and `to_json_feed` guarantee this: same articles, same bytes.

    Args:
        body: the document, in UTF-8.
        media_type: without parameters, such as `application/rss+xml`, `application/atom+xml`,
            `application/feed+json`.
        method: of the request; all but GET and HEAD are answered with 405.
        request_headers: of the request.
        last_modified: when the feed changed last, with a time zone; fractions of a second are dropped. Leave
            it out if the feed can change twice within a second (RFC 9110 8.8.2.2).
        max_age: how long caches may use the response without asking again.

    Raises:
        ValueError: `last_modified` has no time zone.
    """
    if method not in ("GET", "HEAD"):
        return FeedResponse(405, {"Allow": _METHODS}, b"")
    etag = entity_tag(body)
    headers = {"ETag": etag}
    if last_modified is not None:
        if last_modified.tzinfo is None:
            raise ValueError("last_modified needs a time zone")
        last_modified = last_modified.astimezone(UTC).replace(microsecond=0)
        headers["Last-Modified"] = format_datetime(last_modified, usegmt=True)
    if max_age is not None:
        headers["Cache-Control"] = f"public, max-age={int(max_age.total_seconds())}"
    status = evaluate_conditions(_combine_lines(request_headers), etag, last_modified)
    if status == 412:
        return FeedResponse(412, {}, b"")
    if status == 304:
        return FeedResponse(304, headers, b"")
    headers |= {"Content-Type": f"{media_type}; charset=utf-8", "Content-Length": str(len(body))}
    return FeedResponse(200, headers, b"" if method == "HEAD" else body)


def entity_tag(body: bytes) -> str:
    """Return the strong entity tag of a document, in its quotes."""
    return f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'


def evaluate_conditions(
    headers: Mapping[str, str], etag: str, last_modified: datetime | None
) -> Literal[200, 304, 412]:
    """Evaluate the conditions of a GET or HEAD request in the order of RFC 9110 13.2.2.

    Args:
        headers: by lower-case names, several lines of one name joined by commas.
        etag: the strong entity tag of the current document, in its quotes.
        last_modified: in UTC, whole seconds; without it conditions on the date are ignored.

    Returns:
        200 to send the document, 304 if the client has it, 412 if the client asked for another version only.
    """
    if (if_match := headers.get("if-match")) is not None:
        if if_match.strip() != "*" and etag not in _ETAG.findall(if_match):
            return 412
    elif (
        last_modified and (since := _parse_date(headers.get("if-unmodified-since"))) and last_modified > since
    ):
        return 412
    if (if_none_match := headers.get("if-none-match")) is not None:
        # Compared weakly: a proxy that compresses the response makes our tag a weak one.
        known = {each.removeprefix("W/") for each in _ETAG.findall(if_none_match)}
        return 304 if if_none_match.strip() == "*" or etag in known else 200
    if last_modified and (since := _parse_date(headers.get("if-modified-since"))) and last_modified <= since:
        return 304
    return 200


def _combine_lines(headers: RequestHeaders | None) -> dict[str, str]:
    """Return the values by lower-case names; lines of one name are joined (RFC 9110 5.3)."""
    combined: dict[str, str] = {}
    for name, value in headers.items() if headers is not None else ():
        name = name.lower()
        combined[name] = f"{combined[name]}, {value}" if name in combined else value
    return combined


def _parse_date(value: str | None) -> datetime | None:
    """Return an HTTP date in any of its three forms (RFC 9110 5.6.7); None if it is invalid."""
    if value is None:
        return None
    try:
        date = parsedate_to_datetime(value)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
