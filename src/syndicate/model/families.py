"""Feed families: one feed for each tag, author, section or language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from . import Facet
from .slug import slug


@dataclass(frozen=True, slots=True)
class Member:
    """One feed of a family.

    Attributes:
        slug: stands in its name in place of `{tag}`.
        words: the facet values that it collects, the plainest first.
    """

    slug: str
    words: tuple[str, ...]

    @property
    def label(self) -> str:
        """The facet value that its title shows."""
        return self.words[0]


def family(words: Iterable[str]) -> list[Member]:
    """The members of a family, one for each slug; words that differ in spelling only share one."""
    members: dict[str, list[str]] = {}
    for word in words:
        members.setdefault(slug(word), []).append(word)
    return [Member(name, in_order(found)) for name, found in sorted(members.items())]


def in_order(words: Iterable[str]) -> tuple[str, ...]:
    """Spellings of one facet value: those with the fewest marks first, so that `(Nora)` renames nobody."""
    return tuple(sorted(words, key=lambda word: (sum(not c.isalnum() and c != " " for c in word), word)))


def named(pattern: str, each: Facet, member: Member) -> str:
    """The name of a member: `tag/{tag}` becomes `tag/boats`."""
    return pattern.replace(f"{{{each}}}", member.slug)
