"""Send an edition to its subscribers, send one copy for review, and list who would get it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol

from pydantic import TypeAdapter, ValidationError

from ..config import NewsletterSettings
from ..errors import ConfigError, Where
from ..mail import (
    CompiledMessage,
    DkimKey,
    ReturnPaths,
    Tokens,
    encode_mailbox,
    personalizer,
    wire_address,
)
from ..model import (
    AudienceReport,
    Delivery,
    DeliveryState,
    Edition,
    Locale,
    Localization,
    Newsletter,
    Problem,
    RefusalPolicy,
    RetryPolicy,
    RetryReport,
    SendReport,
    SmtpTimeouts,
    SubscriberFilter,
)
from ..model.base import Email
from ..model.validation_messages import describe_error
from ..newsletters.edition_lint import EditionLint, LintMode
from ..newsletters.edition_store import StoredEditions
from ..scheduling.system_clock import Clock
from .delivery_store import DeliveryStore
from .dispatcher import Dispatcher, DispatchReport, send_one
from .limits.admission import Admission
from .limits.limit_states import SendLimits
from .limits.resuming import resume_edition
from .limits.send_limit_store import SendLimitStore
from .limits.waiting_problems import waiting_problems
from .subscriber_messages import DeliveryMessages, EditionMessages
from .transport import Transport

COPY_TOKENS = Tokens("test")
"""Signs the links of copies for review: they unsubscribe nobody."""

_REPORTED_FAILURES = 50


class SendStore(DeliveryStore, SendLimitStore, StoredEditions, Protocol):
    """The parts of a store that sending needs."""


class LintEdition(Protocol):
    """Lints an edition and its localizations."""

    def __call__(
        self,
        newsletter: NewsletterSettings,
        edition: Edition,
        images: Mapping[str, bytes],
        *,
        localizations: Sequence[Localization] = (),
        lint: LintMode = "refuse",
    ) -> EditionLint: ...


@dataclass(frozen=True, slots=True)
class EditionSender:
    """Sends editions.

    Attributes:
        find_newsletter: returns the newsletter of a name, or raises ConfigError.
        find_segment: returns the segment of a newsletter, or raises ConfigError.
        open_transport: returns the transport, or raises ConfigError.
        tokens: returns what signs the unsubscribe links.
        dkim_keys: returns the keys that sign the messages, or raises ConfigError.
        web_url: where the daemon's web pages are served, if they are.
        bounce_address: where bounces arrive, if they are read; see `ReturnPaths`.
        owner: names this process in the store.
        retry, in_doubt, lease, refusals, timeouts: see `Dispatcher`.
        limits: how much may be sent, how fast, and through which relay.
    """

    store: SendStore
    find_newsletter: Callable[[str], NewsletterSettings]
    find_segment: Callable[[Newsletter], SubscriberFilter | None]
    lint_edition: LintEdition
    open_transport: Callable[[], Transport]
    tokens: Callable[[], Tokens]
    dkim_keys: Callable[[], Sequence[DkimKey]]
    web_url: str | None
    clock: Clock
    owner: str
    retry: RetryPolicy
    in_doubt: Literal["resend", "hold"]
    lease: timedelta
    refusals: RefusalPolicy
    timeouts: SmtpTimeouts
    limits: SendLimits
    bounce_address: str | None = None

    def send(
        self, name: str, *, edition_id: str | None, lint: LintMode, stop: Callable[[], bool]
    ) -> SendReport:
        """Send an edition, the last one if none is named, to every subscriber who has not had it.

        If the linter finds errors, nobody gets it, unless `lint` is `report`.

        Raises:
            ConfigError: there is no such newsletter or edition, or the transport's settings are wrong.
            StoreError: the database failed.
        """
        newsletter = self.find_newsletter(name)
        edition = self._find_edition(name, edition_id)
        if edition is None:
            return SendReport(newsletter=name, problems=(_no_edition(name),))
        result = self._lint(newsletter, edition, lint)
        if result.is_refused:
            refusal = result.refusal("the edition was not sent", _refusal_hint(name))
            return self._report(edition, problems=(refusal, *result.problems))
        segment = self.find_segment(newsletter)
        self.store.enqueue(edition.id, name, now=self.clock.now(), segment=segment)
        # The operator may have changed the limits, or corrected what the server refused. Limits that still
        # hold make the deliveries wait again.
        self.store.end_waits(edition.id, now=self.clock.now())
        dispatched = self.dispatch(edition_id=edition.id, stop=stop)
        problems = (*_changed_sender(newsletter, edition), *result.problems)
        return self._report(edition, dispatched, problems=problems)

    def resume(self, name: str, *, edition_id: str | None) -> str | None:
        """Let an edition continue that its canary holds, the last one if none is named. Return its id.

        Raises:
            ConfigError: there is no such newsletter or edition.
            StoreError: the database failed.
        """
        self.find_newsletter(name)
        edition = self._find_edition(name, edition_id)
        if edition is None:
            return None
        resume_edition(self.store, edition.id)
        return edition.id

    def audience(self, name: str, *, edition_id: str | None, lint: LintMode) -> AudienceReport:
        """Return who would get an edition, the last one if none is named, if it were sent now.

        Raises:
            ConfigError: there is no such newsletter or edition.
            StoreError: the database failed.
        """
        newsletter = self.find_newsletter(name)
        edition = self._find_edition(name, edition_id)
        if edition is None:
            return AudienceReport(newsletter=name, problems=(_no_edition(name),))
        result = self._lint(newsletter, edition, lint)
        problems = result.problems
        if result.is_refused:
            problems = (result.refusal("the edition would not be sent", _refusal_hint(name)), *problems)
        addresses = tuple(self.store.audience(edition.id, name, segment=self.find_segment(newsletter)))
        return AudienceReport(
            newsletter=name,
            edition=edition.id,
            subject=edition.digest.subject,
            pending=len(addresses),
            accepted=self.store.counts(edition.id).get("accepted", 0),
            addresses=addresses,
            problems=problems,
        )

    def send_test(self, name: str, address: str, *, edition_id: str | None, locale: Locale) -> SendReport:
        """Send one copy of an edition, the last one if none is named, in a language and time zone.

        The linter's errors are reported and do not stop it.

        Raises:
            ConfigError: there is no such newsletter or edition, `address` is wrong, or the transport's
                settings are wrong.
            StoreError: the database failed.
            TransportError: the transport cannot be used.
        """
        newsletter = self.find_newsletter(name)
        edition = self._find_edition(name, edition_id)
        if edition is None:
            return SendReport(newsletter=name, problems=(_no_edition(name),))
        message = EditionMessages(self.store).for_subscriber(edition.id, locale.language, locale.timezone)
        report = self.send_copy(newsletter, message.compiled, address, edition.id, edition.digest.subject)
        lint = self.lint_edition(newsletter, edition, self.store.images(edition.id), lint="report")
        problems = [*report.problems, *lint.problems]
        wanted, language = locale.language, message.language
        if wanted and wanted.lower() != language.lower():
            problems.append(
                Problem(
                    message=f"the copy is in {language}: {edition.id} does not exist in {wanted}",
                    severity="note",
                    hint="an edition is composed in the languages that its subscribers have at that time",
                )
            )
        return report.model_copy(update={"problems": tuple(problems)})

    def send_copy(
        self, newsletter: Newsletter, message: CompiledMessage, address: str, edition_id: str, subject: str
    ) -> SendReport:
        """Send one copy of a message for review. It is no delivery, and its links unsubscribe nobody.

        Raises:
            ConfigError: `address` is wrong, or the settings of the transport or of DKIM are wrong.
            TransportError: the transport cannot be used.
        """
        email = _checked_address(address)
        delivery = Delivery(
            id=f"test.{edition_id}.{email}",
            edition_id=edition_id,
            subscriber_id="",
            email=email,
            state="claimed",
            created_at=self.clock.now(),
        )
        build = personalizer(message, newsletter, COPY_TOKENS, self.web_url, self.dkim_keys())
        outcome = send_one(
            self.open_transport(), wire_address(newsletter.sender.email), email, build(delivery)
        )
        is_accepted = outcome.state == "accepted"
        refusal = Problem(message=f"the copy was not accepted: {outcome.detail}", id=email)
        return SendReport(
            newsletter=newsletter.name,
            edition=edition_id,
            subject=subject,
            sent_now=int(is_accepted),
            problems=() if is_accepted else (refusal,),
        )

    def dispatch(self, *, edition_id: str | None = None, stop: Callable[[], bool]) -> DispatchReport:
        """Send every delivery that is due, of one edition or of all.

        Raises:
            ConfigError: the settings of the transport or of DKIM are wrong.
            StoreError: the database failed; outcomes recorded before remain.
        """
        tokens = self.tokens()
        address = self.bounce_address
        editions = EditionMessages(self.store)
        messages = DeliveryMessages(
            editions,
            find_newsletter=self.find_newsletter,
            tokens=tokens,
            web_url=self.web_url,
            return_paths=ReturnPaths(tokens, wire_address(address)) if address else None,
            dkim_keys=self.dkim_keys(),
        )
        admission = Admission(
            self.store,
            self.limits,
            find_newsletter=lambda edition_id: self.find_newsletter(editions.newsletter(edition_id)),
            clock=self.clock,
        )
        dispatcher = Dispatcher(
            self.store,
            self.open_transport(),
            message_for=messages.message,
            sender_for=messages.sender,
            clock=self.clock,
            owner=self.owner,
            retry=self.retry,
            in_doubt=self.in_doubt,
            lease=self.lease,
            refusals=self.refusals,
            timeouts=self.timeouts,
            admission=admission,
        )
        return asyncio.run(dispatcher.drain(edition_id=edition_id, stop=stop))

    def retry_deliveries(self, name: str, *, edition_id: str | None, state: DeliveryState) -> RetryReport:
        """Make the deliveries of an edition in this state due now; the last edition if none is named.

        Raises:
            ConfigError: there is no such newsletter or edition.
            StoreError: the database failed.
        """
        self.find_newsletter(name)
        edition = self._find_edition(name, edition_id)
        if edition is None:
            return RetryReport(newsletter=name, problems=(_no_edition(name),))
        retried, kept = self.store.retry_deliveries(edition.id, name, state=state, now=self.clock.now())
        problems: tuple[Problem, ...] = ()
        if kept:
            message = f"{kept} {state} {'delivery stays' if kept == 1 else 'deliveries stay'} as they are"
            hint = "their subscribers have unsubscribed, were removed or are suppressed"
            problems = (Problem(message=message, severity="note", id=edition.id, hint=hint),)
        return RetryReport(newsletter=name, edition=edition.id, retried=retried, kept=kept, problems=problems)

    def _find_edition(self, name: str, edition_id: str | None) -> Edition | None:
        """Return the edition of an id, or the last one; None if the newsletter has none yet.

        Raises:
            ConfigError: the newsletter has no edition of that id.
        """
        last = [each.id for each in self.store.editions(name, limit=5)]
        wanted = edition_id or next(iter(last), None)
        edition = self.store.edition(wanted) if wanted else None
        if edition and edition.newsletter == name:
            return edition
        if edition_id is None:
            return None
        raise ConfigError(
            f"{name} has no edition with this id",
            where=Where(field="--edition", id=edition_id),
            hint=f"the last editions are {', '.join(last)}" if last else f"syndicate compose {name}",
        )

    def _lint(self, newsletter: NewsletterSettings, edition: Edition, lint: LintMode) -> EditionLint:
        return self.lint_edition(
            newsletter,
            edition,
            self.store.images(edition.id),
            localizations=tuple(self._one_per_language(edition)),
            lint=lint,
        )

    def _one_per_language(self, edition: Edition) -> Iterator[Localization]:
        """Yield a localization in each other language; those of one language differ in dates only."""
        languages = {edition.digest.language}
        for key in self.store.localizations(edition.id):
            if key.language not in languages and (found := self.store.localization(edition.id, key.number)):
                languages.add(key.language)
                yield found

    def _report(
        self, edition: Edition, dispatched: DispatchReport | None = None, *, problems: Sequence[Problem]
    ) -> SendReport:
        counts = self.store.counts(edition.id)
        waiting = self.store.waiting(edition.id, now=self.clock.now())
        found = [*problems, *waiting_problems(edition.newsletter, edition.id, waiting)]
        if dispatched is not None:
            if dispatched.error:
                found.append(Problem.of(dispatched.error))
            found += [
                Problem.of(each).model_copy(update={"severity": "warning"})
                for each in dispatched.failed_relays
            ]
            if dispatched.outcomes["failed"]:
                found += [
                    Problem(message=f"not delivered: {detail}", id=email or "a removed subscriber")
                    for email, detail in self.store.failures(edition.id, limit=_REPORTED_FAILURES)
                ]
            found += _unsent(edition, counts, sum(each.number for each in waiting))
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
            sent_now=dispatched.outcomes["accepted"] if dispatched else 0,
            waiting=tuple(waiting),
            problems=tuple(found),
            external_failure=bool(dispatched and dispatched.error),
        )


def _checked_address(address: str) -> str:
    try:
        return TypeAdapter(Email).validate_python(address)
    except ValidationError as error:
        raise ConfigError(
            describe_error(error.errors()[0]),
            where=Where(field="address", id=address),
            hint="write name@example.org",
        ) from None


def _no_edition(name: str) -> Problem:
    return Problem(message=f"{name} has no edition yet", hint=f"syndicate compose {name}")


def _refusal_hint(name: str) -> str:
    return (
        f"look at it with syndicate send-test {name} ADDRESS, correct it and compose again, "
        f"or send it as it is: syndicate send {name} --anyway"
    )


def _changed_sender(newsletter: Newsletter, edition: Edition) -> Iterator[Problem]:
    header = f"From: {encode_mailbox(newsletter.sender, 'From').decode()}"
    # The stored message is JSON text.
    if edition.message and json.dumps(header)[1:-1] not in edition.message:
        yield Problem(
            message=f"the edition was composed before from became {newsletter.sender}: "
            "it is sent with the former sender",
            severity="warning",
            field="from",
            id=edition.id,
            hint="the next edition has the new one",
        )


_UNSENT_HINTS = {
    "pending": "run send again to send them",
    "in_doubt": "the final reply of the server was lost; in_doubt of the config decides after the lease",
    "held": "they may have arrived: check, and write to these subscribers yourself",
}


def _unsent(edition: Edition, counts: Mapping[str, int], waiting: int) -> Iterator[Problem]:
    """Yield what was not sent, without the deliveries that wait because of a limit."""
    for state, hint in _UNSENT_HINTS.items():
        number = counts.get(state, 0)
        if state == "pending":
            number += counts.get("claimed", 0) - waiting
        if number > 0:
            message = (
                f"{number} {'delivery is' if number == 1 else 'deliveries are'} {state.replace('_', ' ')}"
            )
            yield Problem(message=message, id=edition.id, hint=hint)
