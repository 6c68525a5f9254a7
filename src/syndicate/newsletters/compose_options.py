"""What an editor chooses for one edition: a note, articles that come first, articles that are left out."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..config import NewsletterSettings
from ..model import Article, Problem, StoredArticle
from .article_selection import is_named
from .edition_lint import LintMode


@dataclass(frozen=True, slots=True)
class ComposeOptions:
    """Choices for one edition, beside the settings of its newsletter.

    Attributes:
        note: a Markdown file, relative to the working directory; that of the settings if absent.
        pin, exclude: ids or links of articles.
        lint: whether errors refuse the edition or are only reported.
    """

    note: str | Path | None = None
    pin: Sequence[str] = ()
    exclude: Sequence[str] = ()
    lint: LintMode = "refuse"

    def apply_to(self, newsletter: NewsletterSettings) -> NewsletterSettings:
        """Return the newsletter with these pins before its own, and with these exclusions added."""
        return newsletter.model_copy(
            update={
                "pinned": (*self.pin, *newsletter.pinned),
                "excluded": (*newsletter.excluded, *self.exclude),
            }
        )

    def warn_unknown(self, unseen: Sequence[StoredArticle]) -> Iterator[Problem]:
        """Yield a warning for each pin and exclusion that matches no waiting article."""
        articles = [each.article for each in unseen]
        message = "no article with this id or link waits for an edition"
        for option, names in (("--pin", self.pin), ("--exclude", self.exclude)):
            yield from warn_unmatched(names, articles, message, field=option)


def warn_unmatched(
    names: Sequence[str], articles: Sequence[Article], message: str, *, field: str
) -> Iterator[Problem]:
    """Yield a warning for each name that is neither the id nor the link of an article."""
    for name in names:
        if not any(is_named((name,), article) for article in articles):
            known = [known for article in articles for known in (article.id, article.link) if known]
            similar = difflib.get_close_matches(name, known, n=1)
            yield Problem(
                message=message,
                severity="warning",
                field=field,
                id=name,
                hint=f"did you mean {similar[0]}?" if similar else "give an id, or the whole link",
            )
