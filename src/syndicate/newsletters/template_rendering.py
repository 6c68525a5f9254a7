"""Renders an edition: articles and a theme in, a digest with subject, HTML and text out.

Only the files of the theme are read; the time is an argument. A theme is rendered with these names:

=====================  ===============================================================================
`newsletter`           the newsletter
`articles`             its articles, in the order of the sections; at least one
`sections`             the sections: `kind` (`lead`, `articles`, `most_read`), `title`, `articles`
`note`                 the editor's note, or empty; only inside `<mj-text>` or `<mj-raw>`
`edition`              `number`, `date` (or none), `more`: the number of articles that are not shown
`home`                 the page that the edition links to, or none
`archive`              the page with earlier editions, else `home`
`slot`                 personal values, filled in for each subscriber: `slot.unsubscribe_url`,
                       `slot.view_url`, `slot.preferences_url`, `slot.name`, `slot.email`; empty if not
                       known, so `{% if slot.unsubscribe_url %}`
`language`             of the edition (BCP 47); `dir` is its direction, `ltr` or `rtl`
`subject`              the subject line
`preheader`            the line that mail programs show beside it; `{{ preheader | padded }}` in
                       `<mj-preview>`
`palette`, `fonts`     the newsletter's settings: `palette.accent`, `fonts.text`, or none
`image(a, 160)`        the image of an article for a width in pixels, or none if mail programs cannot show
                       it: `url`, `alt`, `width`, `height`, `natural`
`html(a, 3)`           the body of an article, inserted after MJML; only inside `<mj-text>` or `<mj-raw>`;
                       its highest heading is an h3, or the given level
`has_full_body(a)`     whether the article has a body that fits the size limit
`has_title(a)`         whether the article has a title; of an untitled one, `a.title` is its first words
`lang_attrs(a)`        ` lang=".." dir=".."` if the language of the article is not that of the edition;
                       without an article: for texts of the newsletter
`own_lang_attrs()`     the same for messages, if the language of the edition has no catalogue
`_("Read more")`       a message in the language of the edition; `ngettext(one, many, number)` likewise
=====================  ===============================================================================

and with these filters besides those of Jinja2: `article | summary` (the shortened summary; also of a text),
`article | byline`, `article | kicker` (section or first tag), `moment | day` (`14 September 2026`),
`5000 | number`, `text | cut(80)`, `language | direction`. Text is escaped; an unknown name is an error. White
space at the start of a line is removed. A subject is rendered with `newsletter`, `articles` and `edition` and
the same filters.
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
from ..text.article_label import is_titled
from ..text.bidi import language_direction
from ..text.email_html import ImageAddress
from ..text.illegal_characters import clean_text
from ..text.plain_text import (
    EditionHeader,
    clean_strings,
    preheader,
    summary_text,
    truncate,
    with_visible_title,
)
from .layout import Section, articles_of, lay_out
from .link_tracking import LinkTracker
from .minify import minify
from .mjml import to_html
from .size_limit import SizeBudget, encoded_size
from .template_context import ThemeFunctions, proxied_address
from .template_sandbox import SLOTS, explain, subject_template, suggest
from .text_part import text_part
from .themes import Theme, load_theme

_MAX_SUBJECT = 150


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
    image_address: ImageAddress | None = None,
) -> Digest:
    """Render an edition.

    Args:
        newsletter: its home, language and time zone override those given here.
        articles: those that the edition shows, newest first.
        number: of the edition, counted from 1.
        date: of the edition; not printed if absent.
        home: the page that the edition links to.
        language: of the newsletter (BCP 47).
        timezone: of the printed dates (IANA).
        more: how many articles the edition only counts.
        slots: for each personal value a marker of ASCII letters and digits, which stands for the value in
            HTML and text. A value without a marker is left out together with its surroundings.
        base: the folder that the newsletter's theme is relative to; see `load_theme`.
        theme: a loaded theme, instead of the newsletter's.
        locale: the language and time zone of messages and dates, if not the newsletter's.
        note: the editor's, as safe HTML.
        image_address: the addresses of images, instead of the newsletter's image proxy.

    Raises:
        DigestError: there is no article, the time zone or a slot is unknown, or a text contains a marker.
        TemplateError: the theme does not exist, or it or the subject is wrong.
        ValueError: a marker has other characters than ASCII letters and digits.
    """
    where = Where(id=newsletter.name)
    if not articles:
        raise DigestError(
            "an edition needs an article", where=where, hint="compose only if there are new articles"
        )
    theme = theme or load_theme(newsletter.theme, Path(base) if base is not None else None)
    locale = locale or Locale()
    newsletter = clean_strings(newsletter)
    newsletter_language = newsletter.language or language
    translator = translator_for(locale.language, newsletter_language, catalogues=theme.catalogues)
    untitled = translator.gettext("Untitled")
    articles = [clean_strings(article) for article in articles]
    untitled_ids = frozenset(article.id for article in articles if not is_titled(article))
    articles = [with_visible_title(article, untitled) for article in articles]
    note = clean_text(note)
    home = newsletter.home or home
    track = LinkTracker(newsletter, number, home)
    slot = dict.fromkeys(SLOTS, "") | _checked_slots(slots or {}, newsletter, articles, note)
    sections = tuple(
        replace(section, articles=tuple(map(track.change_article, section.articles)))
        for section in lay_out(newsletter, articles)
    )
    shown = articles_of(sections)
    lead = shown[0].id if sections[0].kind == "lead" else ""
    budget = SizeBudget(shown, summary_text, lead)
    functions = ThemeFunctions(
        language=_document_language(translator, locale, newsletter_language),
        newsletter_language=newsletter_language,
        translator=translator,
        track=track,
        image_address=image_address or proxied_address(newsletter),
        budget=budget,
        untitled=untitled_ids,
    )
    note = functions.adapt(note, top_level=2)
    header = EditionHeader(number, date, more)
    zone = zone_for(locale.timezone, newsletter.timezone or timezone, where)
    common: dict[str, Any] = {
        "newsletter": newsletter,
        "articles": shown,
        "edition": header,
        # For the filters; themes have no access to their attributes.
        "translator": translator,
        "zone": zone,
        "summary_columns": budget.summary_columns,
    }
    subject = _render_subject(newsletter, common)
    preheader_line = preheader(subject, newsletter, shown)
    home = home and track.with_parameters(home)
    archive = track.with_parameters(newsletter.archive) if newsletter.archive else home
    context = {
        **common,
        "sections": sections,
        "home": home,
        "archive": archive,
        "slot": slot,
        "language": functions.language,
        "dir": language_direction(functions.language),
        "subject": subject,
        "preheader": preheader_line,
        "palette": newsletter.palette,
        "fonts": newsletter.fonts,
    }
    html = _render_within_limit(theme, context, functions, note)
    text = text_part(
        newsletter,
        tuple(_with_adapted_bodies(section, functions.bodies) for section in sections),
        edition=header,
        translator=translator,
        zone=zone,
        archive=archive,
        home=home,
        slot=slot,
        note=note,
        with_body={name for name in functions.bodies if budget.extents.get(name, "full") == "full"},
        summary_columns=budget.summary_columns,
        untitled=untitled_ids,
    )
    return Digest(
        subject=subject,
        html=html,
        text=text,
        preheader=preheader_line,
        language=translator.language,
        shortened=budget.shortened(),
    )


def zone_for(preferred: str | None, own: str, where: Where) -> ZoneInfo:
    """Return the preferred time zone if it exists, else the newsletter's own.

    Raises:
        DigestError: neither exists.
    """
    for name in (preferred, own):
        try:
            if name:
                return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            continue
    raise DigestError(
        f"there is no time zone {own}", where=where, hint="give an IANA name such as Europe/London"
    )


def _document_language(translator: Translator, locale: Locale, newsletter_language: str) -> str:
    """Return the language of the messages, unless they are English because there is no catalogue."""
    requested = {tag.lower().split("-")[0] for tag in (locale.language, newsletter_language) if tag}
    is_requested = translator.language.lower().split("-")[0] in requested
    return translator.language if is_requested else newsletter_language


def _with_adapted_bodies(section: Section, bodies: Mapping[str, str]) -> Section:
    """Return the section with the bodies of the HTML part, so that the text part has the same links."""
    return replace(
        section,
        articles=tuple(
            article.model_copy(update={"content_html": bodies[article.id]})
            if article.id in bodies
            else article
            for article in section.articles
        ),
    )


def _checked_slots(
    slots: Mapping[str, str], newsletter: Newsletter, articles: Sequence[Article], note: str
) -> dict[str, str]:
    """Return the markers, or raise if a text contains one."""
    own = Where(id=newsletter.name)
    for name, marker in slots.items():
        if name not in SLOTS:
            raise DigestError(f"there is no slot {name!r}", where=own, hint=suggest(name, SLOTS))
        if not re.fullmatch(r"[A-Za-z0-9]+", marker):
            raise ValueError(f"the marker of slot {name} must be ASCII letters and digits: {marker!r}")
    texts = [(newsletter.model_dump_json(), own), (note, own)]
    texts += [(article.model_dump_json(), Where(id=article.id)) for article in articles]
    for text, where in texts:
        for name, marker in slots.items():
            if marker in text:
                raise DigestError(
                    f"the text contains the marker of the personal value {name}",
                    where=where,
                    hint="use random markers",
                )
    return dict(slots)


def _render_subject(newsletter: Newsletter, context: Mapping[str, Any]) -> str:
    where = Where(field="subject", id=newsletter.name)
    try:
        rendered = subject_template(newsletter.subject).render(context)
    except Exception as error:  # an expression in a template can raise anything
        raise explain(error, where=where) from error
    line = truncate(clean_text(rendered), _MAX_SUBJECT)
    if not line:
        raise TemplateError(
            "the subject is empty", where=where, hint="add words that do not depend on articles"
        )
    return line


def _render_within_limit(
    theme: Theme, context: Mapping[str, Any], functions: ThemeFunctions, note: str
) -> str:
    """Return the HTML with as much of each article as the size limit permits."""
    while True:
        html = _render_html(theme, context, functions, note)
        if not functions.budget.bodies:
            functions.budget.bodies = {name: encoded_size(body) for name, body in functions.bodies.items()}
        if not functions.budget.shorten(html):
            return html


def _render_html(theme: Theme, context: Mapping[str, Any], functions: ThemeFunctions, note: str) -> str:
    bodies: list[str] = []
    try:
        marked = theme.template.render(**context, **functions.by_name(bodies, note))
    except Exception as error:  # an expression in a template can raise anything
        raise explain(error) from error
    html = minify(to_html(marked, theme, bodies))
    return re.sub(r"(?=</body>\s*</html>\s*$)", lambda _: functions.track.pixel, html)
