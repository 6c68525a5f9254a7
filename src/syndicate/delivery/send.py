"""Send: editions and subscribers to deliveries, and deliveries to the transport."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pydantic import TypeAdapter, ValidationError

from ..config import NewsletterSettings
from ..context import AppContext
from ..errors import ConfigError, MailError, Where
from ..mail import CompiledMessage, Tokens, on_the_wire, personaliser, wire_address
from ..model import (
    AudienceReport,
    Delivery,
    Edition,
    Locale,
    Localization,
    LocalizationKey,
    Newsletter,
    Problem,
    SendReport,
    nearest_localization,
)
from ..model.base import Email
from ..newsletters.edition_lint import EditionLint, lint_edition
from ..newsletters.embedded_images import load_message
from . import Dispatched, Dispatcher, open_transport, send_one

# Signs the links of copies to look at: they lead to nobody.
TEST_TOKENS = Tokens("test")
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
    variants: tuple[LocalizationKey, ...]
    contents: Mapping[str, bytes]


def send(
    desk: AppContext, name: str, *, edition_id: str | None, anyway: bool, stop: Callable[[], bool]
) -> SendReport:
    """Send an edition, the last one if none is named, to everybody who has not had it.

    If the linter refuses it, nobody gets it, unless `anyway`.

    Raises:
        ConfigError: there is no edition of that id.
    """
    newsletter = desk.newsletter(name)
    edition = _edition(desk, name, edition_id)
    if edition is None:
        return SendReport(newsletter=name, problems=(_no_edition(name),))
    verdict = _verdict(desk, newsletter, edition, anyway=anyway)
    if verdict.is_refused:
        refusal = verdict.refusal("nobody was sent anything", _overrule(name))
        return _report(desk, edition, told=(refusal, *verdict.problems))
    desk.store.enqueue(edition.id, name, now=desk.clock.now())
    return _report(desk, edition, dispatch(desk, edition_id=edition.id, stop=stop), told=verdict.problems)


def audience(desk: AppContext, name: str, *, edition_id: str | None, anyway: bool) -> AudienceReport:
    """Who would get an edition, the last one if none is named, if it were sent now.

    If the linter refuses it, unless `anyway`, that is a problem of the report.

    Raises:
        ConfigError: there is no edition of that id.
    """
    newsletter = desk.newsletter(name)
    edition = _edition(desk, name, edition_id)
    if edition is None:
        return AudienceReport(newsletter=name, problems=(_no_edition(name),))
    verdict = _verdict(desk, newsletter, edition, anyway=anyway)
    refused = verdict.is_refused
    refusal = (verdict.refusal("nobody would be sent anything", _overrule(name)),) if refused else ()
    addresses = tuple(desk.store.audience(edition.id, name))
    return AudienceReport(
        newsletter=name,
        edition=edition.id,
        subject=edition.digest.subject,
        pending=len(addresses),
        accepted=desk.store.counts(edition.id).get("accepted", 0),
        addresses=addresses,
        problems=(*refusal, *verdict.problems),
    )


def send_test(
    desk: AppContext, name: str, address: str, *, edition_id: str | None, reader: Locale
) -> SendReport:
    """Send one copy of an edition, the last one if none is named, as `reader` would get it.

    The linter's errors are told and do not stop it.

    Raises:
        ConfigError: there is no edition of that id, `address` is no address, or the transport's settings are
            wrong.
        TransportError: it could not be handed on.
    """
    newsletter = desk.newsletter(name)
    edition = _edition(desk, name, edition_id)
    if edition is None:
        return SendReport(newsletter=name, problems=(_no_edition(name),))
    pictures = desk.store.images(edition.id)
    own = edition.digest.language
    key = nearest_localization(
        reader.language, reader.timezone, desk.store.localizations(edition.id), own=own
    )
    variant = desk.store.localization(edition.id, key.number) if key else None
    message = load_message((variant or edition).message, pictures)
    report = send_copy(desk, newsletter, message, address, edition.id, edition.digest.subject)
    told = lint_edition(newsletter, edition, pictures, web_url=_web_url(desk), lint="report").problems
    problems = (*report.problems, *_instead(reader, variant, edition), *told)
    return report.model_copy(update={"problems": problems})


def send_copy(
    desk: AppContext,
    newsletter: Newsletter,
    message: CompiledMessage,
    address: str,
    edition_id: str,
    subject: str,
) -> SendReport:
    """Send one copy of a message to look at; it counts as nobody's delivery, and unsubscribes nobody.

    Raises:
        ConfigError: `address` is no address, or the transport's settings are wrong.
        TransportError: it could not be handed on.
    """
    try:
        email = TypeAdapter(Email).validate_python(address)
    except ValidationError as error:
        raise ConfigError(
            str(error.errors()[0]["msg"]).removeprefix("Value error, "),
            where=Where(field="address", id=address),
            hint="write name@example.org",
        ) from None
    delivery = Delivery(
        id=f"test.{edition_id}.{email}",
        edition_id=edition_id,
        subscriber_id="",
        email=email,
        state="claimed",
        created_at=desk.clock.now(),
    )
    web = desk.settings.web
    filled = personaliser(message, newsletter, TEST_TOKENS, web.base_url if web else None)(delivery)
    transport = open_transport(desk.settings.delivery.transport, desk.base)
    outcome = send_one(transport, wire_address(newsletter.sender.email), email, filled)
    problems: tuple[Problem, ...] = ()
    if outcome.state != "accepted":
        problems = (Problem(message=f"the copy was not accepted: {outcome.detail}", id=email),)
    return SendReport(
        newsletter=newsletter.name,
        edition=edition_id,
        subject=subject,
        sent_now=int(outcome.state == "accepted"),
        problems=problems,
    )


def dispatch(desk: AppContext, *, edition_id: str | None = None, stop: Callable[[], bool]) -> Dispatched:
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

    def __init__(self, desk: AppContext) -> None:
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

    def _load(self, edition_id: str) -> _Issue:
        edition = self._desk.store.edition(edition_id)
        if edition is None:
            raise MailError("its edition is gone from the store", where=Where(id=edition_id))
        newsletter = self._desk.newsletter(edition.newsletter)
        variants = tuple(self._desk.store.localizations(edition_id))
        # Encoded once, and shared by the messages of all variants.
        contents = {name: on_the_wire(data) for name, data in self._desk.store.images(edition_id).items()}
        return _Issue(newsletter, edition.digest.language, edition.message, variants, contents)

    def _resolve(self, edition_id: str, language: str | None, timezone: str | None) -> LocalizationKey | None:
        issue = self._edition(edition_id)
        return nearest_localization(language, timezone, issue.variants, own=issue.language)

    def message(self, edition_id: str, number: int | None) -> CompiledMessage:
        """The message of a variant, or of the edition itself."""
        issue = self._edition(edition_id)
        message = issue.message
        if number is not None:
            variant = self._desk.store.localization(edition_id, number)
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


def _edition(desk: AppContext, name: str, edition_id: str | None) -> Edition | None:
    """The edition of an id, or the last one; none if the newsletter has none yet.

    Raises:
        ConfigError: there is none of that id.
    """
    last = next(iter(desk.store.editions(name, limit=1)), None)
    wanted = edition_id or (last.id if last else None)
    found = desk.store.edition(wanted) if wanted else None
    if found and found.newsletter == name:
        return found
    if edition_id is None:
        return None
    known = [each.id for each in desk.store.editions(name, limit=5)]
    raise ConfigError(
        f"{name} has no edition of this id",
        where=Where(field="--edition", id=edition_id),
        hint=f"the last ones are {', '.join(known)}" if known else f"syndicate compose {name}",
    )


def _no_edition(name: str) -> Problem:
    return Problem(message=f"{name} has no edition yet", hint=f"syndicate compose {name}")


def _verdict(
    desk: AppContext, newsletter: NewsletterSettings, edition: Edition, *, anyway: bool
) -> EditionLint:
    """What the linter says of an edition and of its variants."""
    pictures = desk.store.images(edition.id)
    variants = _one_a_language(desk, edition)
    return lint_edition(
        newsletter,
        edition,
        pictures,
        web_url=_web_url(desk),
        localizations=variants,
        lint="report" if anyway else "refuse",
    )


def _web_url(desk: AppContext) -> str | None:
    return desk.settings.web.base_url if desk.settings.web else None


def _overrule(name: str) -> str:
    return (
        f"look at it with syndicate send-test {name} ADDRESS, correct it and compose again, "
        f"or overrule the linter: syndicate send {name} --anyway"
    )


def _one_a_language(desk: AppContext, edition: Edition) -> Iterator[Localization]:
    """A variant in each language that the edition is not in itself; the others differ in dates alone."""
    told = {edition.digest.language}
    for key in desk.store.localizations(edition.id):
        if key.language not in told and (found := desk.store.localization(edition.id, key.number)):
            told.add(key.language)
            yield found


def _instead(reader: Locale, variant: Localization | None, edition: Edition) -> Iterator[Problem]:
    """A note if the edition was not made in the language of a copy."""
    got = variant.language if variant else edition.digest.language
    if reader.language and reader.language.lower() != got.lower():
        yield Problem(
            message=f"the copy is in {got}: {edition.id} was not made in {reader.language}",
            severity="note",
            hint="an edition is made in the languages of those who subscribe when it is composed",
        )


def _report(
    desk: AppContext,
    edition: Edition,
    done: Dispatched | None = None,
    *,
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
        pending=counts.get("pending", 0) + counts.get("claimed", 0),
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
