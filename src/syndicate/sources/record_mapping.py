"""How the records of a source become articles, as the config says it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any
from urllib.parse import urlsplit

from pydantic import TypeAdapter

from .field_rules import FieldRule, Rule
from .limits import FieldLimits

_RULE: TypeAdapter[FieldRule] = TypeAdapter(Rule)


@dataclass(frozen=True, slots=True)
class RecordMapping:
    """How the records of a source become articles.

    Attributes:
        source: the source's name.
        fields: our name of a field, to the rule for its value: the record's name or dotted path, several of
            them, or a `FieldRule`.
        link: a template for records without a link: `{path}`, `{slug}`, `{date:%Y/%m/%d}`, any field.
        base: the site's URL; relative links are relative to it.
        timezone: of dates without a zone.
        day_first: whether `03/04/2026` is in April; None refuses it.
        language: of records without one.
        max_characters: the size limit of a record.
        max_seconds: how long a record may take; checked between the steps from record to article.
        limits: of its fields.
        namespaces: by prefix; a record may have elements of these and of no others.
        elements: `prefix:name` of an element of each article, to the record's field with its text.
        home_urls: where the records are at home according to the config.
        is_own: whether they are the publisher's own, so that they are at home at `base` too.
        rules: the rules of `fields` in their full form.
        host: of `base`.
        compared_names: unknown names of fields that were compared with the known ones; records add theirs, so
            that each name is reported once.
    """

    source: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    link: str | None = None
    base: str | None = None
    timezone: tzinfo = UTC
    day_first: bool | None = None
    language: str | None = None
    max_characters: int = 10_000_000
    max_seconds: float = 5
    limits: FieldLimits = field(default_factory=FieldLimits)
    namespaces: Mapping[str, str] = field(default_factory=dict)
    elements: Mapping[str, str] = field(default_factory=dict)
    home_urls: Collection[str] = ()
    is_own: bool = False
    rules: Mapping[str, FieldRule] = field(init=False)
    host: str = field(init=False)
    compared_names: set[str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        rules = {name: _RULE.validate_python(rule) for name, rule in self.fields.items()}
        used = {own for rule in rules.values() for own in rule.field}
        object.__setattr__(self, "rules", rules)
        object.__setattr__(self, "host", urlsplit(self.base or "").hostname or "")
        object.__setattr__(self, "compared_names", used | set(self.elements.values()))
