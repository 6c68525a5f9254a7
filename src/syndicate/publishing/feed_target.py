"""What one publish may write: feeds and their archive documents, and whether they are published already."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal
from zlib import crc32

from ..extensions import fingerprint
from ..model import EntryRef, Feed, FeedState, Format, Tombstone
from ..resources import version
from .contents import Contents

ARCHIVE = "/archive/"
"""Stands between the name of a feed and the number of an archive document."""

Kind = Format | Literal["html"]


@dataclass(frozen=True, slots=True)
class Target:
    """A feed, or one of its archive documents, in all its formats.

    Attributes:
        feed: the definition.
        pattern: its name in the config, which a whole family shares.
        words: the facet values that it collects, in a family.
        page: the number of the archive document; none for the feed itself.
        older: the number of the archive document with the entries before these.
        gone: articles that were withdrawn lately.
    """

    feed: Feed
    pattern: str
    words: tuple[str, ...] = ()
    page: int | None = None
    older: int | None = None
    gone: tuple[Tombstone, ...] = ()

    @property
    def name(self) -> str:
        """The path without the ending; the state is kept under it."""
        return self.feed.name if self.page is None else f"{self.feed.name}{ARCHIVE}{self.page}"

    @property
    def state_pattern(self) -> str:
        """The pattern that the state is kept with; archive documents, which are no members, have another."""
        return self.pattern if self.page is None else f"{self.pattern}{ARCHIVE}"

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The documents that it consists of."""
        return (*self.feed.formats, "html") if self.feed.page and self.page is None else self.feed.formats

    @property
    def definition(self) -> str:
        """A digest of everything that the documents depend on beside the articles."""
        parts = (
            f"{version()} {fingerprint()} {self.page} {self.older} {self.gone} {self.feed.model_dump_json()}"
        )
        return hashlib.sha256(parts.encode()).hexdigest()

    def path(self, kind: Kind) -> str:
        """The file of a document, below the output folder."""
        return self.feed.path(kind, self.page)

    def with_contents(self, contents: Contents) -> list[tuple[Target, Sequence[EntryRef]]]:
        """The archive documents, oldest first, and then the feed itself, each with what it shows."""
        pages = [
            (replace(self, page=number, older=number - 1 or None), keys)
            for number, keys in contents.archive.items()
        ]
        head = replace(self, older=contents.older, gone=contents.gone)
        return [*pages, (head, contents.entries)]


def is_published(target: Target, keys: Sequence[EntryRef], state: FeedState | None) -> bool:
    """Whether the documents show these entries already."""
    return (
        state is not None
        and len(state.entries) == len(keys)
        and all(
            shown.id == key.id and shown.revision == key.revision
            for shown, key in zip(state.entries, keys, strict=True)
        )
        and set(state.documents) == set(target.kinds)
        and state.definition == target.definition
    )


def digest(document: bytes) -> str:
    """A checksum that tells a document from its predecessor."""
    # Against accidents, not against malice: five times as fast as a cryptographic hash.
    return f"{len(document)}-{crc32(document):08x}"
