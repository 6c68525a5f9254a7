"""Unsubscribe links: the token in a link says which subscriber unsubscribes from which newsletter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ..mail import UNSUBSCRIBE, Tokens
from .subscriber_store import SubscriberStore

TEST_SUBSCRIBER = "test"
"""The subscriber of links that are valid and unsubscribe nobody: `syndicate check --dns` tries one. Ids of
subscribers are hexadecimal."""


def newsletter_of_link(token: str, *, tokens: Tokens, titles: Mapping[str, str]) -> str | None:
    """Return the title of the newsletter that a link unsubscribes from. None if the token is not valid.

    Args:
        titles: by the name of the newsletter; one that the config no longer has is called by its name.
    """
    words = _read(token, tokens)
    return titles.get(words[1], words[1]) if words else None


def unsubscribe(
    store: SubscriberStore, token: str, *, tokens: Tokens, titles: Mapping[str, str], now: datetime
) -> str | None:
    """Unsubscribe, and return the title of the newsletter. None if the token is not valid.

    A link may be used any number of times. A token of a removed subscriber is not valid.
    """
    words = _read(token, tokens)
    if words is None:
        return None
    if words[0] != TEST_SUBSCRIBER and not store.unsubscribe(words[0], words[1], now=now):
        return None
    return titles.get(words[1], words[1])


def _read(token: str, tokens: Tokens) -> tuple[str, str] | None:
    words = tokens.read(UNSUBSCRIBE, token)
    return (words[0], words[1]) if words and len(words) == 2 else None
