"""One feed into its documents, reusing what can be reused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal
from zlib import crc32

from ..feeds import Gone
from ..model import Facet, Feed, Format
from ..ports import FeedState, Key
from ..selection import slug
from ..shipped import version
from .entries import Spelt

ARCHIVE = "/archive/"
"""Stands between the name of a feed and the number of an archive document."""


@dataclass(frozen=True, slots=True)
class Member:
    """One feed of a family: its name in place of `{tag}`, and the words that it gathers."""

    slug: str
    words: tuple[str, ...]

    @property
    def label(self) -> str:
        return self.words[0]


def family(words: Iterable[str]) -> list[Member]:
    """The members of a family, one for each slug; words that differ only in spelling share one."""
    members: dict[str, list[str]] = {}
    for word in sorted(words):
        members.setdefault(slug(word), []).append(word)
    return [Member(name, tuple(found)) for name, found in sorted(members.items())]


def named(pattern: str, each: Facet, member: Member) -> str:
    """A family's name pattern with the member's own in it: `tag/{tag}` becomes `tag/boats`."""
    return pattern.replace(f"{{{each}}}", member.slug)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A document set to be made: a feed, or one of its archive documents.

    Attributes:
        feed: complete.
        pattern: its name in the config.
        words: what it gathers, in a family.
        page: the number of the archive document; none for the feed itself.
        older: the archive document with what came before.
        gone: what was withdrawn lately.
    """

    feed: Feed
    pattern: str
    words: tuple[str, ...] = ()
    page: int | None = None
    older: int | None = None
    gone: tuple[Gone, ...] = ()

    @property
    def name(self) -> str:
        """Under which its state is kept: its path without the ending."""
        return self.feed.name if self.page is None else f"{self.feed.name}{ARCHIVE}{self.page}"

    @property
    def kept_under(self) -> str:
        """The name in the config, and another one for archive documents: they are no members of a family."""
        return self.pattern if self.page is None else f"{self.pattern}{ARCHIVE}"

    @property
    def kinds(self) -> tuple[Format | Literal["html"], ...]:
        """The documents that there are to be."""
        return (*self.feed.formats, "html") if self.feed.page and self.page is None else self.feed.formats

    @property
    def definition(self) -> str:
        """A digest of everything that the documents depend on beside the articles."""
        told = f"{version()} {self.page} {self.older} {self.gone} {self.feed.model_dump_json()}"
        return hashlib.sha256(told.encode()).hexdigest()

    def path(self, kind: Format | Literal["html"]) -> str:
        """The file of a document, below the output folder."""
        return self.feed.path(kind, self.page)


def as_it_is(wanted: Wanted, keys: Sequence[Key], state: FeedState | None) -> bool:
    """Whether the documents show this already."""
    return (
        state is not None
        and len(state.shown) == len(keys)
        and all(
            shown.id == key.id and shown.revision == key.revision
            for shown, key in zip(state.shown, keys, strict=True)
        )
        and set(state.documents) == set(wanted.kinds)
        and state.definition == wanted.definition
    )


def kept(wanted: Wanted, state: FeedState | None, get: Callable[[str], bytes | None]) -> dict[str, Spelt]:
    """The entries that the documents of a feed have, cut out of them, by id.

    None if what they depend on has changed, or a document is not as it was left.

    Args:
        wanted: the feed, or one of its archive documents.
        state: as it was last published.
        get: gives a document as it is now.
    """
    if state is None or state.definition != wanted.definition:
        return {}
    slices: dict[Format, list[bytes]] = {}
    for kind in wanted.feed.formats:
        written = state.documents.get(kind)
        if written is None:
            return {}
        body = get(wanted.path(kind))
        if body is None or digest(body) != written.digest:
            return {}
        starts = [written.start]
        for shown in state.shown:
            starts.append(starts[-1] + shown.sizes[kind] + written.gap)
        slices[kind] = [body[start : after - written.gap] for start, after in pairwise(starts)]
    return {
        shown.id: Spelt(
            shown.id, shown.revision, shown.updated, {kind: slices[kind][number] for kind in slices}
        )
        for number, shown in enumerate(state.shown)
    }


def digest(body: bytes) -> str:
    """What tells a document from another."""
    # Against accidents, such as a file that was edited by hand; five times as fast as a hash against malice.
    return f"{len(body)}-{crc32(body):08x}"
