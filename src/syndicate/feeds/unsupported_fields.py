"""What a format has no place for.

One article says the same in all three formats as far as they go; what one of them cannot carry is told, once
a format and field, and never lost in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from ..model import Format, Problem
from .document import Entry
from .entry_fields import EntryFields
from .jsonfeed import ABOUT

_NAMES: dict[Format, str] = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}


def unsupported_fields(kind: Format, entries: Iterable[Entry]) -> list[Problem]:
    """A note on each field of some entries that a format cannot carry."""
    found: dict[str, None] = {}
    for entry in entries:
        found |= dict.fromkeys(_known(kind, entry.shape))
    return [
        Problem(
            message=f"{_NAMES[kind]} has no place for {field}: what articles say there is left out of it",
            severity="note",
            field=field,
        )
        for field in found
    ]


@lru_cache(maxsize=2000)
def _known(kind: Format, shape: tuple[Any, ...]) -> tuple[str, ...]:
    # In a shape every string is empty and what is not there is none.
    form = EntryFields._make(shape)
    return tuple(_DROPS[kind](form))


def _rss(form: EntryFields) -> Iterator[str]:
    # A shape has plain tuples in place of the parts; their order is that of the fields.
    if any(label is not None for _, label, _ in form.tags):
        yield "tags.label"
    if any(url is not None for *_, url in form.authors):
        yield "authors.url"
    if len(form.authors) > 1 and _mails(form):
        yield "authors.email"
    if form.replies:
        yield "replies_to"
    if form.origin:
        _, _, *rest = form.origin
        yield from _there("origin", ("home", "id", "updated"), rest)


def _atom(form: EntryFields) -> Iterator[str]:
    yield from _episode(form)


def _json(form: EntryFields) -> Iterator[str]:
    if any(label is not None for _, label, _ in form.tags):
        yield "tags.label"
    if any(scheme is not None for *_, scheme in form.tags):
        yield "tags.scheme"
    if _mails(form):
        yield "authors.email"
    if form.image:
        _, *rest = form.image
        yield from _there("image", ("media_type", "width", "height", "alt", "credit"), rest)
    for field, value in (
        ("rights", form.rights),
        ("license", form.license),
        ("alternates", form.alternates or None),
        ("discussion", form.discussion),
        ("replies_to", form.replies or None),
        ("origin", form.origin),
        ("location", form.place),
    ):
        if value is not None:
            yield field
    yield from _episode(form)
    if any(name == ABOUT for _, _, name, *_ in form.elements):
        yield f"elements.{ABOUT}"


def _mails(form: EntryFields) -> bool:
    # Who has no name goes by the address.
    return any(email is not None and name is not None for _, name, email, _ in form.authors)


def _episode(form: EntryFields) -> Iterator[str]:
    if form.episode:
        number, season, kind, explicit, _seconds, _image, *rest = form.episode
        # The sound's length and the picture are told elsewhere.
        names = ("number", "season", "kind", "explicit", "transcripts", "chapters", "persons")
        yield from _there("episode", names, (number, season, kind, explicit, *rest))


def _there(field: str, names: Iterable[str], values: Iterable[Any]) -> Iterator[str]:
    for name, value in zip(names, values, strict=True):
        if value not in (None, ()):
            yield f"{field}.{name}"


_DROPS = {"rss": _rss, "atom": _atom, "json": _json}
