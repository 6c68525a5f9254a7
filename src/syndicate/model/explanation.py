"""The way of one record from its source to an article and into feeds."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .article import Article
from .base import Frozen
from .report import Report

RecordState = Literal["new", "changed", "unchanged", "hidden", "left out", "refused"]


class ExplainedField(Frozen):
    """Where one field of an article came from.

    Attributes:
        name: our name of the field.
        own_name: the record's name of it; None if the value is not from a field of the record.
        origin: in words, if the value is not from a field of the record.
        raw: the value in the record, as text, shortened.
        value: the value in the article, as text, shortened.
    """

    name: str
    own_name: str | None = None
    origin: str = ""
    raw: str = ""
    value: str = ""


class ExplainedFeed(Frozen):
    """Whether a feed shows the article.

    Attributes:
        feed: the name of the feed; for a family without a member for the article, its pattern.
        is_shown: at the time of the explanation, after an ingest.
        reason: why, or why not.
    """

    feed: str
    is_shown: bool
    reason: str


class Explanation(Report):
    """How a record becomes an article, step by step, and which feeds show it.

    Attributes:
        source: its source.
        key: identifies the record in its source.
        file: the file that it is in, or the address that it was fetched from.
        line: its line in that file, from 1.
        raw_fields: the fields of the record, as text, shortened.
        fields: the fields of the article.
        unused_fields: names in the record that no field of the article was read from.
        article: as an ingest would store it; None if it would not.
        state: `new`, `changed`, `unchanged`: what an ingest would find. `hidden`: another source has its id
            or link. `left out`: a draft, or not public. `refused`: an error.
        feeds: every feed of the config, families by the members that the article belongs to.
        problems: what was repaired, converted, dropped or cut.
    """

    source: str
    key: str | None = None
    file: str | None = None
    line: int | None = None
    raw_fields: dict[str, str] = Field(default_factory=dict)
    fields: tuple[ExplainedField, ...] = ()
    unused_fields: tuple[str, ...] = ()
    article: Article | None = None
    state: RecordState = "refused"
    feeds: tuple[ExplainedFeed, ...] = ()
