"""What differs per recipient in a message."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from ..errors import MailError, Where
from ..model import Delivery, Digest, Mailbox, Newsletter
from ..model.base import Email
from .compiled_message import CompiledMessage, compile_message
from .email_addresses import encode_mailbox, wire_address
from .signed_tokens import UNSUBSCRIBE, Tokens

SLOTS = ("unsubscribe_url", "name")
"""The personal values that a theme may show."""

# Only for a link that a mail program can post to, and only by https (RFC 8058, section 3.1).
_ONE_CLICK = "List-Unsubscribe-Post: List-Unsubscribe=One-Click"
# Folding again would put a long List-Unsubscribe into encoded words.
_POLICY = SMTP.clone(refold_source="none")


# Most deliveries of an edition are created at the same time.
_format_date = lru_cache(maxsize=16)(format_datetime)


def personalizer(
    message: CompiledMessage, newsletter: Newsletter, tokens: Tokens, web_url: str | None
) -> Callable[[Delivery], bytes]:
    """Return a function that returns the message of a delivery, the same bytes at every call.

    Args:
        message: the edition's.
        newsletter: the edition's.
        tokens: signs the unsubscribe links.
        web_url: where the daemon's web pages are served; without it, subscribers unsubscribe by mail.
    """
    domain = wire_address(newsletter.sender.email).rpartition("@")[2]
    mailto = _mailto(newsletter)

    def fill(delivery: Delivery) -> bytes:
        token = tokens.make(UNSUBSCRIBE, delivery.subscriber_id, newsletter.name)
        # A token contains nothing that a URL must escape.
        by_mail = f"{mailto}%20{token}"
        url = f"{web_url.rstrip('/')}/unsubscribe/{token}" if web_url else by_mail
        return _fill(
            message,
            email=delivery.email,
            name=delivery.name,
            message_id=f"<{_fingerprint(delivery.id)}@{domain}>",
            date=delivery.created_at,
            unsubscribe_url=url,
            unsubscribe_mail=by_mail,
        )

    return fill


def build_message(
    newsletter: Newsletter,
    digest: Digest,
    *,
    to: str,
    date: datetime,
    name: str = "",
    unsubscribe_url: str | None = None,
    slots: Mapping[str, str] | None = None,
) -> EmailMessage:
    """Return the message of a digest for one recipient, for a mailer of your own.

    The Message-ID is the same for the same newsletter, digest, recipient and date. The message is parsed
    with a policy that does not fold its headers again.

    Args:
        digest: from `render_digest`, or of an edition that is not personal.
        to: the recipient's address.
        date: of the message, with a time zone.
        name: of the recipient.
        unsubscribe_url: takes a POST that unsubscribes the recipient (RFC 8058). Without it, recipients
            unsubscribe by mail to `reply_to` or the sender.
        slots: the markers that `render_digest` got; those of `unsubscribe_url` and `name` are replaced.

    Raises:
        MailError: `to` is not an address, or the digest has a slot without a value.
        HeaderError: a header value would break out of its line.
        ValueError: `date` has no time zone.
    """
    if date.tzinfo is None:
        raise ValueError("date has no time zone; write datetime(..., tzinfo=UTC)")
    try:
        email = TypeAdapter(Email).validate_python(to)
    except ValidationError:
        raise MailError("not an email address", where=Where(id=to), hint="write name@example.org") from None
    mailto = _mailto(newsletter)
    domain = wire_address(newsletter.sender.email).rpartition("@")[2]
    identity = "\0".join([newsletter.name, digest.subject, digest.html, email, date.isoformat()])
    content = _fill(
        compile_message(newsletter, digest, slots=slots or {}),
        email=email,
        name=name,
        message_id=f"<{_fingerprint(identity)}@{domain}>",
        date=date,
        unsubscribe_url=unsubscribe_url or mailto,
        unsubscribe_mail=mailto,
    )
    return message_from_bytes(content, policy=_POLICY)


def _fill(
    message: CompiledMessage,
    *,
    email: str,
    name: str,
    message_id: str,
    date: datetime,
    unsubscribe_url: str,
    unsubscribe_mail: str,
) -> bytes:
    by_mail, by_url = f"<{unsubscribe_mail}>", f"<{unsubscribe_url}>,\r\n <{unsubscribe_mail}>"
    return message.fill(
        {
            "to": encode_mailbox(Mailbox.model_construct(email=email, name=name), "To").decode(),
            "message_id": message_id,
            "date": _format_date(date),
            "list_unsubscribe": by_mail if unsubscribe_url == unsubscribe_mail else by_url,
            "list_unsubscribe_post": _ONE_CLICK if unsubscribe_url.startswith("https:") else "",
            "unsubscribe_url": unsubscribe_url,
            "name": name,
        }
    )


def _mailto(newsletter: Newsletter) -> str:
    """Return the address that recipients write to if they unsubscribe by mail."""
    address = wire_address((newsletter.reply_to or newsletter.sender).email)
    return f"mailto:{quote(address, safe='@+')}?subject=unsubscribe"


def _fingerprint(identity: str) -> str:
    return hashlib.sha256(identity.encode()).hexdigest()[:32]
