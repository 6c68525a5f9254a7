"""Pictures that travel in the mail: fetched once for an edition, whatever the number of its variants."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from html import escape

from .. import __version__
from ..config import NewsletterSettings
from ..context import AppContext
from ..errors import FetchError
from ..mail import CompiledMessage, Inline, on_the_wire, wire_address
from ..model import Article, Problem

_AT_ONCE = 4
# Seconds: for one picture, and for all those of an edition. What comes later is loaded by the readers.
_ONE, _ALL = 10.0, 40.0
_MAGIC = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
)


class EmbeddedImages:
    """The pictures of one edition. Made for one compose; gives the same addresses to every variant.

    A theme asks for the address of a picture before anybody knows whether the letter has room for its
    article. Hence it first gets a stand-in; `settle` fetches what the letter shows in the end.

    Args:
        desk: the newsroom's.
        newsletter: says how many bytes may travel, and from where.
    """

    def __init__(self, desk: AppContext, newsletter: NewsletterSettings) -> None:
        self._agent = f"syndicate/{__version__} (+{desk.settings.site.home})"
        self._settings = newsletter.images
        self._domain = wire_address(newsletter.sender.email).rpartition("@")[2]
        self._wanted: dict[str, str] = {}
        self._addresses: dict[str, str] = {}
        self._inline: dict[str, Inline] = {}
        self._left = _ALL
        self._faults: list[tuple[str, str, str | None]] = []

    def address(self, url: str, _width: int) -> str:
        """The address for a letter: `cid:` where the picture travels, else where it is."""
        if not url.startswith(("https:", "http:")):
            return url
        known = self._addresses.get(url)
        if known is None:
            # As long as the address of a picture that travels, so that the letter fits as it will.
            known = f"cid:{self._id(url.encode())}"
            self._wanted[known] = url
        return known

    def settle(self, html: str) -> bool:
        """Fetch the pictures that a letter shows and nobody has fetched; whether there were any.

        The letter has stand-ins then, and must be rendered again.
        """
        found = re.findall(rf"cid:[0-9a-f]{{32}}@{re.escape(self._domain)}", html)
        new = [self._wanted[each] for each in dict.fromkeys(found) if each in self._wanted]
        for url, got in self._fetched(new):
            del self._wanted[f"cid:{self._id(url.encode())}"]
            self._addresses[url] = url
            if isinstance(got, FetchError):
                # Limits of sources are none of ours, and what a hint would say of them.
                hint = got.hint if got.status or "private = true" in (got.hint or "") else None
                self._faults.append((url, got.message, hint))
            else:
                self._take(url, got)
        return bool(new)

    def inline(self, html: str) -> tuple[Inline, ...]:
        """The pictures that a letter shows, in its order."""
        found = dict.fromkeys(re.findall(r"cid:([0-9a-f]{32}@[A-Za-z0-9.-]+)", html))
        return tuple(self._inline[each] for each in found if each in self._inline)

    @property
    def pictures(self) -> Mapping[str, bytes]:
        """The bytes of all pictures that travel, by their names."""
        return {each.content.name: each.data for each in self._inline.values()}

    def problems(self, articles: Sequence[Article]) -> Iterator[Problem]:
        """Why pictures stay where they are, each under the name of the first article that has it."""
        for url, reason, hint in self._faults:
            yield Problem(
                message=f"the picture is not embedded: {reason}",
                severity="warning",
                file=url,
                id=next((each.id for each in articles if _shows(each, url)), None),
                hint=hint,
            )

    def _take(self, url: str, data: bytes) -> None:
        kind = next((kind for magic, kind in _MAGIC if magic.match(data)), None)
        if kind is None:
            self._faults.append((url, "it is no PNG, JPEG, GIF or WebP", "mail programs show no others"))
            return
        content_id = self._id(data)
        total = sum(len(each.data) for each in self._inline.values())
        if content_id not in self._inline:
            if total + len(data) > self._settings.embed_limit:
                reason = f"with its {len(data):,} bytes the mail would carry {total + len(data):,}"
                hint = f"make it smaller, or raise images.embed_limit from {self._settings.embed_limit:,}"
                self._faults.append((url, reason, hint))
                return
            self._inline[content_id] = Inline(content_id, kind, data)
        self._addresses[url] = f"cid:{content_id}"

    def _id(self, data: bytes) -> str:
        return f"{hashlib.sha256(data).hexdigest()[:32]}@{self._domain}"

    def _fetched(self, urls: Sequence[str]) -> Iterator[tuple[str, bytes | FetchError]]:
        """Each picture or why there is none, in order; a few at once, and within the time of all."""
        began = time.monotonic()
        until = began + self._left
        # Not as a context manager, which would wait for a server that does not answer.
        pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="pictures")
        try:
            for start in range(0, len(urls), _AT_ONCE):
                some = urls[start : start + _AT_ONCE]
                left = until - time.monotonic()
                running = [pool.submit(self._get, url, min(_ONE, left)) for url in some] if left > 0 else []
                wait(running, timeout=max(0.0, left))
                for url, each in zip(some, running, strict=False):
                    yield url, each.result() if each.done() else _late()
                for url in some[len(running) :]:
                    yield url, _late()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            self._left -= time.monotonic() - began

    def _get(self, url: str, seconds: float) -> bytes | FetchError:
        from ..http import Fetcher

        # Pictures are asked for by name, once an edition: nothing that robots.txt would be about.
        fetcher = Fetcher(
            self._agent, private=self._settings.private, seconds=seconds, pause=0.0, robots=False
        )
        try:
            return fetcher.get(url, max_bytes=self._settings.embed_limit).body
        except FetchError as error:
            return error


def loaded(message: str, pictures: Mapping[str, bytes]) -> CompiledMessage:
    """The message of an edition or of one of its variants, with the pictures that travel in it.

    Args:
        message: as the store keeps it.
        pictures: of the edition, as the store keeps them.

    Raises:
        MailError: a picture is gone from the store.
    """
    return CompiledMessage.loads(message, {name: on_the_wire(data) for name, data in pictures.items()})


def _late() -> FetchError:
    return FetchError(f"the pictures of the edition were not all there within {_ALL:g} seconds")


def _shows(article: Article, url: str) -> bool:
    if article.image is not None and article.image.url == url:
        return True
    html = article.content_html or ""
    return url in html or escape(url) in html
