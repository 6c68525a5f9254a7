"""Length, type and duration of attachments, where records do not say them: from files or their servers."""

from __future__ import annotations

import io
import json
import mimetypes
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import unquote, urlsplit

from pydantic import TypeAdapter, ValidationError

from ..errors import FetchError
from ..model import Attachment, IncomingArticle, Problem
from ..model.base import MediaType
from .source import SourceState

if TYPE_CHECKING:
    from ..http import Fetcher

_UNKNOWN_TYPE = "application/octet-stream"
_TIMED = ("audio/", "video/")
# A file that could not be asked for is asked for again after this time.
_RETRY_AFTER = timedelta(days=1)
_MAX_FACTS = 100_000
# What is read of a file to find its duration. Players need no more of a file that is one.
_MAX_HEADER_BYTES = 2_000_000
_MEDIA_TYPE: TypeAdapter[str] = TypeAdapter(MediaType)


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What is known of a file.

    Attributes:
        length: in bytes.
        duration: in seconds.
        version: of a local file: changes with it.
        failed_at: when it could not be asked for (ISO 8601).
        error: why.
    """

    length: int | None = None
    media_type: str | None = None
    duration: float | None = None
    version: str | None = None
    failed_at: str | None = None
    error: str | None = None


@dataclass(slots=True)
class MediaMetadata:
    """Completes the attachments of articles, and keeps what it learns from one read to the next.

    Args:
        folders: the beginning of URLs, to the folder with their files.
        fetcher: asks servers for files that are in none of the folders. None asks nobody.
        source: the source's name.
        now: the time of the read, UTC.
        seconds: how long all requests of a read may take together.
    """

    folders: Mapping[str, Path]
    fetcher: Fetcher | None
    state: SourceState
    source: str
    now: datetime
    seconds: float = 300.0
    _facts: dict[str, MediaFacts] = field(init=False)
    _is_changed: bool = field(init=False, default=False)
    _left: float = field(init=False)

    def __post_init__(self) -> None:
        """Load what is known."""
        stored = json.loads(self.state.recall(self._name) or "{}")
        self._facts = {url: MediaFacts(**facts) for url, facts in stored.items()}
        self._left = self.seconds

    def complete(self, incoming: IncomingArticle) -> tuple[IncomingArticle, list[Problem]]:
        """Return the article with what is known of its attachments, and a note for each that is not found."""
        article, problems = incoming.article, list[Problem]()
        completed = tuple([self._complete(each, incoming, problems) for each in article.attachments])
        if completed == article.attachments:
            return incoming, problems
        update: dict[str, Any] = {"attachments": completed}
        return replace(incoming, article=article.model_copy(update=update)), problems

    def has_local_file(self, incoming: IncomingArticle) -> bool:
        """Return whether an attachment is in one of the folders, so that it may change without its record."""
        return any(self._path(each.url) for each in incoming.article.attachments)

    def save(self) -> None:
        """Store what is known."""
        if self._is_changed:
            newest = list(self._facts.items())[-_MAX_FACTS:]
            facts = {
                url: {name: value for name, value in asdict(each).items() if value is not None}
                for url, each in newest
            }
            self.state.remember(self._name, json.dumps(facts))

    @property
    def _name(self) -> str:
        return f"media:{self.source}"

    def _complete(
        self, attachment: Attachment, incoming: IncomingArticle, problems: list[Problem]
    ) -> Attachment:
        path = self._path(attachment.url)
        needs_duration = attachment.duration is None and attachment.media_type.startswith(_TIMED)
        if attachment.length and attachment.media_type != _UNKNOWN_TYPE and not (path and needs_duration):
            return attachment
        facts = self._read(attachment.url, path) if path else self._ask(attachment.url)
        if facts is None:
            return attachment
        if facts.error:
            problems.append(
                Problem.at(
                    replace(incoming.where, field="attachments"),
                    f"{attachment.url:.200}: {facts.error}: its length, type and duration stay unknown",
                    severity="note",
                )
            )
        update: dict[str, Any] = {}
        if not attachment.length and facts.length is not None:
            update["length"] = facts.length
        if attachment.media_type == _UNKNOWN_TYPE and facts.media_type:
            update["media_type"] = facts.media_type
        if attachment.duration is None and facts.duration:
            update["duration"] = facts.duration
        return attachment.model_copy(update=update) if update else attachment

    def _path(self, url: str) -> Path | None:
        """Return the local file of a URL; None if none of the folders has it."""
        for beginning, folder in self.folders.items():
            if url.startswith(beginning):
                name = unquote(urlsplit(url[len(beginning) :]).path).lstrip("/")
                if "\0" in name:
                    return None
                path = (folder / name).resolve()
                return path if path.is_relative_to(folder.resolve()) else None
        return None

    def _read(self, url: str, path: Path) -> MediaFacts:
        try:
            status = path.stat()
            version = f"{status.st_size} {status.st_mtime_ns}"
            known = self._facts.get(url)
            if known is not None and known.version == version:
                return known
            media_type = mimetypes.guess_type(path.name)[0]
            duration = None
            if media_type is None or media_type.startswith(_TIMED):
                with path.open("rb") as file:
                    duration = read_duration(file)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            return MediaFacts(error=f"the file {path} cannot be read: {reason}")
        return self._keep(url, MediaFacts(status.st_size, media_type, duration, version))

    def _ask(self, url: str) -> MediaFacts | None:
        if self.fetcher is None:
            return None
        known = self._facts.get(url)
        if known is not None and not (known.failed_at and self._is_due(known.failed_at)):
            return known
        if self._left <= 0:
            return MediaFacts(error="not asked for, because the time for such requests is over")
        started = time.monotonic()
        try:
            headers = self.fetcher.head(url).headers
        except FetchError as error:
            return self._keep(url, MediaFacts(failed_at=self.now.isoformat(), error=error.message))
        finally:
            self._left -= time.monotonic() - started
        return self._keep(url, _facts_of(headers))

    def _is_due(self, failed_at: str) -> bool:
        return datetime.fromisoformat(failed_at) + _RETRY_AFTER <= self.now

    def _keep(self, url: str, facts: MediaFacts) -> MediaFacts:
        self._is_changed = True
        self._facts[url] = facts
        return facts


def read_duration(file: BinaryIO) -> float | None:
    """Return the duration of an audio or video file in seconds; None if it is unknown.

    Args:
        file: MP3, MP4, Ogg, FLAC, WAV and others. Only so much of it is read as metadata may have.
    """
    from tinytag import TinyTag, TinyTagException

    try:
        limited = cast("BinaryIO", _LimitedFile(file))
        duration = TinyTag.get(file_obj=limited, tags=False).duration
    except (TinyTagException, _TooMuchReadError, OSError):
        return None
    return round(duration, 3) if duration and duration > 0 else None


class _TooMuchReadError(Exception):
    """More of a file was read than its metadata can have."""


class _LimitedFile(io.BufferedIOBase):
    """A file of which only so many bytes are read. Seeking costs nothing."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = _MAX_HEADER_BYTES

    def read(self, size: int | None = -1, /) -> bytes:
        if self._left <= 0:
            raise _TooMuchReadError
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        data = self._file.read(wanted)
        self._left -= len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def _facts_of(headers: Mapping[str, str]) -> MediaFacts:
    """Return what the headers of an answer say of a file (RFC 9110, sections 8.3 and 8.6)."""
    length = headers.get("content-length", "").strip()
    is_length = length.isascii() and length.isdigit() and len(length) < 16
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        media_type = _MEDIA_TYPE.validate_python(media_type)
    except ValidationError:
        media_type = ""
    is_compressed = headers.get("content-encoding", "identity") != "identity"
    return MediaFacts(int(length) if is_length and not is_compressed else None, media_type or None)
