"""This project again, with the making and validating of the articles measured as well."""

from __future__ import annotations

from collections.abc import Sequence

from ..sample import Record
from . import ours

VERSIONS = ours.VERSIONS


def prepare(records: Sequence[Record]) -> Sequence[Record]:
    return records


def make(prepared: Sequence[Record], kinds: Sequence[str]) -> list[bytes]:
    return ours.make(ours.prepare(prepared), kinds)
