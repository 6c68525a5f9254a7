"""The list of a site's feeds as OPML 2.0 (https://opml.org/spec2.opml), to take into a reader in one go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime

from lxml import etree

from ..errors import FeedError, Where
from ..model import Author, Feed, Format, Problem
from ..text.characters import repair_text

_DOCS = "https://opml.org/spec2.opml"
# Readers ask for one address; Atom says most, and JSON Feed is known to the fewest.
_BEST: tuple[Format, ...] = ("atom", "rss", "json")
# Readers show a level or two, and XML parsers refuse 256.
_DEEPEST = 8


def to_opml(
    title: str,
    feeds: Sequence[Feed],
    *,
    owner: Author | None = None,
    home: str | None = None,
    updated: datetime | None = None,
    problems: list[Problem] | None = None,
) -> bytes:
    """The OPML 2.0 document that lists some feeds, each at one address: Atom, else RSS, else JSON Feed.

    A feed whose name has folders is listed in outlines of their names: `tag/boats` in `tag`.

    Args:
        title: of the list.
        feeds: complete definitions, in the order of the list.
        owner: who keeps the list.
        home: a page about the owner, absolute.
        updated: when the list last changed, with its zone.
        problems: gets each feed that was left out because it has no address.

    Returns:
        UTF-8; the same bytes for the same arguments.

    Raises:
        FeedError: no feed has an address, and a list needs one at least.
        ValueError: `updated` has no zone.
    """
    if updated is not None and updated.tzinfo is None:
        raise ValueError("updated needs a zone, such as datetime.UTC")
    told = problems if problems is not None else []
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    _child(head, "title", _legal(title))
    _child(head, "dateModified", format_datetime(updated.astimezone(UTC), usegmt=True) if updated else None)
    _child(head, "ownerName", _legal(owner.name) if owner and owner.name else None)
    _child(head, "ownerEmail", owner.email if owner else None)
    _child(head, "ownerId", home)
    _child(head, "docs", _DOCS)
    folders: dict[tuple[str, ...], etree._Element] = {(): etree.SubElement(root, "body")}
    listed = 0
    for feed in feeds:
        if (outline := _outline(feed, told)) is not None:
            _folder(folders, feed.name).append(outline)
            listed += 1
    if not listed:
        raise FeedError("no feed of this list has an address", hint="set base_url, and one format at least")
    etree.indent(root)
    text: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return text + b"\n"


def _child(parent: etree._Element, name: str, text: str | None) -> None:
    if text:
        etree.SubElement(parent, name).text = text


def _legal(text: str) -> str:
    mended = repair_text(text)
    # What stood there must not vanish from a reader's list.
    return mended if mended == text or mended.strip() else "\ufffd"


def _outline(feed: Feed, told: list[Problem]) -> etree._Element | None:
    named = feed.model_copy(update={"name": repair_text(feed.name)})
    address = next((url for kind in _BEST if kind in feed.formats and (url := named.url(kind))), None)
    if address is None:
        told.append(
            Problem.at(
                Where(field="base_url", id=feed.name),
                "the feed has no address and is not in the list of feeds",
                severity="warning",
                hint="set base_url, and one format at least",
            )
        )
        return None
    title = _legal(feed.title)
    values = {
        "type": "rss",
        "text": title,
        "title": title,
        "description": _legal(feed.description),
        "xmlUrl": address,
        "htmlUrl": feed.home,
        "language": feed.language or "",
        # Only RSS has a word here, readers pass over it, and validators refuse any other.
        "version": "RSS" if "atom" not in feed.formats and "rss" in feed.formats else "",
    }
    return etree.Element("outline", {name: value for name, value in values.items() if value})


def _folder(folders: dict[tuple[str, ...], etree._Element], name: str) -> etree._Element:
    """The outline of the folder that a name is in, made where it is not there yet."""
    *path, _ = [part for part in (repair_text(part).strip() for part in name.split("/")) if part] or [""]
    path = path[:_DEEPEST]
    for depth in range(len(path)):
        here = tuple(path[: depth + 1])
        if here not in folders:
            folders[here] = etree.SubElement(folders[here[:-1]], "outline", text=path[depth])
    return folders[tuple(path)]
