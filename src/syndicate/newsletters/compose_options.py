"""What an editor wants of the next edition: a note in front, articles first, articles left out."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..config import NewsletterSettings
from ..context import AppContext
from ..errors import ConfigError, Where
from ..model import Article, Problem, StoredArticle
from ..sources.markdown import from_markdown
from .select import named


@dataclass(frozen=True, slots=True)
class ComposeOptions:
    """What is wanted for one edition, besides what the config says.

    Attributes:
        note: a Markdown file, relative to the working directory; the config's if absent.
        pin, exclude: ids or links of articles.
        anyway: the edition is made whatever the linter finds.
    """

    note: str | Path | None = None
    pin: Sequence[str] = ()
    exclude: Sequence[str] = ()
    anyway: bool = False

    def applied(self, newsletter: NewsletterSettings) -> NewsletterSettings:
        """The newsletter with these pins before its own, and these exclusions beside them."""
        return newsletter.model_copy(
            update={
                "pinned": (*self.pin, *newsletter.pinned),
                "excluded": (*newsletter.excluded, *self.exclude),
            }
        )

    def unknown(self, unseen: Sequence[StoredArticle]) -> Iterator[Problem]:
        """A warning for each wish that is about no article that waits."""
        waiting = [each.article for each in unseen]
        message = "no article of this id or link waits for an edition"
        for option, names in (("--pin", self.pin), ("--exclude", self.exclude)):
            yield from unmatched(names, waiting, message, field=option)


def unmatched(
    names: Sequence[str], articles: Sequence[Article], message: str, *, field: str
) -> Iterator[Problem]:
    """A warning for each name that is neither the id nor the link of an article."""
    for name in names:
        if not any(named((name,), article) for article in articles):
            known = [known for article in articles for known in (article.id, article.link) if known]
            near = difflib.get_close_matches(name, known, n=1)
            yield Problem(
                message=message,
                severity="warning",
                field=field,
                id=name,
                hint=f"did you mean {near[0]}?" if near else "an id, or the whole link",
            )


@dataclass(frozen=True, slots=True)
class Note:
    """The note as safe HTML, empty if there is none, and what tells the config's last one from others."""

    html: str = ""
    mark: str = ""


def note_of(desk: AppContext, newsletter: NewsletterSettings, wishes: ComposeOptions | None = None) -> Note:
    """The note for the next edition.

    A file that the config names may be missing, and its text goes into one edition: it is left out until it
    is another. A file that is wished for is read whatever went before, and the config's waits meanwhile.

    Raises:
        ConfigError: it cannot be read; says file and reason.
    """
    last = next(iter(desk.store.editions(newsletter.name, limit=1)), None)
    before = last.note if last else ""
    own = _read(desk.base / newsletter.note, newsletter.home, must=False) if newsletter.note else Note()
    if wishes and wishes.note is not None:
        wished = _read(Path(wishes.note), newsletter.home, must=True)
        return wished if wished.mark == own.mark else Note(wished.html, before)
    return own if own.html and own.mark != before else Note(mark=before)


def _read(file: Path, home: str | None, *, must: bool) -> Note:
    where = Where(file=str(file), field="note")
    try:
        text = file.read_text(encoding="utf-8-sig").strip()
    except FileNotFoundError:
        if not must:
            return Note()
        raise ConfigError("there is no such note", where=where, hint="give a Markdown file") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        place = Where(file=str(file), line=line, field="note")
        raise ConfigError("the note is not UTF-8", where=place, hint="save the file as UTF-8") from None
    except OSError as error:
        raise ConfigError(
            f"the note cannot be read: {error.strerror}",
            where=where,
            hint="give a Markdown file that this user may read",
        ) from None
    if not text:
        return Note()
    return Note(from_markdown(text, home), hashlib.sha256(text.encode()).hexdigest())
