"""Data of feed extensions in articles and feeds, as plain JSON types.

The model does not know the extensions. It keeps their data as JSON, so that a store loses nothing while an
extension is not installed. The extension gives the data its types: see `syndicate.extensions`.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, NoReturn

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    JsonValue,
    PlainSerializer,
)
from pydantic_core import CoreSchema


class FrozenDict(dict[str, Any]):
    """A dict of JSON types that cannot change and has a hash."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler(dict[str, Any])

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(json.dumps(self, sort_keys=True))

    def __reduce__(self) -> tuple[type[FrozenDict], tuple[dict[str, Any]]]:
        return FrozenDict, (dict(self),)

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("the data of an extension cannot change")

    __setitem__ = __delitem__ = __ior__ = update = setdefault = pop = popitem = clear = _refuse


def freeze(value: Any) -> Any:
    """Return a JSON value with its dicts and lists frozen, at every level."""
    if isinstance(value, dict):
        return FrozenDict({name: freeze(each) for name, each in value.items()})
    if isinstance(value, list | tuple):
        return tuple(freeze(each) for each in value)
    return value


def _as_json(value: Any) -> Any:
    """Return a mapping with models as JSON, and tuples as the lists that JSON has."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_defaults=True)
    if isinstance(value, dict):
        return {name: _as_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(each) for each in value]
    return value


ExtensionName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]

ExtensionData = Annotated[
    dict[ExtensionName, dict[str, JsonValue]],
    BeforeValidator(_as_json),
    AfterValidator(freeze),
    PlainSerializer(dict, return_type=dict[str, Any]),
]
"""The name of an extension to its data, given as a mapping or as a value of the extension's model."""
