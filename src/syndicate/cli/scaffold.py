"""The files of a new site: a config with its schema, an example post, a theme to edit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from ..config import SCHEMA_FILE, schema
from ..errors import ConfigError, ExternalError, TemplateError, Where
from ..resources import templates
from .common import CONFIG

_CUSTOM_THEME = "themes/mine.mjml"


def create_site(folder: Path, theme: str | None = None) -> list[Path]:
    """Write the files of a new site; existing files stay unchanged.

    Args:
        folder: the folder of the site.
        theme: a built-in theme to copy; by default the site gets a small theme that extends `default`.

    Returns:
        The files that were written.

    Raises:
        ConfigError: the folder has a config already.
        TemplateError: the theme does not exist.
        ExternalError: a file cannot be written.
    """
    config = folder / CONFIG
    if config.exists():
        raise ConfigError(
            "the config exists already",
            where=Where(file=str(config)),
            hint="choose another folder, or add --theme NAME to copy a theme into this one",
        )
    source = templates() / "init"
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    settings = (source / CONFIG).read_text(encoding="utf-8")
    post = (source / "welcome.md").read_text(encoding="utf-8").replace("DAY", today)
    if theme:
        line = f'theme = "{theme_folder(theme)}"'
        line = f"{line:<46} # a copy of a built-in theme, yours to edit"
        settings = settings.replace(_theme_line(settings), line)
        theme_files = _theme_copy(folder, theme)
    else:
        theme_files = {folder / _CUSTOM_THEME: (source / "mine.mjml").read_text(encoding="utf-8")}
    site_files = {
        config: settings,
        folder / "posts" / "welcome.md": post,
        folder / SCHEMA_FILE: json.dumps(schema(), indent=2) + "\n",
    }
    return _write_new_files(site_files | theme_files)


def copy_theme(folder: Path, theme: str) -> list[Path]:
    """Copy a built-in theme with all its parts into a site; existing files stay unchanged.

    Returns:
        The files that were written.

    Raises:
        TemplateError: the theme does not exist.
        ExternalError: a file cannot be written.
    """
    return _write_new_files(_theme_copy(folder, theme))


def theme_folder(theme: str) -> str:
    """Return where the copy of a built-in theme is, relative to the site: the value for the config."""
    return f"themes/{theme}"


def _theme_line(settings: str) -> str:
    return next(line for line in settings.splitlines() if line.startswith(f'theme = "{_CUSTOM_THEME}"'))


def _theme_copy(folder: Path, name: str) -> dict[Path, str]:
    """Return the files of a built-in theme by their paths in the site."""
    from ..newsletters.themes import MAIN_FILE, load_theme, shipped_themes

    known = shipped_themes()
    if name not in known:
        raise TemplateError(f"there is no theme {name} to copy", hint=f"known: {', '.join(known)}")
    theme = load_theme(name, templates())
    return {
        folder / theme_folder(name) / (MAIN_FILE if part == theme.template.name else part): Path(
            file
        ).read_text(encoding="utf-8")
        for part, file in theme.files.items()
    }


def _write_new_files(contents: Mapping[Path, str]) -> list[Path]:
    written = []
    for path, text in contents.items():
        if path.exists():
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise ExternalError(f"cannot be written: {error.strerror}", where=Where(file=str(path))) from None
        written.append(path)
    return written
