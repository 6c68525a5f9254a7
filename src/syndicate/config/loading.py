"""Reading `syndicate.toml`: every mistake gets its line and a way to mend it."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import ConfigError, Where
from ..model import Frozen
from .settings import Settings
from .toml_lines import TomlLines

SCHEMA_FILE = "syndicate.schema.json"


def load(path: Path) -> Settings:
    """Read and check a config file.

    The environment variable SYNDICATE_STORE_URL stands in for `store.url`, so that a password need not be
    in the file.

    Raises:
        ConfigError: it is not there, not TOML, or wrong; says file, line, field and how to mend it.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        values = tomllib.loads(text)
    except FileNotFoundError:
        raise ConfigError(
            "there is no config", where=Where(file=str(path)), hint="syndicate init makes one"
        ) from None
    except OSError as error:
        raise ConfigError(
            f"the config cannot be read: {error.strerror}", where=Where(file=str(path))
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(
            "the config is not UTF-8", where=Where(file=str(path)), hint="save it as UTF-8"
        ) from None
    except (ValueError, RecursionError) as error:
        found = re.search(r" \(at line (\d+), column (\d+)\)", str(error))
        raise ConfigError(
            f"not TOML: {str(error).partition(' (at')[0]}",
            where=Where(file=str(path), line=int(found[1]) if found else None),
            hint="is a quotation mark or a bracket missing?",
        ) from None
    if url := os.environ.get("SYNDICATE_STORE_URL"):
        given = values.get("store", {})
        values["store"] = {**given, "url": url} if isinstance(given, dict) else given
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise _wrong(path, text, error) from None


def schema() -> dict[str, Any]:
    """The JSON Schema of `syndicate.toml` (draft 2020-12)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Settings.model_json_schema(by_alias=True),
    }


def _wrong(path: Path, text: str, error: ValidationError) -> ConfigError:
    mistake = error.errors()[0]
    loc = tuple(part for part in mistake["loc"] if part != "[key]")
    message = str(mistake["msg"]).removeprefix("Value error, ")
    hint = None
    match mistake["type"]:
        case "extra_forbidden":
            message, hint = "unknown name", _did_you_mean(loc)
        case "missing":
            message, hint = "missing", f"add {loc[-1]} = ..." if len(loc) > 1 else f"add a table [{loc[-1]}]"
        case "literal_error":
            message = f"{mistake['input']!r} is none of {mistake['ctx']['expected']}"
    if len(error.errors()) > 1:
        others = len(error.errors()) - 1
        hint = f"{hint + '; ' if hint else ''}{others} more mistake{'s' if others > 1 else ''} after this one"
    shown = ".".join(str(part + 1) if isinstance(part, int) else part for part in loc)
    where = Where(file=str(path), line=TomlLines(text).line(loc), field=shown or None)
    return ConfigError(message, where=where, hint=hint)


def _did_you_mean(loc: tuple[Any, ...]) -> str:
    known: list[str] = []
    model: Any = Settings
    for part in loc[:-1]:
        if isinstance(part, str) and model is not None:
            names = {field.alias or name: field for name, field in model.model_fields.items()}
            model = _inner(names[part].annotation) if part in names else None
    if model is not None:
        known = [field.alias or name for name, field in model.model_fields.items()]
    close = difflib.get_close_matches(str(loc[-1]), known, 1)
    return f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}"


def _inner(annotation: Any) -> Any:
    """The model inside `tuple[Model, ...]` or `Model | None`."""
    if isinstance(annotation, type) and issubclass(annotation, Frozen):
        return annotation
    return next((found for each in getattr(annotation, "__args__", ()) if (found := _inner(each))), None)
