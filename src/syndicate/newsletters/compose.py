"""Compose: store to edition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from ..config import NewsletterSettings
from ..context import AppContext
from ..errors import DigestError, StoreError, Where
from ..mail import SLOTS, CompiledMessage, compile_message, markers
from ..model import (
    Article,
    ComposeReport,
    Digest,
    Edition,
    NewEdition,
    Newsletter,
    Problem,
    Reader,
    StoredArticle,
    VariantKey,
)
from . import flattened, load_theme, render_digest, sections
from .compose_options import ComposeOptions, Note, note_of
from .edition_lint import lint_edition
from .embedded_images import EmbeddedImages
from .localizations import variants_of
from .select import for_edition, named

_TRIES = 5


def compose(desk: AppContext, name: str, slot: datetime | None, wishes: ComposeOptions) -> ComposeReport:
    """Compose the next edition, or give the one that is there for the slot already.

    Where the linter refuses it none is made, unless wished for, and no article is consumed.
    """
    newsletter = wishes.applied(desk.newsletter(name))
    carried = EmbeddedImages(desk, newsletter) if newsletter.images.embed else None
    if slot and (there := desk.store.edition_for_slot(name, slot)):
        return _there(desk, there)
    for _ in range(_TRIES):
        now = desk.clock.now()
        sequence = desk.store.sequence()
        unseen = desk.store.articles(
            now=now, where=newsletter.where, without=newsletter.without, unseen_by=name
        )
        number = desk.store.next_number(name)
        shown, counted = for_edition(newsletter, unseen, first=number == 1)
        told = tuple(wishes.unknown(unseen))
        if not shown:
            return ComposeReport(newsletter=name, problems=told)
        shown = _laid_out(newsletter, shown)
        note = note_of(desk, newsletter, wishes)
        edition = _edition(desk, newsletter, number, shown, len(counted), now, slot, note, carried)
        pictures = carried.pictures if carried else {}
        verdict = lint_edition(desk, newsletter, edition, pictures, anyway=wishes.anyway)
        if verdict.refused:
            hint = f"mend that, or overrule it: syndicate compose {name} --anyway"
            told = (verdict.refusal("no edition was made", hint), *verdict.problems, *told)
            return ComposeReport(newsletter=name, subject=edition.digest.subject, problems=told)
        again = partial(
            rendered,
            desk,
            newsletter,
            edition.articles,
            number=number,
            date=now,
            more=edition.more,
            note=note.html,
            carried=carried,
        )
        variants, faults = variants_of(desk, newsletter, edition, again, anyway=wishes.anyway)
        held = [each for each in unseen if named(newsletter.excluded, each.article)]
        # A variant may show a picture for which the edition itself had no room.
        pictures = carried.pictures if carried else {}
        draft = NewEdition(edition, shown, counted, sequence, held, variants, pictures)
        if desk.store.add_edition(draft, now=now):
            stay = carried.problems(edition.articles) if carried else ()
            shortened = _shortened(edition.digest, *(each.digest for each in variants))
            return _report(edition, variants, (*shortened, *stay, *verdict.problems, *faults, *told))
        if slot and (there := desk.store.edition_for_slot(name, slot)):
            return _there(desk, there)
    raise StoreError(
        f"{name}: others composed at the same moment, {_TRIES} times in a row",
        where=Where(field="newsletter", id=name),
        hint="run it again; no article was consumed",
    )


def _laid_out(newsletter: Newsletter, shown: Sequence[StoredArticle]) -> Sequence[StoredArticle]:
    """In the order in which the letter has them."""
    by_id = {each.article.id: each for each in shown}
    parts = sections(newsletter, [each.article for each in shown])
    return [by_id[article.id] for article in flattened(parts)]


def rendered(
    desk: AppContext,
    newsletter: NewsletterSettings,
    articles: Sequence[Article],
    *,
    number: int,
    date: datetime,
    more: int = 0,
    reader: Reader | None = None,
    note: str = "",
    carried: EmbeddedImages | None = None,
) -> tuple[Digest, CompiledMessage]:
    """An edition's digest and its compiled message, for readers of one language and time zone.

    Args:
        articles: what it shows, newest first.
        number: counts the newsletter's editions.
        date: when it is of.
        more: how many articles it only counts.
        reader: in whose language and zone; the newsletter's own if absent.
        note: what the editor has to say, as safe HTML.
        carried: the pictures that travel in it; without it, all are loaded from where they are.

    Raises:
        TemplateError: the theme or the subject is wrong.
        DigestError: it cannot be made into a mail.
    """
    texts = [article.model_dump_json() for article in articles]
    slots = markers(SLOTS, [newsletter.model_dump_json(), note, *texts])
    draw = partial(
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
        theme=load_theme(newsletter.theme, desk.base),
        reader=reader,
        note=note,
        image=carried.address if carried else None,
    )
    digest = draw()
    while carried and carried.settle(digest.html):
        digest = draw()
    # A title may look like an encoded word, and that is no reason to lose an edition.
    digest = digest.model_copy(update={"subject": digest.subject.replace("=?", "=\u200b?")})
    message = compile_message(
        digest,
        sender=newsletter.sender,
        slots=slots,
        reply_to=newsletter.reply_to,
        list_id=_list_id(newsletter),
        list_archive=newsletter.archive or newsletter.home,
        inline=carried.inline(digest.html) if carried else (),
    )
    return digest, message


def _edition(
    desk: AppContext,
    newsletter: NewsletterSettings,
    number: int,
    shown: Sequence[StoredArticle],
    more: int,
    now: datetime,
    slot: datetime | None,
    note: Note,
    carried: EmbeddedImages | None,
) -> Edition:
    articles = [each.article for each in shown]
    try:
        digest, message = rendered(
            *(desk, newsletter, articles),
            number=number,
            date=now,
            more=more,
            note=note.html,
            carried=carried,
        )
    except UnicodeError as error:
        raise DigestError(
            f"the edition cannot be written: {error}", where=Where(id=newsletter.name)
        ) from None
    return Edition(
        id=f"{newsletter.name}-{number}",
        newsletter=newsletter.name,
        number=number,
        composed_at=now,
        slot=slot,
        digest=digest.model_copy(update={"note": note.mark}),
        articles=tuple(articles),
        more=more,
        message=message.dumps(),
    )


def _list_id(newsletter: Newsletter) -> str:
    """Stable for as long as the newsletter keeps its name and its page (RFC 2919, section 2)."""
    host = urlsplit(newsletter.home or "").hostname or newsletter.sender.email.rpartition("@")[2]
    label = "".join(char if char.isascii() and char.isalnum() else "-" for char in newsletter.name)
    try:
        host = host.encode("idna").decode()
    except UnicodeError:
        # It only has to stay the same and be ASCII; nobody looks it up.
        host = "".join(char if char.isascii() and (char.isalnum() or char == ".") else "-" for char in host)
    return f"{label}.{host}"


def _there(desk: AppContext, edition: Edition) -> ComposeReport:
    return _report(edition, desk.store.variants(edition.id), tuple(_shortened(edition.digest)))


def _report(
    edition: Edition, variants: Sequence[VariantKey], faults: Sequence[Problem] = ()
) -> ComposeReport:
    languages = (edition.digest.language, *(each.language for each in variants))
    return ComposeReport(
        newsletter=edition.newsletter,
        edition=edition.id,
        number=edition.number,
        subject=edition.digest.subject,
        articles=tuple(article.id for article in edition.articles),
        more=edition.more,
        languages=tuple(dict.fromkeys(languages)),
        problems=tuple(faults),
    )


def _shortened(own: Digest, *variants: Digest) -> Iterator[Problem]:
    """What gave way so that no mail program cuts the letter off, and what gave way in a variant alone.

    The same words need more bytes in some languages than in others.
    """
    told: set[str] = set()
    for digest in (own, *variants):
        within = "" if digest is own else f" in {digest.language}"
        for each in digest.shortened:
            if each.id in told:
                continue
            told.add(each.id)
            yield Problem(
                message=f"{each.title!r} is shown in part{within}: {each.saved:,} bytes less, "
                "or the letter is cut off",
                severity="warning",
                id=each.id,
                hint="a lower limit, or a theme that shows less of each article",
            )
