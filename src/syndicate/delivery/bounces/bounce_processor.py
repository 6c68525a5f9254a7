"""Record mails that come back, each once, and decide what follows from them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from ...mail import UNSUBSCRIBE, ReturnPaths, Tokens, edition_key
from ...mail.bounces import ReturnedMail, judge_failure, parse_returned_mail, precise_status, refusal_key
from ...model import Bounce, BounceKind, Delivery, Problem
from ...scheduling.system_clock import Clock
from .bounce_store import BounceStore
from .refusals import describe_refusal, judge_refusal

_BATCH = 500

MailResult = Literal[
    "hard", "soft", "refused", "complaints", "unsubscribed", "delayed", "automatic", "repeated", "ignored"
]
"""What was done with a mail: the name of a count of `BouncesReport`."""
_RESULTS: dict[BounceKind, MailResult] = {
    "hard": "hard",
    "soft": "soft",
    "refused": "refused",
    "complaint": "complaints",
}


@dataclass(frozen=True, slots=True)
class Decisions:
    """What followed from the bounces.

    Attributes:
        suppressed: how many addresses were suppressed.
        reinstated: how many suppressions were undone.
        problems: refusals that are not about the addresses.
    """

    suppressed: int = 0
    reinstated: int = 0
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class BounceProcessor:
    """Records mails that come back, and decides what follows.

    Attributes:
        return_paths: reads the addresses that bounces go to.
        tokens: reads the tokens of unsubscribe links.
        unsubscribe: unsubscribes by a token; None if it is not valid.
        soft, within: so many soft bounces of different deliveries within this time suppress an address.
    """

    store: BounceStore
    return_paths: ReturnPaths
    tokens: Tokens
    unsubscribe: Callable[[str], str | None]
    clock: Clock
    soft: int
    within: timedelta
    _editions: dict[str, str] = field(default_factory=dict)

    def is_return_path(self, address: str) -> bool:
        """Return whether an address is a valid return path."""
        return self.return_paths.read(address) is not None

    def process(self, data: bytes, recipient: str | None = None) -> MailResult:
        """Record what a mail says, before this returns.

        Args:
            data: the mail; only its first megabyte is read.
            recipient: of the envelope, if it is known; the headers are searched otherwise.

        Raises:
            ConfigError: flufl.bounce is not installed.
            StoreError: the database failed; nothing was recorded.
        """
        mail = parse_returned_mail(data)
        if mail.kind == "unsubscribe":
            is_valid = any(self.unsubscribe(token) is not None for token in mail.unsubscribe_tokens)
            return "unsubscribed" if is_valid else "ignored"
        delivery = self._find_delivery(mail, recipient)
        if delivery is None or mail.kind == "other":
            return "ignored"
        if mail.kind == "delayed" or mail.kind == "automatic":
            return mail.kind
        bounce = self._bounce(mail.kind, mail, delivery, _identity(mail, data, delivery))
        is_new = self.store.record_bounces([bounce], now=bounce.received_at)
        return _RESULTS[mail.kind] if is_new else "repeated"

    def decide(self) -> Decisions:
        """Decide about the bounces that are open: suppress addresses, or report that it is not about them.

        Raises:
            StoreError: the database failed.
        """
        self._record_refused_deliveries()
        suppressed = reinstated = 0
        problems: list[Problem] = []
        for refusal in self.store.open_refusals():
            now = self.clock.now()
            verdict = judge_refusal(refusal, now)
            changed = self.store.decide_refusal(refusal.edition_id, refusal.refusal, verdict, now=now)
            if verdict == "counted":
                suppressed += changed
            else:
                reinstated += changed
                problems.append(describe_refusal(refusal, verdict))
        now = self.clock.now()
        suppressed += self.store.suppress_repeated(limit=self.soft, since=now - self.within, now=now)
        return Decisions(suppressed, reinstated, tuple(problems))

    def _find_delivery(self, mail: ReturnedMail, recipient: str | None) -> Delivery | None:
        for address in (*([recipient] if recipient else []), *mail.return_paths):
            key = self.return_paths.read(address)
            edition_id = key and self._edition(key.edition)
            if key and edition_id:
                return self.store.find_delivery(edition_id, key.subscriber, is_prefix=key.is_prefix)
        if mail.kind == "complaint":
            # Some reports have the message without its return path. Its List-Unsubscribe is signed as well.
            for token in mail.unsubscribe_tokens:
                values = self.tokens.read(UNSUBSCRIBE, token.lower())
                if values and len(values) == 2:
                    return self.store.find_last_delivery(*values)
        return None

    def _edition(self, key: str) -> str | None:
        if key not in self._editions:
            self._editions.update({edition_key(each): each for each in self.store.edition_ids()})
        return self._editions.get(key)

    def _bounce(self, kind: BounceKind, mail: ReturnedMail, delivery: Delivery, identity: str) -> Bounce:
        return Bounce(
            id=identity,
            delivery_id=delivery.id,
            edition_id=delivery.edition_id,
            subscriber_id=delivery.subscriber_id,
            kind=kind,
            status=mail.status,
            diagnostic=mail.diagnostic,
            refusal=refusal_key(kind, mail.status, mail.diagnostic, delivery.email),
            excerpt=mail.excerpt,
            received_at=self.clock.now(),
            verdict="counted" if kind == "complaint" else "open",
        )

    def _record_refused_deliveries(self) -> None:
        """Record what servers answered when the mail was sent.

        Whether such an answer is about the recipient was decided then, so it counts.
        """
        now = self.clock.now()
        while failed := self.store.failed_deliveries(since=now - self.within, limit=_BATCH):
            recorded = self.store.record_bounces([_from_reply(*each) for each in failed], now=now)
            if not recorded:
                return


def _identity(mail: ReturnedMail, data: bytes, delivery: Delivery) -> str:
    """Return the id of a bounce: the same if the mail is read twice."""
    mail_id = mail.message_id.encode() if mail.message_id else hashlib.sha256(data).digest()
    return hashlib.sha256(delivery.id.encode() + b"\0" + mail_id).hexdigest()


def _from_reply(delivery: Delivery, reply: str, at: datetime) -> Bounce:
    status = precise_status(None, reply)
    kind = judge_failure(status, reply)
    return Bounce(
        id=hashlib.sha256(b"reply\0" + delivery.id.encode()).hexdigest(),
        delivery_id=delivery.id,
        edition_id=delivery.edition_id,
        subscriber_id=delivery.subscriber_id,
        kind=kind,
        status=status,
        diagnostic=reply,
        # Apart from bounces with the same words: nothing is decided about these together.
        refusal=f"reply {refusal_key(kind, status, reply, delivery.email)}",
        received_at=at,
        verdict="counted",
    )
