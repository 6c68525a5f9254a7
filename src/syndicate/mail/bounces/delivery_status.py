"""Delivery status notifications (RFC 3464)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Literal

from .status_codes import precise_status

_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """What a notification says of its recipient.

    Attributes:
        action: `failed` is final; `delayed` means that the server tries again; `other` is no failure.
        status: the enhanced status code (RFC 3463), the most precise one that it has.
        diagnostic: what the server said.
    """

    action: Literal["failed", "delayed", "other"]
    status: str | None
    diagnostic: str


def read_delivery_status(message: Message) -> DeliveryStatus | None:
    """Return what a notification says, or None if the message is none.

    Our messages have one recipient each. If there are several statuses, such as those of a list that the
    message was sent on to, a failure counts.
    """
    statuses = list(_statuses(message))
    for action in ("failed", "delayed", "other"):
        for each in statuses:
            if each.action == action:
                return each
    return None


def _statuses(message: Message) -> Iterator[DeliveryStatus]:
    for part in message.walk():
        if part.get_content_type() not in _STATUS_TYPES:
            continue
        groups = part.get_payload()
        for group in groups if isinstance(groups, list) else ():
            if isinstance(group, Message) and (found := _status(group)):
                yield found


def _status(group: Message) -> DeliveryStatus | None:
    action = str(group.get("action", "")).strip().lower()
    status = str(group.get("status", ""))
    if not action and not status.strip():
        return None
    diagnostic = _diagnostic(group)
    code = precise_status(status, diagnostic)
    if action.startswith(("fail", "error")) or (not action and code and code[0] == "5"):
        return DeliveryStatus("failed", code, diagnostic)
    if action.startswith("delayed") or (not action and code and code[0] == "4"):
        return DeliveryStatus("delayed", code, diagnostic)
    return DeliveryStatus("other", code, diagnostic)


def _diagnostic(group: Message) -> str:
    text = str(group.get("diagnostic-code", ""))
    kind, separator, rest = text.partition(";")
    return rest.strip() if separator and " " not in kind.strip() else text.strip()
