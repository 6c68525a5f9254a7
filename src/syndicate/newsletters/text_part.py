"""The plain text part of an edition."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from ..i18n import Translator
from ..model import Article, Newsletter
from ..text.bidi import Direction, dominant_direction, isolate, language_direction
from ..text.footnotes import Footnotes, quote_url
from ..text.html_to_text import to_lines
from ..text.plain_text import SUMMARY_COLUMNS, EditionHeader, author_names, kicker, summary_text
from ..text.wrap import WIDTH, underline, wrap
from .layout import Section


def text_part(
    newsletter: Newsletter,
    sections: Sequence[Section],
    *,
    edition: EditionHeader,
    translator: Translator,
    zone: tzinfo,
    archive: str | None,
    home: str | None,
    slot: Mapping[str, str],
    note: str = "",
    with_body: Collection[str] = (),
    summary_columns: Callable[[Article], int] = lambda _: SUMMARY_COLUMNS,
    untitled: Collection[str] = (),
) -> str:
    """Return the digest as plain text: the same articles and links as in HTML, wrapped for a terminal.

    Args:
        newsletter: its strings and those of the articles are clean (`clean_strings`).
        sections: in the order in which they are shown.
        zone: the time zone of the printed dates.
        archive: the page with earlier editions.
        home: the page that the edition links to.
        slot: the markers of personal values by name; an empty one leaves its line out.
        note: the editor's, as HTML adapted for mail.
        with_body: ids of the articles that are printed with their body, as HTML adapted for mail.
        summary_columns: the longest summary of an article.
        untitled: ids of the articles whose title is made of their first words.
    """
    part = _TextPart(newsletter, translator, zone, with_body, summary_columns, untitled)
    lines = part.masthead(edition, home, slot["view_url"])
    if note:
        footnotes = Footnotes(newsletter.text_links)
        body = to_lines(note, footnotes, preferred=part.direction())
        lines += ["", "", *body, *_paragraph(footnotes.lines())]
    number = 1
    for index, section in enumerate(sections):
        title = part.section_title(section, sections[:index])
        if title:
            lines += ["", "", *underline(wrap(title, preferred=part.direction()), "=")]
        for position, article in enumerate(section.articles):
            lines += [""] if title and not position else ["", ""]
            lines += part.article(number, article, section_title=title)
            number += 1
    return "\n".join([*lines, "", "", "=" * WIDTH, *part.footer(edition, archive, slot)]) + "\n"


@dataclass(frozen=True, slots=True)
class _TextPart:
    newsletter: Newsletter
    translator: Translator
    zone: tzinfo
    with_body: Collection[str]
    summary_columns: Callable[[Article], int]
    untitled: Collection[str]

    def direction(self, article: Article | None = None) -> Direction | None:
        """Return the direction of an article's language, or of the newsletter's; None if neither is known."""
        language = article.language if article else None
        if article and not language and (found := dominant_direction(f"{article.title} {article.summary}")):
            return found
        language = language or self.newsletter.language
        return language_direction(language) if language else None

    def message(self, message: str, **values: str) -> list[str]:
        """Return a translated message in lines, with its values isolated."""
        direction = language_direction(self.translator.language)
        isolated = {name: isolate(value, direction) for name, value in values.items()}
        return wrap(message % isolated if isolated else message, preferred=direction)

    def byline(self, *facts: str) -> list[str]:
        """Return facts such as author and date in one paragraph."""
        direction = language_direction(self.translator.language)
        return wrap(" · ".join(isolate(fact, direction) for fact in facts if fact), preferred=direction)

    def masthead(self, edition: EditionHeader, home: str | None, view_url: str) -> list[str]:
        gettext = self.translator.gettext
        title = underline(wrap(self.newsletter.title, preferred=self.direction()), "=")
        number = gettext("No. %(number)s") % {"number": self.translator.number(edition.number)}
        lines = [title[-1], *title, *self.byline(number, self.translator.day(edition.date, self.zone))]
        if home:
            lines.append(quote_url(home))
        if view_url:
            lines += ["", *self.message(gettext("Read this edition in your browser:")), view_url]
        return lines

    def section_title(self, section: Section, previous: Sequence[Section]) -> str:
        """Return the title of a section; empty if it has none."""
        if section.title:
            return section.title
        if section.kind == "most_read":
            return self.translator.gettext("Most read")
        return self.translator.gettext("Other") if any(each.title for each in previous) else ""

    def article(self, number: int, article: Article, *, section_title: str) -> list[str]:
        direction = self.direction(article)
        gettext, listed = self.translator.gettext, self.translator.listed
        message_direction = language_direction(self.translator.language)
        names = [isolate(name, message_direction) for name in author_names(article)]
        by = gettext("By %(author)s") % {"author": listed(names)} if names else ""
        label = kicker(article)
        facts = ("" if label == section_title else label, by, self.translator.day(article.dated, self.zone))
        link = [quote_url(article.link)] if article.link else []
        footnotes = Footnotes(self.newsletter.text_links, article.link)
        summary = summary_text(article, self.summary_columns(article))
        body = (
            to_lines(article.content_html, footnotes, preferred=direction)
            if article.id in self.with_body
            else []
        )
        if article.id in self.untitled and (body or summary):
            first, *others = [*filter(None, facts), ""]
            lines = self.byline(f"{number}. {first}".rstrip(), *others)
        else:
            lines = [*self.heading(number, article), *self.byline(*facts)]
        if body:
            return [*lines, *link, "", *body, *_paragraph(footnotes.lines())]
        return [*lines, *_paragraph(wrap(summary, preferred=direction)), *_paragraph(link)]

    def heading(self, number: int, article: Article) -> list[str]:
        """Return the title of an article with its number."""
        label = f"{number}. "
        lines = wrap(label + article.title, indent=" " * len(label), preferred=self.direction(article))
        return underline(lines, "-")

    def footer(self, edition: EditionHeader, archive: str | None, slot: Mapping[str, str]) -> list[str]:
        lines: list[str] = []
        more = edition.more
        gettext, ngettext, number = self.translator.gettext, self.translator.ngettext, self.translator.number
        if more and archive:
            message = ngettext("And %(num)s more", "And %(num)s more", more)
            lines += [*self.message(message, num=number(more)), quote_url(archive), ""]
        elif more:
            message = ngettext("And %(num)s more on our site", "And %(num)s more on our site", more)
            lines += [*self.message(message, num=number(more)), ""]
        reason = gettext("You receive this because you subscribed to %(title)s.")
        lines += self.message(reason, title=self.newsletter.title)
        if slot["preferences_url"]:
            lines += ["", *self.message(gettext("Change what you receive:")), slot["preferences_url"]]
        if slot["unsubscribe_url"]:
            lines += ["", *self.message(gettext("Unsubscribe:")), slot["unsubscribe_url"]]
        return lines + _paragraph(wrap(self.newsletter.footer, preferred=self.direction()))


def _paragraph(lines: list[str]) -> list[str]:
    """Return the lines with a blank line in front, if there are any."""
    return ["", *lines] if lines else []
