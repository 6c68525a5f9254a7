"""The entries of one feed as records: RSS and Atom of any version, and JSON Feed."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import BinaryIO

from ..errors import Where
from ..model import Problem
from ..text.illegal_characters import needs_repair
from .feed_records import NO_FEED_HINT, feed_record
from .feed_xml.broken_document import BrokenDocument
from .feed_xml.document import OversizedEntryError, XmlDocument
from .feed_xml.encoding import choose_encoding
from .feed_xml.entry import FeedMetadata
from .feed_xml.old_titles import identifying_title
from .json_feed import read_json_feed
from .source import RawRecord

_MAX_BYTES = 40_000_000


def read_feed(
    data: bytes,
    *,
    scope: str,
    place: str,
    url: str | None = None,
    media_type: str | None = None,
    is_strict: bool = False,
    max_bytes: int = _MAX_BYTES,
) -> Iterator[RawRecord | Problem]:
    """Yield the entries of an RSS, Atom or JSON feed, in its order.

    An id that is a URI is kept. Any other id is unique only within its feed; a globally unique one is made
    from it. Entries without an id are identified by their links.

    Args:
        scope: what identifies the feed in ids that are made: its URL, or its file's key.
        place: for messages.
        url: where it was fetched from, after redirects; its relative addresses are relative to it.
        media_type: from the server; may name the encoding.
        is_strict: whether broken XML is an error instead of a warning.
        max_bytes: the size limit of one entry.
    """
    yield from read_feed_file(
        lambda: io.BytesIO(data),
        scope=scope,
        place=place,
        url=url,
        media_type=media_type,
        is_strict=is_strict,
        max_bytes=max_bytes,
    )


def read_feed_file(
    opened: Callable[[], BinaryIO],
    *,
    scope: str,
    place: str,
    url: str | None = None,
    media_type: str | None = None,
    is_strict: bool = False,
    max_bytes: int = _MAX_BYTES,
) -> Iterator[RawRecord | Problem]:
    """Do as `read_feed`, for a document that may be larger than memory. It is read several times.

    Args:
        opened: opens the document.

    Raises:
        OSError: the document cannot be read.
    """
    with opened() as file:
        beginning = file.read(200).lstrip(b"\xef\xbb\xbf \t\r\n")
        is_json = beginning.startswith((b"{", b"["))
        file.seek(0)
        encoding, declared = ("utf-8", None) if is_json else choose_encoding(file, media_type)
    if is_json:
        yield from read_json_feed(opened, scope=scope, place=place, max_bytes=max_bytes)
        return
    where = Where(file=place)
    if declared:
        yield Problem.at(
            where,
            f"the feed is not in {declared!r:.40}, as it says: read as {encoding}",
            severity="note",
            hint="tell the publisher of the feed",
        )
    document = XmlDocument(opened, encoding, max_bytes)
    try:
        yield from _read_xml(document, scope, place, url, max_bytes, is_strict=is_strict)
    except OversizedEntryError:
        yield Problem.at(
            where,
            f"an entry has more than {max_bytes / 1e6:g} MB; the entries before it were taken",
            hint="raise max_size of the source if this is an article",
        )


def _read_xml(
    document: XmlDocument, scope: str, place: str, url: str | None, max_bytes: int, *, is_strict: bool
) -> Iterator[RawRecord | Problem]:
    where = Where(file=place)
    outline = document.outline()
    broken = None
    if outline.error is not None:
        broken = BrokenDocument(document.text(max_bytes))
    found = broken.outline if broken else outline
    if not found.is_feed:
        reason = f": {outline.error}" if outline.error else ""
        yield Problem.at(where, f"this is not a feed{reason}", hint=NO_FEED_HINT)
        return
    if broken:
        missing = f"; {broken.truncated} entries were cut off and left out" if broken.truncated else ""
        yield Problem.at(
            Where(file=place, line=outline.line),
            f"the feed is broken XML: {outline.error}{missing}",
            severity="error" if is_strict else "warning",
            hint="the entries that could be read were taken",
        )
    if outline.is_repaired:
        yield Problem.at(
            where,
            "characters that XML does not allow, or references to them, were removed",
            severity="warning",
            hint="tell the publisher of the feed (XML 1.0, section 4.1)",
        )
    metadata = FeedMetadata(found, scope, url)
    for number, element in enumerate(broken.entries() if broken else document.entries(), 1):
        entry = metadata.entry(element)
        record = feed_record(
            entry.fields,
            entry.own_id,
            title=identifying_title(entry.title),
            body=entry.body,
            date=entry.date,
            scope=scope,
            where=Where(file=place, id=f"#{number}"),
        )
        if not entry.is_readable_date:
            yield Problem.at(
                replace(record.where, field="published"),
                f"not a date: {entry.date!r:.60}; left out",
                severity="warning",
            )
        yield replace(
            record,
            extra={"feed": metadata.feed},
            # The parser of an HTML title removes illegal characters without a trace.
            is_repaired=entry.title.kind == "html" and needs_repair(entry.title.value),
            stated_homes=metadata.stated_homes,
            plain_fields=() if entry.title.kind == "unknown" else ("title",),
        )
