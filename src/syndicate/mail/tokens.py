"""Signed words that let a link act for one person: bound to a purpose, without the address in them."""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeSerializer

UNSUBSCRIBE = "unsubscribe"


class Tokens:
    """Makes and reads tokens under one key.

    Args:
        key: a secret that stays the same for as long as old mails are about.
    """

    def __init__(self, key: str) -> None:
        self._key = key
        self._serializers: dict[str, URLSafeSerializer] = {}

    def _for(self, purpose: str) -> URLSafeSerializer:
        found = self._serializers.get(purpose)
        if found is None:
            found = self._serializers[purpose] = URLSafeSerializer(self._key, salt=purpose)
        return found

    def make(self, purpose: str, *words: str) -> str:
        """A token for a purpose; it does not expire."""
        return str(self._for(purpose).dumps(words))

    def read(self, purpose: str, token: str) -> tuple[str, ...] | None:
        """The words of a token, or none if it was not made here for this purpose."""
        try:
            words = self._for(purpose).loads(token)
        except (BadSignature, UnicodeError):
            return None
        return tuple(map(str, words))
