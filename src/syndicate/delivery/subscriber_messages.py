"""Which message a subscriber gets of an edition: the edition itself, or one of its localizations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..errors import MailError, Where
from ..mail import (
    CompiledMessage,
    DkimKey,
    ReturnPaths,
    Tokens,
    base64_lines,
    personalizer,
    wire_address,
)
from ..model import Delivery, Digest, LocalizationKey, Newsletter, nearest_localization
from ..newsletters.edition_store import StoredEditions

# Deliveries are not sorted by language. If an edition has more localizations than messages are cached, most
# are loaded again for each delivery, at a tenth of the speed. A cached message has some 50 kilobytes.
_CACHED_EDITIONS, _CACHED_MESSAGES, _CACHED_LOCALES = 16, 512, 16384


@dataclass(frozen=True, slots=True)
class LocalizedMessage:
    """What the subscribers of one language and time zone get of an edition.

    Attributes:
        language: of the digest's own words (BCP 47).
        digest: with markers in place of personal values.
        compiled: with slots in place of personal values.
    """

    language: str
    digest: Digest
    compiled: CompiledMessage


@dataclass(frozen=True, slots=True)
class _LoadedEdition:
    newsletter: str
    digest: Digest
    message: str
    localizations: tuple[LocalizationKey, ...]
    encoded_images: Mapping[str, bytes]


class EditionMessages:
    """Chooses and loads the messages of editions; caches the editions and the choices."""

    def __init__(self, store: StoredEditions) -> None:
        self._store = store
        self._edition = lru_cache(maxsize=_CACHED_EDITIONS)(self._load_edition)
        self._choice = lru_cache(maxsize=_CACHED_LOCALES)(self._choose)

    def newsletter(self, edition_id: str) -> str:
        """Return the name of the newsletter of an edition.

        Raises:
            MailError: the store has no such edition.
        """
        return self._edition(edition_id).newsletter

    def choose(self, edition_id: str, language: str | None, timezone: str | None) -> int | None:
        """Return the number of the localization for a subscriber, or None for the edition itself.

        Args:
            language, timezone: the subscriber's (BCP 47, IANA).

        Raises:
            MailError: the store has no such edition.
        """
        return self._choice(edition_id, language, timezone)

    def load(self, edition_id: str, number: int | None) -> LocalizedMessage:
        """Return the message of a localization, or of the edition itself.

        Raises:
            MailError: the store has no such edition, localization or image.
        """
        edition = self._edition(edition_id)
        language, digest, message = edition.digest.language, edition.digest, edition.message
        if number is not None:
            localization = self._store.localization(edition_id, number)
            if localization is None:
                raise MailError(f"the store has no localization {number}", where=Where(id=edition_id))
            language, digest, message = localization.language, localization.digest, localization.message
        return LocalizedMessage(language, digest, CompiledMessage.loads(message, edition.encoded_images))

    def for_subscriber(self, edition_id: str, language: str | None, timezone: str | None) -> LocalizedMessage:
        """Return the message for a subscriber of this language and time zone.

        Raises:
            MailError: the store has no such edition, localization or image.
        """
        return self.load(edition_id, self.choose(edition_id, language, timezone))

    def _load_edition(self, edition_id: str) -> _LoadedEdition:
        edition = self._store.edition(edition_id)
        if edition is None:
            raise MailError("the store has no such edition", where=Where(id=edition_id))
        # Encoded once and shared by the messages of all localizations.
        images = {name: base64_lines(data) for name, data in self._store.images(edition_id).items()}
        localizations = tuple(self._store.localizations(edition_id))
        return _LoadedEdition(edition.newsletter, edition.digest, edition.message, localizations, images)

    def _choose(self, edition_id: str, language: str | None, timezone: str | None) -> int | None:
        edition = self._edition(edition_id)
        key = nearest_localization(language, timezone, edition.localizations, own=edition.digest.language)
        return key.number if key else None


class DeliveryMessages:
    """Builds the messages of deliveries; caches the message of each localization.

    Args:
        find_newsletter: returns the newsletter of a name, or raises ConfigError.
        tokens: signs the unsubscribe links.
        web_url: where the daemon's web pages are served, if they are.
        return_paths: makes the envelope senders and the addresses for mail to unsubscribe, if bounces are
            read.
        dkim_keys: sign the messages.
    """

    def __init__(
        self,
        editions: EditionMessages,
        *,
        find_newsletter: Callable[[str], Newsletter],
        tokens: Tokens,
        web_url: str | None,
        return_paths: ReturnPaths | None = None,
        dkim_keys: Sequence[DkimKey] = (),
    ) -> None:
        self._editions = editions
        self._find_newsletter = find_newsletter
        self._tokens = tokens
        self._web_url = web_url
        self._return_paths = return_paths
        self._dkim_keys = dkim_keys
        self._personalizer = lru_cache(maxsize=_CACHED_MESSAGES)(self._load_personalizer)

    def message(self, delivery: Delivery) -> bytes:
        """Return the message of a delivery; the same bytes at every call.

        Raises:
            ConfigError: the config has no such newsletter.
            MailError: the message cannot be built.
        """
        number = self._editions.choose(delivery.edition_id, delivery.language, delivery.timezone)
        return self._personalizer(delivery.edition_id, number)(delivery)

    def sender(self, delivery: Delivery) -> str:
        """Return the envelope sender of a delivery: its return path, or the sender of the newsletter.

        Raises:
            ConfigError: the config has no such newsletter.
            MailError: the store has no such edition.
        """
        if self._return_paths is not None:
            return self._return_paths.make(delivery.edition_id, delivery.subscriber_id)
        return wire_address(self._newsletter(delivery.edition_id).sender.email)

    def _newsletter(self, edition_id: str) -> Newsletter:
        return self._find_newsletter(self._editions.newsletter(edition_id))

    def _load_personalizer(self, edition_id: str, number: int | None) -> Callable[[Delivery], bytes]:
        compiled = self._editions.load(edition_id, number).compiled
        newsletter = self._newsletter(edition_id)
        return personalizer(
            compiled, newsletter, self._tokens, self._web_url, self._dkim_keys, self._return_paths
        )
