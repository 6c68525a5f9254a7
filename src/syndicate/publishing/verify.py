"""Whether a finished document is whole: parsed by a parser that did not write it, and every entry is there.

RSS and Atom are written with lxml and string templates, and parsed here with expat. JSON Feed is written
with serde and parsed here with jiter.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.parsers import expat

from pydantic_core import from_json

from ..errors import FeedError, Where
from ..model import Format

# Names as expat gives them: namespace, a space, local name. RSS has no namespace.
_ENTRY: dict[Format, str] = {"rss": "item", "atom": "http://www.w3.org/2005/Atom entry"}
_ID: dict[Format, str] = {"rss": "guid", "atom": "http://www.w3.org/2005/Atom id"}


def verify(kind: Format, document: bytes, ids: Sequence[str]) -> None:
    """Make sure that a document can be parsed and has exactly these entries, in this order.

    Args:
        kind: its format.
        document: the bytes as they would be published.
        ids: of its entries.

    Raises:
        FeedError: it is malformed, or has other entries; says where.
    """
    found = _json_ids(document) if kind == "json" else _xml_ids(kind, document)
    if found != list(ids):
        position = next(
            (n for n, pair in enumerate(zip(found, ids, strict=False)) if pair[0] != pair[1]), None
        )
        detail = (
            f"{len(found)} entries where {len(ids)} belong"
            if position is None
            else f"entry {position + 1} is {found[position]!r} where {ids[position]!r} belongs"
        )
        raise FeedError(f"the {kind} document is not what its entries add up to: {detail}")


def _json_ids(document: bytes) -> list[str]:
    try:
        return [item["id"] for item in from_json(document, allow_inf_nan=False)["items"]]
    except (ValueError, KeyError, TypeError) as error:
        raise FeedError(f"the JSON Feed cannot be parsed: {error}") from None


def _xml_ids(kind: Format, document: bytes) -> list[str]:
    entry, id_ = _ENTRY[kind], _ID[kind]
    found: list[str] = []
    text: list[str] = []
    entries = 0
    parser = expat.ParserCreate(namespace_separator=" ")

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal entries
        if name == entry:
            entries += 1
        elif name == id_ and len(found) < entries:
            # The first id within an entry; a later one is that of a feed that the entry was taken from.
            parser.CharacterDataHandler = text.append
            # Set for this element only: a call for each end tag would double the time.
            parser.EndElementHandler = end

    def end(_: str) -> None:
        parser.CharacterDataHandler = parser.EndElementHandler = None
        found.append("".join(text))
        text.clear()

    parser.StartElementHandler = start
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise FeedError(
            f"the XML cannot be parsed: {expat.ErrorString(error.code)}, column {error.offset + 1}",
            where=Where(line=error.lineno),
        ) from None
    return found
