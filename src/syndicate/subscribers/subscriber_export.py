"""Exporting subscribers as CSV, row by row."""

from __future__ import annotations

import csv
from typing import TextIO

from ..model import PROFILE_FIELDS, Subscriber
from .cells import escape_cell, join_names, join_tags
from .file_formats import COLUMNS, HASH_PREFIX, REMOVED
from .subscriber_store import SubscriberStore


def export_subscribers(store: SubscriberStore, file: TextIO) -> None:
    """Write all subscribers and suppressed addresses as CSV, which an import accepts."""
    writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for each, unsubscribed in store.subscribers_with_unsubscriptions():
        row = _row(each) | {"unsubscribed": join_names(unsubscribed)}
        writer.writerow({name: escape_cell(cell) for name, cell in row.items() if cell})
    key = store.address_key_id()
    for hashed, reason in store.suppressed():
        state = REMOVED if reason == "unsubscribed" else "suppressed"
        writer.writerow({"email": f"{HASH_PREFIX}{key}:{hashed}", "state": state})


def _row(each: Subscriber) -> dict[str, str]:
    row = {
        "email": each.email,
        **{name: getattr(each, name) or "" for name in PROFILE_FIELDS},
        "newsletters": join_names(each.newsletters),
        "state": each.state,
        "tags": join_tags(each.tags),
    }
    if each.consent:
        row |= {
            "consent_at": each.consent.at.isoformat(),
            "consent_how": each.consent.how,
            "consent_text": each.consent.text,
            "consent_ip": each.consent.ip,
            "consent_note": each.consent.note,
        }
    return row
