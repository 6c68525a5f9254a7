"""Which documents a site's feeds come to, and putting them where they belong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..errors import PublishError, SyndicateError
from ..feeds import SPELLERS, document
from ..model import Article, Facet, Feed, Problem, PublishReport
from ..ports import Publisher
from ..selection import slug


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


def publish(
    feeds: Sequence[Feed],
    articles: Callable[[Feed], Sequence[Article]],
    publisher: Publisher,
    progress: Callable[[str], None] = lambda _: None,
) -> PublishReport:
    """Make every document of some feeds and put those that changed.

    One feed that cannot be made, or cannot be put, leaves the others alone.

    Args:
        feeds: complete definitions.
        articles: what a feed shows, at most its limit.
        publisher: where to.
        progress: told each feed's name when it is done.
    """
    problems: dict[Problem, None] = {}
    written: list[str] = []
    unchanged = 0
    outside = False
    shown: set[str] = set()
    for feed in feeds:
        told: list[Problem] = []
        made: Mapping[str, bytes] = {}
        try:
            whole = document(feed, articles(feed), told)
            shown.update(entry.id for entry in whole.entries)
            made = {feed.path(kind): SPELLERS[kind](whole) for kind in feed.formats}
        except SyndicateError as error:
            told.append(Problem.of(error))
        for path, body in made.items():
            try:
                if publisher.put(path, body):
                    written.append(path)
                else:
                    unchanged += 1
            except PublishError as error:
                told.append(Problem.of(error))
                outside = True
        problems |= dict.fromkeys(told)
        progress(feed.name)
    return PublishReport(
        feeds=len(feeds),
        articles=len(shown),
        written=tuple(written),
        unchanged=unchanged,
        problems=tuple(problems),
        outside=outside,
    )
