"""The kinds of sources, by the name that `kind` has in the config.

A kind is a subclass of `SourceSettings`. A package registers its own as an entry point::

    [project.entry-points."syndicate.sources"]
    gopher = "my_package.gopher:GopherSettings"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import reduce
from importlib import import_module
from importlib.metadata import entry_points
from operator import or_
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from .flavours.names import EXPORTS
from .settings import SourceSettings

GROUP = "syndicate.sources"

# Imported when a config names the kind: each brings libraries of its own.
_BUILT_IN = {
    "json": "json_and_csv:JsonSettings",
    "jsonl": "json_and_csv:JsonLinesSettings",
    "csv": "json_and_csv:CsvSettings",
    "markdown": "markdown:MarkdownSettings",
    "text": "scraped_files:TextSettings",
    "html": "pages.page_source:PageSettings",
    "feed": "feed:FeedSourceSettings",
    "sitemap": "sitemap:SitemapSettings",
    "wordpress": "wordpress:WordPressSettings",
    "ghost": "exports.ghost:GhostSettings",
    "substack": "exports.substack:SubstackSettings",
    "medium": "exports.medium:MediumSettings",
    "sql": "sql:SqlSettings",
    "python": "python_function:PythonSettings",
}


def kinds() -> tuple[str, ...]:
    """Return the names of all kinds, built-in ones first."""
    return tuple(dict.fromkeys((*_BUILT_IN, *sorted(entry_points(group=GROUP).names))))


def settings_class(kind: str) -> type[SourceSettings]:
    """Return the settings of a kind. A built-in kind cannot be replaced from outside.

    Raises:
        ValueError: there is no such kind, or its package is broken.
    """
    if kind in _BUILT_IN:
        module, _, name = _BUILT_IN[kind].partition(":")
        built_in: type[SourceSettings] = getattr(import_module(f".{module}", __package__), name)
        return built_in
    found = next(iter(entry_points(group=GROUP, name=kind)), None)
    if found is None:
        raise ValueError(f"{kind!r} is none of {', '.join(kinds())}")
    try:
        registered = found.load()
    except Exception as error:  # A foreign module can raise anything while it is imported.
        raise ValueError(f"{found.value} of kind {kind!r} cannot be loaded: {error}") from error
    if not (isinstance(registered, type) and issubclass(registered, SourceSettings)):
        raise ValueError(f"{found.value} of kind {kind!r} is not a subclass of SourceSettings")  # noqa: TRY004 - for pydantic
    return registered


def kinds_with(key: str) -> Iterator[str]:
    """Yield the built-in kinds whose tables have a key."""
    return (kind for kind in _BUILT_IN if key in settings_class(kind).model_fields)


def _parse_table(table: Any) -> SourceSettings:
    if isinstance(table, SourceSettings):
        return table
    if not isinstance(table, Mapping):
        raise PydanticCustomError("source", "a source is a table with name, kind and more")
    table = _with_kind_of_flavour(table)
    if "kind" not in table:
        raise _mistake("missing", ("kind",), table)
    if not isinstance(table["kind"], str):
        raise _mistake("string_type", ("kind",), table["kind"])
    try:
        kind = settings_class(table["kind"])
    except ValueError as error:
        raise _mistake(
            PydanticCustomError("kind", "{why}", {"why": str(error)}), ("kind",), table["kind"]
        ) from None
    return kind.model_validate(dict(table))


def _with_kind_of_flavour(table: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Return a table with the kind that its flavour means: that of an export, or Markdown as the default."""
    flavour = table.get("flavour")
    if flavour in EXPORTS:
        return {**table, "kind": flavour}
    return {"kind": "markdown", **table} if isinstance(flavour, str) else table


def _mistake(kind: str | PydanticCustomError, path: tuple[str, ...], value: object) -> ValidationError:
    details = InitErrorDetails(type=kind, loc=path, input=value)
    return ValidationError.from_exception_data("source", [details])


def _usable_classes() -> Iterator[type[SourceSettings]]:
    for kind in kinds():
        # A broken package matters only to a config that uses its kind.
        with suppress(ValueError):
            yield settings_class(kind)


class _ByKind:
    """Validates a table by the class of its kind; in the JSON Schema, a union of all kinds."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        del source, handler
        return core_schema.no_info_plain_validator_function(_parse_table)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        del schema
        union: Any = Annotated[reduce(or_, _usable_classes()), Field(discriminator="kind")]
        return handler(TypeAdapter(union).core_schema)


AnySource = Annotated[SourceSettings, _ByKind]
"""The settings of a source of any kind."""
