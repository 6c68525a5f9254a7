"""Which articles an edition shows, and which it only counts."""

from __future__ import annotations

from collections.abc import Sequence

from ..model import Article, Newsletter, StoredArticle


def select_articles(
    newsletter: Newsletter, unseen: Sequence[StoredArticle], *, first: bool
) -> tuple[Sequence[StoredArticle], Sequence[StoredArticle]]:
    """Split the articles that no edition has contained into those to show and those only to count.

    The first edition considers only the newest `newsletter.first`; older ones count as seen. Pinned articles
    come first; excluded ones are neither shown nor counted.

    Args:
        unseen: newest first.
    """
    candidates = [each for each in unseen if not is_named(newsletter.excluded, each.article)]
    candidates.sort(key=lambda each: pin_position(newsletter.pinned, each.article))
    if first:
        candidates = candidates[: newsletter.first]
    return candidates[: newsletter.limit], candidates[newsletter.limit :]


def is_named(names: Sequence[str], article: Article) -> bool:
    """Whether the id or the link of an article is among the names."""
    return article.id in names or (article.link is not None and article.link in names)


def pin_position(pins: Sequence[str], article: Article) -> int:
    """Return the position of an article among the pins, or their number if it is not pinned."""
    return next((at for at, pin in enumerate(pins) if is_named((pin,), article)), len(pins))
