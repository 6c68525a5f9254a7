"""The mistakes of a config, for the person who wrote it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_origin

from pydantic import BaseModel, ValidationError

from ..errors import ConfigError, Where
from ..model.validation_messages import describe_error, field_path
from ..sources import SourceSettings
from ..sources.registry import kinds_with, settings_class
from .settings import Settings
from .toml_lines import TomlLines


def config_error(path: Path, text: str, config: Mapping[str, Any], error: ValidationError) -> ConfigError:
    """Return all mistakes of a config as one error, in the order of the file.

    Args:
        text: of the file.
        config: what was parsed from the text.
    """
    lines = TomlLines(text)
    mistakes = []
    for each in error.errors():
        location = each["loc"]
        message, hint = _message_and_hint(config, location, each)
        line = lines.line(tuple(part for part in location if part != "[key]"))
        mistakes.append((line, message, field_path(location), hint))
    mistakes.sort(key=lambda mistake: mistake[0] or 0)
    first, *others = [
        ConfigError(message, where=Where(file=str(path), line=line, field=field), hint=hint)
        for line, message, field, hint in dict.fromkeys(mistakes)
    ]
    first.others = tuple(others)
    return first


def _message_and_hint(
    config: Mapping[str, Any], location: tuple[int | str, ...], error: Mapping[str, Any]
) -> tuple[str, str | None]:
    message = describe_error(error)
    match error["type"]:
        case "extra_forbidden":
            return _unknown_name(config, location)
        case "missing":
            name = location[-1]
            return message, f"add {name} = ..." if len(location) > 1 else f"add a table [{name}]"
        case "literal_error":
            return f"{error['input']!r} {message}", None
    return message, None


def _unknown_name(config: Mapping[str, Any], location: tuple[int | str, ...]) -> tuple[str, str]:
    *table, name = location
    model = _model_at(config, tuple(table))
    known = list(_keys(model)) if model else []
    if table[:1] == ["source"] and len(table) == 2:
        own_kind = config["source"][table[1]]["kind"]
        if kinds := list(kinds_with(str(name))):
            return f"a source of kind {own_kind} has no {name}", f"{name} is for kind {' and '.join(kinds)}"
    close = difflib.get_close_matches(str(name), known, 1)
    hint = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}"
    return "unknown name", hint


def _keys(model: type[BaseModel]) -> Iterator[str]:
    return (field.alias or name for name, field in model.model_fields.items())


def _model_at(config: Any, location: tuple[int | str, ...]) -> type[BaseModel] | None:
    """Return the model of the table at a place of the config."""
    model: type[BaseModel] | None = Settings
    is_mapping = False
    for part in location:
        config = config[part]
        if isinstance(part, int):
            if model is SourceSettings:
                model = settings_class(config["kind"])
        elif is_mapping:
            # The part is a key that the user chose; the model is that of the values.
            is_mapping = False
        elif model is not None:
            fields = {field.alias or name: field for name, field in model.model_fields.items()}
            annotation = fields[part].annotation if part in fields else None
            model, is_mapping = _inner_model(annotation), get_origin(annotation) is dict
    return model


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    """Return the model in an annotation such as `tuple[Model, ...]` or `Model | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_inner_model(each) for each in getattr(annotation, "__args__", ()))
    return next((model for model in inner if model), None)
