"""Subscribers as rows of tables."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..model import PROFILE_FIELDS, Consent, Subscriber


def subscriber_values(new: Subscriber) -> dict[str, Any]:
    """Return the columns of a subscriber that come from the model."""
    profile = {name: getattr(new, name) for name in PROFILE_FIELDS}
    return {"email": new.email, "state": new.state, **profile, **consent_values(new.consent)}


def consent_values(consent: Consent | None) -> dict[str, Any]:
    """Return the columns of a consent; none, so that they do not change, if there is no consent."""
    if consent is None:
        return {}
    return {
        "consent_how": consent.how,
        "consent_at": consent.at,
        "consent_note": consent.note,
        "consent_text": consent.text,
        "consent_ip": consent.ip,
    }


def changed_values(stored: Any, new: Subscriber) -> dict[str, Any]:
    """Return the columns of a known subscriber that change: the state, and profile fields that are given.

    The consent changes only if the subscriber becomes confirmed: it is the proof of what was agreed to then.

    Args:
        stored: the row, a mapping by column name.
    """
    values = {name: value for name in PROFILE_FIELDS if (value := getattr(new, name))}
    # Anybody can type a subscriber's address into a form; that must not undo the confirmation.
    if stored["state"] != "confirmed" or new.state != "pending":
        values["state"] = new.state
    if all(stored[name] == value for name, value in values.items()):
        return {}
    if values.get("state") == "confirmed" != stored["state"]:
        return {**values, **consent_values(new.consent)}
    return values


def to_subscriber(row: Any, newsletters: Collection[str], tags: Collection[str]) -> Subscriber:
    """Return the subscriber of a row."""
    consent = None
    if row.consent_how:
        consent = Consent.model_construct(
            how=row.consent_how,
            at=row.consent_at,
            note=row.consent_note or "",
            text=row.consent_text or "",
            ip=row.consent_ip or "",
        )
    return Subscriber.model_construct(
        id=row.id,
        email=row.email,
        state=row.state,
        newsletters=tuple(newsletters),
        tags=tuple(tags),
        consent=consent,
        **{name: getattr(row, name) for name in PROFILE_FIELDS},
    )
