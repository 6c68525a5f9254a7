"""The plain text part: for terminals, and for those who want nothing else. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from ..model import Article, Newsletter
from ..text.bidi import Way, isolated, mostly
from ..text.footnotes import Notes, fit
from ..text.html import direction
from ..text.html_to_text import prose
from ..text.plain_text import BRIEF, EditionHeader, authors, brief, kicker
from ..text.wrap import WIDTH, underlined, wrap
from .layout import Section
from .translator import Translator


def text_part(
    newsletter: Newsletter,
    sections: Sequence[Section],
    *,
    edition: EditionHeader,
    speech: Translator,
    zone: tzinfo,
    archive: str | None,
    home: str | None,
    slot: Mapping[str, str],
    note: str = "",
    whole: Collection[str] = (),
    room: Callable[[Article], int] = lambda _: BRIEF,
) -> str:
    """The digest as plain text: the same articles and links, in lines that suit a terminal.

    Args:
        newsletter: whose edition it is; its strings and those of the articles are tidied already.
        sections: what it shows, in order.
        edition: its number and date, and how many more articles there are.
        speech: the language of the words that are ours.
        zone: dates are days there.
        archive: the page with earlier editions.
        home: the page that it leads to.
        slot: the markers of personal values by name; an empty one leaves its line out.
        note: what the editor has to say, as HTML.
        whole: the ids of articles whose bodies are shown, as HTML made fit for mail.
        room: how many columns a summary gets.
    """
    letter = _Letter(newsletter, speech, zone, whole, room)
    lines = letter.masthead(edition, home, slot["view_url"])
    if note:
        notes = Notes(newsletter.text_links)
        lines += ["", "", *prose(note, notes, toward=letter.toward(None)), *_apart(notes.lines())]
    number = 1
    for place, section in enumerate(sections):
        title = letter.title(section, after=sections[:place])
        if title:
            lines += ["", "", *underlined(wrap(title, toward=letter.toward(None)), "=")]
        for first, article in enumerate(section.articles):
            lines += [""] if title and not first else ["", ""]
            lines += letter.story(number, article, under=title)
            number += 1
    return "\n".join([*lines, "", "", "=" * WIDTH, *letter.foot(edition, archive, slot)]) + "\n"


@dataclass(frozen=True, slots=True)
class _Letter:
    newsletter: Newsletter
    speech: Translator
    zone: tzinfo
    whole: Collection[str]
    room: Callable[[Article], int]

    def toward(self, article: Article | None) -> Way | None:
        """The way that the words of an article, or of the newsletter, run if they are in their language."""
        language = article.language if article else None
        if article and not language and (way := mostly(f"{article.title} {article.summary}")):
            return way
        language = language or self.newsletter.language
        return _way(language) if language else None

    def said(self, message: str, **values: str) -> list[str]:
        """A message of ours in lines, with values in it that move nothing."""
        way = _way(self.speech.language)
        held = {name: isolated(value, way) for name, value in values.items()}
        return wrap(message % held if held else message, toward=way)

    def facts(self, *facts: str) -> list[str]:
        """What is told in one line, such as who wrote it, and when."""
        way = _way(self.speech.language)
        return wrap(" · ".join(isolated(fact, way) for fact in facts if fact), toward=way)

    def masthead(self, edition: EditionHeader, home: str | None, view: str) -> list[str]:
        title = underlined(wrap(self.newsletter.title, toward=self.toward(None)), "=")
        number = self.speech.gettext("No. %(number)s") % {"number": self.speech.number(edition.number)}
        lines = [title[-1], *title, *self.facts(number, self.speech.day(edition.date, self.zone))]
        if home:
            lines.append(fit(home))
        if view:
            lines += ["", *self.said(self.speech.gettext("Read this edition in your browser:")), view]
        return lines

    def title(self, section: Section, after: Sequence[Section]) -> str:
        """What stands over a section, if anything."""
        if section.title:
            return section.title
        if section.kind == "most_read":
            return self.speech.gettext("Most read")
        return self.speech.gettext("Other") if any(each.title for each in after) else ""

    def story(self, number: int, article: Article, *, under: str) -> list[str]:
        toward = self.toward(article)
        label = f"{number}. "
        lines = underlined(wrap(label + article.title, indent=" " * len(label), toward=toward), "-")
        names = [isolated(name, _way(self.speech.language)) for name in authors(article)]
        by = self.speech.gettext("By %(author)s") % {"author": self.speech.listed(names)} if names else ""
        about = kicker(article)
        lines += self.facts("" if about == under else about, by, self.speech.day(article.dated, self.zone))
        link = [fit(article.link)] if article.link else []
        notes = Notes(self.newsletter.text_links, article.link)
        body = prose(article.content_html, notes, toward=toward) if article.id in self.whole else []
        if body:
            return [*lines, *link, "", *body, *_apart(notes.lines())]
        return [*lines, *_apart(wrap(brief(article, self.room(article)), toward=toward)), *_apart(link)]

    def foot(self, edition: EditionHeader, archive: str | None, slot: Mapping[str, str]) -> list[str]:
        lines: list[str] = []
        more = edition.more
        gettext, ngettext = self.speech.gettext, self.speech.ngettext
        if more and archive:
            lines += self.said(
                ngettext("And %(num)s more", "And %(num)s more", more), num=self.speech.number(more)
            )
            lines += [fit(archive), ""]
        elif more:
            told = ngettext("And %(num)s more on our site", "And %(num)s more on our site", more)
            lines += [*self.said(told, num=self.speech.number(more)), ""]
        because = gettext("You receive this because you subscribed to %(title)s.")
        lines += self.said(because, title=self.newsletter.title)
        if slot["preferences_url"]:
            lines += ["", *self.said(gettext("Change what you receive:")), slot["preferences_url"]]
        if slot["unsubscribe_url"]:
            lines += ["", *self.said(gettext("Unsubscribe:")), slot["unsubscribe_url"]]
        return lines + _apart(wrap(self.newsletter.footer, toward=self.toward(None)))


def _way(language: str) -> Way:
    return "rtl" if direction(language) == "rtl" else "ltr"


def _apart(lines: list[str]) -> list[str]:
    """Lines with a blank one before them, if there are any."""
    return ["", *lines] if lines else []
