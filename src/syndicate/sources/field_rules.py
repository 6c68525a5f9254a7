"""The config's rules for fields: which fields of a record have the value of a field of an article."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from ..model.base import Frozen, NonEmptyLine
from .value_conversion import as_list, is_absent, nested_value

_SCALARS = (bool, int, float, str)


def _require_scalar(value: Any) -> Any:
    if not isinstance(value, _SCALARS):
        raise ValueError("must be text, a number, true or false")  # noqa: TRY004 - pydantic expects ValueError
    return value


Scalar = Annotated[
    Any, AfterValidator(_require_scalar), WithJsonSchema({"type": ["string", "number", "boolean"]})
]

MERGED_FIELDS = frozenset(
    {"tags", "authors", "contributors", "attachments", "alternates", "replies_to", "transcripts", "persons"}
)
"""Fields with several values: those of all named fields count. For others, the first with a value counts."""


def _as_tuple(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


class FieldRule(Frozen):
    """Where the value of a field of an article comes from.

    Attributes:
        field: names or dotted paths in the record.
        equals: the value is whether the record's value is one of these (`is` in the config).
        differs: the value is whether the record's value is none of these, or is missing (`is_not`).
        map: the values that replace values of the record. Others stay. An empty text removes a value.
    """

    field: Annotated[
        tuple[NonEmptyLine, ...],
        BeforeValidator(_as_tuple, json_schema_input_type=str | tuple[str, ...]),
    ] = Field(min_length=1, description="a field of the record, or several")
    equals: Annotated[
        tuple[Scalar, ...],
        BeforeValidator(_as_tuple, json_schema_input_type=Scalar | tuple[Scalar, ...]),
    ] = Field(default=(), alias="is", description="true if the field has one of these values")
    differs: Annotated[
        tuple[Scalar, ...],
        BeforeValidator(_as_tuple, json_schema_input_type=Scalar | tuple[Scalar, ...]),
    ] = Field(default=(), alias="is_not", description="true if the field has none of these values")
    map: dict[str, Scalar] = Field(default_factory=dict, description="replaces values by others")

    @model_validator(mode="after")
    def _require_one_condition(self) -> Self:
        if sum(map(bool, (self.equals, self.differs, self.map))) > 1:
            raise ValueError("only one of is, is_not and map can be given")
        return self

    def find(self, name: str, record: Mapping[str, Any]) -> tuple[str, Any]:
        """Return the record's name of a field, and the value for the field of the article; None if absent.

        Args:
            name: our name of the field.
            record: the fields that the config can name.
        """
        if self.equals or self.differs:
            return self.field[0], self._is_met(record)
        present = [(own, value) for own in self.field if not is_absent(value := nested_value(record, own))]
        if not present:
            return self.field[0], None
        own_name, value = present[0]
        if name in MERGED_FIELDS and len(present) > 1:
            value = [part for _, each in present for part in _parts(name, each)]
        return own_name, self._mapped(name, value) if self.map else value

    def _is_met(self, record: Mapping[str, Any]) -> bool:
        wanted = {_comparable(each) for each in self.equals or self.differs}
        found = {
            _comparable(part)
            for own in self.field
            for part in as_list(nested_value(record, own))
            if part is not None
        }
        return wanted.isdisjoint(found) == bool(self.differs)

    def _mapped(self, name: str, value: Any) -> Any:
        replacements = {_comparable(key): each for key, each in self.map.items()}
        parts = _parts(name, value) if name in MERGED_FIELDS else as_list(value)
        new = [replacements.get(_comparable(each), each) for each in parts]
        kept = [each for each in new if each != ""]
        if isinstance(value, list | tuple) or name in MERGED_FIELDS:
            return kept
        return kept[0] if kept else None


def _parts(name: str, value: Any) -> Iterator[Any]:
    if isinstance(value, str) and name == "tags":
        yield from value.split(",")
    else:
        yield from as_list(value)


def _comparable(value: Any) -> str:
    """Return a value as it is compared: as text, regardless of case."""
    return " ".join(str(value).split()).casefold() if isinstance(value, _SCALARS) else ""


def field_rule(value: object) -> object:
    """Return a rule in its full form from a name, a list of names, a table, or a rule."""
    if isinstance(value, str | list | tuple):
        return {"field": value}
    if isinstance(value, Mapping | FieldRule):
        return value
    raise ValueError("must be a field of the record, a list of fields, or a table with the key field")


Rule = Annotated[
    FieldRule,
    BeforeValidator(field_rule, json_schema_input_type=str | tuple[str, ...] | FieldRule),
]
"""A rule as in the config: `"headline"`, `["tags", "categories"]`, `{ field = "status", is = ["draft"] }`."""
