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
from .form import Form

_NAMES: dict[Format, str] = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}


def drops(kind: Format, entries: Iterable[Entry]) -> list[Problem]:
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
    form = Form._make(shape)
    return tuple(_DROPS[kind](form))


def _rss(form: Form) -> Iterator[str]:
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
        _, _, home, _, updated = form.origin
        if home is not None:
            yield "origin.home"
        if updated is not None:
            yield "origin.updated"


def _atom(form: Form) -> Iterator[str]:
    if form.episode and any(part not in (None, ()) for part in form.episode):
        yield "episode"


def _json(form: Form) -> Iterator[str]:
    if any(label is not None for _, label, _ in form.tags):
        yield "tags.label"
    if any(scheme is not None for *_, scheme in form.tags):
        yield "tags.scheme"
    if _mails(form):
        yield "authors.email"
    if form.image and any(part is not None for part in form.image[1:]):
        yield "image.alt, width, height and credit"
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
    if form.episode and any(part not in (None, ()) for part in form.episode):
        yield "episode"


def _mails(form: Form) -> bool:
    return any(email is not None and name is not None for _, name, email, _ in form.authors)


_DROPS = {"rss": _rss, "atom": _atom, "json": _json}
