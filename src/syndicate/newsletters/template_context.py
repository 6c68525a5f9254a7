"""What a theme is rendered with besides values: pictures, bodies, languages, the theme's words. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from ..i18n import Translator, lang_attributes
from ..model import Article, Newsletter
from ..text.bidi import dominant_direction, language_direction
from ..text.email_html import adapt_html, mail_image_url
from ..text.html import text_to_html
from ..text.wrap import visible_text
from .links import Links
from .sandbox import BODY
from .size_limit import Budget

COLUMN = 600
"""How wide our letters are, in pixels."""

Address = Callable[[str, int], str]
"""The address of a picture, from where it is and how many pixels wide it is shown."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as a letter shows it: sizes in pixels, none where unknown; `natural` is its own width."""

    url: str
    alt: str
    width: int
    height: int | None
    natural: int | None


def address_of(newsletter: Newsletter, given: Address | None) -> Address:
    """Where pictures are taken from: as the caller says, else through the newsletter's proxy."""
    if given is not None:
        return given
    proxy = newsletter.images.proxy
    if proxy is None:
        return lambda url, _width: url
    return lambda url, width: proxy.replace("{url}", quote(url, safe="")).replace("{width}", str(width))


@dataclass(slots=True)
class Page:
    """The functions that a theme calls.

    Attributes:
        language: of the document; articles and our own words say where theirs is another.
        spoken: what the newsletter's own words and articles without a language are in.
        bodies: the bodies that were asked for, made fit, by article id.
        tops: the levels of their highest headings.
    """

    language: str
    spoken: str
    translator: Translator
    links: Links
    address: Address
    budget: Budget
    bodies: dict[str, str] = field(default_factory=dict)
    tops: dict[str, int] = field(default_factory=dict)

    def names(self, kept: list[str], note: str) -> dict[str, Any]:
        """The functions by the names that themes call them by.

        Args:
            kept: takes the bodies that are put in after MJML; their marks hold their numbers.
            note: the editor's, made fit.
        """

        def mark(html: str) -> Markup:
            # A mark holds a control character, which content cannot.
            kept.append(html)
            return Markup(f"{BODY}{len(kept) - 1}{BODY}")  # noqa: S704 - nothing but a number

        return {
            "html": lambda article, top=3: mark(self.body(article, top)),
            "note": mark(note) if note else "",
            "picture": self.picture,
            "whole": self.whole,
            "tongue": self.tongue,
            "own": self.own,
            "_": self.gettext,
            "gettext": self.gettext,
            "ngettext": self.ngettext,
        }

    def body(self, article: Article, top: int) -> str:
        """The body, made fit once."""
        if self.tops.get(article.id) != top:
            html = article.content_html or text_to_html(article.summary)
            self.bodies[article.id] = self.fitted(html, top)
            self.tops[article.id] = top
        return self.bodies[article.id]

    def fitted(self, html: str, top: int) -> str:
        """HTML made fit for mail, with this letter's links and pictures, and headings below the title."""
        return adapt_html(
            html, change_link=self.links, image_address=self.address, width=COLUMN, top_level=top
        )

    def whole(self, article: Article) -> bool:
        """Whether a theme that shows bodies shows this one."""
        return bool(article.content_html) and self.budget.extent(article) == "whole"

    def picture(self, article: Article, width: int = COLUMN) -> Shown | None:
        """The picture of an article, if mails may show it."""
        image = article.image
        shown = min((image and image.width) or width, width)
        address = mail_image_url(image.url, shown, self.address) if image else None
        if image is None or address is None:
            return None
        height = round(image.height * shown / image.width) if image.width and image.height else None
        # Words that nobody sees are none: themes ask whether there are any.
        alt = image.alt if visible_text(image.alt) else ""
        return Shown(address, alt, shown, height, image.width)

    def tongue(self, article: Article | None = None) -> Markup:
        """The attributes of an article, or of the newsletter's own words, in another language.

        An article that names no language is in that of the newsletter, unless its script runs the other way.
        """
        if article and not article.language:
            way = dominant_direction(f"{article.title} {article.summary}")
            if way and way != language_direction(self.spoken):
                turned = Markup(' dir="{}"').format(way) if way != language_direction(self.language) else ""
                return Markup(' lang=""') + turned
        return lang_attributes((article and article.language) or self.spoken, self.language)

    def own(self) -> Markup:
        """The attributes of the theme's words, where there is no catalogue in the language of the letter."""
        return lang_attributes(self.translator.language, self.language)

    def gettext(self, message: str, **values: Any) -> Markup:
        """A message of the theme in the reader's language; values are escaped."""
        return escape(self.translator.gettext(message)) % values

    def ngettext(self, one: str, many: str, num: int, **values: Any) -> Markup:
        """The form of a message that goes with `num`, which is written as the language writes numbers."""
        form = escape(self.translator.ngettext(one, many, num))
        return form % {"num": self.translator.number(num), **values}
