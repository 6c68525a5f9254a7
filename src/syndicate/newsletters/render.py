"""Articles and a theme in, a digest out: subject, HTML and text. No clock, and no file but the theme's.

A theme is rendered with these names:

==================  ==================================================================================
`newsletter`        the newsletter
`articles`          its articles, in the order of the sections; never empty
`sections`          its parts: `kind` (`lead`, `articles`, `most_read`), `title`, `articles`
`note`              the editor's note, or empty; only inside `<mj-text>` or `<mj-raw>`
`edition`           `number`, `date` (or none), `more`: how many articles it only counts
`home`              the page that it leads to, or none
`archive`           the page with earlier editions, else `home`
`slot`              personal values, filled in for each reader: `slot.unsubscribe_url`, `slot.view_url`,
                    `slot.preferences_url`, `slot.name`, `slot.email`; empty where there is none, so
                    `{% if slot.unsubscribe_url %}`
`language`          of the letter (BCP 47); `dir` is `ltr` or `rtl` with it
`subject`           the subject line
`preheader`         the line that mail programs show beside it; `{{ preheader | padded }}` in `<mj-preview>`
`palette`, `fonts`  what the newsletter sets of its look: `palette.accent`, `fonts.text`, or none
`picture(a, 160)`   the image of an article, shown so many pixels wide, if mails may show it, else none:
                    `url`, `alt`, `width`, `height`, `natural`
`html(a, 3)`        the body of an article, put in after MJML; only inside `<mj-text>` or `<mj-raw>`;
                    its highest heading is an h3, or as said
`whole(a)`          whether there is a body, and room for it
`tongue(a)`         ` lang=".." dir=".."` for an article in another language than the letter; without an
                    article, for the newsletter's own words
`own()`             the same for the theme's words, where the letter's language has no catalogue
`_("Read more")`    a message in the reader's language; `ngettext(one, many, number)` likewise
==================  ==================================================================================

and with these filters besides Jinja2's own: `article | brief` (the summary, shortened; or a text), `article |
byline`, `article | kicker` (section or first tag), `moment | day` (`14 September 2026`), `5000 | number`,
`text | cut(80)`, `language | direction`. Text is escaped; a name that does not exist is an error. White space
at the start of a line is not kept. A subject is rendered with `newsletter`, `articles` and `edition` and the
same filters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ..errors import DigestError, TemplateError, Where
from ..i18n import Translator, translator_for
from ..model import Article, Digest, Locale, Newsletter
from ..text.bidi import language_direction
from ..text.characters import clean_text
from ..text.plain_text import (
    EditionHeader,
    clean_strings,
    preheader,
    summary_text,
    truncate,
    with_visible_title,
)
from .layout import Section, articles_of, lay_out
from .links import Links
from .minify import minify
from .mjml import to_html
from .sandbox import SLOTS, explain, subject_template, suggest
from .size_limit import Budget, sent
from .template_context import Address, Page, address_of
from .text_part import text_part
from .themes import Theme, load_theme

_SUBJECT = 150


def render_digest(
    newsletter: Newsletter,
    articles: Sequence[Article],
    *,
    number: int = 1,
    date: datetime | None = None,
    home: str | None = None,
    language: str = "en",
    timezone: str = "UTC",
    more: int = 0,
    slots: Mapping[str, str] | None = None,
    base: str | Path | None = None,
    theme: Theme | None = None,
    locale: Locale | None = None,
    note: str = "",
    image: Address | None = None,
) -> Digest:
    """Render an edition as people see it.

    Args:
        newsletter: whose edition it is. Its own home, language and time zone go before those given here.
        articles: what it shows, newest first.
        number: counts the editions of the newsletter.
        date: when the edition is of; left out if absent.
        home: the site's home, which the edition leads to.
        language: the site's language (BCP 47).
        timezone: the site's time zone (IANA); dates are days there.
        more: how many articles it only counts.
        slots: a marker of ASCII letters and digits for each personal value; it stands in HTML and text
            where the value will. A value without one is left out together with what surrounds it.
        base: the folder that the newsletter's theme is looked for in, before those of ours, if it is a path
            or a theme of your own; see `load_theme`.
        theme: a theme that has been read already, instead of the newsletter's.
        locale: the language and time zone of messages and dates.
        note: what the editor has to say, as safe HTML.
        image: gives the address of a picture from where it is and the width in pixels that it is shown at.

    Raises:
        DigestError: there is no article, the time zone is unknown, there is no slot of a name, or an article
            holds a slot's marker.
        TemplateError: there is no such theme, or it or the subject is wrong; names the place.
        ValueError: a marker is not made of ASCII letters and digits.
    """
    where = Where(id=newsletter.name)
    if not articles:
        raise DigestError("an edition needs an article", where=where, hint="compose only when there is news")
    theme = theme or load_theme(newsletter.theme, Path(base) if base is not None else None)
    locale = locale or Locale()
    newsletter = clean_strings(newsletter)
    spoken = newsletter.language or language
    words = translator_for(locale.language, spoken, catalogues=theme.catalogues)
    untitled = words.gettext("Untitled")
    articles = [with_visible_title(clean_strings(article), untitled) for article in articles]
    note = clean_text(note)
    home = newsletter.home or home
    links = Links(newsletter, number, home)
    slot = dict.fromkeys(SLOTS, "") | _checked(slots or {}, newsletter, articles, note)
    parts = tuple(
        replace(part, articles=tuple(links.of(article) for article in part.articles))
        for part in lay_out(newsletter, articles)
    )
    shown = articles_of(parts)
    lead = parts[0].articles[0].id if parts[0].kind == "lead" else ""
    budget = Budget(shown, summary_text, lead)
    page = Page(
        language=_of_document(words, locale, spoken),
        spoken=spoken,
        translator=words,
        links=links,
        address=address_of(newsletter, image),
        budget=budget,
    )
    note = page.fitted(note, top=2)
    common: dict[str, Any] = {
        "newsletter": newsletter,
        "articles": shown,
        "edition": EditionHeader(number, date, more),
        "translator": words,
        "zone": zone_for(locale.timezone, newsletter.timezone or timezone, where),
        "room": budget.room,
    }
    subject = _subject(newsletter, common)
    preheader_line = preheader(subject, newsletter, shown)
    home = home and links.own(home)
    context = {
        **common,
        "sections": parts,
        "home": home,
        "archive": links.own(newsletter.archive) if newsletter.archive else home,
        "slot": slot,
        "language": page.language,
        "dir": language_direction(page.language),
        "subject": subject,
        "preheader": preheader_line,
        "palette": newsletter.palette,
        "fonts": newsletter.fonts,
    }
    html = _fitting(theme, context, page, note)
    text = text_part(
        newsletter,
        tuple(_with_bodies(part, page) for part in parts),
        edition=common["edition"],
        translator=words,
        zone=common["zone"],
        archive=context["archive"],
        home=home,
        slot=slot,
        note=note,
        with_body={name for name in page.bodies if budget.extents.get(name, "whole") == "whole"},
        summary_columns=budget.room,
    )
    return Digest(
        subject=subject,
        html=html,
        text=text,
        preheader=preheader_line,
        language=words.language,
        shortened=budget.shortened(),
    )


def zone_for(wanted: str | None, own: str, where: Where) -> ZoneInfo:
    """The reader's time zone if there is such a zone, else the newsletter's.

    Raises:
        DigestError: there is neither.
    """
    for name in (wanted, own):
        try:
            if name:
                return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            continue
    raise DigestError(f"there is no time zone {own}", where=where, hint="an IANA name such as Europe/London")


def _of_document(words: Translator, locale: Locale, spoken: str) -> str:
    """The language of the whole: that of its words, unless they are English for want of a catalogue."""
    meant = {tag.lower().split("-")[0] for tag in (locale.language, spoken) if tag}
    return words.language if words.language.lower().split("-")[0] in meant else spoken


def _with_bodies(part: Section, page: Page) -> Section:
    """The section with bodies as the HTML part has them: the same links, nothing that mail cannot show."""
    return replace(
        part,
        articles=tuple(
            article.model_copy(update={"content_html": page.bodies[article.id]})
            if article.id in page.bodies
            else article
            for article in part.articles
        ),
    )


def _checked(
    slots: Mapping[str, str], newsletter: Newsletter, articles: Sequence[Article], note: str
) -> dict[str, str]:
    """The markers, none of which may come from what people wrote."""
    own = Where(id=newsletter.name)
    for name, marker in slots.items():
        if name not in SLOTS:
            raise DigestError(f"there is no slot {name!r}", where=own, hint=suggest(name, SLOTS))
        if not re.fullmatch(r"[A-Za-z0-9]+", marker):
            raise ValueError(f"the marker of slot {name} must be ASCII letters and digits: {marker!r}")
    written = [(newsletter.model_dump_json(), own), (note, own)]
    written += [(article.model_dump_json(), Where(id=article.id)) for article in articles]
    for text, where in written:
        for name, marker in slots.items():
            if marker in text:
                raise DigestError(
                    f"the marker of the personal value {name} stands in the text",
                    where=where,
                    hint="use markers that nobody can guess",
                )
    return dict(slots)


def _subject(newsletter: Newsletter, context: Mapping[str, Any]) -> str:
    where = Where(field="subject", id=newsletter.name)
    try:
        rendered = subject_template(newsletter.subject).render(context)
    except Exception as error:  # an expression in a template can raise anything
        raise explain(error, where=where) from error
    line = truncate(clean_text(rendered), _SUBJECT)
    if not line:
        raise TemplateError(
            "the subject comes out empty", where=where, hint="add words that are always there"
        )
    return line


def _fitting(theme: Theme, context: Mapping[str, Any], page: Page, note: str) -> str:
    """The HTML, with as much of each article as no mail program cuts off."""
    while True:
        html = _html(theme, context, page, note)
        if not page.budget.bodies:
            page.budget.bodies = {name: sent(body) for name, body in page.bodies.items()}
        if not page.budget.shorten(html):
            return html


def _html(theme: Theme, context: Mapping[str, Any], page: Page, note: str) -> str:
    bodies: list[str] = []
    try:
        marked = theme.template.render(**context, **page.names(bodies, note))
    except Exception as error:  # an expression in a template can raise anything
        raise explain(error) from error
    html = minify(to_html(marked, theme, bodies))
    return re.sub(r"(?=</body>\s*</html>\s*$)", lambda _: page.links.pixel, html)
