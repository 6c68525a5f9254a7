"""Reads `syndicate.toml`. Every mistake is reported with its line, its field, and how to correct it."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import ConfigError, Where
from .config_errors import config_error
from .settings import Settings

SCHEMA_FILE = "syndicate.schema.json"


def load(path: Path) -> Settings:
    """Return the settings of a config file.

    The environment variable SYNDICATE_STORE_URL replaces `store.url`, so that a password need not be in the
    file.

    Raises:
        ConfigError: the file does not exist, is not TOML, or has mistakes. It has all of them.
    """
    where = Where(file=str(path))
    try:
        text = path.read_text(encoding="utf-8-sig")
        values = tomllib.loads(text)
    except FileNotFoundError:
        raise ConfigError("there is no config", where=where, hint="syndicate init makes one") from None
    except OSError as error:
        raise ConfigError(f"the config cannot be read: {error.strerror}", where=where) from None
    except UnicodeDecodeError:
        raise ConfigError("the config is not UTF-8", where=where, hint="save it as UTF-8") from None
    except (ValueError, RecursionError) as error:
        position = re.search(r" \(at line (\d+), column (\d+)\)", str(error))
        raise ConfigError(
            f"not TOML: {str(error).partition(' (at')[0]}",
            where=Where(file=str(path), line=int(position[1]) if position else None),
            hint="a quotation mark or a bracket may be missing",
        ) from None
    if url := os.environ.get("SYNDICATE_STORE_URL"):
        store = values.get("store", {})
        values["store"] = {**store, "url": url} if isinstance(store, dict) else store
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise config_error(path, text, values, error) from None


def schema() -> dict[str, Any]:
    """Return the JSON Schema of `syndicate.toml` (draft 2020-12)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Settings.model_json_schema(by_alias=True),
    }
