"""What a theme is rendered with besides values: functions for images, bodies, languages and messages."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from ..i18n import Translator, lang_attributes
from ..model import Article, Newsletter
from ..text.bidi import dominant_direction, language_direction
from ..text.email_html import ImageAddress, adapt_html, mail_image_url
from ..text.sanitize import text_to_html
from ..text.wrap import visible_text
from .link_tracking import LinkTracker
from .size_limit import SizeBudget
from .template_sandbox import BODY_MARK

COLUMN_WIDTH = 600
"""The width of an edition in pixels."""


@dataclass(frozen=True, slots=True)
class ShownImage:
    """An image as an edition shows it; sizes in pixels, None if unknown; `natural` is its own width."""

    url: str
    alt: str
    width: int
    height: int | None
    natural: int | None


def proxied_address(newsletter: Newsletter) -> ImageAddress:
    """Return a function to the address of an image at the newsletter's image proxy, if it has one."""
    proxy = newsletter.images.proxy
    if proxy is None:
        return lambda url, _width: url
    return lambda url, width: proxy.replace("{url}", quote(url, safe="")).replace("{width}", str(width))


@dataclass(slots=True)
class ThemeFunctions:
    """The functions that a theme calls.

    Attributes:
        language: of the document; articles and messages in another language have attributes that say so.
        newsletter_language: of the newsletter's texts, and of articles that name no language.
        untitled: ids of articles whose title is made of their first words.
        bodies: the bodies that the theme has asked for, adapted for mail, by article id.
    """

    language: str
    newsletter_language: str
    translator: Translator
    track: LinkTracker
    image_address: ImageAddress
    budget: SizeBudget
    untitled: Collection[str] = ()
    bodies: dict[str, str] = field(default_factory=dict)
    _top_levels: dict[str, int] = field(default_factory=dict)

    def by_name(self, inserted: list[str], note: str) -> dict[str, Any]:
        """Return the functions by their names in themes.

        Args:
            inserted: collects the bodies that are inserted after MJML; their marks hold their numbers.
            note: the editor's, adapted for mail.
        """

        def mark(html: str) -> Markup:
            # The control character in a mark cannot be in content.
            inserted.append(html)
            return Markup(f"{BODY_MARK}{len(inserted) - 1}{BODY_MARK}")  # noqa: S704 - only a number

        return {
            "html": lambda article, top_level=3: mark(self.body(article, top_level)),
            "note": mark(note) if note else "",
            "image": self.image,
            "has_full_body": self.has_full_body,
            "has_title": self.has_title,
            "lang_attrs": self.lang_attrs,
            "own_lang_attrs": self.own_lang_attrs,
            "_": self.gettext,
            "gettext": self.gettext,
            "ngettext": self.ngettext,
        }

    def body(self, article: Article, top_level: int) -> str:
        """Return the body of an article, adapted once."""
        if self._top_levels.get(article.id) != top_level:
            html = article.content_html or text_to_html(article.summary)
            self.bodies[article.id] = self.adapt(html, top_level)
            self._top_levels[article.id] = top_level
        return self.bodies[article.id]

    def adapt(self, html: str, top_level: int) -> str:
        """Return HTML adapted for mail, with the links and images of this edition."""
        return adapt_html(
            html,
            change_link=self.track,
            image_address=self.image_address,
            width=COLUMN_WIDTH,
            top_level=top_level,
        )

    def has_full_body(self, article: Article) -> bool:
        """Whether the article has a body and the size budget leaves space for it."""
        return bool(article.content_html) and self.budget.extent(article) == "full"

    def has_title(self, article: Article) -> bool:
        """Whether the article has a title of its own."""
        return article.id not in self.untitled

    def image(self, article: Article, width: int = COLUMN_WIDTH) -> ShownImage | None:
        """Return the image of an article, if mail programs can show it."""
        image = article.image
        shown = min((image and image.width) or width, width)
        address = mail_image_url(image.url, shown, self.image_address) if image else None
        if image is None or address is None:
            return None
        height = round(image.height * shown / image.width) if image.width and image.height else None
        # Themes test whether there is an alt text, so an invisible one is none.
        alt = image.alt if visible_text(image.alt) else ""
        return ShownImage(address, alt, shown, height, image.width)

    def lang_attrs(self, article: Article | None = None) -> Markup:
        """Return the attributes of an element with text of an article, or of the newsletter.

        An article without a language has the newsletter's, unless its letters run in the other direction.
        """
        if article and not article.language:
            direction = dominant_direction(f"{article.title} {article.summary}")
            if direction and direction != language_direction(self.newsletter_language):
                differs = direction != language_direction(self.language)
                return Markup(' lang=""') + (Markup(' dir="{}"').format(direction) if differs else "")
        return lang_attributes((article and article.language) or self.newsletter_language, self.language)

    def own_lang_attrs(self) -> Markup:
        """Return the attributes of an element with messages, which are English without a catalogue."""
        return lang_attributes(self.translator.language, self.language)

    def gettext(self, message: str, **values: Any) -> Markup:
        """Return a message in the language of the edition, escaped."""
        return escape(self.translator.gettext(message)) % values

    def ngettext(self, singular: str, plural: str, num: int, **values: Any) -> Markup:
        """Return the form of a message for `num`, which is formatted as a number of the language."""
        form = escape(self.translator.ngettext(singular, plural, num))
        return form % {"num": self.translator.number(num), **values}
