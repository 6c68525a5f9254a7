"""Images that are embedded in messages: fetched once for an edition and all its localizations."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from html import escape
from itertools import zip_longest

from ..config import NewsletterSettings
from ..errors import FetchError
from ..mail import CompiledMessage, InlineImage, base64_lines, wire_address
from ..model import Article, Problem

_CONCURRENCY = 4
# Seconds. An image that takes longer is not embedded.
_IMAGE_TIMEOUT, _EDITION_TIMEOUT = 10.0, 40.0
_MAGIC = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
)


class EmbeddedImages:
    """The embedded images of one edition, with the same addresses in every localization.

    A theme asks for the address of an image before it is known whether the edition has space for its article.
    So it gets a placeholder at first, and `fetch_pending` fetches the images that the edition shows.

    Args:
        newsletter: limits the bytes and the addresses of images.
        user_agent: for requests.
    """

    def __init__(self, newsletter: NewsletterSettings, user_agent: str) -> None:
        self._user_agent = user_agent
        self._settings = newsletter.images
        self._domain = wire_address(newsletter.sender.email).rpartition("@")[2]
        self._pending: dict[str, str] = {}
        self._addresses: dict[str, str] = {}
        self._inline: dict[str, InlineImage] = {}
        self._seconds_left = _EDITION_TIMEOUT
        self._failures: list[tuple[str, str, str | None]] = []

    def address(self, url: str, _width: int) -> str:
        """Return the address for the edition: `cid:` if the image is embedded, else its own."""
        if not url.startswith(("https:", "http:")):
            return url
        known = self._addresses.get(url)
        if known is None:
            # As long as the address of an embedded image, so that the size of the edition stays the same.
            known = f"cid:{self._id(url.encode())}"
            self._pending[known] = url
        return known

    def fetch_pending(self, html: str) -> bool:
        """Fetch the images whose placeholders the HTML shows; True if it must be rendered again."""
        found = re.findall(rf"cid:[0-9a-f]{{32}}@{re.escape(self._domain)}", html)
        new = [self._pending[each] for each in dict.fromkeys(found) if each in self._pending]
        for url, result in self._fetch(new):
            del self._pending[f"cid:{self._id(url.encode())}"]
            self._addresses[url] = url
            if isinstance(result, FetchError):
                # Most hints are about the limits of sources.
                hint = result.hint if result.status or "private = true" in (result.hint or "") else None
                self._failures.append((url, result.message, hint))
            else:
                self._embed(url, result)
        return bool(new)

    def shown_in(self, html: str) -> tuple[InlineImage, ...]:
        """Return the embedded images that the HTML shows, in its order."""
        found = dict.fromkeys(re.findall(r"cid:([0-9a-f]{32}@[A-Za-z0-9.-]+)", html))
        return tuple(self._inline[each] for each in found if each in self._inline)

    @property
    def images(self) -> Mapping[str, bytes]:
        """The bytes of all embedded images, by name."""
        return {each.content.name: each.data for each in self._inline.values()}

    def problems(self, articles: Sequence[Article]) -> Iterator[Problem]:
        """Yield why images are not embedded, each with the id of the first article that shows it."""
        for url, reason, hint in self._failures:
            yield Problem(
                message=f"the image is not embedded: {reason}",
                severity="warning",
                file=url,
                id=next((each.id for each in articles if _shows(each, url)), None),
                hint=hint,
            )

    def _embed(self, url: str, data: bytes) -> None:
        kind = next((kind for magic, kind in _MAGIC if magic.match(data)), None)
        if kind is None:
            self._failures.append(
                (
                    url,
                    "it is not a PNG, JPEG, GIF or WebP image",
                    "convert it: mail programs show no other formats",
                )
            )
            return
        content_id = self._id(data)
        total = sum(len(each.data) for each in self._inline.values())
        if content_id not in self._inline:
            if total + len(data) > self._settings.embed_limit:
                size = total + len(data)
                reason = f"with its {len(data):,} bytes the images of the mail would have {size:,}"
                hint = f"make it smaller, or raise images.embed_limit above {self._settings.embed_limit:,}"
                self._failures.append((url, reason, hint))
                return
            self._inline[content_id] = InlineImage(content_id, kind, data)
        self._addresses[url] = f"cid:{content_id}"

    def _id(self, data: bytes) -> str:
        return f"{hashlib.sha256(data).hexdigest()[:32]}@{self._domain}"

    def _fetch(self, urls: Sequence[str]) -> Iterator[tuple[str, bytes | FetchError]]:
        """Yield the bytes of each image or an error, in order, within the time that the edition has left."""
        start_time = time.monotonic()
        deadline = start_time + self._seconds_left
        # Not as a context manager, which would wait for a server that does not answer.
        pool = ThreadPoolExecutor(_CONCURRENCY, thread_name_prefix="images")
        try:
            for start in range(0, len(urls), _CONCURRENCY):
                batch = urls[start : start + _CONCURRENCY]
                left = deadline - time.monotonic()
                timeout = min(_IMAGE_TIMEOUT, left)
                futures = [pool.submit(self._get, url, timeout) for url in batch] if left > 0 else []
                wait(futures, timeout=max(0.0, left))
                for url, future in zip_longest(batch, futures):
                    yield url, future.result() if future and future.done() else _timed_out()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            self._seconds_left -= time.monotonic() - start_time

    def _get(self, url: str, seconds: float) -> bytes | FetchError:
        from ..http import Fetcher

        # robots.txt is about crawlers; the publisher chose each of these images.
        fetcher = Fetcher(
            self._user_agent, private=self._settings.private, seconds=seconds, pause=0.0, robots=False
        )
        try:
            return fetcher.get(url, max_bytes=self._settings.embed_limit).body
        except FetchError as error:
            return error


def load_message(message: str, images: Mapping[str, bytes]) -> CompiledMessage:
    """Return the message of an edition or of a localization with its embedded images.

    Args:
        message: as it is stored.
        images: those of the edition, by name.

    Raises:
        MailError: an image is missing from the store.
    """
    return CompiledMessage.loads(message, {name: base64_lines(data) for name, data in images.items()})


def _timed_out() -> FetchError:
    return FetchError(f"the images of the edition took longer than {_EDITION_TIMEOUT:g} seconds")


def _shows(article: Article, url: str) -> bool:
    if article.image is not None and article.image.url == url:
        return True
    html = article.content_html or ""
    return url in html or escape(url) in html
