"""A new site's files: a working config with its schema, an example post, a theme to edit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from ..config import SCHEMA_FILE, schema
from ..errors import ConfigError, TemplateError, Where, WorldError
from ..resources import templates

CONFIG = "syndicate.toml"
_MINE = "themes/mine.mjml"


def create(folder: Path, theme: str | None = None) -> list[Path]:
    """Write a new site's files; those that are there stay as they are.

    Args:
        folder: where to.
        theme: one of ours, of which the site gets a copy; a small one that extends `default` if absent.

    Returns:
        The files that were written.

    Raises:
        ConfigError: there is a config already.
        TemplateError: there is no such theme.
        WorldError: a file cannot be written.
    """
    config = folder / CONFIG
    if config.exists():
        raise ConfigError(
            "there is a config already",
            where=Where(file=str(config)),
            hint="choose another folder; with --theme NAME this one gets a theme",
        )
    source = templates() / "init"
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    settings = (source / CONFIG).read_text(encoding="utf-8")
    if theme:
        own = f'theme = "{theme_folder(theme)}"'
        there = (
            f'theme = "{_MINE}"                     # yours, which extends ours; "default" for ours as it is'
        )
        settings = settings.replace(there, f"{own:<46} # a copy of ours, yours to edit")
    wanted = {
        config: settings,
        folder / "posts" / "welcome.md": (source / "welcome.md")
        .read_text(encoding="utf-8")
        .replace("DAY", day),
        folder / SCHEMA_FILE: json.dumps(schema(), indent=2) + "\n",
    }
    if theme:
        wanted |= _copied(folder, theme)
    else:
        wanted[folder / _MINE] = (source / "mine.mjml").read_text(encoding="utf-8")
    return _write(wanted)


def copy_theme(folder: Path, theme: str) -> list[Path]:
    """Write a copy of one of our themes, with all its parts, into a site; what is there stays as it is.

    Returns:
        The files that were written.

    Raises:
        TemplateError: there is no such theme.
        WorldError: a file cannot be written.
    """
    return _write(_copied(folder, theme))


def theme_folder(theme: str) -> str:
    """Where a copy of one of our themes stands, from the site's folder: what the config calls it."""
    return f"themes/{theme}"


def _copied(folder: Path, name: str) -> dict[Path, str]:
    """The files of one of our themes, by where they stand in the site."""
    from ..newsletters.themes import MAIN, known_themes, load_theme

    known = known_themes()
    if name not in known:
        raise TemplateError(f"there is no theme {name} to copy", hint=f"known: {', '.join(known)}")
    theme = load_theme(name, templates())
    return {
        folder / theme_folder(name) / (MAIN if part == theme.template.name else part): Path(file).read_text(
            encoding="utf-8"
        )
        for part, file in theme.files.items()
    }


def _write(wanted: Mapping[Path, str]) -> list[Path]:
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
