"""The list of a site's feeds as OPML 2.0 (https://opml.org/spec2.opml), for import into feed readers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime

from lxml import etree

from ..errors import FeedError, Where
from ..model import Author, Feed, Format, Problem
from ..text.illegal_characters import repair_text

_DOCS = "https://opml.org/spec2.opml"
# A list has one address per feed. Atom carries most fields, and fewest readers support JSON Feed.
_PREFERRED_FORMATS: tuple[Format, ...] = ("atom", "rss", "json")
# Readers show one or two levels, and XML parsers refuse 256.
_MAX_DEPTH = 8


def to_opml(
    title: str,
    feeds: Sequence[Feed],
    *,
    owner: Author | None = None,
    home: str | None = None,
    updated: datetime | None = None,
    problems: list[Problem] | None = None,
) -> bytes:
    """Return an OPML 2.0 document that lists feeds, each with one address: Atom, else RSS, else JSON Feed.

    A feed with a slash in its name is in an outline for the folder: `tag/boats` is in `tag`.

    Args:
        title: of the list.
        feeds: complete definitions, in the order of the list.
        owner: of the list.
        home: the page of the owner, an absolute URL.
        updated: when the list last changed, with a time zone.
        problems: receives a problem for each feed that has no address and is left out.

    Returns:
        UTF-8; the same bytes for the same arguments.

    Raises:
        FeedError: no feed has an address.
        ValueError: `updated` has no time zone.
    """
    if updated is not None and updated.tzinfo is None:
        raise ValueError("updated needs a time zone, such as datetime.UTC")
    problems = problems if problems is not None else []
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    _add(head, "title", _legal_text(title))
    _add(head, "dateModified", format_datetime(updated.astimezone(UTC), usegmt=True) if updated else None)
    _add(head, "ownerName", _legal_text(owner.name) if owner and owner.name else None)
    _add(head, "ownerEmail", owner.email if owner else None)
    _add(head, "ownerId", home)
    _add(head, "docs", _DOCS)
    folders: dict[tuple[str, ...], etree._Element] = {(): etree.SubElement(root, "body")}
    listed = 0
    for feed in feeds:
        if (outline := _outline(feed, problems)) is not None:
            _folder(folders, feed.name).append(outline)
            listed += 1
    if not listed:
        raise FeedError("no feed of this list has an address", hint="set base_url, and at least one format")
    etree.indent(root)
    text: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return text + b"\n"


def _add(parent: etree._Element, name: str, text: str | None) -> None:
    if text:
        etree.SubElement(parent, name).text = text


def _legal_text(text: str) -> str:
    repaired = repair_text(text)
    # A text that must not be empty stays visible.
    return repaired if repaired == text or repaired.strip() else "\ufffd"


def _outline(feed: Feed, problems: list[Problem]) -> etree._Element | None:
    legal = feed.model_copy(update={"name": repair_text(feed.name)})
    formats = [each for each in _PREFERRED_FORMATS if each in feed.formats]
    address = next((url for each in formats if (url := legal.url(each))), None)
    if address is None:
        problems.append(
            Problem.at(
                Where(field="base_url", id=feed.name),
                "the feed has no address, so the list of feeds does not contain it",
                severity="warning",
                hint="set base_url, and at least one format",
            )
        )
        return None
    title = _legal_text(feed.title)
    values = {
        "type": "rss",
        "text": title,
        "title": title,
        "description": _legal_text(feed.description),
        "xmlUrl": address,
        "htmlUrl": feed.home,
        "language": feed.language or "",
        # OPML defines values for RSS only, and validators refuse others.
        "version": "RSS" if "atom" not in feed.formats and "rss" in feed.formats else "",
    }
    return etree.Element("outline", {name: value for name, value in values.items() if value})


def _folder(folders: dict[tuple[str, ...], etree._Element], name: str) -> etree._Element:
    """Return the outline of the folder that a name is in; add it if it is missing."""
    *path, _ = [part for part in (repair_text(part).strip() for part in name.split("/")) if part] or [""]
    path = path[:_MAX_DEPTH]
    for depth in range(len(path)):
        folder = tuple(path[: depth + 1])
        if folder not in folders:
            folders[folder] = etree.SubElement(folders[folder[:-1]], "outline", text=path[depth])
    return folders[tuple(path)]
