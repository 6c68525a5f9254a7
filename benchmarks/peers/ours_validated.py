"""This project again, from plain records in one call, in which the articles are made and validated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..sample import Record
from . import ours

VERSIONS = ours.VERSIONS


def prepare(records: Sequence[Record]) -> Sequence[Mapping[str, Any]]:
    return [
        {
            "id": each.id,
            "title": each.title,
            "link": each.link,
            "summary": each.summary,
            "content_html": each.html,
            "authors": [{"name": each.author, "email": each.email}],
            "tags": [{"term": tag} for tag in each.tags],
            "published": each.published,
            "updated": each.updated,
        }
        for each in records
    ]


def make(prepared: Sequence[Mapping[str, Any]], kinds: Sequence[str]) -> list[bytes]:
    return ours.make(prepared, kinds)
