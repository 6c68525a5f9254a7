"""An edition's variants: rendered once for each language and each set of days among its readers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Protocol
from zoneinfo import ZoneInfo

from ..config import NewsletterSettings
from ..context import AppContext
from ..errors import DigestError, MailError, SyndicateError, TemplateError, Where
from ..i18n import translator_for
from ..mail import CompiledMessage
from ..model import Article, Digest, Edition, Problem, Reader, Variant
from . import load_theme, zone_for
from .edition_lint import EditionLint, lint_rendered


class Render(Protocol):
    """Renders the edition for a reader."""

    def __call__(self, *, reader: Reader) -> tuple[Digest, CompiledMessage]: ...


Days = tuple[date, ...]

_OWN = ""
_FAULTS = (TemplateError, DigestError, MailError)


def variants_of(
    desk: AppContext,
    newsletter: NewsletterSettings,
    edition: Edition,
    render: Render,
    *,
    anyway: bool = False,
) -> tuple[tuple[Variant, ...], tuple[Problem, ...]]:
    """The variants that an edition's audience needs, and what went wrong with others.

    Time zones in which all dates of the edition are the same days share a rendering, and languages without
    a catalogue share the edition's own. What comes out as the edition itself is left out; so is a language
    that fails or that the linter refuses, for its readers can have the edition as it is.

    Args:
        edition: as it is for those who wish nothing else.
        render: makes it for a reader.
        anyway: the linter refuses nothing.
    """
    problems: list[Problem] = []
    readers = desk.store.readers(newsletter.name)
    wanted = _languages(desk, newsletter, edition, readers, problems)
    days = _days(newsletter, edition)
    variants: list[Variant] = []
    for tag, zones in sorted(wanted.items()):
        try:
            made = _renderings(tag, zones, days, render)
        except _FAULTS as error:
            problems.append(_failed(error, tag))
            continue
        if tag == _OWN:
            made = [each for each in made if each[1].dumps() != edition.message]
        elif all(message.dumps() == edition.message for _, message, _ in made):
            continue
        else:
            # Its other renderings differ from the first in dates alone.
            digest, message, _ = made[0]
            verdict = lint_rendered(
                desk, newsletter, digest, message, edition.articles, variant=tag, anyway=anyway
            )
            if verdict.refused:
                problems.extend(_refused(verdict, tag))
                continue
        for digest, message, names in made:
            variants.append(
                Variant(
                    number=len(variants) + 1,
                    language=tag or edition.digest.language,
                    timezones=tuple(sorted(names)),
                    digest=digest,
                    message=message.dumps(),
                )
            )
    return tuple(variants), tuple(problems)


def _languages(
    desk: AppContext,
    newsletter: NewsletterSettings,
    edition: Edition,
    readers: Sequence[Reader],
    problems: list[Problem],
) -> Mapping[str, set[str]]:
    """The time zones of readers by the language that they get, which is `_OWN` for the edition's own."""
    catalogues = load_theme(newsletter.theme, desk.base).catalogues
    tags: dict[str, str] = {edition.digest.language.lower(): _OWN}
    wanted: dict[str, set[str]] = {}
    for asked in sorted({each.language or "" for each in readers}):
        try:
            spoken = translator_for(asked, newsletter.language, catalogues=catalogues).language
        except _FAULTS as error:
            problems.append(_failed(error, asked))
            continue
        zones = {each.timezone or "" for each in readers if (each.language or "") == asked}
        # Tags are told apart without regard to case (RFC 5646, section 2.1.1).
        wanted.setdefault(tags.setdefault(spoken.lower(), spoken), set()).update(zones)
    return wanted


def _days(newsletter: NewsletterSettings, edition: Edition) -> Callable[[str], Days]:
    """A function from a reader's time zone to the local days of everything that the edition dates."""
    moments = {edition.composed_at}
    for article in edition.articles:
        moments.update(_dates(article))
    ordered = sorted(moments)
    own = newsletter.timezone or "UTC"

    @cache
    def of_zone(zone: ZoneInfo) -> Days:
        return tuple(moment.astimezone(zone).date() for moment in ordered)

    return lambda name: of_zone(zone_for(name, own, Where(id=newsletter.name)))


def _dates(article: Article) -> Iterable[datetime]:
    return (moment for moment in (article.dated, article.changed) if moment)


def _renderings(
    tag: str, zones: set[str], days: Callable[[str], Days], render: Render
) -> list[tuple[Digest, CompiledMessage, set[str]]]:
    """The edition in one language, with the time zones that each rendering is for.

    That with the newsletter's own days comes first: it stands in for zones that are not known yet.
    """
    groups: dict[Days, set[str]] = {}
    for name in zones:
        groups.setdefault(days(name), set()).add(name)
    own = days("")
    made: dict[CompiledMessage, tuple[Digest, CompiledMessage, set[str]]] = {}
    for there, names in sorted(groups.items(), key=lambda group: (group[0] != own, group[0])):
        if tag == _OWN and there == own:
            continue
        digest, message = render(reader=Reader(language=tag or None, timezone=min(names) or None))
        made.setdefault(message, (digest, message, set()))[2].update(names)
    return list(made.values())


def _refused(verdict: EditionLint, tag: str) -> Iterator[Problem]:
    yield verdict.refusal(
        f"readers of language {tag} get the edition as it is", f"mend its catalogue, {tag}.po, or the theme"
    ).model_copy(update={"severity": "warning"})
    for each in verdict.problems:
        yield each.model_copy(update={"severity": "warning"})


def _failed(error: SyndicateError, tag: str) -> Problem:
    told = Problem.of(error)
    readers = f"readers of language {tag}" if tag else "readers in other time zones"
    message = f"{readers} get the edition as it is: {told.message}"
    return told.model_copy(update={"severity": "warning", "message": message})
