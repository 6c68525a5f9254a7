"""Send: editions and subscribers to deliveries, and deliveries to the transport."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pydantic import TypeAdapter, ValidationError

from ..config import NewsletterSettings
from ..delivery import Dispatched, Dispatcher, open_transport, send_proof
from ..errors import ConfigError, MailError, Where
from ..mail import CompiledMessage, Tokens, on_the_wire, personaliser, wire_address
from ..model import Delivery, Edition, Newsletter, Problem, Reader, SendReport, Variant, VariantKey, nearest
from ..model.base import Email
from .desk import Desk
from .linting import judge

_MOST_TOLD = 50
# What is kept at hand. Mails come in no order of languages, so that an edition with more variants than
# messages are kept is read anew for most of them: a tenth of the speed. Such a letter is some 50 kilobytes.
_EDITIONS, _MESSAGES, _PAIRS = 16, 512, 16384


@dataclass(frozen=True, slots=True)
class _Issue:
    """What an edition's deliveries have in common."""

    newsletter: NewsletterSettings
    language: str
    message: str
    variants: tuple[VariantKey, ...]
    contents: Mapping[str, bytes]


def send(
    desk: Desk,
    name: str,
    *,
    edition_id: str | None,
    dry_run: bool,
    to: str | None,
    reader: Reader | None = None,
    anyway: bool,
    stop: Callable[[], bool],
) -> SendReport:
    """Send an edition, the last one if none is named, to everybody who has not had it.

    Where the linter refuses it nobody gets it, unless `anyway`; a proof goes all the same, as `reader` would
    get it.

    Raises:
        ConfigError: there is no edition of that id.
    """
    newsletter = desk.newsletter(name)
    edition = _edition(desk, name, edition_id)
    if edition is None:
        compose = f"syndicate compose {name}"
        if edition_id is None:
            problem = Problem(message=f"{name} has no edition yet", hint=compose)
            return SendReport(newsletter=name, problems=(problem,))
        known = [each.id for each in desk.store.editions(name, limit=5)]
        raise ConfigError(
            f"{name} has no edition of this id",
            where=Where(field="--edition", id=edition_id),
            hint=f"the last ones are {', '.join(known)}" if known else compose,
        )
    pictures = desk.store.pictures(edition.id)
    variants = () if to is not None else _one_a_language(desk, edition)
    verdict = judge(desk, newsletter, edition, pictures, variants=variants, anyway=anyway or to is not None)
    if to is not None:
        return _proof(desk, edition, to, reader or Reader(), verdict.problems)
    told = verdict.problems
    if verdict.refused:
        hint = (
            f"look at it with --to, mend it and compose again, or overrule it: syndicate send {name} --anyway"
        )
        told = (verdict.refusal("nobody was sent anything", hint), *told)
    if dry_run:
        waiting = desk.store.audience(edition.id, newsletter.name)
        return _report(desk, edition, waiting=waiting, told=told)
    if verdict.refused:
        return _report(desk, edition, told=told)
    desk.store.enqueue(edition.id, name, now=desk.clock.now())
    return _report(desk, edition, dispatch(desk, edition_id=edition.id, stop=stop), told=told)


def dispatch(desk: Desk, *, edition_id: str | None = None, stop: Callable[[], bool]) -> Dispatched:
    """Hand on every delivery that is due, of one edition or of all.

    Raises:
        ConfigError: the transport's settings are wrong.
        StoreError: the ledger failed; what was accepted before is written down.
    """
    messages = _Messages(desk)
    settings = desk.settings.delivery
    # Three answers stand between the ledger's word and the server's last one.
    timeout = min(settings.lease.total_seconds() / 4, 60)
    dispatcher = Dispatcher(
        desk.store,
        open_transport(settings.transport, desk.base, timeout=timeout),
        prepare=messages.fill,
        sender=messages.sender,
        clock=desk.clock,
        owner=desk.owner,
        in_doubt=settings.in_doubt,
        lease=settings.lease,
    )
    return asyncio.run(dispatcher.drain(edition_id=edition_id, stop=stop))


class _Messages:
    """The messages of deliveries, each edition's and each variant's loaded when it is needed."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._tokens = desk.tokens()
        self._edition = lru_cache(maxsize=_EDITIONS)(self._load)
        self._variant = lru_cache(maxsize=_PAIRS)(self._resolve)
        self._filler = lru_cache(maxsize=_MESSAGES)(self._compiled)

    def fill(self, delivery: Delivery) -> bytes:
        variant = self._variant(delivery.edition_id, delivery.language, delivery.timezone)
        return self._filler(delivery.edition_id, variant.number if variant else None)(delivery)

    def sender(self, delivery: Delivery) -> str:
        return wire_address(self._edition(delivery.edition_id).newsletter.sender.email)

    def variant(self, edition_id: str, reader: Reader) -> VariantKey | None:
        return self._variant(edition_id, reader.language, reader.timezone)

    def _load(self, edition_id: str) -> _Issue:
        edition = self._desk.store.edition(edition_id)
        if edition is None:
            raise MailError("its edition is gone from the store", where=Where(id=edition_id))
        newsletter = self._desk.newsletter(edition.newsletter)
        variants = tuple(self._desk.store.variants(edition_id))
        # Encoded once, and shared by the messages of all variants.
        contents = {name: on_the_wire(data) for name, data in self._desk.store.pictures(edition_id).items()}
        return _Issue(newsletter, edition.digest.language, edition.message, variants, contents)

    def _resolve(self, edition_id: str, language: str | None, timezone: str | None) -> VariantKey | None:
        issue = self._edition(edition_id)
        return nearest(language, timezone, issue.variants, own=issue.language)

    def message(self, edition_id: str, number: int | None) -> CompiledMessage:
        """The message of a variant, or of the edition itself."""
        issue = self._edition(edition_id)
        message = issue.message
        if number is not None:
            variant = self._desk.store.variant(edition_id, number)
            if variant is None:
                raise MailError("its variant is gone from the store", where=Where(id=edition_id))
            message = variant.message
        return CompiledMessage.loads(message, issue.contents)

    def _compiled(self, edition_id: str, number: int | None) -> Callable[[Delivery], bytes]:
        web = self._desk.settings.web
        return personaliser(
            self.message(edition_id, number),
            *(self._edition(edition_id).newsletter, self._tokens, web.base_url if web else None),
        )


def _edition(desk: Desk, name: str, edition_id: str | None) -> Edition | None:
    last = next(iter(desk.store.editions(name, limit=1)), None)
    wanted = edition_id or (last.id if last else None)
    found = desk.store.edition(wanted) if wanted else None
    return found if found and found.newsletter == name else None


def _one_a_language(desk: Desk, edition: Edition) -> Iterator[Variant]:
    """A variant in each language that the edition is not in itself; the others differ in dates alone."""
    told = {edition.digest.language}
    for key in desk.store.variants(edition.id):
        if key.language not in told and (found := desk.store.variant(edition.id, key.number)):
            told.add(key.language)
            yield found


def _proof(desk: Desk, edition: Edition, to: str, reader: Reader, told: tuple[Problem, ...]) -> SendReport:
    messages = _Messages(desk)
    variant = messages.variant(edition.id, reader)
    message = messages.message(edition.id, variant.number if variant else None)
    newsletter = desk.newsletter(edition.newsletter)
    report = proof(desk, newsletter, message, to, edition.id, edition.digest.subject, desk.tokens())
    problems = (*report.problems, *_instead(reader, variant, edition), *told)
    return report.model_copy(update={"problems": problems})


def proof(
    desk: Desk,
    newsletter: Newsletter,
    message: CompiledMessage,
    to: str,
    edition_id: str,
    subject: str,
    tokens: Tokens,
) -> SendReport:
    """One copy for somebody to look at; it counts as nobody's delivery, and cannot unsubscribe anybody.

    Raises:
        ConfigError: `to` is no address, or the transport's settings are wrong.
        TransportError: it could not be handed on.
    """
    try:
        to = TypeAdapter(Email).validate_python(to)
    except ValidationError as error:
        raise ConfigError(
            str(error.errors()[0]["msg"]).removeprefix("Value error, "), where=Where(field="--to", id=to)
        ) from None
    delivery = Delivery(
        id=f"proof.{edition_id}.{to}",
        edition_id=edition_id,
        subscriber_id="",
        email=to,
        state="claimed",
        made_at=desk.clock.now(),
    )
    web = desk.settings.web
    filled = personaliser(message, newsletter, tokens, web.base_url if web else None)(delivery)
    transport = open_transport(desk.settings.delivery.transport, desk.base)
    outcome = send_proof(transport, wire_address(newsletter.sender.email), to, filled)
    problems: tuple[Problem, ...] = ()
    if outcome.state != "accepted":
        problems = (Problem(message=f"the proof was not taken: {outcome.detail}", id=to),)
    return SendReport(
        newsletter=newsletter.name,
        edition=edition_id,
        subject=subject,
        sent_now=int(outcome.state == "accepted"),
        problems=problems,
    )


def _instead(reader: Reader, variant: VariantKey | None, edition: Edition) -> Iterator[Problem]:
    """That the edition was not made in the language of a proof."""
    got = variant.language if variant else edition.digest.language
    if reader.language and reader.language.lower() != got.lower():
        yield Problem(
            message=f"the copy is in {got}: {edition.id} was not made in {reader.language}",
            severity="note",
            hint="an edition is made in the languages of those who subscribe when it is composed",
        )


def _report(
    desk: Desk,
    edition: Edition,
    done: Dispatched | None = None,
    *,
    waiting: int = 0,
    told: Sequence[Problem] = (),
) -> SendReport:
    counts = desk.store.counts(edition.id)
    problems = [*told]
    if done and done.closed:
        problems.append(Problem.of(done.closed))
    if done and done.outcomes["failed"]:
        problems += [
            Problem(message=f"not delivered: {detail}", id=email or "a removed subscriber")
            for email, detail in desk.store.failures(edition.id, limit=_MOST_TOLD)
        ]
    if done:
        problems += _unsent(edition, counts)
    return SendReport(
        newsletter=edition.newsletter,
        edition=edition.id,
        subject=edition.digest.subject,
        accepted=counts.get("accepted", 0),
        pending=counts.get("pending", 0) + counts.get("claimed", 0) + waiting,
        deferred=counts.get("deferred", 0),
        in_doubt=counts.get("in_doubt", 0),
        held=counts.get("held", 0),
        failed=counts.get("failed", 0),
        sent_now=done.outcomes["accepted"] if done else 0,
        problems=tuple(problems),
        outside=bool(done and done.closed),
    )


_HINTS = {
    "pending": "send again goes on with them",
    "in_doubt": "the server's last word was lost; after the lease, in_doubt of the config decides",
    "held": "they may have arrived: look, and mail these people yourself",
}


def _unsent(edition: Edition, counts: Mapping[str, int]) -> Iterator[Problem]:
    for state, hint in _HINTS.items():
        number = counts.get(state, 0) + (counts.get("claimed", 0) if state == "pending" else 0)
        if number:
            message = f"{number} {'mail is' if number == 1 else 'mails are'} {state.replace('_', ' ')}"
            yield Problem(message=message, id=edition.id, hint=hint)
