"""Custom elements of records, and the data of installed feed extensions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from ..extensions import Extension, extensions
from ..model.validation_messages import describe_error, field_path
from .extra_fields import namespace_of, read_elements
from .record_mapping import RecordMapping
from .record_problems import REPAIRED, RecordProblems
from .source import RawRecord
from .value_conversion import nested_value, repair_texts, without_invalid


def read_custom_elements(
    mapping: RecordMapping, nameable: Mapping[str, Any], value: Any, problems: RecordProblems
) -> Any:
    """Return the custom elements of an article: the permitted ones of its record, and those of the config.

    Args:
        nameable: the fields that the config can name.
        value: the elements in the record.
    """
    if not value and not mapping.elements:
        return []
    mapped = {name: nested_value(nameable, own) for name, own in mapping.elements.items()}
    mapped, is_repaired = repair_texts(mapped)
    if is_repaired:
        problems.report("elements", REPAIRED, "warning")
    own = _permitted_elements(mapping, value, problems)
    if more := read_elements(mapped, mapping.namespaces):
        own = [*own, *more] if isinstance(own, list) else more
    return own or []


def _permitted_elements(mapping: RecordMapping, value: Any, problems: RecordProblems) -> Any:
    """Return the elements of the record whose namespaces the config of its source names."""
    elements = read_elements(value, mapping.namespaces)
    if not isinstance(elements, list | tuple):
        return elements
    allowed = set(mapping.namespaces.values())
    permitted = [each for each in elements if namespace_of(each) in allowed]
    for namespace in dict.fromkeys(namespace_of(each) for each in elements if each not in permitted):
        problems.report(
            "elements",
            f"elements of {namespace!r:.200} were left out: "
            "the config of the source does not name this namespace",
            "warning",
            hint='name the namespaces that records may use: namespaces = { ex = "https://..." }',
        )
    return permitted


def read_extensions(
    record: RawRecord, mapping: RecordMapping, nameable: Mapping[str, Any], problems: RecordProblems
) -> dict[str, dict[str, Any]]:
    """Return the data of the installed extensions: from their fields, and under `extensions`."""
    own = record.fields.get("extensions")
    data: dict[str, dict[str, Any]] = {}
    for each in extensions():
        if each.data is None:
            continue
        values: Any = own.get(each.name) if isinstance(own, Mapping) else None
        values = dict(values) if isinstance(values, Mapping) else {}
        for name, aliases in each.record_fields.items():
            rule = mapping.rules.get(f"{each.name}.{name}")
            found = (
                (rule.find(name, nameable)[1],)
                if rule
                else (nested_value(record.fields, own_name) for own_name in aliases)
            )
            value = next((value for value in found if value not in (None, "", [])), None)
            if value is not None:
                values[name] = value
        if values and (valid := _valid_data(each, values, problems)):
            data[each.name] = valid
    return data


def _valid_data(extension: Extension, values: Any, problems: RecordProblems) -> dict[str, Any] | None:
    model = extension.data
    assert model is not None
    values, is_repaired = repair_texts(values)
    if is_repaired:
        problems.report("extensions", REPAIRED, "warning")
    while values:
        try:
            return model.model_validate(values).model_dump(mode="json", exclude_defaults=True)
        except ValidationError as error:
            errors = error.errors()
        for each in errors:
            path = field_path(("extensions", extension.name, *each["loc"]))
            problems.report("extensions", f"{describe_invalid(each)}; left out", "warning", path)
        if not all(each["loc"] and each["loc"][0] in values for each in errors):
            # A required field is missing, or the fields do not fit together.
            return None
        values = without_invalid(values, errors)
    return None


def describe_invalid(error: Mapping[str, Any]) -> str:
    """Return what is wrong with a value, and the value if it is short enough to show.

    Args:
        error: one of `pydantic.ValidationError.errors()`.
    """
    value = error.get("input")
    message = describe_error(error)
    return f"{message}: {value!r:.80}" if isinstance(value, str | int | float) else message
