"""Custom elements in the config, in the short form: `elements = { "ex:edition" = "morning" }`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ..model.custom_element import Name, Namespaces
from ..model.validation_messages import describe_error

_NAME: TypeAdapter[str] = TypeAdapter(Name)
_NAMESPACES: TypeAdapter[dict[str, str]] = TypeAdapter(Namespaces)


def valid_namespaces(*tables: Any) -> dict[str, str] | None:
    """Return the namespaces of tables of the config by prefix, or None if they are invalid."""
    try:
        return {
            prefix: namespace
            for table in tables
            if isinstance(table, Mapping)
            for prefix, namespace in _NAMESPACES.validate_python(table.get("namespaces", {})).items()
        }
    except ValidationError:
        return None


def element_mistakes(
    short_form: Mapping[str, Any], namespaces: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield the elements that have no known prefix, no valid name or no text, each with what is wrong."""
    for qualified_name, text in short_form.items():
        if message := _mistake(qualified_name, text, namespaces):
            yield qualified_name, message


def _mistake(qualified_name: str, text: Any, namespaces: Mapping[str, str]) -> str | None:
    prefix, colon, name = qualified_name.partition(":")
    if not colon:
        return f"{qualified_name!r} has no prefix; write prefix:name, such as ex:{qualified_name}"
    if prefix not in namespaces:
        known = ", ".join(namespaces) or "none"
        return f"no namespace has the prefix {prefix!r} (known: {known}); add it to site.namespaces"
    try:
        _NAME.validate_python(name)
    except ValidationError as error:
        return describe_error(error.errors()[0])
    return None if isinstance(text, str) else "the value must be text"


def long_form(short_form: Mapping[str, Any], namespaces: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the valid elements as tables."""
    invalid = {qualified_name for qualified_name, _ in element_mistakes(short_form, namespaces)}
    parts = [(name.partition(":"), text) for name, text in short_form.items() if name not in invalid]
    return [
        {"namespace": namespaces[prefix], "prefix": prefix, "name": name, "text": text}
        for (prefix, _, name), text in parts
    ]
