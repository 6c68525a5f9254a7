"""Lints an edition as a subscriber would receive it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from functools import partial
from typing import Literal

from ..config import NewsletterSettings
from ..linters.mail import Finding, lint_digest, problems
from ..mail import CompiledMessage, Tokens, personalizer
from ..model import Article, Delivery, Digest, Edition, Localization, Problem
from .embedded_images import load_message

LintMode = Literal["refuse", "report"]
"""What happens if the linter finds errors: nothing is composed or sent, or the errors are only reported."""

# A delivery to nobody; its values are as long as those of a real one.
_DELIVERY = Delivery(
    id="reader",
    edition_id="",
    subscriber_id="00000000-0000-4000-8000-000000000000",
    email="reader@example.org",
    name="A reader",
    state="pending",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)
_MOST_REPORTED = 3
_PART_NAMES = {"text": "text", "message": "message"}


@dataclass(frozen=True, slots=True)
class EditionLint:
    """The result of linting an edition.

    Attributes:
        problems: the findings; of each rule at most three.
        errors: the number of all errors.
        is_refused: whether the edition must not be sent.
    """

    problems: tuple[Problem, ...] = ()
    errors: int = 0
    is_refused: bool = False

    def __add__(self, other: EditionLint) -> EditionLint:
        return EditionLint(
            (*self.problems, *other.problems),
            self.errors + other.errors,
            self.is_refused or other.is_refused,
        )

    def refusal(self, message: str, hint: str) -> Problem:
        """Return a problem with the message and the number of errors."""
        count = f"{self.errors} error{'s' if self.errors > 1 else ''}"
        return Problem(message=f"{message}: the linter found {count}", hint=hint)


def lint_edition(
    newsletter: NewsletterSettings,
    edition: Edition,
    images: Mapping[str, bytes],
    *,
    web_url: str | None,
    localizations: Iterable[Localization] = (),
    lint: LintMode = "refuse",
) -> EditionLint:
    """Lint an edition with its localizations; see `lint_message`."""
    lint_one = partial(lint_message, newsletter, articles=edition.articles, web_url=web_url, lint=lint)
    own = lint_one(edition.digest, load_message(edition.message, images))
    others = (
        lint_one(each.digest, load_message(each.message, images), localized=each.language)
        for each in localizations
    )
    return sum(others, own)


def lint_message(
    newsletter: NewsletterSettings,
    digest: Digest,
    message: CompiledMessage,
    articles: Sequence[Article],
    *,
    web_url: str | None,
    localized: str = "",
    lint: LintMode = "refuse",
) -> EditionLint:
    """Lint a digest and its message, filled in for a subscriber.

    Args:
        newsletter: says whether it is linted, whether errors refuse it, and for which clients.
        articles: those that it shows.
        web_url: the address of the daemon's pages.
        localized: the language of a localization. Only its errors count: the edition has the same warnings.
        lint: with `report` errors become warnings and refuse nothing.
    """
    if newsletter.lint == "off":
        return EditionLint()
    fill = personalizer(message, newsletter, Tokens("nobody"), web_url)
    findings = find_in_message(newsletter, digest, fill(_DELIVERY), articles)
    refuses = newsletter.lint == "refuse" and lint == "refuse"
    if localized:
        findings = tuple(each for each in findings if each.severity == "error")
    language = f" in {localized}" if localized else ""
    reported = tuple(
        each.model_copy(
            update={
                "file": f"{newsletter.name} ({_PART_NAMES.get(each.field or '', 'HTML')}){language}",
                "severity": each.severity if refuses else "warning",
            }
        )
        for each in problems(_limit_per_rule(findings))
    )
    errors = sum(each.severity == "error" for each in findings)
    return EditionLint(reported, errors, refuses and errors > 0)


def _limit_per_rule(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield errors first, and the first of each rule: a mistake in a theme occurs with every article."""
    totals = Counter(each.rule for each in findings)
    yielded: Counter[str] = Counter()
    for each in sorted(findings, key=lambda each: each.severity):
        yielded[each.rule] += 1
        if yielded[each.rule] < _MOST_REPORTED:
            yield each
        elif yielded[each.rule] == _MOST_REPORTED:
            more = totals[each.rule] - _MOST_REPORTED
            yield each.model_copy(update={"message": f"{each.message}, and {more} more"}) if more else each


def find_in_message(
    newsletter: NewsletterSettings, digest: Digest, message: bytes, articles: Sequence[Article]
) -> tuple[Finding, ...]:
    """Return what the linter finds in a message that is filled in for a subscriber.

    Args:
        digest: as it was rendered, with markers for personal values.
        message: as it is sent.
        articles: those that it shows.
    """
    parts: dict[str, str] = {}
    for part in message_from_bytes(message).walk():
        body = part.get_payload(decode=True)
        if isinstance(body, bytes):
            text = body.decode("utf-8", "replace").replace("\r\n", "\n")
            parts.setdefault(part.get_content_type(), text)
    as_sent = digest.model_copy(
        update={
            "html": parts.get("text/html", digest.html),
            "text": parts.get("text/plain", digest.text),
        }
    )
    return lint_digest(as_sent, articles=articles, clients=newsletter.clients, message=message)
