"""The gate for letters: an edition as one reader would get it, looked at before anybody does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from functools import partial

from ..config import NewsletterSettings
from ..context import AppContext
from ..linters.mail import Finding, lint_digest, problems
from ..mail import CompiledMessage, Tokens, personaliser
from ..model import Article, Delivery, Digest, Edition, Problem, Variant
from .embedded_images import loaded

# Nobody; the values are as long as a reader's.
_READER = Delivery(
    id="reader",
    edition_id="",
    subscriber_id="00000000-0000-4000-8000-000000000000",
    email="reader@example.org",
    name="A reader",
    state="pending",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)
_MOST_TOLD = 3
_PARTS = {"text": "text", "message": "message"}


@dataclass(frozen=True, slots=True)
class EditionLint:
    """What the linter says of an edition.

    Attributes:
        problems: what it found, as a report carries it; of each rule the first ones.
        errors: how many errors there are in all.
        refused: whether it must not go out.
    """

    problems: tuple[Problem, ...] = ()
    errors: int = 0
    refused: bool = False

    def __add__(self, other: EditionLint) -> EditionLint:
        return EditionLint(
            (*self.problems, *other.problems), self.errors + other.errors, self.refused or other.refused
        )

    def refusal(self, message: str, hint: str) -> Problem:
        """A problem that says so and how often."""
        found = f"{self.errors} error{'s' if self.errors > 1 else ''}"
        return Problem(message=f"{message}: the linter found {found}", hint=hint)


def lint_edition(
    desk: AppContext,
    newsletter: NewsletterSettings,
    edition: Edition,
    pictures: Mapping[str, bytes],
    *,
    variants: Iterable[Variant] = (),
    anyway: bool = False,
) -> EditionLint:
    """What the linter says of an edition, with pictures and variants; `anyway` makes it refuse nothing."""
    judged = partial(lint_rendered, desk, newsletter, articles=edition.articles, anyway=anyway)
    own = judged(edition.digest, loaded(edition.message, pictures))
    others = (judged(each.digest, loaded(each.message, pictures), variant=each.language) for each in variants)
    return sum(others, own)


def lint_rendered(
    desk: AppContext,
    newsletter: NewsletterSettings,
    digest: Digest,
    message: CompiledMessage,
    articles: Sequence[Article],
    *,
    variant: str = "",
    anyway: bool = False,
) -> EditionLint:
    """What the linter says of a digest and its message, filled in for a reader.

    Args:
        newsletter: whether it is looked at, whether errors refuse it, and for which clients.
        articles: those that it shows.
        variant: the language of a variant. Only errors count: what else there is, the edition has as well.
        anyway: errors do not refuse it; they are warnings then, for nothing is left undone.
    """
    if newsletter.lint == "off":
        return EditionLint()
    web = desk.settings.web
    fill = personaliser(message, newsletter, Tokens("nobody"), web.base_url if web else None)
    found = findings_of(newsletter, digest, fill(_READER), articles)
    refuses = newsletter.lint == "refuse" and not anyway
    if variant:
        found = tuple(each for each in found if each.severity == "error")
    within = f" in {variant}" if variant else ""
    told = tuple(
        each.model_copy(
            update={
                "file": f"{newsletter.name} ({_PARTS.get(each.field or '', 'HTML')}){within}",
                "severity": each.severity if refuses else "warning",
            }
        )
        for each in problems(_few(found))
    )
    errors = sum(each.severity == "error" for each in found)
    return EditionLint(told, errors, refuses and errors > 0)


def _few(found: Sequence[Finding]) -> Iterator[Finding]:
    """Errors first, and of each rule only the first ones: a fault of a theme is there with every article."""
    counted = Counter(each.rule for each in found)
    seen: Counter[str] = Counter()
    for each in sorted(found, key=lambda each: each.severity):
        seen[each.rule] += 1
        if seen[each.rule] < _MOST_TOLD:
            yield each
        elif seen[each.rule] == _MOST_TOLD:
            more = counted[each.rule] - _MOST_TOLD
            yield each.model_copy(update={"message": f"{each.message}, and {more} more"}) if more else each


def findings_of(
    newsletter: NewsletterSettings, digest: Digest, message: bytes, articles: Sequence[Article]
) -> tuple[Finding, ...]:
    """What the linter says of a letter as somebody gets it.

    Args:
        newsletter: for which clients it is judged.
        digest: as it was rendered, with markers where personal values go.
        message: filled in for that person.
        articles: those that it shows.
    """
    as_sent = _as_sent(digest, message)
    return lint_digest(as_sent, articles=articles, clients=newsletter.clients, message=message)


def _as_sent(digest: Digest, message: bytes) -> Digest:
    """The digest with what stands in the message in place of markers."""
    parts: dict[str, str] = {}
    for part in message_from_bytes(message).walk():
        body = part.get_payload(decode=True)
        if isinstance(body, bytes):
            text = body.decode("utf-8", "replace").replace("\r\n", "\n")
            parts.setdefault(part.get_content_type(), text)
    return digest.model_copy(
        update={
            "html": parts.get("text/html", digest.html),
            "text": parts.get("text/plain", digest.text),
        }
    )
