"""The localizations of an edition: one for each language and each set of local dates of its subscribers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Protocol
from zoneinfo import ZoneInfo

from ..config import NewsletterSettings
from ..errors import DigestError, MailError, SyndicateError, TemplateError, Where
from ..i18n import Catalogues, translator_for
from ..mail import CompiledMessage
from ..model import Article, Digest, Edition, Locale, Localization, Problem
from .edition_lint import EditionLint, LintMode, lint_message
from .template_rendering import zone_for


class Render(Protocol):
    """Renders the edition for a locale."""

    def __call__(self, *, locale: Locale) -> tuple[Digest, CompiledMessage]: ...


Days = tuple[date, ...]

_OWN = ""
_ERRORS = (TemplateError, DigestError, MailError)


def localize(
    newsletter: NewsletterSettings,
    edition: Edition,
    locales: Sequence[Locale],
    render: Render,
    *,
    catalogues: Catalogues,
    web_url: str | None,
    lint: LintMode = "refuse",
) -> tuple[tuple[Localization, ...], tuple[Problem, ...]]:
    """Return the localizations that the subscribers need, and what went wrong with others.

    Time zones in which all dates of the edition fall on the same days share a localization. Languages without
    a catalogue use the edition itself. A localization that equals the edition is left out. So is a language
    that cannot be rendered or that the linter refuses: its subscribers receive the edition itself.

    Args:
        locales: those of the subscribers.
        catalogues: those of the theme.
        web_url: the address of the daemon's pages.
        lint: whether errors refuse a localization or are only reported.
    """
    problems: list[Problem] = []
    zones_by_language = _zones_by_language(newsletter, edition, locales, catalogues, problems)
    days = _local_days(newsletter, edition)
    localizations: list[Localization] = []
    for tag, zones in sorted(zones_by_language.items()):
        try:
            renderings = _renderings(tag, zones, days, render)
        except _ERRORS as error:
            problems.append(_failure(error, tag))
            continue
        if tag == _OWN:
            renderings = [each for each in renderings if each[1].dumps() != edition.message]
        elif all(message.dumps() == edition.message for _, message, _ in renderings):
            continue
        else:
            # The other renderings of the language differ from the first in dates only.
            digest, message, _ = renderings[0]
            result = lint_message(
                newsletter, digest, message, edition.articles, web_url=web_url, localized=tag, lint=lint
            )
            if result.is_refused:
                problems.extend(_refusal(result, tag))
                continue
        for digest, message, names in renderings:
            localizations.append(
                Localization(
                    number=len(localizations) + 1,
                    language=tag or edition.digest.language,
                    timezones=tuple(sorted(names)),
                    digest=digest,
                    message=message.dumps(),
                )
            )
    return tuple(localizations), tuple(problems)


def _zones_by_language(
    newsletter: NewsletterSettings,
    edition: Edition,
    locales: Sequence[Locale],
    catalogues: Catalogues,
    problems: list[Problem],
) -> Mapping[str, set[str]]:
    """Return the time zones of subscribers by the language they receive, `_OWN` for that of the edition."""
    tags: dict[str, str] = {edition.digest.language.lower(): _OWN}
    zones_by_language: dict[str, set[str]] = {}
    for requested in sorted({each.language or "" for each in locales}):
        try:
            language = translator_for(requested, newsletter.language, catalogues=catalogues).language
        except _ERRORS as error:
            problems.append(_failure(error, requested))
            continue
        zones = {each.timezone or "" for each in locales if (each.language or "") == requested}
        # Tags are compared without regard to case (RFC 5646, section 2.1.1).
        tag = tags.setdefault(language.lower(), language)
        zones_by_language.setdefault(tag, set()).update(zones)
    return zones_by_language


def _local_days(newsletter: NewsletterSettings, edition: Edition) -> Callable[[str], Days]:
    """Return a function from a time zone to the local days of all dates in the edition."""
    moments = {edition.composed_at}
    for article in edition.articles:
        moments.update(_dates(article))
    ordered = sorted(moments)
    own = newsletter.timezone or "UTC"

    @cache
    def days_in(zone: ZoneInfo) -> Days:
        return tuple(moment.astimezone(zone).date() for moment in ordered)

    return lambda name: days_in(zone_for(name, own, Where(id=newsletter.name)))


def _dates(article: Article) -> Iterable[datetime]:
    return (moment for moment in (article.dated, article.changed) if moment)


def _renderings(
    tag: str, zones: set[str], days: Callable[[str], Days], render: Render
) -> list[tuple[Digest, CompiledMessage, set[str]]]:
    """Return the edition in one language, each rendering with its time zones.

    The one with the newsletter's own days comes first: it also serves time zones that become known later.
    """
    groups: dict[Days, set[str]] = {}
    for name in zones:
        groups.setdefault(days(name), set()).add(name)
    own = days("")
    renderings: dict[CompiledMessage, tuple[Digest, CompiledMessage, set[str]]] = {}
    for local_days, names in sorted(groups.items(), key=lambda group: (group[0] != own, group[0])):
        if tag == _OWN and local_days == own:
            continue
        digest, message = render(locale=Locale(language=tag or None, timezone=min(names) or None))
        renderings.setdefault(message, (digest, message, set()))[2].update(names)
    return list(renderings.values())


def _refusal(result: EditionLint, tag: str) -> Iterator[Problem]:
    yield result.refusal(
        f"subscribers with language {tag} receive the edition as it is",
        f"correct the catalogue {tag}.po, or the theme",
    ).model_copy(update={"severity": "warning"})
    for each in result.problems:
        yield each.model_copy(update={"severity": "warning"})


def _failure(error: SyndicateError, tag: str) -> Problem:
    problem = Problem.of(error)
    subscribers = f"subscribers with language {tag}" if tag else "subscribers in other time zones"
    message = f"{subscribers} receive the edition as it is: {problem.message}"
    return problem.model_copy(update={"severity": "warning", "message": message})
