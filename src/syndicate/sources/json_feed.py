"""The items of a JSON Feed (version 1.0 or 1.1) as records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from ..errors import Where
from ..model import Problem
from .feed_records import NO_FEED_HINT, feed_record
from .json_stream import BrokenJsonError, ListItem, ListStart, Member, iterate_json
from .record_fields import NAMES
from .source import RawRecord

# Fields of an item that have the same name in a record (JSON Feed 1.1, "Items").
_SAME_NAMES = {
    *("title", "content_html", "content_text", "summary", "date_published", "date_modified", "tags"),
    "attachments",
}
# Its other fields.
_OTHER_NAMES = {
    *("id", "url", "external_url", "author", "authors", "language", "image", "banner_image"),
}
_ALL_FIELD_NAMES = {name for names in NAMES.values() for name in names}
_MAX_LIST_LENGTH = 100
# JSON Feed 1.1: only `content_html` has markup.
_PLAIN_FIELDS = ("title", "summary", "authors", "tags")


@dataclass(slots=True)
class _Outline:
    """What a document says besides its items."""

    members: dict[str, Any] = field(default_factory=dict)
    has_items: bool = False
    error: BrokenJsonError | None = None

    @property
    def is_feed(self) -> bool:
        return self.has_items and "jsonfeed.org/version/" in str(self.members.get("version"))


def read_json_feed(
    opened: Callable[[], BinaryIO], *, scope: str, place: str, max_bytes: int
) -> Iterator[RawRecord | Problem]:
    """Yield the items of a JSON Feed, in its order. The document is read twice.

    Args:
        opened: opens the document.
        scope, place: see `read_feed`.
        max_bytes: the size limit of one item.
    """
    outline = _read_outline(opened, max_bytes)
    where = Where(file=place)
    if not outline.is_feed:
        if outline.error and not isinstance(outline.members.get("version"), str):
            reason = f"broken JSON: {outline.error!s:.200}"
        else:
            reason = (
                "JSON, but not a JSON Feed"
                if outline.error is None
                else f"broken JSON: {outline.error!s:.200}"
            )
        yield Problem.at(where, f"this is not a feed: {reason}", hint=NO_FEED_HINT)
        return
    ignored: set[str] = set()
    number = 0
    try:
        for each in _items(opened, max_bytes):
            number += 1
            item, line = each.value, each.line
            if each.wrong_byte is not None:
                yield Problem.at(
                    Where(file=place, line=line, id=f"#{number}"),
                    f"the item is not UTF-8: byte 0x{each.wrong_byte:02x}",
                )
            elif isinstance(item, Mapping):
                record = _item_record(item, outline.members, scope, place, number)
                ignored |= _ALL_FIELD_NAMES.intersection(item) - _SAME_NAMES - _OTHER_NAMES
                yield record
            else:
                yield Problem.at(
                    Where(file=place, line=line, id=f"#{number}"),
                    f"this is not an item but {type(item).__name__}",
                )
    except BrokenJsonError as error:
        yield Problem.at(
            Where(file=place, line=error.line),
            f"the feed is broken JSON at column {error.column}: {error}",
            hint="the items before it were taken",
        )
    if ignored:
        yield Problem.at(
            where,
            f"JSON Feed does not define {', '.join(sorted(ignored))}: ignored unless the config names it",
            severity="note",
            hint="fields or elements of the source say which field to use",
        )


def _read_outline(opened: Callable[[], BinaryIO], max_bytes: int) -> _Outline:
    outline = _Outline()
    name: str | None = None
    try:
        with opened() as file:
            for each in iterate_json(file, max_bytes):
                if isinstance(each, ListStart):
                    name = each.name
                    outline.has_items |= name == "items"
                    if name not in (None, "items"):
                        outline.members[name] = []
                elif isinstance(each, Member):
                    outline.members[each.name or ""] = each.value
                elif name not in (None, "items") and len(outline.members[name]) < _MAX_LIST_LENGTH:
                    outline.members[name].append(each.value)
    except BrokenJsonError as error:
        outline.error = error
    return outline


def _items(opened: Callable[[], BinaryIO], max_bytes: int) -> Iterator[ListItem]:
    is_items = False
    with opened() as file:
        for each in iterate_json(file, max_bytes):
            if isinstance(each, ListStart):
                is_items = each.name == "items"
            elif isinstance(each, ListItem) and is_items:
                yield each


def _item_record(
    item: Mapping[str, Any], feed: Mapping[str, Any], scope: str, place: str, number: int
) -> RawRecord:
    """Return an item of JSON Feed 1.1, or of 1.0 with its one `author`."""
    text = item.get("content_html") or item.get("content_text") or item.get("summary")
    fields = {
        **{name: item[name] for name in _SAME_NAMES if name in item},
        "link": item.get("url") or item.get("external_url"),
        "authors": item.get("authors") or item.get("author") or feed.get("authors") or feed.get("author"),
        "language": item.get("language") or feed.get("language"),
        "image": item.get("image") or item.get("banner_image"),
    }
    own_id = item.get("id")
    # Version 1.0 allows numbers as ids.
    record = feed_record(
        fields,
        str(own_id) if own_id is not None else "",
        title=str(item.get("title") or ""),
        body=str(text or ""),
        date=None,
        scope=scope,
        where=Where(file=place, id=f"#{number}"),
    )
    extra = {name: value for name, value in item.items() if name not in _SAME_NAMES | _OTHER_NAMES}
    homes = [str(each) for each in (feed.get("home_page_url"), feed.get("feed_url")) if each]
    extra["feed"] = {"title": feed.get("title"), "link": feed.get("home_page_url"), "url": scope}
    return replace(record, extra=extra, stated_homes=homes, plain_fields=_PLAIN_FIELDS)
