"""Elements of the publisher's own in the config: prefixes, and the short form `"ex:edition" = "morning"`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, TypeAdapter, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from ..model.base import Uri
from ..model.element import Element, Name, Prefix, free_prefix, own_namespace

Namespaces = dict[
    Annotated[Prefix, AfterValidator(free_prefix)], Annotated[Uri, AfterValidator(own_namespace)]
]
"""Prefix to namespace."""

_NAME: TypeAdapter[str] = TypeAdapter(Name)


def long_form(tables: Any, namespaces: Mapping[str, str] | None) -> Any:
    """The tables with a list of elements in place of each short form; what else is wrong stays as it is.

    Args:
        tables: as they are in the file.
        namespaces: of the site; none if something is wrong there, which is told already.

    Raises:
        ValidationError: an element has no known prefix, or no name.
    """
    if not isinstance(tables, list):
        return tables
    shorts = [
        table["elements"] if isinstance(table, dict) and isinstance(table.get("elements"), dict) else None
        for table in tables
    ]
    if namespaces is not None:
        checked([(short or {}, namespaces) for short in shorts])
    return [
        table if short is None else {**table, "elements": _elements(short, namespaces) if namespaces else []}
        for table, short in zip(tables, shorts, strict=True)
    ]


def checked(tables: Iterable[tuple[Mapping[str, Any], Mapping[str, str]]]) -> None:
    """Look at the elements of some tables, `prefix:name` each, beside the namespaces that the table knows.

    Raises:
        ValidationError: one has no known prefix or no name, or its value is no text; says which of all.
    """
    wrong = [
        InitErrorDetails(
            type=PydanticCustomError("element", "{why}", {"why": why}),
            loc=(number, "elements", full),
            input=value,
        )
        for number, (table, namespaces) in enumerate(tables)
        for full, value in table.items()
        if (why := _mistake(full, value, namespaces))
    ]
    if wrong:
        raise ValidationError.from_exception_data("elements", wrong)


def _mistake(full: str, value: Any, namespaces: Mapping[str, str]) -> str | None:
    prefix, colon, name = full.partition(":")
    if not colon:
        return f"{full!r} has no prefix; write prefix:name, such as ex:{full}"
    if prefix not in namespaces:
        known = ", ".join(namespaces) or "none"
        return f"no namespace has the prefix {prefix!r} (there: {known}); give it one in site.namespaces"
    try:
        _NAME.validate_python(name)
    except ValidationError as error:
        return str(error.errors()[0]["msg"]).removeprefix("Value error, ")
    return None if isinstance(value, str) else "the value must be a text"


def _elements(short: Mapping[str, str], namespaces: Mapping[str, str]) -> list[Element]:
    parts = [(full.partition(":"), text) for full, text in short.items()]
    return [
        Element(namespace=namespaces[prefix], prefix=prefix, name=name, text=text)
        for (prefix, _, name), text in parts
    ]
