"""Which articles an edition shows, and which it only counts. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ..model import Article, Newsletter, StoredArticle


def for_edition(
    newsletter: Newsletter, unseen: Sequence[StoredArticle], *, first: bool
) -> tuple[Sequence[StoredArticle], Sequence[StoredArticle]]:
    """Part what no edition has had, newest first, into what the next one shows and what it only counts.

    The first edition considers only the newest `newsletter.first`: what is older counts as seen, not as more.
    Pinned articles come before the newest; excluded ones are neither shown nor counted.
    """
    wanted = [each for each in unseen if not named(newsletter.excluded, each.article)]
    wanted.sort(key=lambda each: place_of(newsletter.pinned, each.article))
    if first:
        wanted = wanted[: newsletter.first]
    return wanted[: newsletter.limit], wanted[newsletter.limit :]


def named(names: Sequence[str], article: Article) -> bool:
    """Whether an article is among those that are named by id or link."""
    return article.id in names or (article.link is not None and article.link in names)


def place_of(pins: Sequence[str], article: Article) -> int:
    """Where the pins put an article; those without a pin come after all of them."""
    return next((place for place, pin in enumerate(pins) if named((pin,), article)), len(pins))
