"""What differs from person to person in a mail."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote

from ..model import Delivery, Mailbox, Newsletter
from .addresses import encode_mailbox, wire_address
from .message import CompiledMessage
from .tokens import UNSUBSCRIBE, Tokens

SLOTS = ("unsubscribe_url", "name")
"""The personal values that a theme may show."""

# Only for a link that a mail program can post to, and only by https (RFC 8058, section 3.1).
_ONE_CLICK = "List-Unsubscribe-Post: List-Unsubscribe=One-Click"


# Deliveries are made in one stroke, so that nearly all have one date.
_date = lru_cache(maxsize=16)(format_datetime)


def personaliser(
    message: CompiledMessage, newsletter: Newsletter, tokens: Tokens, web: str | None
) -> Callable[[Delivery], bytes]:
    """A function that fills an edition's message for one delivery, the same bytes at every call.

    Args:
        message: the edition's, compiled.
        newsletter: what it is an edition of.
        tokens: makes the words that unsubscribe.
        web: where the daemon's web pages are served; without it people unsubscribe by mail.
    """
    sender = newsletter.sender.email
    domain = wire_address(sender).rpartition("@")[2]
    back = quote(wire_address((newsletter.reply_to or newsletter.sender).email), safe="@+")

    def fill(delivery: Delivery) -> bytes:
        token = tokens.make(UNSUBSCRIBE, delivery.subscriber_id, newsletter.name)
        # A token holds nothing that a URL would have to escape.
        by_mail = f"mailto:{back}?subject=unsubscribe%20{token}"
        url = f"{web.rstrip('/')}/unsubscribe/{token}" if web else by_mail
        fingerprint = hashlib.sha256(delivery.id.encode()).hexdigest()[:32]
        mailbox = Mailbox.model_construct(email=delivery.email, name=delivery.name)
        return message.fill(
            {
                "to": encode_mailbox(mailbox, "To").decode(),
                "message_id": f"<{fingerprint}@{domain}>",
                "date": _date(delivery.created_at),
                "list_unsubscribe": f"<{url}>,\r\n <{by_mail}>" if web else f"<{by_mail}>",
                "list_unsubscribe_post": _ONE_CLICK if url.startswith("https:") else "",
                "unsubscribe_url": url,
                "name": delivery.name,
            }
        )

    return fill
