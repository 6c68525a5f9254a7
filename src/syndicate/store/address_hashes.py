"""The suppression list has no addresses but their HMAC with a key of the store.

The key is made when a store is created and never changes: with another key no hash would be found any more.
If SYNDICATE_SECRET is set, the key is derived from it, so that another store with the same secret has the
same hashes and can take over the list.
"""

from __future__ import annotations

import hmac
import os
import secrets

from sqlalchemy import Connection, select

from .database import insert_once
from .schema import setting

# The ids of subscribers are made with the same key; see `subscriptions`.
KEY_NAME = "people"


def email_key(email: str) -> str:
    """Return the same text for each spelling of an address: case does not distinguish addresses."""
    return email.strip().casefold()


def address_hash(key: bytes, email: str) -> str:
    """Return the HMAC-SHA-256 of an address, the same for each spelling.

    Args:
        key: from `hash_key`.
    """
    return hmac.digest(key, email_key(email).encode(), "sha256").hex()


def hash_key(connection: Connection) -> bytes:
    """Return the key of this store for `address_hash`; the first call creates it."""
    query = select(setting.c.value).where(setting.c.name == KEY_NAME)
    if (value := connection.scalar(query)) is None:
        insert_once(connection, setting, name=KEY_NAME, value=_new_key())
        # Another process may have inserted another value.
        value = connection.scalar(query)
    return str(value).encode()


def key_id(key: bytes) -> str:
    """Return what distinguishes a key from others, without revealing it."""
    return hmac.digest(key, b"", "sha256").hex()[:16]


def _new_key() -> str:
    if secret := os.environ.get("SYNDICATE_SECRET"):
        return hmac.digest(secret.encode(), b"addresses", "sha256").hex()
    return secrets.token_urlsafe(32)
