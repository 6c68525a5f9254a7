"""A new site's files: a working config with its schema, an example post, a theme to edit."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from .config import SCHEMA_FILE, schema
from .errors import ConfigError, Where, WorldError
from .shipped import templates


def create(folder: Path) -> list[Path]:
    """Write a new site's files; those that are there stay as they are.

    Returns:
        The files that were written.

    Raises:
        ConfigError: there is a config already.
        WorldError: a file cannot be written.
    """
    config = folder / "syndicate.toml"
    if config.exists():
        raise ConfigError(
            "there is a config already", where=Where(file=str(config)), hint="choose another folder"
        )
    source = templates() / "init"
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    wanted = {
        config: (source / "syndicate.toml").read_text(encoding="utf-8"),
        folder / "posts" / "welcome.md": (source / "welcome.md")
        .read_text(encoding="utf-8")
        .replace("DAY", day),
        folder / "themes" / "mine.mjml": (source / "mine.mjml").read_text(encoding="utf-8"),
        folder / SCHEMA_FILE: json.dumps(schema(), indent=2) + "\n",
    }
    written = []
    for path, text in wanted.items():
        if path.exists():
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise WorldError(f"cannot be written: {error.strerror}", where=Where(file=str(path))) from None
        written.append(path)
    return written
