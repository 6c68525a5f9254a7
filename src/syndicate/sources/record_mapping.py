"""How the records of a source become articles, as the config says it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo


@dataclass(frozen=True, slots=True)
class RecordMapping:
    """How the records of a source become articles.

    Attributes:
        source: the source's name.
        fields: our name of a field, to the record's name or dotted path.
        link: a template for records without a link: `{path}`, `{slug}`, `{date:%Y/%m/%d}`, any field.
        base: the site's URL; relative links are relative to it.
        timezone: of dates without a zone.
        language: of records without one.
        max_characters: the size limit of a record.
        namespaces: by prefix; a record may have elements of these and of no others.
        elements: `prefix:name` of an element of each article, to the record's field with its text.
        home_urls: where the records are at home according to the config.
        is_own: whether they are the publisher's own, so that they are at home at `base` too.
    """

    source: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    link: str | None = None
    base: str | None = None
    timezone: tzinfo = UTC
    language: str | None = None
    max_characters: int = 10_000_000
    namespaces: Mapping[str, str] = field(default_factory=dict)
    elements: Mapping[str, str] = field(default_factory=dict)
    home_urls: Collection[str] = ()
    is_own: bool = False
