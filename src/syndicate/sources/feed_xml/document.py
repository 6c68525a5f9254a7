"""An RSS or Atom document, parsed one entry after the other in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from lxml import etree

from ..character_references import RepairedFile
from .encoding import Utf8Stream
from .names import ENTRY_NAMES, element_name

_ENTRY_TAGS = [
    *(f"{{*}}{name}" for base in ("item", "entry") for name in (base, base.capitalize(), base.upper())),
    "{*}liveItem",
]
# RFC 4287, section 2: a document may consist of one entry.
_ROOTS = {"rss", "feed", "rdf:rdf", "rdf", "channel", "entry"}


class OversizedEntryError(Exception):
    """An element has more bytes than one record may have."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What a document says besides its entries.

    Attributes:
        root: the document without its entries; None if it cannot be read.
        count: of the entries.
        error: why the document is not well-formed, if it is not; `line` is where.
        is_repaired: whether illegal characters were removed.
    """

    root: etree._Element | None
    count: int = 0
    error: str | None = None
    line: int | None = None
    is_repaired: bool = False

    @property
    def is_feed(self) -> bool:
        """Whether the document is RSS or Atom."""
        return self.root is not None and element_name(self.root) in _ROOTS

    @property
    def is_atom(self) -> bool:
        """Whether the document is Atom of any version."""
        return self.root is not None and element_name(self.root) in ("feed", "entry")

    @property
    def metadata(self) -> etree._Element | None:
        """The element with the metadata of the feed: `channel` in RSS, `feed` in Atom."""
        if self.root is None or element_name(self.root) == "entry":
            return None
        channel = next((each for each in self.root if element_name(each) == "channel"), None)
        return self.root if channel is None else channel


class XmlDocument:
    """A document that can be opened several times.

    Args:
        opened: opens it.
        encoding: its character encoding.
        max_bytes: the size limit of one entry, and of what is between two entries.
    """

    def __init__(self, opened: Callable[[], BinaryIO], encoding: str, max_bytes: int) -> None:
        self._opened = opened
        self._encoding = encoding
        self._max_bytes = max_bytes

    def outline(self) -> Outline:
        """Read the document to its end, and return what it says besides its entries.

        Raises:
            OversizedEntryError: an element is too large.
        """
        count = 0
        with self._opened() as file:
            stream = self._stream(file)
            events = _entry_events(stream)
            try:
                for _, element in events:
                    if is_entry(element):
                        count += 1
                        stream.restart()
                        _remove(element)
            except etree.XMLSyntaxError as error:
                return Outline(None, 0, error.msg, error.lineno or None, stream.is_repaired)
        return Outline(events.root, count, is_repaired=stream.is_repaired)

    def entries(self) -> Iterator[etree._Element]:
        """Yield the entries of a well-formed document. Each is gone when the next one is asked for.

        Raises:
            OversizedEntryError: an element is too large.
        """
        with self._opened() as file:
            stream = self._stream(file)
            for _, element in _entry_events(stream):
                if is_entry(element):
                    stream.restart()
                    yield element
                    element.clear()
                    parent = element.getparent()
                    while parent is not None and element.getprevious() is not None:
                        del parent[0]

    def _stream(self, file: BinaryIO) -> _LimitedStream:
        return _LimitedStream(Utf8Stream(file, self._encoding), self._max_bytes)

    def text(self, max_bytes: int) -> str:
        """Return the beginning of the document as text.

        Args:
            max_bytes: how much is read at most.
        """
        with self._opened() as file:
            stream = Utf8Stream(file, self._encoding)
            chunks, size = [], 0
            while size < max_bytes and (chunk := stream.read(1 << 16)):
                chunks.append(chunk)
                size += len(chunk)
        return b"".join(chunks).decode("utf-8", "replace")


class _LimitedStream:
    """A document without illegal characters, which may have only so many bytes from one entry to the next."""

    def __init__(self, stream: Utf8Stream, max_bytes: int) -> None:
        self._repaired = RepairedFile(stream, cdata=False)
        self._max_bytes = max_bytes
        self._size = 0

    @property
    def is_repaired(self) -> bool:
        """Whether illegal characters were removed so far."""
        return self._repaired.is_repaired

    def restart(self) -> None:
        """Note the end of an entry."""
        self._size = 0

    def read(self, size: int) -> bytes:
        """Return about `size` bytes; empty at the end of the document."""
        data = self._repaired.read(size)
        self._size += len(data)
        if self._size > self._max_bytes:
            raise OversizedEntryError
        return data


def is_entry(element: etree._Element) -> bool:
    """Return whether an element is an entry, and not one within an entry."""
    return element_name(element) in ENTRY_NAMES and not any(
        element_name(each) in ENTRY_NAMES for each in element.iterancestors()
    )


def _entry_events(stream: _LimitedStream) -> etree.iterparse:
    return etree.iterparse(
        stream,
        events=("end",),
        tag=_ENTRY_TAGS,
        encoding="utf-8",
        # Those that the document itself defines; libxml2 limits what they grow to.
        resolve_entities="internal",
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        element.tail = None
        parent.remove(element)
