"""Articles and a theme in, a digest out: subject, HTML and text. Pure: no file, clock or environment.

A theme is rendered with these names:

================  ====================================================================================
`newsletter`      the newsletter
`articles`        its articles, in order; never empty
`edition`         `number`, `date` (or none), `more`: how many articles it only counts
`home`            the page that it leads to, or none
`slot`            personal values, filled in for each reader: `slot.unsubscribe_url`, `slot.view_url`,
                  `slot.preferences_url`, `slot.name`, `slot.email`; empty where there is none, so
                  `{% if slot.unsubscribe_url %}`
`language`        of the edition (BCP 47); `dir` is `ltr` or `rtl` with it
`subject`         the subject line
`preheader`       the line that mail programs show beside it; `{{ preheader | padded }}` in `<mj-preview>`
`picture(a)`      the image of an article if mails may show it (https), else none
`html(a)`         the body of an article, put in after MJML; only inside `<mj-text>` or `<mj-raw>`
================  ====================================================================================

and with these filters besides Jinja2's own: `article | brief` (the summary, shortened; or a text), `article |
byline`, `article | kicker` (section or first tag), `moment | day` (`14 September 2026`), `text | cut(80)`,
`language | direction`. Text is escaped; a name that does not exist is an error. White space at the start of
a line is not kept. A subject is rendered with `newsletter`, `articles` and `edition` and the same filters.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup
from mjml import mjml2html

from ..content import direction, paragraphs
from ..errors import DigestError, TemplateError, Where
from ..model import Article, Digest, Image, Newsletter
from .text import BRIEF, Issue, cut, preheader_of, text_part, tidied, tidy, titled
from .themes import BODY, LINE, SLOTS, Theme, default_theme, explain, subject_template, suggest

BUDGET = 100_000
"""How many bytes of HTML a digest may have before its summaries are shortened: Gmail clips at 102,400, and
personal values are still to come."""

_SUBJECT = 150

_IN_COLUMN = (
    "mj-accordion mj-button mj-carousel mj-divider mj-image mj-navbar mj-social mj-spacer mj-table mj-text"
)
COMPONENTS: dict[str, tuple[str, ...]] = {
    "mjml": ("",),
    "mj-head": ("mjml",),
    "mj-body": ("mjml",),
    **dict.fromkeys(
        ["mj-attributes", "mj-breakpoint", "mj-font", "mj-preview", "mj-style", "mj-title"], ("mj-head",)
    ),
    "mj-all": ("mj-attributes",),
    "mj-class": ("mj-attributes",),
    "mj-wrapper": ("mj-body",),
    "mj-section": ("mj-body", "mj-wrapper"),
    "mj-hero": ("mj-body", "mj-wrapper"),
    "mj-group": ("mj-section",),
    "mj-column": ("mj-section", "mj-group"),
    **dict.fromkeys(_IN_COLUMN.split(), ("mj-column", "mj-hero")),
    "mj-accordion-element": ("mj-accordion",),
    "mj-accordion-text": ("mj-accordion-element",),
    "mj-accordion-title": ("mj-accordion-element",),
    "mj-carousel-image": ("mj-carousel",),
    "mj-navbar-link": ("mj-navbar",),
    "mj-social-element": ("mj-social",),
    "mj-raw": ("mj-head", "mj-body", "mj-wrapper", "mj-section", "mj-group", "mj-column", "mj-hero"),
}
"""The components that mrml knows, and the elements that each may stand in."""

_WORDS = frozenset(
    {
        *("mj-title", "mj-preview", "mj-style", "mj-raw", "mj-text", "mj-table", "mj-button"),
        *("mj-navbar-link", "mj-social-element", "mj-accordion-title", "mj-accordion-text"),
    }
)
_PLACE = "its place is inside <mj-text> or <mj-raw>"
# As mrml has it.
_VOID = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input"),
        *("link", "meta", "param", "source", "track", "wbr"),
    }
)
_TAG = re.compile(
    r"""<(/?)([A-Za-z][\w.:-]*)((?:\s+[^\s=<>"'/]+(?:\s*=\s*(?:"[^"]*"|'[^'"]*'))?)*)\s*(/?)>"""
)


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
    theme: Theme | None = None,
) -> Digest:
    """Render an edition as people see it.

    Args:
        newsletter: whose edition it is. Its own home, language and time zone go before those given here.
        articles: what it shows, in order.
        number: counts the editions of the newsletter.
        date: when the edition is of; left out if absent.
        home: the site's home, which the edition leads to.
        language: the site's language (BCP 47).
        timezone: the site's time zone (IANA); dates are days there.
        more: how many articles it only counts.
        slots: a marker of ASCII letters and digits for each personal value; it stands in HTML and text
            where the value will. A value without one is left out together with what surrounds it.
        theme: what it looks like; the default theme if absent.

    Raises:
        DigestError: there is no article, the time zone is unknown, or an article holds a slot's marker.
        TemplateError: the theme or the subject is wrong; names the place.
        ValueError: a marker is not made of ASCII letters and digits.
    """
    where = Where(id=newsletter.name)
    if not articles:
        raise DigestError("an edition needs an article", where=where, hint="compose only when there is news")
    newsletter = tidied(newsletter)
    articles = [titled(tidied(article)) for article in articles]
    timezone = newsletter.timezone or timezone
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        raise DigestError(
            f"there is no time zone {timezone}", where=where, hint="an IANA name such as Europe/London"
        ) from None
    slot = dict.fromkeys(SLOTS, "") | _checked(slots or {}, newsletter, articles)
    home = newsletter.home or home
    language = newsletter.language or language
    edition = Issue(number, date, more)
    base = {
        "newsletter": newsletter,
        "articles": articles,
        "edition": edition,
        "timezone": timezone,
        "room": BRIEF,
    }
    subject = _subject(newsletter, base)
    preheader = preheader_of(subject, newsletter, articles)
    context = {
        **base,
        "home": home,
        "slot": slot,
        "language": language,
        "dir": direction(language),
        "subject": subject,
        "preheader": preheader,
        "picture": _picture,
    }
    theme = theme or default_theme()
    for room in (BRIEF, BRIEF // 2, 0):
        html = _html(theme, {**context, "room": room})
        if len(html.encode()) <= BUDGET:
            break
    text = text_part(
        newsletter, articles, edition=edition, home=home, slot=slot, language=language, timezone=timezone
    )
    return Digest(subject=subject, html=html, text=text, preheader=preheader)


def _checked(slots: Mapping[str, str], newsletter: Newsletter, articles: Sequence[Article]) -> dict[str, str]:
    """The markers, none of which may come from what people wrote."""
    for name, marker in slots.items():
        if not re.fullmatch(r"[A-Za-z0-9]+", marker):
            raise ValueError(f"the marker of slot {name} must be ASCII letters and digits: {marker!r}")
    where = Where(id=newsletter.name)
    values: list[Newsletter | Article] = [newsletter, *articles]
    for value in values:
        written = value.model_dump_json()
        for name, marker in slots.items():
            if marker in written:
                raise DigestError(
                    f"the marker of the personal value {name} stands in the text",
                    where=Where(id=value.id) if isinstance(value, Article) else where,
                    hint="use markers that nobody can guess",
                )
    return dict(slots)


def _subject(newsletter: Newsletter, context: Mapping[str, Any]) -> str:
    where = Where(field="subject", id=newsletter.name)
    try:
        rendered = subject_template(newsletter.subject).render(context)
    except Exception as error:  # an expression in a template can raise anything
        raise explain(error, where=where) from error
    line = cut(tidy(rendered), _SUBJECT)
    if not line:
        raise TemplateError(
            "the subject comes out empty", where=where, hint="add words that are always there"
        )
    return line


def _picture(article: Article) -> Image | None:
    image = article.image
    return image if image and image.url.lower().startswith("https:") else None


def _bodies(kept: list[str]) -> Callable[[Article], Markup]:
    """The function `html`, which leaves a mark in the template and keeps the body for later.

    Marks cannot be forged: they hold a control character, and content has none by now.
    """

    def html(article: Article) -> Markup:
        body = article.content_html or paragraphs(article.summary)
        # The edition has one h1, and an article's title is an h2.
        kept.append(re.sub(r"(?i)(</?)h[12](?=[\s>])", r"\1h3", body))
        return Markup(f"{BODY}{len(kept) - 1}{BODY}")  # noqa: S704 - nothing but a number

    return html


def _html(theme: Theme, context: Mapping[str, Any]) -> str:
    bodies: list[str] = []
    try:
        marked = theme.template.render(**context, html=_bodies(bodies))
    except Exception as error:  # an expression in a template can raise anything
        raise explain(error) from error
    return _to_html(marked, theme, bodies)


@dataclass
class _Document:
    """A rendered template without its marks, and the places that they told of."""

    text: str = ""
    offsets: list[int] = field(default_factory=list)
    places: list[Where] = field(default_factory=list)

    def where(self, offset: int) -> Where:
        """The line of the template that wrote what stands there."""
        at = bisect_right(self.offsets, offset) - 1
        return self.places[at] if at >= 0 else Where()


def _unmarked(marked: str, theme: Theme) -> _Document:
    document = _Document()
    # Indentation is the template's own: it would fill a tenth of the mail.
    pieces = re.sub(r"[ \t\r]*\n\s*", "\n", marked).strip().split(LINE)
    length = 0
    for index, piece in enumerate(pieces):
        if index % 2:
            name, _, line = piece.rpartition(":")
            document.offsets.append(length)
            document.places.append(Where(file=theme.files.get(name, name), line=int(line)))
        else:
            length += len(piece)
    document.text = "".join(pieces[::2])
    return document


def _check_component(name: str, attributes: str, parent: str, where: Where) -> None:
    if name == "mj-include":
        raise TemplateError(
            "mj-include does not work here", where=where, hint='use {% include "file.mjml" %}'
        )
    if name not in COMPONENTS:
        raise TemplateError(f"there is no MJML component {name}", where=where, hint=suggest(name, COMPONENTS))
    if name == "mj-style" and re.search(r"\binline\b", attributes):
        raise TemplateError(
            "mj-style cannot be inlined here", where=where, hint="leave out inline, or use style attributes"
        )
    if parent != "mj-attributes" and parent not in COMPONENTS[name]:
        places = " or ".join(f"<{place}>" if place else "the top" for place in COMPONENTS[name])
        raise TemplateError(
            f"{name} stands {f'in <{parent}>' if parent else 'at the top'}, where MJML does not look for it",
            where=where,
            hint=f"its place is {places}",
        )


def _check(document: _Document) -> None:
    """Raise a TemplateError for the first fault that mrml would not tell of, or not well.

    mrml passes unknown components through, closes one element with the end tag of another, drops what
    stands in the wrong place, and tells of other faults by a byte offset into a text that nobody has seen.
    """
    text = document.text
    opened: list[tuple[str, Where]] = []
    at = text.find("<")
    if at != 0:
        raise TemplateError(
            "a theme must give an MJML document", where=document.where(0), hint="it starts with <mjml>"
        )
    while at >= 0:
        where = document.where(at)
        if text.startswith("<!--", at):
            end = text.find("-->", at + 4)
            if end < 0 or "--" in text[at + 4 : end]:
                raise TemplateError(
                    "a comment that MJML cannot read",
                    where=where,
                    hint="end it with --> and have no -- inside",
                )
            at = text.find("<", end)
            continue
        parent = opened[-1][0] if opened else ""
        loose = text[text.rfind(">", 0, at) + 1 : at].strip()
        if loose and parent in COMPONENTS and parent not in _WORDS:
            raise TemplateError(
                f"text stands in <{parent}>, where MJML drops or misplaces it",
                where=where,
                hint=_PLACE,
            )
        tag = _TAG.match(text, at)
        if tag is None or BODY in tag[0]:
            raise TemplateError(
                f"MJML cannot read {text[at : at + 40].splitlines()[0]!r}",
                where=where,
                hint='write attributes as name="value", and a plain < as &lt;',
            )
        closing, name, attributes, empty = tag.groups()
        if closing:
            if not opened or opened[-1][0] != name:
                inner = f"<{opened[-1][0]}> of {opened[-1][1]} is still open" if opened else "nothing is open"
                raise TemplateError(f"</{name}> does not belong here: {inner}", where=where)
            opened.pop()
        else:
            if name == "mjml" or name.startswith("mj-"):
                _check_component(name, attributes, parent, where)
            elif not parent or (parent in COMPONENTS and parent not in _WORDS):
                raise TemplateError(
                    f"<{name}> stands {f'in <{parent}>' if parent else 'at the top'}, where only MJML may",
                    where=where,
                    hint=_PLACE if parent else "a theme starts with <mjml>",
                )
            if not empty and name not in _VOID:
                opened.append((name, where))
        at = text.find("<", tag.end())
    if opened:
        name, where = opened[-1]
        raise TemplateError(f"<{name}> is never closed", where=where, hint=f"add </{name}>")


def _compiled(document: _Document, theme: Theme) -> str:
    try:
        # Without this mrml links the stylesheets of web fonts that it finds named.
        return mjml2html(document.text, fonts={})
    except ValueError as error:
        position = re.search(r" at position (\d+):\d+", str(error))
        where = Where(file=theme.files.get(theme.template.name or "", theme.name))
        if position:
            before = document.text.encode()[: int(position[1])]
            where = document.where(len(before.decode(errors="ignore")))
        message = re.sub(r" in root template.*", "", str(error))
        raise TemplateError(f"MJML refuses the theme: {message}", where=where) from None


def _to_html(marked: str, theme: Theme, bodies: Sequence[str]) -> str:
    """The HTML of a rendered theme, with the bodies put in.

    Args:
        marked: what Jinja2 made of the theme, with marks for lines and bodies.
        theme: names the files.
        bodies: HTML that is not for MJML, by the number in its mark.

    Raises:
        TemplateError: the MJML is wrong.
    """
    document = _unmarked(marked, theme)
    _check(document)
    # mrml takes no control characters. A word that stands nowhere else does as well.
    turn = 0
    while (word := f"body{turn}at") in document.text:
        turn += 1
    document.text = re.sub(f"{BODY}([0-9]+){BODY}", rf"{word}\1end", document.text)
    return re.sub(f"{word}([0-9]+)end", lambda match: bodies[int(match[1])], _compiled(document, theme))
