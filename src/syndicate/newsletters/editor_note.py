"""The editor's note at the beginning of an edition."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from ..config import NewsletterSettings
from ..errors import ConfigError, Where
from ..sources.markdown_html import from_markdown


@dataclass(frozen=True, slots=True)
class EditorNote:
    """The note as safe HTML, or empty.

    Attributes:
        mark: identifies the last text that was used of the file in the settings.
    """

    html: str = ""
    mark: str = ""


def load_note(
    newsletter: NewsletterSettings, *, folder: Path, previous: str = "", file: str | Path | None = None
) -> EditorNote:
    """Read the note for the next edition.

    The file of the settings may be missing. Its text is used for one edition and then left out until it
    changes. A file that is given for one edition is always used; the note of the settings waits meanwhile.

    Args:
        folder: that of the config.
        previous: the mark of the previous edition.
        file: given for this edition, relative to the working directory.

    Raises:
        ConfigError: the file cannot be read.
    """
    own = EditorNote()
    if newsletter.note:
        own = _read(folder / newsletter.note, newsletter.home, may_be_missing=True)
    if file is not None:
        given = _read(Path(file), newsletter.home, may_be_missing=False)
        return given if given.mark == own.mark else EditorNote(given.html, previous)
    return own if own.html and own.mark != previous else EditorNote(mark=previous)


def _read(file: Path, home: str | None, *, may_be_missing: bool) -> EditorNote:
    where = Where(file=str(file), field="note")
    try:
        text = file.read_text(encoding="utf-8-sig").strip()
    except FileNotFoundError:
        if may_be_missing:
            return EditorNote()
        raise ConfigError("the note does not exist", where=where, hint="give a Markdown file") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            "the note is not UTF-8",
            where=Where(file=str(file), line=line, field="note"),
            hint="save the file as UTF-8",
        ) from None
    except OSError as error:
        raise ConfigError(
            f"the note cannot be read: {error.strerror}",
            where=where,
            hint="give a Markdown file that this user may read",
        ) from None
    if not text:
        return EditorNote()
    return EditorNote(from_markdown(text, home), hashlib.sha256(text.encode()).hexdigest())
