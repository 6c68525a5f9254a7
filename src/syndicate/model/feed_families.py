"""Feed families: one feed for each tag, author, section or language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from . import Facet
from .slug import slug


@dataclass(frozen=True, slots=True)
class FamilyMember:
    """One feed of a family.

    Attributes:
        slug: replaces `{tag}` in the family's name.
        facet_values: all spellings with this slug, such as `Boats` and `boats`; the title shows the first.
    """

    slug: str
    facet_values: tuple[str, ...]

    @property
    def label(self) -> str:
        """The facet value in the title."""
        return self.facet_values[0]


def family_members(facet_values: Iterable[str]) -> list[FamilyMember]:
    """Return one member for each slug, sorted by slug."""
    spellings: dict[str, list[str]] = {}
    for value in facet_values:
        spellings.setdefault(slug(value), []).append(value)
    return [FamilyMember(name, sort_spellings(values)) for name, values in sorted(spellings.items())]


def sort_spellings(spellings: Iterable[str]) -> tuple[str, ...]:
    """Sort the spellings of one facet value by their number of special characters, then by code point.

    A later article with the author `(Nora)` does not change the title of the feed of `Nora`.
    """
    return tuple(sorted(spellings, key=lambda value: (_count_special_characters(value), value)))


def member_name(pattern: str, facet: Facet, member_slug: str) -> str:
    """Return the name of a member: `tag/{tag}` with the slug `boats` gives `tag/boats`."""
    return pattern.replace(f"{{{facet}}}", member_slug)


def _count_special_characters(text: str) -> int:
    return sum(not char.isalnum() and char != " " for char in text)
