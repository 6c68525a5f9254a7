"""The words of a digest: tidied, shortened, wrapped, and set as the plain text part. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, TypeVar

from ..content import escape, repair, summarise, to_text
from ..model import Article, Frozen, Newsletter
from .layout import Section, flattened
from .words import Speech

WIDTH = 72
"""How many columns a line of the text part may fill; only what cannot be broken is longer."""

BRIEF = 280
"""How many characters of a summary a digest shows at the most."""

PREHEADER = 140
"""How many characters mail programs show beside the subject at the most."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Issue:
    """What templates know of the edition as `edition`: its number, its date, and how many more it counts."""

    number: int
    date: datetime | None
    more: int


# What XML allows but a terminal obeys (C1 controls, DEL) or takes for the end of a line.
_UNRULY = re.compile("[\x7f-\x9f\u2028\u2029]")
_PDF, _PDI = "\u202c", "\u2069"
_EMBEDDINGS = "\u202a\u202b\u202d\u202e"
_ISOLATES = "\u2066\u2067\u2068"
_BIDI = re.compile(f"[{_PDF}{_PDI}{_EMBEDDINGS}{_ISOLATES}]")


def tidy(text: str) -> str:
    """The text without what could act on its surroundings.

    Control characters go (`content.repair`, and those that only terminals know), other line ends become
    spaces, and a direction override that is left open is closed, so that it ends where the text ends.
    """
    text = _UNRULY.sub(lambda match: " " if match[0] in "\x85\u2028\u2029" else "", repair(text))
    return _closed(text) if _BIDI.search(text) else text


def _closed(text: str) -> str:
    """The text with its direction controls paired (UAX #9, BD9 and X7)."""
    kept: list[str] = []
    still_open: list[str] = []
    for char in text:
        if char in _EMBEDDINGS:
            still_open.append(_PDF)
        elif char in _ISOLATES:
            still_open.append(_PDI)
        elif char == _PDI:
            if _PDI not in still_open:
                continue
            while still_open.pop() != _PDI:
                pass
        elif char == _PDF:
            if not still_open or still_open[-1] != _PDF:
                continue
            still_open.pop()
        kept.append(char)
    return "".join(kept) + "".join(reversed(still_open))


def tidied(value: T) -> T:
    """A model, tuple or string with every string in it tidied."""
    new: Any = value
    if isinstance(value, str):
        new = tidy(value)
    elif isinstance(value, tuple):
        new = tuple(tidied(item) for item in value)
    elif isinstance(value, Frozen):
        changes = {}
        for name in type(value).model_fields:
            old = getattr(value, name)
            mended = tidied(old)
            if mended != old:
                changes[name] = mended
        new = value.model_copy(update=changes) if changes else value
    result: T = new
    return result


# What is there and not seen: joiners, marks of direction, the filling of preheaders.
_UNSEEN = re.compile("[\u00ad\u034f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffc]")


def seen(text: str) -> str:
    """The words that a reader sees: white space as one space, nothing without an outline."""
    return re.sub(r"\s+", " ", _UNSEEN.sub("", text)).strip()


def one_line(text: str) -> str:
    """The text with every run of white space as one space; no-break and ideographic spaces stay."""
    return re.sub(r"[ \t\r\n\f\v]+", " ", text).strip(" ")


def cut(text: str, limit: int) -> str:
    """One line, shortened at a word with an ellipsis if it has more than `limit` characters."""
    text = one_line(text)
    if len(text) <= limit:
        return text
    space = text.rfind(" ", limit // 2, limit)
    end = space if space > 0 else limit - 1
    while end > 1 and _clings(text[end - 1], text[end]):
        end -= 1
    # Cutting may part a direction override from its end.
    return tidy(text[:end].rstrip(" ,;:—–-") + "…")


def brief(value: Article | str, limit: int = BRIEF) -> str:
    """The summary of an article, or the beginning of its body, or a text, in so many characters."""
    if limit <= 0:
        return ""
    text = value if isinstance(value, str) else value.summary
    line = one_line(text)
    if not line and isinstance(value, Article):
        return tidy(summarise(value.content_html, limit))
    return line if len(line) <= limit else tidy(summarise(escape(line), limit))


def titled(article: Article) -> Article:
    """The article with something to call it, where its title was all control characters."""
    if article.title.strip():
        return article
    return article.model_copy(update={"title": article.link or "Untitled"})


def preheader_of(subject: str, newsletter: Newsletter, articles: Sequence[Article]) -> str:
    """What the subject does not say already: the titles, else the beginning of the first article."""
    fresh = [title for article in articles if (title := one_line(article.title)) not in subject]
    line = " · ".join(fresh) or brief(articles[0]) or newsletter.title
    return cut(line, PREHEADER)


def byline(article: Article) -> str:
    """The names of those who wrote it. Addresses are not shown: nobody asked to be in a mail with theirs."""
    return ", ".join(author.name for author in article.authors if author.name and author.name.strip())


def kicker(article: Article) -> str:
    """The label above a title: the section, else the first tag."""
    if article.section:
        return article.section
    return next((tag.label or tag.term for tag in article.tags), "")


def _wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"


def _clings(before: str, char: str) -> bool:
    """Whether a character belongs to the one before it: a mark, a joiner, a skin tone."""
    return (
        unicodedata.category(char) in ("Mn", "Me", "Mc", "Cf")
        or before == "\u200d"
        or "\U0001f3fb" <= char <= "\U0001f3ff"
    )


def width(text: str) -> int:
    """How many columns a terminal needs for the text."""
    if text.isascii():
        return len(text)
    columns = 0
    before = ""
    for char in text:
        if unicodedata.category(char) == "Mc" or not _clings(before, char):
            columns += 2 if _wide(char) else 1
        before = char
    return columns


# Japanese and Chinese part lines between any two characters but these (JIS X 4051).
_NO_LINE_START = frozenset(
    "、。，．・：；？！ー々ゝゞヽヾ…‥）〕］｝〉》」』】〙〗〟’”｠»ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ"
)
_NO_LINE_END = frozenset("（〔［｛〈《「『【〘〖〝‘“｟«")


def _pieces(word: str) -> Iterator[str]:
    """What a word may be parted into at the end of a line. Links and scripts with spaces stay whole."""
    if word.isascii() or "://" in word:
        yield word
        return
    start = 0
    for at in range(1, len(word)):
        before, char = word[at - 1], word[at]
        if (
            (_wide(before) or _wide(char))
            and not _clings(before, char)
            and not ("\uac00" <= before <= "\ud7a3" or "\uac00" <= char <= "\ud7a3")
            and char not in _NO_LINE_START
            and before not in _NO_LINE_END
        ):
            yield word[start:at]
            start = at
    yield word[start:]


def wrap(text: str, columns: int = WIDTH, indent: str = "") -> list[str]:
    """The text in lines of so many columns, the second and further ones indented."""
    lines: list[str] = []
    line = ""
    filled = 0
    for word in one_line(text).split(" "):
        gap = " " if line else ""
        for piece in _pieces(word):
            needs = width(gap + piece)
            if line and filled + needs > columns:
                lines.append(line)
                line, filled = indent + piece, width(indent + piece)
            else:
                line += gap + piece
                filled += needs
            gap = ""
    return [*lines, line] if line else lines


def _underlined(lines: Sequence[str], char: str) -> list[str]:
    return [*lines, char * min(WIDTH, max(map(width, lines), default=0))]


def _story(number: int, article: Article, speech: Speech, zone: tzinfo, room: int, whole: bool) -> list[str]:
    label = f"{number}. "
    lines = _underlined(wrap(label + article.title, indent=" " * len(label)), "-")
    name = byline(article)
    by = speech.gettext("By %(author)s") % {"author": name} if name else ""
    lines += wrap(" · ".join(fact for fact in [kicker(article), by, speech.day(article.dated, zone)] if fact))
    summary = to_text(article.content_html).splitlines() if whole else wrap(brief(article, room))
    if summary:
        lines += ["", *summary]
    if article.link:
        lines += ["", article.link]
    return lines


def text_part(
    newsletter: Newsletter,
    sections: Sequence[Section],
    *,
    edition: Issue,
    speech: Speech,
    zone: tzinfo,
    archive: str | None,
    home: str | None,
    slot: Mapping[str, str],
    note: str = "",
    whole: Collection[str] = (),
    room: Callable[[Article], int] = lambda _: BRIEF,
) -> str:
    """The digest as plain text: the same articles and links, in lines that suit a terminal.

    Args:
        newsletter: whose edition it is; its strings and those of the articles are tidied already.
        sections: what it shows, in order.
        edition: its number and date, and how many more articles there are.
        speech: the language of the words that are ours.
        zone: dates are days there.
        archive: the page with earlier editions.
        home: the page that it leads to.
        slot: the markers of personal values by name; an empty one leaves its line out.
        note: what the editor has to say, as HTML.
        whole: the ids of articles whose bodies are shown.
        room: how many columns a summary gets.
    """
    lines = _underlined(wrap(newsletter.title), "=")
    number = speech.gettext("No. %(number)s") % {"number": speech.number(edition.number)}
    lines += wrap(" · ".join(fact for fact in (number, speech.day(edition.date, zone)) if fact))
    if home:
        lines.append(home)
    if slot["view_url"]:
        lines += ["", speech.gettext("Read this edition in your browser:"), slot["view_url"]]
    if note:
        lines += ["", "", *to_text(note).splitlines()]
    for position, article in enumerate(flattened(sections), 1):
        told = _story(position, article, speech, zone, room(article), article.id in whole)
        lines += ["", "", *told]
    lines += ["", "", "=" * WIDTH]
    if edition.more:
        if archive:
            counted = speech.ngettext("And %(num)s more", "And %(num)s more", edition.more)
        else:
            counted = speech.ngettext(
                "And %(num)s more on our site", "And %(num)s more on our site", edition.more
            )
        lines += [counted % {"num": speech.number(edition.more)}, *([archive] if archive else []), ""]
    because = speech.gettext("You receive this because you subscribed to %(title)s.")
    lines += wrap(because % {"title": newsletter.title})
    if slot["preferences_url"]:
        lines += ["", speech.gettext("Change what you receive:"), slot["preferences_url"]]
    if slot["unsubscribe_url"]:
        lines += ["", speech.gettext("Unsubscribe:"), slot["unsubscribe_url"]]
    if newsletter.footer:
        lines += ["", *wrap(newsletter.footer)]
    return "\n".join(lines) + "\n"
