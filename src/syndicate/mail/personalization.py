"""What differs per recipient in a message."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache

from pydantic import TypeAdapter, ValidationError

from ..errors import MailError, Where
from ..model import Delivery, Digest, Newsletter
from ..model.base import Email
from .compiled_message import CompiledMessage, compile_message
from .dkim import DkimKey, sign_message
from .email_addresses import encode_address, mailto_url, wire_address
from .return_path import ReturnPaths
from .signed_tokens import UNSUBSCRIBE, Tokens

SLOTS = ("unsubscribe_url", "name")
"""The personal values that a theme may show."""

# Only for a link that a mail program can post to, and only by https (RFC 8058, section 3.1).
_ONE_CLICK = "List-Unsubscribe-Post: List-Unsubscribe=One-Click"
# Gmail wants 5 to 15 characters; the length of the others is ours, so that the header fits on one line.
_MIN_SENDER_ID, _SENDER_ID, _IDENTIFIER = 5, 15, 24
# Folding again would put a long List-Unsubscribe into encoded words.
_POLICY = SMTP.clone(refold_source="none")


# Most deliveries of an edition are created at the same time.
_format_date = lru_cache(maxsize=16)(format_datetime)


def unsubscribe_url(web_url: str, token: str) -> str:
    """Return the link that a token belongs to.

    Args:
        web_url: where the daemon's web pages are served.
    """
    return f"{web_url.rstrip('/')}/unsubscribe/{token}"


def personalizer(
    message: CompiledMessage,
    newsletter: Newsletter,
    tokens: Tokens,
    web_url: str | None,
    dkim_keys: Sequence[DkimKey] = (),
    return_paths: ReturnPaths | None = None,
) -> Callable[[Delivery], bytes]:
    """Return a function that returns the message of a delivery, the same bytes at every call.

    Args:
        message: the edition's.
        newsletter: the edition's.
        tokens: signs the unsubscribe links.
        web_url: where the daemon's web pages are served; without it, subscribers unsubscribe by mail.
        dkim_keys: those of them sign whose domain is aligned with the domain of From.
        return_paths: where mail to unsubscribe is read, if it is; otherwise `reply_to` or the sender gets it.
    """
    domain = wire_address(newsletter.sender.email).rpartition("@")[2]
    keys = [key for key in dkim_keys if key.is_aligned(domain)]
    mailto = _mailto(newsletter)
    feedback_id = _feedback_id(newsletter, domain)

    def fill(delivery: Delivery) -> bytes:
        token = tokens.make(UNSUBSCRIBE, delivery.subscriber_id, newsletter.name)
        address = mailto
        if return_paths is not None:
            path = return_paths.make(delivery.edition_id, delivery.subscriber_id)
            address = mailto_url(path, "unsubscribe")
        # A token contains nothing that a URL must escape.
        by_mail = f"{address}%20{token}"
        url = unsubscribe_url(web_url, token) if web_url else by_mail
        content = _fill(
            message,
            email=delivery.email,
            name=delivery.name,
            message_id=f"<{_fingerprint(delivery.id)}@{domain}>",
            date=delivery.created_at,
            feedback_id=f"{_identifier(delivery.edition_id)[-_IDENTIFIER:]}:{feedback_id}",
            unsubscribe_url=url,
            unsubscribe_mail=by_mail,
        )
        return sign_message(content, keys, delivery.created_at) if keys else content

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
        feedback_id=_feedback_id(newsletter, domain),
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
    feedback_id: str,
    unsubscribe_url: str,
    unsubscribe_mail: str,
) -> bytes:
    by_mail, by_url = f"<{unsubscribe_mail}>", f"<{unsubscribe_url}>,\r\n <{unsubscribe_mail}>"
    return message.fill(
        {
            "to": encode_address(email, name, "To").decode(),
            "message_id": message_id,
            "date": _format_date(date),
            "feedback_id": feedback_id,
            "list_unsubscribe": by_mail if unsubscribe_url == unsubscribe_mail else by_url,
            "list_unsubscribe_post": _ONE_CLICK if unsubscribe_url.startswith("https:") else "",
            "unsubscribe_url": unsubscribe_url,
            "name": name,
        }
    )


def _mailto(newsletter: Newsletter) -> str:
    """Return the address that recipients write to if they unsubscribe by mail."""
    return mailto_url((newsletter.reply_to or newsletter.sender).email, "unsubscribe")


def _feedback_id(newsletter: Newsletter, domain: str) -> str:
    """Return the Feedback-ID of a newsletter: the identifiers by which Gmail counts complaints.

    Gmail reads at most four identifiers, the id of the sender last. None may identify a recipient.
    """
    sender = newsletter.feedback_id or _identifier(domain)[:_SENDER_ID].ljust(_MIN_SENDER_ID, "-")
    return f"{_identifier(newsletter.name)[-_IDENTIFIER:]}:{sender}"


# Most deliveries that are due are of the same edition.
@lru_cache(maxsize=64)
def _identifier(name: str) -> str:
    return re.sub("[^A-Za-z0-9]", "-", name)


def _fingerprint(identity: str) -> str:
    return hashlib.sha256(identity.encode()).hexdigest()[:32]
