"""Complaints in the Abuse Reporting Format (RFC 5965)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from .mime_parts import parse_message

# Yahoo's `opt-out` is what is an unsubscription elsewhere: the recipient wants no more mail.
_COMPLAINTS = ("abuse", "opt-out", "opt-out-list")
_RETURNED_TYPES = ("message/rfc822", "message/global", "message/rfc822-headers", "text/rfc822-headers")
_UNSUBSCRIBE_TOKEN = re.compile(r"[/ ]([a-z2-7]{40,2000})(?=[>\s?&]|\Z)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AbuseReport:
    """A report about a message of ours.

    Attributes:
        is_complaint: whether the recipient called it unwanted; reports of other types are not about that.
        feedback_type: as the report has it.
        senders: envelope senders of the reported message, as the report and the message have them.
        unsubscribe_tokens: what may be the token of its List-Unsubscribe.
    """

    is_complaint: bool
    feedback_type: str
    senders: tuple[str, ...]
    unsubscribe_tokens: tuple[str, ...]


def read_abuse_report(message: Message) -> AbuseReport | None:
    """Return what a report says, or None if the message is none."""
    for part in message.walk():
        if part.get_content_type() != "message/feedback-report":
            continue
        payload = part.get_payload(decode=True)
        fields = parse_message((payload if isinstance(payload, bytes) else b"").strip())
        kind = str(fields.get("feedback-type", "")).strip().lower()
        returned = list(_returned_messages(message))
        senders = [*map(str, fields.get_all("original-mail-from", []))]
        tokens = []
        for each in returned:
            senders += map(str, each.get_all("return-path", []))
            for value in each.get_all("list-unsubscribe", []):
                tokens += re.findall(_UNSUBSCRIBE_TOKEN, str(value).replace("%20", " "))
        return AbuseReport(kind in _COMPLAINTS, kind, tuple(senders[:10]), tuple(tokens[:10]))
    return None


def _returned_messages(message: Message) -> Iterator[Message]:
    for part in message.walk():
        if part.get_content_type() not in _RETURNED_TYPES:
            continue
        payload = part.get_payload()
        if isinstance(payload, list):
            yield from (each for each in payload if isinstance(each, Message))
        else:
            content = part.get_payload(decode=True)
            yield parse_message(content if isinstance(content, bytes) else b"")
