"""From raw records to articles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import Any, NamedTuple

from ..errors import RecordError, Where
from ..model import Article, IncomingArticle, Problem
from .record_mapping import RecordMapping
from .source import RawRecord


class ExplainedRecord(NamedTuple):
    """What a record becomes.

    Attributes:
        incoming: None if the record is refused or left out.
        own_names: our names of fields, to the names that the record has for them.
    """

    incoming: IncomingArticle | None
    problems: list[Problem]
    own_names: Mapping[str, str]


def to_article(record: RawRecord, mapping: RecordMapping) -> tuple[IncomingArticle | None, list[Problem]]:
    """Return the article of a record, or None if the record is refused; and the problems of the record."""
    explained = explain_record(record, mapping)
    return explained.incoming, explained.problems


def explain_record(record: RawRecord, mapping: RecordMapping) -> ExplainedRecord:
    """Return what a record becomes, with the names of its fields."""
    # Only an ingest needs it, and it imports much.
    from .article_builder import ArticleBuilder

    problems: list[Problem] = []
    builder = ArticleBuilder(record, mapping, problems)
    incoming = None
    try:
        incoming = builder.build()
    except RecordError as error:
        problems.append(Problem.of(error))
    return ExplainedRecord(incoming, problems, builder.own_names)


def article_from(
    record: Mapping[str, Any],
    *,
    base: str | None = None,
    timezone: tzinfo = UTC,
    day_first: bool | None = None,
    fields: Mapping[str, Any] | None = None,
    namespaces: Mapping[str, str] | None = None,
    problems: list[Problem] | None = None,
) -> Article:
    """Return the article of an untrusted record: validated, sanitised, with an id.

    Args:
        record: fields under the usual names, such as `title`, `url`, `content_html`, `date`.
        base: the URL that relative links, images and attachments are relative to.
        timezone: of dates without a zone.
        day_first: whether `03/04/2026` is in April; None refuses it.
        fields: our name of a field, to the record's name or dotted path, `{"title": "headline"}`, or to a
            rule as in the config, `{"draft": {"field": "status", "is": ["draft"]}}`.
        namespaces: by prefix; the record may have `elements` of these and of no others.
        problems: receives what was repaired and what was left out, such as a tag that is not text.

    Raises:
        RecordError: the record cannot become an article; says which field is wrong and why.
    """
    mapping = RecordMapping(
        base=base,
        timezone=timezone,
        day_first=day_first,
        fields=fields or {},
        namespaces=namespaces or {},
    )
    incoming, found = to_article(RawRecord(record, Where()), mapping)
    if incoming is None:
        last = found[-1]
        raise RecordError(last.message, where=Where(field=last.field, id=last.id), hint=last.hint)
    if problems is not None:
        problems += found
    return incoming.article
