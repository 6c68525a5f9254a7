"""An edition for one locale: its digest and its compiled message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from ..config import NewsletterSettings
from ..mail import SLOTS, CompiledMessage, compile_message, make_markers
from ..model import Article, Digest, Locale
from .embedded_images import EmbeddedImages
from .template_rendering import render_digest
from .themes import Theme


def render_message(
    newsletter: NewsletterSettings,
    articles: Sequence[Article],
    *,
    theme: Theme,
    number: int,
    date: datetime,
    more: int = 0,
    locale: Locale | None = None,
    note: str = "",
    embedded: EmbeddedImages | None = None,
) -> tuple[Digest, CompiledMessage]:
    """Render an edition and compile its message.

    Args:
        articles: those that it shows, newest first.
        number: of the edition.
        date: of the edition.
        more: how many articles it only counts.
        locale: the newsletter's own if absent.
        note: the editor's, as safe HTML.
        embedded: the images in the message; without it, all are loaded from their addresses.

    Raises:
        TemplateError: the theme or the subject is wrong.
        DigestError: the edition cannot be rendered.
    """
    texts = [article.model_dump_json() for article in articles]
    slots = make_markers(SLOTS, [newsletter.model_dump_json(), note, *texts])
    render = partial(
        render_digest,
        newsletter,
        articles,
        number=number,
        date=date,
        home=newsletter.home,
        language=newsletter.language or "en",
        timezone=newsletter.timezone or "UTC",
        more=more,
        slots=slots,
        theme=theme,
        locale=locale,
        note=note,
        image_address=embedded.address if embedded else None,
    )
    digest = render()
    while embedded and embedded.fetch_pending(digest.html):
        digest = render()
    # A title may look like an encoded word (RFC 2047), which must not lose the edition.
    digest = digest.model_copy(update={"subject": digest.subject.replace("=?", "=\u200b?")})
    inline = embedded.shown_in(digest.html) if embedded else ()
    message = compile_message(newsletter, digest, slots=slots, inline=inline)
    return digest, message
