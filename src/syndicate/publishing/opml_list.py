"""The OPML list of all feeds of a site."""

from __future__ import annotations

from collections.abc import Sequence

from ..config import SiteSettings
from ..feeds import to_opml
from ..model import Feed
from .feed_store import FeedStore
from .file_publisher import FilePublisher

# Stored before the list is written, so that a failed or interrupted publish writes it again.
_STORED_NAME = "list"
_OUTDATED, _CURRENT = "old", "new"


class FeedList:
    """The file `site.opml`, if the config asks for one."""

    def __init__(self, store: FeedStore, site: SiteSettings, files: FilePublisher) -> None:
        self._store = store
        self._site = site
        self._files = files
        self._path = site.opml if site.base_url else None

    @property
    def is_outdated(self) -> bool:
        """Whether the file is missing or lacks a feed."""
        if not self._path:
            return False
        return not self._files.exists(self._path) or self._store.recall(_STORED_NAME) == _OUTDATED

    def mark_outdated(self) -> None:
        """Have the list written at the end of this publish, or of the next one if this one fails."""
        if self._path:
            self._mark(_OUTDATED)

    def write(self, feeds: Sequence[Feed]) -> str | None:
        """Write the list. Return its path, or None if the file has not changed.

        Raises:
            FeedError: the list cannot be built.
            PublishError: the file cannot be written.
        """
        if not self._path:
            return None
        self._mark(_OUTDATED)
        body = to_opml(self._site.title, feeds, owner=self._site.author, home=self._site.home)
        is_written = self._files.write(self._path, body)
        self._mark(_CURRENT)
        return self._path if is_written else None

    def _mark(self, status: str) -> None:
        if self._store.recall(_STORED_NAME) != status:
            self._store.remember(_STORED_NAME, status)
